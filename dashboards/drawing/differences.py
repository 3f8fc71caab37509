"""What changed of numbers and tables since a report was frozen: then and now, the reasons, and the records of each."""

from collections.abc import Sequence

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing.markup import AsIs
from dashboards.drawing.tables import Cell, Column, data_table
from dashboards.drawing.words import amount, counted
from puma.reports import Difference, Line, Touched
from puma.reports.reasons import HEADS

WITHIN = (
    "Of these records the numbers above say nothing: they stand in another row or column of a table than then, or with "
    "another value."
)


FROM = "harvested from "


def within_tables(tables: Sequence[Difference]) -> list[Component]:
    """What moved within tables, under a heading of its own; nothing where nothing did."""
    head = [html.H3("Within the tables"), html.P(WITHIN, className="lead small")]
    parts: list[Component] = [html.Div(head, className="difference")] if tables else []
    return parts + [difference(table, effects=False) for table in tables]


def difference(number: Difference, *, effects: bool = True) -> Component:
    """A number then and now with its reasons; of a table, without effects, those are what moved within it."""
    unit = number.unit
    change = _signed(number.difference, unit)
    values = [amount(number.then, unit), " → ", amount(number.now, unit)]
    head = [html.Span(number.title)]
    head += [html.Span(values, className="quiet")] if effects else []
    head += [html.Span(change, className="badge accent")] if effects and change else []
    rows = [
        [
            Cell(html.Span([_why(line), _records(line.records)]), line.head),
            Cell(amount(line.came) if line.came else "", line.came),
            Cell(amount(line.went) if line.went else "", line.went),
            Cell(amount(line.changed) if line.changed else "", line.changed),
            Cell(_signed(line.effect, unit) or "0", line.effect or 0.0),
        ]
        for line in number.lines
    ]
    heads = ("Came in", "Went out", "Counted otherwise", "Effect")
    columns = [Column("Why"), *(Column(words, True) for words in heads)]
    foot = [Cell("Sum"), Cell(""), Cell(""), Cell(""), Cell(change or "0")]
    if not effects:
        columns, foot, rows = columns[:-1], [], [row[:-1] for row in rows]
    table = data_table(f"What changed in {number.title}", columns, rows, foot) if rows else None
    remark = html.P(number.remark, className="footnote") if number.remark else None
    return html.Div([html.H3(head, className="spaced"), table, remark], className="difference")


def _why(line: Line) -> Component:
    """The reason with what is known beside it: what was done, and behind it whose word or which source it is of."""
    what, by, whose = line.words.rpartition("by ")
    if line.kind == "source" or line.words.startswith(FROM):
        what, by, whose = "", "from", line.words.removeprefix(FROM)
    elif line.kind == "decided" and what:
        what = f"link {what}"
    elif not by:
        what, whose = line.words, ""
    said = ", ".join(part[:1].upper() + part[1:] for part in what.strip().split(", "))
    parts = [html.Span(HEADS.get(line.kind, line.kind)), *([": ", html.Span(said)] if said else [])]
    return html.Span([*parts, " (", AsIs(whose), ")"] if whose else parts)


def _records(known: Sequence[Touched]) -> Component | None:
    """The records of a reason, folded."""
    if not known:
        return None
    links = [html.Li(html.A(one.name or one.code or f"Record {one.id}", href=f"/record/{one.id}", className="go"))
             for one in known]  # fmt: skip
    return html.Details([html.Summary(counted(len(known), "records")), html.Ul(links)], className="more")


def _signed(value: float | None, unit: str) -> str:
    """A difference with its sign; of shares in points, since per cent of per cent mislead."""
    if value is None or abs(value) < 1e-12:
        return ""
    sign = "+" if value > 0 else "−"
    return f"{sign}{abs(value) * 100:.2f} points" if unit == "share" else f"{sign}{amount(abs(value), unit)}"
