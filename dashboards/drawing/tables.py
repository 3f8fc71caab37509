"""Tables as plain HTML: sortable by their heads, readable by screen readers, printed with repeated heads."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pandas as pd
from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing.leading import Leads
from dashboards.drawing.markup import AsIs
from dashboards.drawing.words import amount, named
from puma.dimensions import DIMENSIONS
from puma.measuring import Answer

PARTS = {"numerator": "numerator", "denominator": "all"}
"""The columns of a rate's parts, and the lists that they lead to."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
LONG = 160  # letters that are shown of what may be long
SHORT = 18  # letters of a text that stays on one line: a day, a type, the name of an instrument


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: what is shown, what it is sorted by, and where it leads."""

    shown: Component | str
    sort: float | str | None = None
    href: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its head, and whether it holds numbers."""

    head: str
    number: bool = False


def data_table(
    caption: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    foot: Sequence[Cell] = (),
    *,
    cards: bool = False,
) -> Component:
    """A table with a caption for screen readers; its heads sort it. A column without a head holds what can be done.

    cards: on a telephone each row stands as a card, its cells below each other behind their heads; else the table moves
    sideways in its box, as it must where columns are compared.
    """
    head = html.Tr([_head_of(column) if column.head else html.Td() for column in columns])
    one = _carded if cards else _cell
    body = [html.Tr([one(cell, column) for cell, column in zip(row, columns, strict=True)]) for row in rows]
    parts = [html.Caption(caption, className="unseen"), html.Thead(head), html.Tbody(body)]
    if foot:
        parts.append(html.Tfoot(html.Tr([_cell(cell, column) for cell, column in zip(foot, columns, strict=True)])))
    table = html.Table(parts, className="data cards" if cards else "data")
    return html.Div(table, className="scroll", tabIndex=0, role="region", **{"aria-label": caption})


def _head_of(column: Column) -> Component:
    button = html.Button(column.head, className="sort", **{"data-sort": "number" if column.number else "text"})
    return html.Th(button, className="number" if column.number else "", scope="col", **{"aria-sort": "none"})


def _cell(cell: Cell, column: Column) -> Component:
    shown = html.A(cell.shown, href=cell.href, className="go") if cell.href else cell.shown
    sort = cell.sort if cell.sort is not None else (cell.shown if isinstance(cell.shown, str) else "")
    brief = isinstance(cell.shown, str) and len(cell.shown) <= SHORT
    return html.Td(
        shown,
        className="number" if column.number else "brief" if brief else "",
        title=cell.note or None,
        **{"data-value": str(sort)},
    )


def _carded(cell: Cell, column: Column) -> Component:
    """A cell that says its head where a row is a card; one that has nothing to say has no place there."""
    shown = _cell(cell, column)
    own: dict[str, Any] = vars(shown)
    own["data-head"] = column.head
    if cell.shown in ("", "–"):
        own["className"] = f"{own['className']} none".strip()
    return shown


def shortened(text: str) -> Component | str:
    """What may be long in a cell, as an address with all its filters is; whole when one points at it."""
    if not text:
        return ""
    shown = text if len(text) <= LONG else AsIs(f"{text[:LONG]}…")
    return html.Div(shown, className="some-room", title=AsIs(text) if shown != text else None)


def answer_table(
    answer: Answer, title: str, hrefs: Sequence[str] = (), to: Leads = lambda *_: "", none: Collection[int] = ()
) -> Component:
    """An answer as a table: one row per value, or two dimensions crossed. hrefs: where the first cells lead; to: where
    the numbers do. none: years of which there is nothing, so that nothing of them is withheld either."""
    by = answer.question.by
    if len(by) == 2:
        return _crossed(answer, title, to, none)
    slug, unit = by[0], answer.metric.unit
    columns = [Column(DIMENSIONS[slug].label, slug == "year"), Column(_head(answer), True)]
    if answer.metric.is_rate:
        columns += [Column("Counted", True), Column("Out of", True)]
    rows = []
    for place, row in enumerate(answer.table.to_dict("records")):
        cells = [
            Cell(named(slug, row[slug]), _sort(row[slug]), hrefs[place] if hrefs else ""),
            Cell("not shown", -1.0)
            if pd.isna(row["value"]) and row[slug] not in none
            else _part(row["value"], to(row, ""), unit),
        ]
        if answer.metric.is_rate:
            cells += [_part(row[name], to(row, part)) for name, part in PARTS.items()]
        rows.append(cells)
    foot = [Cell("All, each once"), _part(answer.total, to({}, ""), unit)]
    if answer.metric.is_rate:
        foot += [_part(getattr(answer, name), to({}, part)) for name, part in PARTS.items()]
    return data_table(title, columns, rows, foot)


def _part(value: float | None, href: str, unit: str = "") -> Cell:
    there = value is not None and not pd.isna(value)
    return Cell(amount(value, unit), float(value or 0) if there else -1.0, href if there and value else "")


def _crossed(answer: Answer, title: str, to: Leads, none: Collection[int]) -> Component:
    first, second = answer.question.by
    frame = answer.table
    order = list(frame.groupby(second)["value"].sum().sort_values(ascending=False).index)
    wide = frame.groupby([first, second])["value"].sum(min_count=1).unstack().reindex(columns=order)
    wide = wide.reindex(sorted({*wide.index, *none})) if none else wide
    columns = [Column(DIMENSIONS[first].label, first == "year"), *(Column(named(second, name), True) for name in order)]
    hrefs: dict[tuple[object, object], str] = {}
    for row in frame.to_dict("records"):  # two machines of one name share a cell, which is the list of neither
        pair = (row[first], row[second])
        hrefs[pair] = "" if pair in hrefs else to(row, "")
    rows = [
        [
            Cell(named(first, key), _sort(key)),
            *(
                Cell("–", 0.0) if pd.isna(v) else Cell(amount(v), float(v), hrefs.get((key, name), "") if v else "")
                for name, v in zip(order, values, strict=True)
            ),
        ]
        for key, values in zip(wide.index, wide.to_numpy().tolist(), strict=True)
    ]
    return data_table(title, columns, rows)


def _sort(value: object) -> float | str:
    return float(value) if isinstance(value, (int, float)) else str(value)


def _head(answer: Answer) -> str:
    """The head of the values: the measure with its unit, unless they are the same word."""
    label, unit = answer.metric.label, "%" if answer.metric.unit == "share" else answer.metric.unit
    head = label if unit.casefold() in label.casefold() else f"{label} ({unit})"
    return f"{head}, cumulative" if answer.question.cumulative else head


def csv_link(answer: Answer) -> str:
    """The answer's table as a data address."""
    return csv_of(answer.table)


def csv_of(table: pd.DataFrame) -> str:
    """A table as a data address: the same rows in the same order, cells that begin a formula made inert."""
    frame = table.copy()
    for place in range(frame.shape[1]):  # two columns may have one name, as two generations of an instrument
        cells = frame.iloc[:, place]
        if cells.dtype == object or str(cells.dtype) in ("string", "str"):
            frame.isetitem(place, [f"'{v}" if isinstance(v, str) and v.startswith(FORMULA) else v for v in cells])
    return "data:text/csv;charset=utf-8," + quote(frame.to_csv(index=False))
