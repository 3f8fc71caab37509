"""Facets beside a search: each value with what a click on it leaves, a way to exclude it, and a way to find others."""

from collections.abc import Mapping, Sequence

from dash import dcc
from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing.markup import AsIs
from dashboards.drawing.words import KINDS, TYPES, amount, word
from dashboards.finding import ranges
from dashboards.frame.controls import CHIPS, year_pair
from dashboards.frame.state import State
from dashboards.page import Content, Desk, Draw
from puma.conditions import CONDITIONS
from puma.search import FacetValue, RebuildNeeded
from puma.search.asked import NOT
from puma.search.documents import BAND, FACETS
from puma.search.people import PERSON
from puma.techniques import code_of

LABELS = {
    "kind": "Kind", "category": "Type", "year": "Year", "instrument": "Instrument", "technique": "Technique",
    "person": "People", "author": "Name as written", "institution": "Institution", "country": "Country",
    "journal": "Journal", "keyword": "Keyword", "open_access": "Open access", "formula": "Chemical formula",
    "wavelength_band": "Wavelength", "energy_band": "Energy", "temperature_band": "Temperature",
}  # fmt: skip
MEASURED = {name: LABELS[f"{name}{BAND}"] for name in CONDITIONS}
TOP = 25  # values of a facet that are counted at once; others are found by name
FIRST = 7  # of them are shown before "more"
KEYWORDS = 500  # keywords that are counted, so that each namespace has its own first ones
KEYS = (*FACETS, *(NOT + name for name in FACETS), "collection", "since")
"""Keys of the address that narrow a search."""
BANDS = {
    f"{name}{BAND}": [one.band_of(end) for end in (0.0, *one.bands)] for name, one in CONDITIONS.items()
}  # fmt: skip
"""The bands of each condition, rising: what is measured is read from little to much, not by how frequent it is."""
_PARTS = {"publication": tuple(TYPES), "proposal": ("PROPOSAL_",), "dataset": ("DATASET",)}


def word_of(facet: str, value: str) -> str:
    """A value of a facet as people read it; words of records, which no language changes, are marked as such."""
    if facet == "category":
        return TYPES.get(value) or value.replace("_", " ").capitalize()
    if facet == "kind":
        return KINDS.get(value, value)
    if facet == "energy_band":
        return _in_kilo(value)
    if facet in BANDS or facet == "country":
        return value
    return word(facet, value) if facet in ("open_access", "year") else AsIs(value)


def _in_kilo(band: str) -> str:
    """``8000–15000 eV`` as ``8–15 keV``."""
    ends = [float(part) for part in band.strip("<≥ eV").split("–") if part.replace(".", "").isdigit()]
    if not ends or max(ends) < 1000:
        return band
    sign = "≥ " if band.startswith("≥") else "< " if band.startswith("<") else ""
    return f"{sign}{'–'.join(f'{end / 1000:g}' for end in ends)} keV"


def shown(facet: str, one: FacetValue) -> str:
    """A counted value as people read it."""
    return AsIs(one.label) if one.label else word_of(facet, one.value)


def people(desk: Desk) -> Mapping[str, str]:
    """The names of the people whom the address chooses or leaves out, by value."""
    return desk.installation.called(desk.viewer, [*desk.state.many(PERSON), *desk.state.many(NOT + PERSON)])


def chosen(desk: Desk) -> list[tuple[str, str, str]]:
    """The active filters as (label, value, query without it), what is excluded with its word."""
    state, names = desk.state, people(desk)

    def read(name: str, value: str) -> str:
        return AsIs(names.get(value, value)) if name == PERSON else word_of(name, value)

    found = [
        (LABELS[name], read(name, value), state.toggled(name, value).query())
        for name in FACETS
        if name != "year"
        for value in state.many(name)
    ]
    if state.one("year"):
        found.append(("Year", word("year", state.one("year")), state.without("year").query()))
    return found + [
        (f"Not {LABELS[name].lower()}", read(name, value), state.toggled(NOT + name, value).query())
        for name in FACETS
        for value in state.many(NOT + name)
    ]


def with_value(state: State, facet: str, value: str) -> State:
    """The value taken in or out; taken in, it is no longer excluded."""
    kept = state.put(NOT + facet, *(one for one in state.many(NOT + facet) if one != value))
    return kept.toggled(facet, value)


def without_value(state: State, facet: str, value: str) -> State:
    """The value excluded, and no longer chosen."""
    kept = state.put(facet, *(one for one in state.many(facet) if one != value))
    return kept.toggled(NOT + facet, value)


def column(
    desk: Desk, counted: Mapping[str, Sequence[FacetValue]], years: Sequence[int], keywords: Sequence[FacetValue]
) -> Component:
    """All facets. years: for the drop-downs, falling or rising. keywords: many, to be parted by namespace."""
    standing = dcc.Store(id={"type": "standing", "of": "controls"}, data=desk.state.query())
    span = html.Div([*year_pair(desk, sorted(years)), standing], className="year-pair")
    parts = [span, _kinds(desk, counted)]
    parts += [_facet(desk, name, LABELS[name], counted[name]) for name in counted if name not in ("kind", "category")]
    known = {value.value for some in by_namespace(keywords).values() for value in some}
    absent = [FacetValue(value, 0) for value in desk.state.many("keyword") if value not in known][:CHIPS]
    parts += [
        _facet(desk, "keyword", f"Keyword: {space}" if space else LABELS["keyword"], some, strip=space)
        for space, some in by_namespace([*absent, *keywords]).items()
    ]
    heading = html.H2("Narrow down", className="unseen", id="narrow", tabIndex=-1)
    return html.Div([heading, *[part for part in parts if part is not None]], className="card-body")


def by_namespace(keywords: Sequence[FacetValue]) -> dict[str, list[FacetValue]]:
    """The first keywords of each namespace, those without one first; a namespace is capitals before a colon."""
    found: dict[str, list[FacetValue]] = {"": []}
    for one in keywords:
        space, colon, _ = one.value.partition(": ")
        named = space if colon and space.isupper() and " " not in space else ""
        found.setdefault(named, []).append(one)
    return {space: some[:TOP] for space, some in sorted(found.items()) if some}


def _kinds(desk: Desk, counted: Mapping[str, Sequence[FacetValue]]) -> Component | None:
    """Kinds with their types beneath: all proposals, or the accepted or refused ones."""
    types = {one.value: one.count for one in counted["category"]}
    types |= {value: 0 for value in desk.state.many("category")[:CHIPS] if value not in types}
    kinds = {one.value: one.count for one in counted["kind"]}
    kinds |= {value: 0 for value in desk.state.many("kind")[:CHIPS] if value not in kinds}
    if not kinds and not types:
        return None
    items = []
    for kind, parts in _PARTS.items():
        own = [name for name in types if name.startswith(parts)]
        if kind not in kinds and not own:
            continue
        name, count = f"{KINDS[kind]}s", kinds.get(kind, 0)
        is_open = count or kind in desk.state.many("kind")
        closed = html.Li(html.Span(name, className="quiet small"))  # a click would leave nothing
        items.append(_value(desk, "kind", kind, name, count) if is_open else closed)
        if kind != "dataset":
            words = [word_of("category", name).removeprefix("Proposal ").capitalize() for name in own]
            items += [
                _value(desk, "category", name, words[place], types[name], below=True) for place, name in enumerate(own)
            ]
    return html.Div([html.H3(LABELS["kind"]), html.Ul(items)], className="facet")


def _facet(desk: Desk, name: str, label: str, values: Sequence[FacetValue], *, strip: str = "") -> Component | None:
    """One facet; nothing where it has no values. strip: the namespace that its heading already says."""
    on = desk.state.many(name)
    counted = {one.value for one in values}
    absent = [] if name == "keyword" else [value for value in on if value not in counted][:CHIPS]
    ranged = name in BANDS and name.removesuffix(BAND) in ranges.written(desk.state.one("q"))
    if not counted and not absent and not ranged:
        return None
    if name in BANDS:
        values = sorted(values, key=lambda one: BANDS[name].index(one.value) if one.value in BANDS[name] else -1)
    names = people(desk) if name == PERSON and absent else {}
    links = [
        _value(desk, name, one.value, _under(strip, shown(name, one)), one.count)
        for one in (*(FacetValue(value, 0, names.get(value, "")) for value in absent), *values)
    ]
    more = _more(name, label, links) if len(links) > FIRST else None
    within = ranges.fields(desk.state, name.removesuffix(BAND), label) if name in BANDS else None
    if strip:  # there may be many namespaces, so each is closed until it is wanted
        is_open = any(value in on for value in counted)
        parts = [html.Summary(label), html.Ul(links[:FIRST]), more]
        return html.Details(parts, open=is_open, className="facet", **{"data-facet": name})
    return html.Div([html.H3(label), html.Ul(links[:FIRST]), more, within], className="facet", **{"data-facet": name})


def _under(heading: str, shown: str) -> str:
    """A value without the namespace that its heading says."""
    return AsIs(shown.removeprefix(f"{heading}: ")) if heading else shown


def _more(name: str, label: str, links: Sequence[Component]) -> Component:
    """The rest of the first ones, and a box in which any value can be found by its beginning."""
    said = {"aria-label": f"Find a value of {label} by its beginning"}
    box = html.Div(html.Field(placeholder="Find by name …", **said), className="facet-find")
    whole = len(links) < TOP
    listed = html.P(f"The {TOP} most frequent are listed.", className="footnote")
    find = [] if whole else [listed, box, html.Ul(className="facet-found", **{"aria-live": "polite"})]
    return html.Details([html.Summary(f"{len(links) - FIRST} more"), html.Ul(links[FIRST:]), *find], className="more")


def _value(desk: Desk, name: str, value: str, shown: str, count: int, *, below: bool = False) -> Component:
    on = value in desk.state.many(name)
    hint = code_of(value) if name == "technique" else ""
    what = f" results: remove the filter {LABELS[name]}" if on else f" results: set a filter {LABELS[name]}"
    link = html.A(
        [
            html.Span(shown, className="facet-word"),
            " ",
            html.Span(amount(count), className="facet-count"),
            html.unseen(what),
        ],
        href=with_value(desk.state, name, value).query(),
        className="go on" if on else "go",
        title=hint or None,
    )
    out = html.A(
        [
            html.Span("−", **{"aria-hidden": "true"}),
            html.Span([f"Exclude {LABELS[name]}: ", shown], className="unseen"),
        ],
        href=without_value(desk.state, name, value).query(),
        className="go not",
        title="Leave these out (or Alt-click the value)",
    )
    return html.Li([link, out], className="below" if below else "")


def beside(draw: Draw) -> Draw:
    """A part beside the results: empty while there is no index, which they say once for all."""

    def shown(desk: Desk) -> Content:
        try:
            return draw(desk)
        except RebuildNeeded:
            return None

    return shown
