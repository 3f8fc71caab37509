"""Search: one box over proposals, publications and datasets, with filters, highlights and graphs beside the list."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from dash import ClientsideFunction, Input, Output, dcc
from dash.development.base_component import Component

from dashboards import tags as html
from dashboards import widgets
from dashboards.blocks import to_value, to_year
from dashboards.chart import picture
from dashboards.controls import chip_row, year_pair
from dashboards.figures import by_year, ranking
from dashboards.lists import joined, paging
from dashboards.markup import shown_markup
from dashboards.page import Content, Desk, DeskOf, Page
from dashboards.panel import nothing, slot
from dashboards.words import TYPES, amount, word
from puma.search import HELP, Answer, Hit, QueryError, Snippet
from puma.search.documents import FACETS

PATH = "/search"
AT_ONCE = 10
REACH = 10_000  # hits that can be paged through; narrower questions find the rest
SORTS = {"relevance": "Best first", "newest": "Newest first", "oldest": "Oldest first", "title": "By title"}
LABELS = {
    "category": "Kind", "year": "Year", "instrument": "Instrument", "technique": "Technique", "author": "People",
    "institution": "Institution", "country": "Country", "journal": "Journal", "keyword": "Keyword",
    "open_access": "Open access",
}  # fmt: skip
FIRST = 7  # values of a facet that are shown before "more"
PLACES = {"pages": "full text", "author": "people"}


def layout(desk: Desk) -> Content:
    return html.Div(
        [
            html.H1("Search", className="unseen"),
            slot(PATH, "box", kind="bare", height=120),
            html.Div(
                [
                    slot(PATH, "facets", kind="card facets", height=400),
                    slot(PATH, "results", kind="card", height=600),
                    slot(PATH, "graphs", kind="bare graphs", height=400),
                ],
                className="grid search-grid",
            ),
        ],
        className="wide",
    )


def asked_filters(desk: Desk) -> dict[str, tuple[str, ...]]:
    """The facets that are chosen; years are a span of their own."""
    return {name: desk.state.many(name) for name in FACETS if name != "year" and desk.state.many(name)}


def found(desk: Desk, *, limit: int = 0, facets: Sequence[str] = ()) -> Answer:
    """The answer to what the URL asks."""
    sort = desk.state.one("sort", "relevance")
    page = max(desk.state.number("page", 1), 1)
    return desk.installation.search(
        desk.viewer,
        desk.state.one("q"),
        filters=asked_filters(desk),
        years=desk.state.years,
        sort=sort if sort in SORTS else "relevance",  # type: ignore[arg-type]  # checked against the same words
        offset=min((page - 1) * AT_ONCE, REACH),
        limit=limit,
        facets=facets,
    )


def box(desk: Desk) -> Content:
    wrong: Component | None = None
    try:
        found(desk)
    except QueryError as error:
        wrong = html.P(
            [html.B("Not understood, "), f"at letter {error.position + 1}: ", error.hint],
            className="wrong",
            role="alert",
        )
    more = [
        (LABELS[key], word_of(key, value), desk.state.toggled(key, value).query())
        for key, values in asked_filters(desk).items()
        for value in values
    ]
    if desk.state.one("year"):
        more.append(("Year", word("year", desk.state.one("year")), desk.state.without("year").query()))
    return html.Div(
        [
            html.Div(
                [
                    widgets.TextInput(
                        id="q",
                        value=desk.state.one("q"),
                        placeholder="Words, a phrase, a DOI, a proposal code, author:cotte …",
                        size="md",
                        className="box",
                        **{"aria-label": "Search proposals, publications and datasets"},
                    ),
                    html.Button("Search", id="search-go", className="button primary"),
                ],
                className="search-row",
                role="search",
            ),
            wrong,
            html.Details([html.Summary("How to search"), html.P(HELP)], className="more"),
            chip_row(more, desk.state.without(*FACETS).query()),
        ],
        className="search-box",
    )


def word_of(facet: str, value: str) -> str:
    """A value of a facet as people read it."""
    if facet == "category":
        kind = TYPES.get(value)
        return kind or value.replace("_", " ").capitalize()
    return word(facet, value) if facet == "open_access" else value


def facets(desk: Desk) -> Content:
    """Each value with how many hits a click leaves; a facet is counted without its own selection."""
    try:
        answer = found(desk, facets=FACETS)
    except QueryError:
        return ""
    parts = [_facet(desk, name, answer) for name in FACETS if name != "year"]
    shown = [part for part in parts if part is not None]
    return html.Div([html.H2("Narrow down", className="unseen"), _years(desk), *shown], className="card-body")


def _years(desk: Desk) -> Component:
    known = desk.installation.search(desk.viewer, "", facets=("year",), limit=0).facets.get("year", [])
    span = sorted(int(value.value) for value in known if value.value.isdigit())
    standing = dcc.Store(id={"type": "standing", "of": "controls"}, data=desk.state.query())
    return html.Div([*year_pair(desk, span), standing], className="year-pair")


def _facet(desk: Desk, name: str, answer: Answer) -> Component | None:
    values = answer.facets.get(name, [])
    chosen = desk.state.many(name)
    counts = {value.value: value.count for value in values}
    missing = [value for value in chosen if value not in counts]
    if not values and not missing:
        return None
    links = [_value(desk, name, value, counts.get(value, 0), chosen) for value in (*missing, *counts)]
    more = (
        html.Details([html.Summary(f"{len(links) - FIRST} more"), html.Ul(links[FIRST:])], className="more")
        if len(links) > FIRST
        else None
    )
    return html.Div([html.H3(LABELS[name]), html.Ul(links[:FIRST]), more], className="facet")


def _value(desk: Desk, name: str, value: str, count: int, chosen: Sequence[str]) -> Component:
    on = value in chosen
    what = f" results: {'remove the' if on else 'set a'} filter {LABELS[name]}"
    return html.Li(
        html.A(
            [
                html.Span(word_of(name, value), className="facet-word"),
                " ",
                html.Span(amount(count), className="facet-count"),
                html.unseen(what),
            ],
            href=desk.state.toggled(name, value).query(),
            className="go on" if on else "go",
        )
    )


def results(desk: Desk) -> Content:
    try:
        answer = found(desk, limit=AT_ONCE)
    except QueryError as error:
        return nothing("results", "The text above cannot be understood.", error.hint)
    if not answer.total:
        return _none(desk)
    page = max(desk.state.number("page", 1), 1)
    first = (page - 1) * AT_ONCE + 1
    filtered = " (with active search filters)" if asked_filters(desk) or desk.state.one("year") else ""
    said = f"{amount(answer.total)} documents{filtered} ({max(answer.took_ms, 10) / 1000:.2f} s)."
    shown = f" Showing results {amount(first)} to {amount(first + len(answer.hits) - 1)}." if answer.hits else ""
    return html.Div(
        [
            html.Div(
                [html.P([html.B(said), shown], className="result-head", role="status"), _sort(desk)],
                className="card-head",
            ),
            *([html.P(answer.incomplete, className="bad-words", role="alert")] if answer.incomplete else []),
            html.Ol([_hit(hit) for hit in answer.hits], className="hits", start=first),
            paging(desk, answer.total, AT_ONCE, most=REACH),
        ],
        className="card-body",
    )


def _none(desk: Desk) -> Component:
    if desk.state.one("q") or asked_filters(desk) or desk.state.one("year"):
        clear = html.A("clear the filters", href=desk.state.without(*FACETS).query(), className="go")
        return nothing(
            "documents found",
            "Nothing has all these words under these filters.",
            "Use fewer words, paint* for beginnings, a | b for either, or ",
            clear,
            ".",
        )
    sources = html.A("See the sources", href="/sources", className="go")
    return nothing(
        "documents",
        "The search index is empty.",
        "`puma harvest` brings records in, `puma index` makes them searchable. ",
        sources,
    )


def _sort(desk: Desk) -> Component:
    current = desk.state.one("sort", "relevance")
    links = [
        html.Span(words, className="step", **{"aria-current": "true"})
        if name == current
        else html.A(
            words, href=desk.state.put("sort", "" if name == "relevance" else name).query(), className="step go"
        )
        for name, words in SORTS.items()
    ]
    return html.Nav(links, className="paging sorts", **{"aria-label": "Sort"})


def _hit(hit: Hit) -> Component:
    fields = hit.fields
    people = fields.get("author")
    names = [str(name) for name in people] if isinstance(people, (list, tuple)) else []
    detail = [str(fields[name]) for name in ("code", "journal", "publisher") if fields.get(name)]
    machines = fields.get("instrument")
    if isinstance(machines, (list, tuple)) and machines:
        detail.append(", ".join(str(machine) for machine in machines[:3]))
    if fields.get("doi"):
        detail.append(str(fields["doi"]))
    title = next((s.html for s in hit.snippets if s.field == "title" and "…" not in s.html), None)
    shown = shown_markup(title) if title else str(fields.get("title") or "Untitled")
    kind = word_of("category", str(fields.get("category") or ""))
    return html.Li(
        [
            html.P(
                [html.Span(kind, className="badge quiet"), html.Span(str(fields.get("year") or ""))],
                className="kicker spaced",
            ),
            html.A(shown, href=f"/record/{hit.id}", className="go hit-title"),
            html.P(joined(names, 6), className="hit-people") if names else None,
            html.P(" · ".join(detail), className="hit-detail") if detail else None,
            *[_snippet(s) for s in hit.snippets if s.field != "title"][:3],
        ]
    )


def _snippet(snippet: Snippet) -> Component:
    place = PLACES.get(snippet.field, snippet.field.replace("_", " "))
    where = f"page {snippet.page}" if snippet.page else place
    return html.P([html.Span(where, className="where"), html.Span(shown_markup(snippet.html))], className="snippet")


def graphs(desk: Desk) -> Content:
    """Documents by year and by instrument of what was found; a click filters."""
    try:
        answer = found(desk, facets=("year", "instrument"))
    except QueryError:
        return ""
    if not answer.total:
        return ""
    parts = [_year_graph(desk, answer), _instrument_graph(desk, answer)]
    return html.Div([part for part in parts if part is not None], className="stacked")


def _year_graph(desk: Desk, answer: Answer) -> Component | None:
    rows = [(int(v.value), float(v.count)) for v in answer.facets.get("year", []) if v.value.isdigit()]
    if not rows:
        return None
    table = pd.DataFrame(sorted(rows), columns=["year", "value"])
    figure = by_year(table, desk.scheme, "documents", to_year(desk), chosen=desk.state.many("year"))
    return _graph("Documents by year", figure, "search-years", 190, f"{len(rows)} years with documents")


def _instrument_graph(desk: Desk, answer: Answer) -> Component | None:
    values = answer.facets.get("instrument", [])[:25]
    if not values:
        return None
    table = pd.DataFrame([(v.value, float(v.count)) for v in values], columns=["instrument", "value"])
    keys = [v.value for v in values]
    figure = ranking(
        table,
        desk.scheme,
        "documents",
        "instrument",
        to_value(desk, "instrument"),
        keys=keys,
        chosen=desk.state.many("instrument"),
    )
    note = "only the first 25 are displayed" if len(values) == 25 else f"{len(values)} instruments"
    return _graph("Documents by instrument", figure, "search-instruments", 24 * max(len(keys), 3) + 16, note)


def _graph(title: str, figure: go.Figure, name: str, height: int, note: str) -> Component:
    shown = picture(name, figure, height, f"{title}: {note}. The same values are links among the filters.")
    return html.Div(
        html.Div([html.H2(title), shown, html.P(note, className="footnote")], className="card-body"),
        className="panel card",
    )


def wire(app: Any, desk_of: DeskOf) -> None:
    app.clientside_callback(
        ClientsideFunction("puma", "sent"),
        Output("url", "search", allow_duplicate=True),
        Input("q", "n_submit"),
        Input("search-go", "n_clicks"),
        prevent_initial_call=True,
    )


PAGE = Page(
    path=PATH,
    title="Search",
    layout=layout,
    panels={"box": box, "facets": facets, "results": results, "graphs": graphs},
    menu="Search",
    order=20,
    help="Proposals, publications and datasets in one box.",
    wire=wire,
)
