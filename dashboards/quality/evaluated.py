"""The last evaluation against a table of true pairs, as a panel: how good which links were found to be, and when."""

from datetime import datetime

from dashboards.drawing.measured import WILSON, interval, measured, of, per_cent
from dashboards.drawing.tables import Cell, Column
from dashboards.drawing.words import amount, moment
from dashboards.page import Content, Desk
from dashboards.panel import nothing
from puma.evaluation import Share, kept


def evaluation(desk: Desk) -> Content:
    """The panel."""
    title = "Last evaluation against a table of true pairs"
    last = kept(desk.installation.settings.files_folder)
    rules = (
        "`puma evaluate TRUTH.csv` judges the stored links by a table with the columns proposal and publication_doi.",
        "Precision: of the links, those that are true. Recall: of the true pairs, those that are linked. Coverage: of "
        "the publications of the table, those with such a link.",
        f"auto: automatic and validated links; review: proposed ones that wait for a person. {WILSON}",
    )  # fmt: skip
    if last is None:
        why = "No table of true pairs was compared with the links yet."
        return measured(
            desk, "evaluation", title, rules, shown=nothing("evaluation", why, "`puma evaluate TRUTH.csv` does so.")
        )
    columns = [Column("Links")]
    columns += [Column(head, True) for head in ("Precision", "95 %", "Recall", "95 %", "F1", "Coverage")]
    rows = []
    for name, tier in last["tiers"].items():
        precision, recall, cover = (Share(tier[k]["right"], tier[k]["of"]) for k in ("precision", "recall", "coverage"))
        f1 = tier["f1"]
        rows.append([
            Cell(name),
            Cell(per_cent(precision), precision.value or 0.0, note=of(precision)), Cell(interval(precision)),
            Cell(per_cent(recall), recall.value or 0.0, note=of(recall)), Cell(interval(recall)),
            Cell(f"{f1:.3f}" if f1 is not None else "–", f1 or 0.0),
            Cell(per_cent(cover), cover.value or 0.0, note=of(cover)),
        ])  # fmt: skip
    alone = Share(last["none_recall"]["right"], last["none_recall"]["of"])
    parts = [
        f"{last['file']}, {moment(datetime.fromisoformat(last['at']))} UTC, {last['model']}",
        f"{amount(last['pairs'])} true pairs of {amount(last['publications'])} publications",
        f"publications without a proposal left alone: {per_cent(alone)} ({of(alone)})" if alone.of else "",
        f"ECE {last['ece']:.3f}" if last["ece"] is not None else "",
    ]
    return measured(desk, "evaluation", title, rules, columns, rows, remark=" · ".join(filter(None, parts)))
