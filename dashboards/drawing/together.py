"""Who shares publications with whom: a matrix of instruments or facilities, its credit, and the list behind a cell."""

from collections.abc import Callable

import pandas as pd

from dashboards.drawing import tags as html
from dashboards.drawing.chart import picture
from dashboards.drawing.lists import record_list
from dashboards.drawing.markup import AsIs
from dashboards.drawing.matrix import CELL, WIDE, matrix
from dashboards.drawing.measured import measured
from dashboards.drawing.plot import Figure
from dashboards.drawing.tables import Cell, Column, data_table
from dashboards.drawing.words import amount, moment
from dashboards.frame.controls import years_known
from dashboards.page import Content, Desk
from dashboards.panel import nothing
from puma.measuring.matrices import JOINT, RULE, UNITS, Shared, shared, shared_papers

FEW = 8  # units whose names stand beside each other on a telephone
LEAST = 660  # pixels of the width of a matrix of more than these
MOST = 24  # units that are drawn: those that share the most; the table has all
TITLES = {
    "instrument": "Publications that two instruments share",
    "facility": "Publications that two facilities share",
}


def together(desk: Desk, unit: str) -> Content:
    """The matrix with its table, and whole and fractional credit side by side."""
    words, several = TITLES[unit], f"{unit}s".replace("ys", "ies")
    found = shared(desk.installation.snapshot(), desk.viewer, unit, span(desk), policy=desk.state.policy)
    joint = (JOINT,) if unit == "facility" else ()
    rules = (RULE, *joint, f"Link policy {desk.state.policy}; years {span(desk)[0]} to {span(desk)[1]}.")
    if len(found.credit) < 2:
        why = f"Fewer than two {several} have linked publications, so what they share is not known."
        more = "Load a second facility's sources, or fetch the credits of another installation, to see it."
        step = [more] if unit == "facility" and desk.viewer.role == "admin" else []
        return measured(desk, several, words, rules, shown=nothing("matrix", why, *step))
    link = _link(desk, unit)
    rows = [
        [
            Cell(AsIs(row["one"])), Cell(AsIs(row["other"])),
            Cell(amount(row["value"]), row["value"], link(row["one_id"], row["other_id"])),
        ]
        for row in found.cells.sort_values("value", ascending=False).to_dict("records")
        if row["one"] <= row["other"]
    ]  # fmt: skip
    columns = [Column("One"), Column("The other; itself: alone"), Column("Publications", True)]
    drawn = found.credit.sort_values(["shared", "whole"], ascending=False).head(MOST)
    names = sorted(drawn["unit"], key=str.casefold)
    figure = _figure(desk, found, names, link)
    between = found.cells[found.cells["one"] < found.cells["other"]]
    best = "nothing is shared"
    if len(between):
        first = between.sort_values("value", ascending=False).iloc[0]
        best = f"most by {first['one']} and {first['other']}, {amount(first['value'])}"
    said = f"{words}: {best}. The table lists every pair."
    room = max(LEAST, WIDE * len(names) + 150) if len(names) > FEW else 0
    shown = picture(several, figure, CELL * len(names) + 130, said, roomy=room)
    several_shown = f", the {len(names)} that share most of {len(found.credit)}" if len(found.credit) > MOST else ""
    snapshot = desk.installation.snapshot()
    remark = (
        f"n = {amount(found.publications)} publications · {span(desk)[0]}–{span(desk)[1]} · {best}{several_shown} · "
        f"{desk.state.policy} link policy · on the diagonal: those of one alone · "
        f"as of {moment(snapshot.as_of if snapshot else None)} UTC"
    )
    return measured(desk, several, words, rules, columns, rows, shown=shown, below=_credit(found, unit), remark=remark)


def records(desk: Desk) -> Content:
    """The publications behind the cell that was clicked."""
    unit, _, pair = desk.state.one("shared").partition(".")
    one, _, other = pair.partition("-")
    if unit not in UNITS or not (one.isdigit() and other.isdigit()):
        return None
    numbers = int(one), int(other)
    ids = shared_papers(desk.installation.snapshot(), desk.viewer, unit, span(desk), numbers, policy=desk.state.policy)
    credit = shared(desk.installation.snapshot(), desk.viewer, unit, span(desk), policy=desk.state.policy).credit
    names = dict(zip(credit["unit_id"], credit["unit"], strict=True))
    first, second = (names.get(number, f"{unit} {number}") for number in numbers)
    title = f"Publications that {first} and {second} share" if one != other else f"Publications of {first} alone"
    away = html.A("Close the list", href=desk.state.without("shared", "page").query(), className="go")
    heading = html.Div([html.H2(title), away], className="card-head")
    return html.Div([heading, record_list(desk, "publication", ids, title)], className="card-body")


def span(desk: Desk) -> tuple[int, int]:
    """The years that are chosen, else all."""
    known, (first, last) = years_known(desk), desk.state.years
    return first or min(known, default=1900), last or max(known, default=2100)


def _link(desk: Desk, unit: str) -> Callable[[int, int], str]:
    return lambda one, other: desk.state.put("shared", f"{unit}.{one}-{other}").query()


def _figure(desk: Desk, found: Shared, names: list[str], link: Callable[[int, int], str]) -> Figure:
    some: pd.DataFrame = found.cells[found.cells["one"].isin(names) & found.cells["other"].isin(names)]
    values = {(row["one"], row["other"]): float(row["value"]) for row in some.to_dict("records")}
    numbers = dict(zip(found.credit["unit"], found.credit["unit_id"], strict=True))
    return matrix(
        names, values, desk.scheme, "publications", lambda one, other: link(int(numbers[one]), int(numbers[other]))
    )


def _credit(found: Shared, unit: str) -> Content:
    columns = [Column(unit.capitalize())]
    columns += [Column(head, True) for head in ("Whole", "Fractional", "Alone", "Shared")]
    rows = [
        [
            Cell(AsIs(row["unit"])), Cell(amount(row["whole"]), row["whole"]),
            Cell(f"{row['fractional']:.1f}", row["fractional"]),
            Cell("–", -1) if row["unit_id"] in found.elsewhere else Cell(amount(row["alone"]), row["alone"]),
            Cell(amount(row["shared"]), row["shared"]),
        ]
        for row in found.credit.to_dict("records")
    ]  # fmt: skip
    foot = [Cell("All, each once"), Cell(amount(found.publications)),
            Cell(f"{found.credit['fractional'].sum():.1f}"), Cell(""), Cell("")]  # fmt: skip
    caption = f"Credit by {unit}, whole and fractional"
    return html.Details([html.Summary(caption), data_table(caption, columns, rows, foot)], className="more")
