"""Publications by technique: the narrowest terms ranked, the broader ones in the table; a click filters the page."""

from dashboards.drawing.blocks import ROW, Filters, to_value
from dashboards.drawing.chart import footnote, picture
from dashboards.drawing.figures import ranking
from dashboards.drawing.markup import Around, held
from dashboards.drawing.measured import measured
from dashboards.drawing.tables import Cell, Column
from dashboards.drawing.words import amount, named
from dashboards.page import Content, Desk
from dashboards.panel import nothing
from puma.measuring.technique_shares import RULE, technique_shares

TITLE = "Publications by technique (PaNET)"
MOST = 15
RULES = (RULE, "A click on a technique filters the page by it.")


def techniques(desk: Desk, *, filters: Filters | None = None) -> Content:
    """Shares of techniques, the broader ones with what lies below them. filters: further ones than the page's own."""
    asked = desk.ask("publications", without=("technique",), filters=filters)
    followed, policy = asked.answer.question.filters, desk.state.policy
    frame = technique_shares(desk.installation.snapshot(), desk.viewer, followed, policy=policy)
    if not len(frame):
        shown = nothing("techniques", "No publication that the filters keep is linked.")
        return measured(desk, "techniques", TITLE, RULES, shown=shown)
    columns = [Column("Technique"), Column("PaNET id")]
    columns += [Column(head, True) for head in ("Whole", "Fractional", "Share", "Itself alone", "Imputed")]
    rows = [
        [
            Cell(named("technique", row["technique"]), None, desk.state.toggled("technique", row["technique"]).query()),
            Cell(row["code"] or "–"), Cell(amount(row["whole"]), row["whole"]),
            Cell(f"{row['fractional']:.1f}", row["fractional"]), Cell(amount(row["share"], "share"), row["share"]),
            Cell(f"{row['narrowest']:.1f}", row["narrowest"]), Cell(amount(row["imputed"]), row["imputed"]),
        ]
        for row in frame.to_dict("records")
    ]  # fmt: skip
    drawn = frame[frame["narrowest"] > 0].sort_values(["narrowest", "technique"], ascending=[False, True]).head(MOST)
    drawn = drawn.assign(value=drawn["narrowest"])
    names = list(drawn["technique"])
    figure = ranking(drawn, desk.scheme, "publications", "technique", to_value(desk, "technique"), keys=names,
                     chosen=desk.state.many("technique"))  # fmt: skip
    unknown = float(frame.loc[frame["technique"] == "unknown", "narrowest"].sum())
    narrowest = int((frame["narrowest"] > 0).sum())
    notes = [f"{amount(unknown)} of unknown technique"] if unknown else []
    notes.append("fractional counting of the narrowest technique")
    if len(drawn) < narrowest:
        notes.append(f"the first {len(drawn)} of {amount(narrowest)} are drawn, the table has all")
    said = Around(
        f"{TITLE}: most often {held(named('technique', names[0]))}. The table has every technique and broader one."
    )
    shown = picture("techniques", figure, ROW * max(len(drawn), 3) + 16, said)
    foot = footnote(desk, asked, " · ".join(notes))
    return measured(desk, "techniques", TITLE, RULES, columns, rows, shown=shown, remark=foot)
