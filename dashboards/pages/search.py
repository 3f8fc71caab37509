"""Search: one box over proposals, publications and datasets, with facets, highlights, graphs, and files of all hits."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from dash import ClientsideFunction, Input, Output
from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing import widgets
from dashboards.drawing.exporting import export_menu
from dashboards.drawing.lists import paging
from dashboards.drawing.markup import AsIs, shown_markup
from dashboards.drawing.words import KINDS, amount, counted
from dashboards.finding import ranges
from dashboards.finding.collecting import ACTS, search_acts
from dashboards.finding.collecting import chips as kept_chips
from dashboards.finding.collecting import facet as collection_facet
from dashboards.finding.facets import KEYS, KEYWORDS, MEASURED, TOP, beside, chosen, column, word_of
from dashboards.finding.graphs import RANKED, countries, ranked, years
from dashboards.finding.rebuilding import in_place, once_readable, rebuilding
from dashboards.frame.controls import ALL_CHIPS, chip_row
from dashboards.frame.state import State
from dashboards.page import Content, Desk, DeskOf, Page
from dashboards.panel import nothing, slot
from dashboards.people.crowd import in_line
from dashboards.record.fulltext import page_link
from puma.access import Viewer
from puma.errors import TryLater
from puma.installation import Installation
from puma.listing import coverage, page_links
from puma.search import HELP, Answer, FacetValue, Hit, QueryError, RebuildNeeded, Snippet
from puma.search.asked import Asked
from puma.search.documents import FACETS, WORDS

PATH = "/search"
AT_ONCE = 10
SORTS = {"relevance": "Best first", "newest": "Newest first", "oldest": "Oldest first", "title": "By title"}
UNITS = "Of data, a wavelength is in Å, an energy in eV, a temperature in K: wavelength:0.9-1.1, temperature:4.2."
PLACES = {"pages": "full text", "author": "people"}
BESIDE = ("instrument",)  # rankings that stand beside the results; the graphs' own view has all
COLUMN = tuple(name for name in FACETS if name not in ("year", "keyword", "author"))  # people are counted as persons


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


def asked(desk: Desk) -> Asked:
    """What the URL asks."""
    return Asked.read(desk.state.values)


def found(
    desk: Desk, what: Asked, *, offset: int = 0, limit: int = 0, facets: Sequence[str] = (), facet_size: int = TOP
) -> Answer:
    """The answer to it."""
    return desk.installation.search(
        desk.viewer,
        what.text,
        filters=what.filters,
        excluded=what.excluded,
        years=what.years,
        sort=what.sort,
        offset=offset,
        limit=limit,
        facets=facets,
        facet_size=facet_size,
        collections=what.collections,
        since=what.since,
    )


def is_narrowed(state: State) -> bool:
    """Whether any facet is chosen or excluded."""
    return any(state.many(key) for key in KEYS)


# -- the box


def box(desk: Desk) -> Content:
    wrong: Component | None = None
    try:
        found(desk, asked(desk))
    except QueryError as error:
        wrong = _wrong(desk.state.one("q"), error)
    except (RebuildNeeded, TryLater):
        pass  # the results say it, and what is typed stays
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
                    html.Ul(id="offers", className="offers", hidden=True, role="listbox", **{"aria-label": "Offers"}),
                    html.Button("Search", id="search-go", className="button primary"),
                ],
                className="search-row",
                role="search",
            ),
            wrong,
            html.Details([html.Summary("How to search"), html.P(HELP), _words()], className="more"),
            html.P(_content(desk), className="content-known"),
            chip_row(
                [*ranges.chips(desk.state, MEASURED), *chosen(desk), *kept_chips(desk)],
                ranges.cleared(desk.state.without(*KEYS, ALL_CHIPS)).query(),
                desk.state,
            ),
        ],
        className="search-box",
    )


def _words() -> Component:
    """What may stand before a colon."""
    words = html.Code(" ".join(f"{word}:" for word in sorted(WORDS)))
    return html.P(["Before a colon may stand: ", words, html.Br(), UNITS])


def _wrong(text: str, error: QueryError) -> Component:
    """What is not understood, with its place in the text marked."""
    place = min(error.position, len(text))
    marked = html.Mark(text[place : place + 1] or "…")
    typed = html.Code([text[max(place - 60, 0) : place], marked, text[place + 1 : place + 61]])
    words = [html.B("Not understood, "), f"at letter {error.position + 1}: ", error.hint]
    return html.Div([html.P(words, className="wrong", role="alert"), html.P(typed, className="wrong-place")])


def _content(desk: Desk) -> str:
    """``Proposals: user_office 2014–2025; publications: library 2012–2025``, as the records say."""
    snapshot = desk.installation.snapshot()
    return _coverage(desk.installation, snapshot.version, desk.viewer.role) if snapshot else ""


@lru_cache(maxsize=32)  # a walk over all records: once per version of the facts
def _coverage(installation: Installation, version: int, role: str) -> str:
    sources = coverage(installation.storage, Viewer(role))
    parts = []
    for kind in ("proposal", "publication", "dataset"):
        words = [one.words for one in sources if one.kind == kind]
        if words:
            parts.append(f"{KINDS[kind]}s: {', '.join(words)}")
    return "; ".join(parts)


# -- facets


def facets(desk: Desk) -> Content:
    """Each value with how many hits a click leaves; a facet is counted without its own choice."""
    what = asked(desk)
    try:
        counts = found(desk, what, facets=COLUMN).facets
        keywords = found(desk, what, facets=("keyword",), facet_size=KEYWORDS).facets["keyword"]
    except QueryError:
        return ""
    known = found(desk, Asked(), facets=("year",)).facets.get("year", [])
    narrow = column(desk, counts, [int(one.value) for one in known if one.value.isdigit()], keywords)
    return [narrow, html.Div(collection_facet(desk, what), className="card-body")]


# -- results


def results(desk: Desk) -> Content:
    what = asked(desk)
    drawn = desk.state.one("view") == "graphs"
    page = max(desk.state.number("page", 1), 1)
    try:
        answer = found(desk, what, offset=(page - 1) * AT_ONCE, limit=0 if drawn else AT_ONCE)
    except QueryError as error:
        return nothing("results", "The text above cannot be understood.", error.hint)
    if not answer.total:
        return in_place(desk, PATH) or _none(desk)
    last = -(-answer.total // AT_ONCE)
    if page > last:  # of a list that was longer when the address was made
        return results(replace(desk, state=desk.state.put("page", str(last))))
    first = (page - 1) * AT_ONCE + 1
    filtered = " (with active search filters)" if is_narrowed(desk.state) else ""
    said = [counted(answer.total, "documents"), filtered, f" ({max(answer.took_ms, 10) / 1000:.2f} s)."]
    shown = f" Showing results {amount(first)} to {amount(first + len(answer.hits) - 1)}." if answer.hits else ""
    places = _places(desk, answer)
    list_of_hits = [
        _sort(desk),
        html.Ol([_hit(hit, places, desk.state.one("q")) for hit in answer.hits], className="hits", start=first),
        paging(desk, answer.total, AT_ONCE),
    ]
    return html.Div(
        [
            html.P([html.B(said), shown], className="result-head", role="status"),
            html.Div([_tabs(desk, drawn=drawn), _actions(desk, answer.total)], className="result-row"),
            *([html.P(answer.incomplete, className="bad-words", role="alert")] if answer.incomplete else []),
            *([] if drawn else list_of_hits),
        ],
        className="card-body",
    )


def _tabs(desk: Desk, *, drawn: bool) -> Component:
    """Results or graphs; on a narrow window also the way down to the facets."""

    def tab(words: str, view: str) -> Component:
        on = drawn == (view == "graphs")
        here = {"aria-current": "page"} if on else {}
        return html.A(words, href=desk.state.put("view", view).query(), className="tab go", **here)

    down = html.A("Filters", href="#narrow", className="tab to-facets")
    tabs = [tab("Results", ""), tab("Graphs", "graphs"), down]
    return html.Nav(tabs, className="tabs", **{"aria-label": "View"})


def _actions(desk: Desk, total: int) -> Component:
    """What can be done with all that was found."""
    asked = {key: values for key, values in desk.state.values.items() if key in (*KEYS, "q", "sort")}
    query = State(asked).query()
    manifest = html.A("Manifest", href=f"/api/v1/exports/search.manifest.json{query}", target="_blank", rel="noopener")
    copy = {"data-copy-curl": f"/api/v1/search{query}"}
    more = [
        html.P([manifest, " what the file holds: question, date, version, number."]),
        html.P("The same answer for programs:"),
        html.Code(f"/api/v1/search{query}", className="address"),
        html.Button("Copy as curl", className="button small", **copy),
    ]
    export = export_menu(f"/api/v1/exports/search{query}", total, "search", order=", in this order", more=more)
    return html.Div([export, *search_acts(desk, total)], id="result-actions", className="result-actions")


def _none(desk: Desk) -> Component:
    if desk.state.one("q") or is_narrowed(desk.state):
        clear = html.A("clear the filters", href=desk.state.without(*KEYS).query(), className="go")
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


def _places(desk: Desk, answer: Answer) -> dict[tuple[int, int], str]:
    """Where the pages that were found open: (record, page) -> address of the file at that page."""
    wanted = {hit.id: [one.page for one in hit.snippets if one.page] for hit in answer.hits}
    return page_links(desk.installation.storage, desk.viewer, wanted)


def _hit(hit: Hit, places: Mapping[tuple[int, int], str], typed: str) -> Component:
    """One hit; where the full text holds what was typed, the page of the record shows it there, too."""
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
    shown = shown_markup(title) if title else AsIs(fields.get("title") or "") or "Untitled"
    kind = word_of("category", str(fields.get("category") or ""))
    there = State({"text": (typed,)}).query() if any(one.page for one in hit.snippets) else ""
    return html.Li(
        [
            html.P(
                [html.Span(kind, className="badge quiet"), html.Span(str(fields.get("year") or ""))],
                className="kicker spaced",
            ),
            html.A(shown, href=f"/record/{hit.id}{there}", className="go hit-title"),
            in_line(names, 6, f"/record/{hit.id}.json") if names else None,
            html.P(AsIs(" · ".join(detail)), className="hit-detail") if detail else None,
            *[_snippet(s, places.get((hit.id, s.page or 0), "")) for s in _telling(hit.snippets)],
        ]
    )


def _telling(snippets: Sequence[Snippet]) -> list[Snippet]:
    """Three places that say most: several pages of the full text, of any other field only the first."""
    seen: set[str] = set()
    kept = []
    for one in snippets:
        if one.field != "title" and (one.page or one.field not in seen):
            seen.add(one.field)
            kept.append(one)
    return kept[:3]


def _snippet(snippet: Snippet, address: str) -> Component:
    place = PLACES.get(snippet.field, snippet.field.replace("_", " "))
    number = address.rpartition("=")[2] or snippet.page  # as the file counts; search counts through all its files
    words = page_link(address, f"page {number}") if snippet.page else html.Span(place, className="where")
    return html.P([words, html.Span(shown_markup(snippet.html))], className="snippet")


# -- graphs


def graphs(desk: Desk) -> Content:
    """What was found, counted: beside the results by year and instrument, in the view of graphs by everything."""
    what = asked(desk)
    every = desk.state.one("view") == "graphs"
    wanted = tuple(RANKED) if every else BESIDE
    try:
        answer = found(desk, what, facets=("kind", *wanted))
    except QueryError:
        return ""
    timeless = replace(what, years=(None, None))
    dated = found(desk, timeless).total if what.years != (None, None) else answer.total
    if not dated:
        return ""
    parts = [years(desk, _by_kind(desk, timeless), dated)]
    parts += [ranked(desk, name, answer.facets[name], answer.total) for name in wanted]
    if every:
        known = found(desk, what, facets=("country",), facet_size=250).facets["country"]
        parts.append(countries(desk, known, answer.total))
    shown = [part for part in parts if part is not None]
    return html.Div(shown, className="all-graphs" if every else "stacked")


def _by_kind(desk: Desk, what: Asked) -> dict[str, Sequence[FacetValue]]:
    """Documents by year of each kind that may be shown."""
    kinds = [one.value for one in found(desk, what, facets=("kind",)).facets["kind"]]
    if what.filters.get("kind"):
        kinds = [kind for kind in kinds if kind in what.filters["kind"]]
    counts: dict[str, Sequence[FacetValue]] = {}
    for kind in kinds:
        of_kind = replace(what, filters={**what.filters, "kind": (kind,)})
        counts[kind] = [one for one in found(desk, of_kind, facets=("year",)).facets["year"] if one.value.isdigit()]
    return counts


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
    panels={"box": box, "facets": beside(facets), "results": once_readable(results, PATH), "graphs": beside(graphs)},
    live=rebuilding,
    acts=ACTS,
    menu="Search",
    tab="Search",
    order=20,
    help="Proposals, publications and datasets in one box.",
    wire=wire,
)
