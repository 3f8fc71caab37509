"""Lists of records, page by page: behind a number, of an instrument, of a search."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing.markup import AsIs, shown_markup
from dashboards.drawing.tables import Cell, Column, data_table
from dashboards.drawing.words import KINDS, THIN, amount, day, named
from dashboards.page import Desk
from dashboards.panel import nothing
from puma.listing import records

AT_ONCE = 25
NUMBERS = frozenset({"year", "citations", "operation_year", "delivered_hours"})
SHOWN: dict[str, dict[str, str]] = {
    "publication": {"title": "Title", "journal": "Journal", "type": "Type", "year": "Year", "citations": "Citations"},
    "proposal": {
        "code": "Code", "title": "Title", "type": "Type", "decision": "Decision", "operation_year": "Year",
    },
    "experiment": {
        "code": "Code", "instrument_name": "Instrument", "starts_at": "Start", "delivered_hours": "Delivered (h)",
    },
    "dataset": {"title": "Title", "doi": "DOI", "publisher": "Publisher", "year": "Year"},
    "transfer": {"route": "Route", "year": "Year", "instrument_name": "Beamline", "size_bytes": "Bytes"},
    "instrument": {"name": "Name", "label": "Label"},
    "person": {"family_name": "Family name", "given_name": "Given name"},
}  # fmt: skip
"""What a list shows of each kind: head by field."""
SPOKEN = ("type", "decision")
"""Fields with words that the program says; all others are those of the record."""
SORTED = {
    "publication": "published_on",
    "proposal": "operation_year",
    "experiment": "starts_at",
    "dataset": "created_on",
}


def record_list(desk: Desk, kind: str, ids: Sequence[int], title: str) -> Component:
    """A page of these records, the newest first."""
    if not ids:
        return nothing(
            f"{KINDS[kind].lower()}s", "Nothing is counted under these filters, so there is nothing to list."
        )
    number = max(desk.state.number("page", 1), 1)
    page = records(
        desk.installation.storage,
        desk.viewer,
        kind,
        ids=ids,
        sort=SORTED.get(kind, "id"),
        descending=kind in SORTED,
        offset=(number - 1) * AT_ONCE,
        limit=AT_ONCE,
    )
    fields = SHOWN[kind]
    rows = [
        [
            _cell(name, row.values.get(name), f"/record/{row.id}" if place == 0 else "")
            for place, name in enumerate(fields)
        ]
        for row in page.rows
    ]
    table = data_table(title, [Column(head, name in NUMBERS) for name, head in fields.items()], rows, cards=True)
    first = (number - 1) * AT_ONCE + 1
    said = (
        f"{amount(page.total)} in all, {amount(first)} to {amount(first + len(rows) - 1)} shown"
        if rows
        else f"{amount(page.total)} in all"
    )
    return html.Div([html.P(said, className="lead small"), table, paging(desk, page.total, AT_ONCE)], className="list")


def _cell(name: str, value: Any, href: str) -> Cell:
    if value is None or value == "":
        return Cell("–", "", href)
    if name == "title":
        return Cell(html.Span(shown_markup(str(value))), str(value), href)
    if isinstance(value, (date, datetime)):
        return Cell(day(value), value.isoformat(), href)
    if isinstance(value, int):
        return Cell(str(value) if "year" in name else amount(value), value, href)
    if isinstance(value, float):
        return Cell(amount(value), value, href)
    return Cell(named(name, value) if name in SPOKEN else AsIs(value), str(value), href)


def paging(desk: Desk, total: int, size: int, *, most: int | None = None) -> Component | None:
    """First, previous, ten numbers, next, last: all pages can be reached. most: results beyond cannot be shown."""
    last = max(-(-min(total, most or total) // size), 1)
    if last == 1:
        return None
    here = min(max(desk.state.number("page", 1), 1), last)
    low = max(1, min(here - 4, last - 9))

    def link(words: str, number: int, name: str) -> Component:
        if number == here or not 1 <= number <= last:
            current = {"aria-current": "page"} if words == str(here) else {"aria-disabled": "true"}
            return html.Span(words, className="step", **current)
        query = desk.state.put("page", str(number) if number > 1 else "").query()
        return html.A(words, href=query, className="step go", **{"aria-label": name})

    steps = [link("First", 1, "First page"), link("Previous", here - 1, "Previous page")]
    steps += [link(str(number), number, f"Page {number}") for number in range(low, min(low + 10, last + 1))]
    steps += [link("Next", here + 1, "Next page"), link("Last", last, f"Last page, {last}")]
    return html.Nav(steps, className="paging", **{"aria-label": "Pages"})


def joined(names: Sequence[str], most: int, shown: Callable[[str], str] = str) -> str:
    """The first names, and how many more there are."""
    more = f" and {amount(len(names) - most)}{THIN}more" if len(names) > most else ""
    return "; ".join(shown(name) for name in names[:most]) + more
