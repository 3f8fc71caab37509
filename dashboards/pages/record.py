"""One record: its fields and where each came from, its people, links, files and history."""

from datetime import date

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing.lists import joined
from dashboards.drawing.markup import shown_markup
from dashboards.drawing.tables import Cell, Column, data_table
from dashboards.drawing.words import KINDS, THIN, amount, day, word
from dashboards.finding.collecting import ACTS as KEPT
from dashboards.finding.collecting import kept_words
from dashboards.page import Content, Desk, Page, pages
from dashboards.panel import nothing, notice, slot
from dashboards.people.crowd import AT_MOST, beyond, crowd
from dashboards.record.citing import citation
from dashboards.record.correcting import correct_any, correct_link, form, origin, save, standing
from dashboards.record.fulltext import fulltext
from dashboards.record.parting import ACTS as PARTED
from dashboards.record.parting import hand, ways, wire
from dashboards.record.told import cells, list_rows, origin_of, people_line, source_line
from puma.errors import NotHere
from puma.listing import Named, RecordView, Written, record

PATH = "/record"
DAYS = ("deposited_on", "operation_year", "published_on", "created_on", "open_on", "starts_at", "ends_at")
LETTERS = {"year": 4, "month": 7}  # of a day that is known only so far
MANY = 40  # people, institutions or links that are listed before "more"
WRITERS = 6  # people who gave one affiliation that are named
RESOLVERS = {"doi": "https://doi.org/", "orcid": "https://orcid.org/", "ror": "https://ror.org/"}
WRITTEN = ("proposal", "publication", "dataset")  # kinds that may have an abstract
READ = ("proposal", "publication")  # kinds of which a full text may be expected
STATES = {"validated": "good", "auto": "accent", "candidate": "warn"}
STATE_WORDS = {"auto": "automatic", "candidate": "to review", "stated": "told by the source"}


def layout(desk: Desk) -> Content:
    if not desk.rest:
        return which()
    shown(desk)
    return html.Div(
        [
            slot(PATH, "title", kind="bare title", height=110),
            html.Div(
                [slot(PATH, "correct", kind="card optional"), slot(PATH, "parting", kind="card optional")],
                className="grid",
            ),
            html.Div(
                [
                    html.Div(
                        [
                            slot(PATH, "abstract", kind="card optional", height=160),
                            slot(PATH, "links", height=160),
                            slot(PATH, "files", kind="card optional", height=120),
                            slot(PATH, "corrections", kind="card optional"),
                            slot(PATH, "fields", height=300),
                        ],
                        className="stacked",
                    ),
                    html.Div(
                        [
                            slot(PATH, "people", height=200),
                            slot(PATH, "cite", kind="card optional", height=120),
                            slot(PATH, "words", height=80),
                            slot(PATH, "history", height=80),
                        ],
                        className="stacked",
                    ),
                ],
                className="grid wide-narrow top-aligned",
            ),
        ],
        className="wide",
    )


def which() -> Component:
    """The page without a number: what a record is, and how one is found."""
    lead = html.P("Each proposal, publication, dataset or instrument with all that is known of it.", className="lead")
    ways = html.Ul(
        [
            html.Li(
                ["By words, a DOI, a code or a name: ", html.A("search the records", href="/search", className="go")]
            ),
            html.Li(["Behind every number: ", html.A("see the dashboards", href="/", className="go")]),
            html.Li(["By its number, at the end of the address: ", html.Code("/record/123")]),
        ],
        className="prose",
    )
    head = html.Div([html.H1("Records"), lead], className="title")
    return html.Div([head, notice("Choose a record", ways)], className="wide")


def shown(desk: Desk) -> RecordView:
    """The record of the path. Raises NotHere when there is none for this viewer, or no such number: nobody can tell
    one from the other."""
    found = record(desk.installation.storage, desk.viewer, desk.number)
    if found is None:
        raise NotHere(
            "There is no record of that number, or it is not for your role. The user office can tell you more."
        )
    return found


def card(title: str, *parts: Content | None) -> Component:
    """A card with a heading."""
    return html.Div(
        [html.Div(html.H2(title), className="card-head"), *[p for p in parts if p is not None]], className="card-body"
    )


def title(desk: Desk) -> Content:
    one = shown(desk)
    code = next((f.value for f in one.fields if f.name in ("code", "doi")), "")
    address = f"/record/{one.id}.json"
    own = [
        html.A("JSON", href=address, className="button small", target="_blank"),
        html.A("JSON-LD", href=f"/record/{one.id}.jsonld", className="button small", target="_blank"),
        html.Button("Copy as curl", className="button small", **{"data-copy-curl": address}),
    ]
    if one.kind in ("person", "institution"):
        own.append(html.A("Open its page", href=own_page(one.kind, one.id), className="button small go"))
    if one.kind == "instrument":
        own.append(html.A("Open its dashboard", href=f"/instrument/{one.id}", className="button small go"))
    return [
        html.P(
            [html.Span(one.badge, className="badge accent"), html.Span(f"Record {one.id}"), html.Span(code)],
            className="kicker spaced",
        ),
        html.H1(shown_markup(one.title)),
        html.P(_when_and_where(one), className="kicker spaced below-title"),
        html.Div(
            [
                *own,
                *ways(desk, one),
                html.Span("" if one.visibility == "public" else f"visible: {one.visibility}", className="quiet"),
            ],
            className="own",
        ),
    ]


def _when_and_where(one: RecordView) -> list[Content]:
    """The days of a record, each by its name, and its instruments with their facility."""
    values = {field.name: field for field in one.fields}
    found: list[Content] = [
        html.Span(
            [html.Span(f"{values[name].label} ", className="quiet"), _spelled(one, values[name].value, name)],
            title=values[name].origin,
        )
        for name in DAYS
        if name in values
    ]
    for used in one.instruments:
        words = f"{used.name} ({used.facility})" if used.facility else used.name
        found.append(
            html.A(words, href=f"/instrument/{used.record_id}", className="go") if used.record_id else html.Span(words)
        )
    return found


def _spelled(one: RecordView, value: str, name: str) -> str:
    """A day as everywhere else on the pages, as far as it is known; a moment that is no midnight as it is."""
    precision = next((field.value for field in one.fields if field.name == "published_precision"), "day")
    if name == "published_on" and precision in LETTERS:
        return value[: LETTERS[precision]]
    try:
        return day(date.fromisoformat(value.removesuffix(" 00:00 UTC")))
    except ValueError:
        return value


def abstract(desk: Desk) -> Content:
    one = shown(desk)
    if one.kind not in WRITTEN:
        return None
    words = (
        html.P(one.abstract, className="prose")
        if one.abstract
        else html.P("No abstract available for this document.", className="quiet")
    )
    told = next((field.origin for field in one.fields if field.name == "abstract"), "")
    return card("Abstract", words, source_line("Source:", told))


def links(desk: Desk) -> Content:
    one = shown(desk)
    review = (
        html.A("Propose and review links", href="/review", className="go") if desk.viewer.at_least("scientist") else ""
    )
    if not one.links and not one.related:
        return card(
            "Linked records",
            nothing("linked records", "No proposal, publication, dataset or instrument is linked yet.", review),
        )
    whole = f"/record/{one.id}.json"
    linked = crowd(one.links, _linked, MANY, whole, "rows") if one.links else [html.P("None yet.", className="quiet")]
    related = [html.H3("Cited and related"), *crowd(one.related, _related, MANY, whole, "rows")] if one.related else []
    return card("Linked records", *linked, *related)


def _linked(link: Named) -> Component:
    detail = html.Span(f" {link.detail}", className="quiet") if link.detail not in ("", link.name) else None
    return html.Li(
        [
            html.Span(KINDS.get(link.kind, link.kind), className="badge quiet"),
            html.Div([html.A(link.name or link.detail, href=f"/record/{link.record_id}", className="go"), detail]),
            html.Span(STATE_WORDS.get(link.state, link.state), className=f"badge {STATES.get(link.state, 'quiet')}"),
        ],
        className="link-row",
    )


def _related(one: tuple[str, str, int | None]) -> Component:
    kind, value, number = one
    to = html.A(value, href=f"/record/{number}", className="go") if number else html.Span(value)
    return html.Li([html.Span(kind, className="badge quiet"), to])


def fields(desk: Desk) -> Content:
    one = shown(desk)
    office = desk.viewer.at_least("user_office")
    corrected = {correction.field: correction for correction in one.corrections}
    rows = [
        [
            Cell(html.B(f.label), f.label, note=f.help),
            Cell(
                _spelled(one, f.value, f.name) if f.name in DAYS or f.name.endswith("_on") else _value(f.name, f.value)
            ),
            Cell(origin(f.origin, corrected.get(f.name))),
            *([Cell(correct_link(desk, f.name, f.label), "")] if office else []),
        ]
        for f in one.fields
    ]
    rows += cells(list_rows(one), change=office)
    identifiers = [
        (scheme, value, origin_of(one, "identifiers", f"{scheme}: {value}")) for scheme, value in one.identifiers
    ]
    rows += cells([(_scheme(s), _value(s, v), told or _made(s)) for s, v, told in identifiers], change=office)
    columns = [Column("Field"), Column("Value"), Column("From"), *([Column("Change")] if office else [])]
    table = html.Div(data_table("Fields", columns, rows), className="origins")
    way_in = html.Div(correct_any(desk), className="actions") if office else None
    heading = html.Div([html.H2("Fields, and where each came from"), way_in], className="card-head")
    return html.Div([heading, table], className="card-body")


def _made(scheme: str) -> str:
    """Where an identifier came from that no source tells of."""
    return "given by people, see the history" if scheme == "alias" else "made here"


def _scheme(scheme: str) -> str:
    return "Also called" if scheme == "alias" else f"Identifier: {scheme}"


def _value(name: str, value: str) -> Component | str:
    if name in RESOLVERS:
        return html.A(value, href=RESOLVERS[name] + value, rel="noopener noreferrer", target="_blank")
    number, _, unit = value.rpartition(" ")
    if unit == "byte" and (bytes_ := number.replace(THIN, "")).isdecimal():
        return html.Span(amount(float(bytes_), "byte"), title=value)
    return word(name, value)


def people(desk: Desk) -> Content:
    one = shown(desk)
    if not one.people and not one.institutions:
        return card("People and institutions", html.P("Nobody is named on this record.", className="quiet"))
    whole = f"/record/{one.id}.json"
    as_written = (
        html.Details(
            [
                html.Summary(f"Show affiliations as written ({len(one.affiliations)})"),
                html.Ul([_written(place) for place in one.affiliations[:AT_MOST]], className="rows"),
                beyond(len(one.affiliations), AT_MOST, whole),
            ],
            className="more",
        )
        if one.affiliations
        else None
    )
    names = crowd(one.people, _person, MANY, whole, "names")
    places = crowd([p for p in one.institutions if p.kind == "institution"], _place, MANY, whole, "names")
    return card("People and institutions", *names, *places, as_written, people_line(one))


def own_page(kind: str, number: int) -> str:
    """The page of a person or institution where there is one for its kind, else its record."""
    return f"/{kind}/{number}" if f"/{kind}" in pages() else f"/record/{number}"


def _named(name: str, kind: str, number: int | None) -> Component:
    return html.A(name, href=own_page(kind, number), className="go") if number else html.Span(name)


def _person(one: Named) -> Component:
    name = _named(one.name, "person", one.record_id)
    return html.Li([name, html.Span(f" {one.detail}", className="quiet") if one.detail else ""])


def _place(one: Named) -> Component:
    name = _named(one.name, "institution", one.record_id)
    return html.Li([name, html.Span(f" {one.detail}", className="quiet") if one.detail else ""])


def _written(one: Written) -> Component:
    """An affiliation as somebody wrote it, and what it was resolved to."""
    meant: Content = (
        ["→ ", _named(one.institution, "institution", one.institution_id)]
        if one.institution
        else "→ no institution known yet"
    )
    return html.Li(
        [
            html.Span(one.text),
            html.Span(meant, className="quiet"),
            html.Span(f"({joined(one.by, WRITERS)})", className="quiet"),
        ]
    )


def cite(desk: Desk) -> Content:
    return citation(desk, shown(desk))


def files(desk: Desk) -> Content:
    one = shown(desk)
    return fulltext(desk, one.id) if one.files or one.kind in READ else None


def words(desk: Desk) -> Content:
    return kept_words(desk, shown(desk))


def history(desk: Desk) -> Content:
    one = shown(desk)
    if not one.history:
        return card("History", html.P("Nobody has decided or corrected anything here.", className="quiet"))
    return card("History", html.Ul([html.Li(line) for line in one.history], className="rows"))


PAGE = Page(
    path=PATH,
    title="Record",
    layout=layout,
    panels={
        "title": title,
        "correct": form,
        "corrections": standing,
        "parting": hand,
        "abstract": abstract,
        "links": links,
        "fields": fields,
        "people": people,
        "cite": cite,
        "files": files,
        "words": words,
        "history": history,
    },
    acts={"correct": save, **KEPT, **PARTED},
    help="One record with everything beside it.",
    wire=wire,
)
