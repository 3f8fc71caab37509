"""Graphs of what a search found: by year and kind, instruments, institutions, people, topics, techniques, countries."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import log10
from urllib.parse import quote

import pandas as pd
from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing.chart import picture
from dashboards.drawing.figures import ranking, stacked_by_year, world
from dashboards.drawing.plot import Figure
from dashboards.drawing.saving import save_menu
from dashboards.drawing.tables import Cell, Column, data_table
from dashboards.drawing.words import KINDS, amount, counted, moment
from dashboards.finding.facets import LABELS, TOP, chosen, shown, with_value
from dashboards.frame.theme import SERIES
from dashboards.page import Desk
from puma.countries import country_code
from puma.exports.format import inert
from puma.search import FacetValue

RANKED = {
    "instrument": "Instruments used",
    "institution": "Main institutions",
    "person": "Main people",
    "keyword": "Topics: keywords",
    "technique": "Techniques, with the broader ones",
    "journal": "Main journals",
}
"""Title of the ranking by facet."""
ROW = 24  # pixels of one bar


@dataclass(frozen=True, slots=True)
class Counted:
    """What is drawn: rows of cells, the head of each column, and where the rows lead."""

    heads: tuple[str, ...]
    rows: list[tuple[str | int, ...]]
    hrefs: list[str]


def years(
    desk: Desk, by_kind: Mapping[str, Sequence[FacetValue]], total: int, *, height: int = 220
) -> Component | None:
    """Documents by year, stacked by kind. total: all that are found in any year, also those without one."""
    kinds = [kind for kind in KINDS if by_kind.get(kind)]
    frame = pd.DataFrame(
        [(int(one.value), kind, float(one.count)) for kind in kinds for one in by_kind[kind]],
        columns=["year", "kind", "value"],
    )
    if frame.empty:
        return None
    figure = stacked_by_year(
        frame, desk.scheme, "documents", "kind", _to_year(desk), order=kinds, chosen=desk.state.many("year")
    )
    figure.layout(showlegend=False)
    wide = frame.pivot_table(index="year", columns="kind", values="value", aggfunc="sum", fill_value=0)[kinds]
    rows: list[tuple[str | int, ...]] = [
        (int(year), *(int(number) for number in numbers), int(sum(numbers)))
        for year, numbers in zip(wide.index, wide.to_numpy().tolist(), strict=True)
    ]
    heads = ("Year", *(f"{KINDS[kind]}s" for kind in kinds), "Documents")
    dated = int(frame["value"].sum())
    dates = "the year of proposals is that of operation, else of deposit"
    notes = [f"{amount(dated)} of {counted(total, 'documents')} have a year; {dates}"]
    if desk.state.many("year"):
        notes.append("all years are drawn, the chosen ones stand out")
    data = Counted(heads, rows, [_to_year(desk)(str(row[0])) for row in rows])
    return graph(
        desk, "years", "Documents by year", figure, data, height, "; ".join(notes), beside=_legend(desk, kinds)
    )


def _legend(desk: Desk, kinds: Sequence[str]) -> Component:
    """The kinds with their colours; a click filters."""
    links = [
        html.A(
            [
                html.Span(className=f"swatch of-{place}", style={"backgroundColor": SERIES[desk.scheme][place]}),
                f"{KINDS[kind]}s",
            ],
            href=with_value(desk.state, "kind", kind).query(),
            className="go legend-item on" if kind in desk.state.many("kind") else "go legend-item",
        )
        for place, kind in enumerate(kinds)
    ]
    return html.Div(links, className="legend-row", role="group", **{"aria-label": "Kinds: a click filters"})


def ranked(desk: Desk, facet: str, values: Sequence[FacetValue], total: int) -> Component | None:
    """The most frequent values of a facet as bars; a click filters, a second one takes the filter out."""
    first = list(values)[:TOP]
    if not first:
        return None
    table = pd.DataFrame([(one.label or one.value, float(one.count)) for one in first], columns=[facet, "value"])
    keys = [one.value for one in first]
    lead = _to_value(desk, facet)
    figure = ranking(table, desk.scheme, "documents", facet, lead, keys=keys, chosen=desk.state.many(facet))
    logarithmic = facet in desk.state.many("log")
    if logarithmic:
        top = max(one.count for one in first)
        figure.xaxis(type="log", range=[log10(0.7), log10(max(top, 2) * 2.2)])
    notes = ["only the first 25 are displayed" if len(values) >= TOP else f"all {len(first)} values"]
    if facet != "journal":
        notes.append("a document counts for each of its values")
    if facet == "person":
        notes.append("a recognised person is one bar, however the name is written")
    if logarithmic:
        notes.append("logarithmic axis: twice as long does not mean twice as many")
    data = Counted(
        (LABELS[facet], "Documents"),
        [(shown(facet, one), one.count) for one in first],
        [lead(one.value) for one in first],
    )
    turn = html.A(
        ["Linear" if logarithmic else "Log", html.unseen(f" axis of {RANKED[facet]}")],
        href=desk.state.toggled("log", facet).query(),
        className="act go",
        title="Linear or logarithmic axis",
    )
    height = ROW * max(len(first), 3) + 16
    return graph(desk, facet, RANKED[facet], figure, data, height, "; ".join(notes), total=total, turn=turn)


def countries(desk: Desk, values: Sequence[FacetValue], total: int) -> Component | None:
    """Countries as a map beside the table of the same numbers."""
    known = [(code, one) for one in values if (code := country_code(one.value))]
    if not known:
        return None
    names = {code: one.value for code, one in known}
    frame = pd.DataFrame([(code, float(one.count)) for code, one in known], columns=["country", "value"])
    on = [code for code, name in names.items() if name in desk.state.many("country")]
    lead = _to_value(desk, "country")
    figure = world(frame, desk.scheme, "documents", lambda code: lead(names[code]), chosen=on)
    data = Counted(
        ("Country", "Documents"),
        [(one.value, one.count) for _, one in known],
        [lead(one.value) for _, one in known],
    )
    note = "a document counts for each country of its affiliations"
    return graph(
        desk, "country", "Documents by country", figure, data, 360, note, total=total,
        aside=_table("Documents by country, as a table", data),
    )  # fmt: skip


def graph(
    desk: Desk,
    name: str,
    title: str,
    figure: Figure,
    data: Counted,
    height: int,
    note: str,
    *,
    total: int = 0,
    beside: Component | None = None,
    aside: Component | None = None,
    turn: Component | None = None,
    of: str = "search",
) -> Component:
    """A card: title, switches, picture or table, and what is counted. aside: what stands at its side; of: what the
    names of its files begin with."""
    as_table = name in desk.state.many("table")
    parts: list[Component | None]
    if as_table:
        parts = [_table(title, data)]
    else:
        shown = picture(f"{of}-{name}", figure, height, f"{title}: {note}. The table lists the same values.")
        parts = [beside, html.Div([shown, aside], className="side-by-side") if aside is not None else shown]
    view = html.A(
        ["Chart" if as_table else "Table", html.unseen(f" of {title}")],
        href=desk.state.toggled("table", name).query(),
        className="act go",
    )
    named = f"{of}-{name}"
    save = save_menu(title, csv_of(data), f"{named}.csv", pictures="" if as_table else named)
    switches = [view, None if as_table else turn, save]
    head = html.Div([html.H2(title), html.Div(switches, className="actions")], className="card-head")
    said = html.P(
        " · ".join(part for part in (_filters(desk, total), note, _as_of(desk)) if part), className="footnote"
    )
    return html.Div(
        html.Div([head, *parts, said], className="card-body chart"),
        className="panel card both" if aside is not None else "panel card",
    )


def _filters(desk: Desk, total: int) -> str:
    found = [f"n = {counted(total, 'documents')}"] if total else []
    if desk.state.one("q"):
        found.append(f"search: {desk.state.one('q')}")
    found += [f"{label.lower()}: {value}" for label, value, _ in chosen(desk)]
    return " · ".join(found)


def _as_of(desk: Desk) -> str:
    snapshot = desk.installation.snapshot()
    return f"data of {moment(snapshot.as_of)} UTC" if snapshot else ""


def _table(title: str, data: Counted) -> Component:
    first = data.heads[0]
    columns = [Column(first, first == "Year"), *(Column(head, True) for head in data.heads[1:])]
    rows = [
        [
            Cell(str(row[0]), row[0], href),
            *(Cell(amount(float(number)), float(number)) for number in row[1:]),
        ]
        for row, href in zip(data.rows, data.hrefs, strict=True)
    ]
    return data_table(title, columns, rows)


def csv_of(data: Counted) -> str:
    """The same rows as a file in an address; what a spreadsheet would take for a formula is made inert."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(data.heads)
    writer.writerows([inert(cell) if isinstance(cell, str) else cell for cell in row] for row in data.rows)
    return "data:text/csv;charset=utf-8," + quote(text.getvalue())


def _to_year(desk: Desk) -> Callable[[str], str]:
    return lambda year: desk.state.only("year", year).query()


def _to_value(desk: Desk, facet: str) -> Callable[[str], str]:
    return lambda value: with_value(desk.state, facet, value).query()
