"""Where the lists and identifiers of a record came from: who tells of its people, instruments, keywords and names."""

from collections.abc import Sequence

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing.markup import AsIs
from dashboards.drawing.tables import Cell
from dashboards.drawing.words import amount
from dashboards.page import Content
from puma.listing import RecordView

LINKED = 3  # linked records that are named for an instrument


def origin_of(one: RecordView, part: str, value: str = "") -> str:
    """Who tells of a list, or of a word of it; of a list that is told word by word, who tells of any. "" for nobody."""
    told = [each.origin for each in one.told if each.part == part and (not value or each.value == value)]
    return "; ".join(dict.fromkeys(origin for each in told for origin in each.split("; ")))


def source_line(words: str, origin: Content) -> Component | None:
    """A small line beneath what it tells of: ``Source: library, 2 March 2026``."""
    return html.P([html.Span(words), " ", html.Span(origin)], className="quiet small") if origin else None


def people_line(one: RecordView) -> Component | None:
    """Where people and affiliations came from, and that institutions were found by what was written."""
    line = source_line("Source of names and affiliations:", origin_of(one, "authors") or origin_of(one, "participants"))
    if line is None or not any(place.kind == "institution" for place in one.institutions):
        return line
    return html.Div([line, html.P("Institutions: resolved from the affiliations as written.", className="quiet small")])


def list_rows(one: RecordView) -> list[tuple[str, Content, Content]]:
    """(label, how many or which, origin) of the lists of a record that have something."""
    rows: list[tuple[str, Content, Content]] = []
    for part, label in (("authors", "Authors"), ("participants", "Team")):
        if one.people and (origin := origin_of(one, part)):
            rows.append((label, amount(len(one.people)), origin))
    if one.instruments:
        names = AsIs(", ".join(used.name for used in one.instruments))
        rows.append(("Instruments", names, _instruments(one)))
    for part, label, count in (
        ("keywords", "Keywords", len(one.keywords)),
        ("related", "Cited and related", len(one.related)),
    ):
        if count and (origin := origin_of(one, part)):
            rows.append((label, amount(count), origin))
    return rows


def _instruments(one: RecordView) -> Content:
    """The record's own source, or the linked records that name them."""
    names = {link.record_id: link.detail or link.name for link in one.links}
    by = [number for number in dict.fromkeys(used.by for used in one.instruments) if number in names]
    if not by:
        fields = {field.name: field.origin for field in one.fields}
        return origin_of(one, "times") or fields.get("instrument_name", "") or "–"
    links: list[Component | str] = ["by the link to "]
    for place, number in enumerate(by[:LINKED]):
        links += [", " if place else "", html.A(AsIs(names[number]), href=f"/record/{number}", className="go")]
    return html.Span([*links, f" and {amount(len(by) - LINKED)} more" if len(by) > LINKED else ""])


def cells(rows: Sequence[tuple[str, Content, Content]], *, change: bool) -> list[list[Cell]]:
    """Rows for the table of fields. change: it has a column for corrections, which lists have not."""
    return [
        [Cell(html.B(label), label), Cell(html.Span(value), ""), Cell(html.Span(origin), ""),
         *([Cell("")] if change else [])]
        for label, value, origin in rows
    ]  # fmt: skip
