"""One record: its fields and where each came from, its people, links, files and history."""

from urllib.parse import quote

from dash.development.base_component import Component

from dashboards import tags as html
from dashboards.correcting import correct_any, correct_link, form, origin, save, standing
from dashboards.markup import shown_markup
from dashboards.page import Content, Desk, Page
from dashboards.panel import nothing, slot
from dashboards.tables import Cell, Column, data_table
from dashboards.words import KINDS, counted, word
from puma.errors import NotHere
from puma.listing import Named, RecordView, record

PATH = "/record"
MANY = 40  # people that are listed before "show all"
RESOLVERS = {"doi": "https://doi.org/", "orcid": "https://orcid.org/", "ror": "https://ror.org/"}
STATES = {"validated": "good", "auto": "accent", "candidate": "warn"}


def layout(desk: Desk) -> Content:
    shown(desk)
    return html.Div(
        [
            slot(PATH, "title", kind="bare title", height=110),
            html.Div([slot(PATH, "correct", kind="card optional")], className="grid"),
            html.Div(
                [
                    html.Div(
                        [
                            slot(PATH, "abstract", height=160),
                            slot(PATH, "links", height=160),
                            slot(PATH, "corrections", kind="card optional"),
                            slot(PATH, "fields", height=300),
                        ],
                        className="stacked",
                    ),
                    html.Div(
                        [
                            slot(PATH, "people", height=200),
                            slot(PATH, "files", height=80),
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


def shown(desk: Desk) -> RecordView:
    """The record of the path. Raises NotHere when there is none for this viewer."""
    found = (
        record(desk.installation.storage, desk.viewer, int(desk.rest))
        if desk.rest.isdigit() and len(desk.rest) < 16
        else None
    )
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
    own = [html.A("JSON", href=f"/record/{one.id}.json", className="button small", target="_blank")]
    if one.kind == "instrument":
        own.append(html.A("Open its dashboard", href=f"/instrument/{one.id}", className="button small go"))
    return [
        html.P(
            [html.Span(one.badge, className="badge accent"), html.Span(f"Record {one.id}"), html.Span(code)],
            className="kicker spaced",
        ),
        html.H1(shown_markup(one.title)),
        html.Div(
            [*own, html.Span("" if one.visibility == "public" else f"visible: {one.visibility}", className="quiet")],
            className="own",
        ),
    ]


def abstract(desk: Desk) -> Content:
    one = shown(desk)
    words = (
        html.P(one.abstract, className="prose")
        if one.abstract
        else html.P("No abstract available for this document.", className="quiet")
    )
    return card("Abstract", words)


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
    items = [
        html.Li(
            [
                html.Span(KINDS.get(link.kind, link.kind), className="badge quiet"),
                html.A(link.name or link.detail, href=f"/record/{link.record_id}", className="go"),
                html.Span(f" {link.detail}", className="quiet"),
                html.Span(link.state, className=f"badge {STATES.get(link.state, 'quiet')}"),
            ]
        )
        for link in one.links
    ]
    related = [
        html.Li([html.Span(kind, className="badge quiet"), _related(value, number)])
        for kind, value, number in one.related[:50]
    ]
    more = [html.H3("Cited and related"), html.Ul(related, className="rows")] if related else []
    return card(
        "Linked records", html.Ul(items, className="rows") if items else html.P("None yet.", className="quiet"), *more
    )


def _related(value: str, number: int | None) -> Component:
    return html.A(value, href=f"/record/{number}", className="go") if number else html.Span(value)


def fields(desk: Desk) -> Content:
    one = shown(desk)
    office = desk.viewer.at_least("user_office")
    corrected = {correction.field: correction for correction in one.corrections}
    rows = [
        [
            Cell(html.B(f.label), f.label, note=f.help),
            Cell(_value(f.name, f.value)),
            Cell(origin(f.origin, corrected.get(f.name))),
            *([Cell(correct_link(desk, f.name, f.label), "")] if office else []),
        ]
        for f in one.fields
    ]
    rows += [
        [Cell(html.B(_scheme(scheme)), scheme), Cell(_value(scheme, value)), Cell("–"), *([Cell("")] if office else [])]
        for scheme, value in one.identifiers
    ]
    columns = [Column("Field"), Column("Value"), Column("From"), *([Column("Change")] if office else [])]
    table = html.Div(data_table("Fields", columns, rows), className="origins")
    way_in = html.Div(correct_any(desk), className="actions") if office else None
    heading = html.Div([html.H2("Fields, and where each came from"), way_in], className="card-head")
    return html.Div([heading, table], className="card-body")


def _scheme(scheme: str) -> str:
    return "Also called" if scheme == "alias" else f"Identifier: {scheme}"


def _value(name: str, value: str) -> Component | str:
    if name in RESOLVERS:
        return html.A(value, href=RESOLVERS[name] + value, rel="noopener noreferrer", target="_blank")
    return word(name, value)


def people(desk: Desk) -> Content:
    one = shown(desk)
    if not one.people and not one.institutions:
        return card("People and institutions", html.P("Nobody is named on this record.", className="quiet"))
    first, rest = one.people[:MANY], one.people[MANY:]
    more = (
        html.Details(
            [html.Summary(f"{len(rest)} more"), html.Ul([_person(p) for p in rest], className="names")],
            className="more",
        )
        if rest
        else None
    )
    places = html.Ul([_place(p) for p in one.institutions if p.kind == "institution"], className="names")
    raw = [p for p in one.institutions if p.kind != "institution"]
    as_written = (
        html.Details(
            [
                html.Summary(f"Affiliations as written ({len(raw)})"),
                html.Ul([_place(p) for p in raw], className="names"),
            ],
            className="more",
        )
        if raw
        else None
    )
    return card(
        "People and institutions", html.Ul([_person(p) for p in first], className="names"), more, places, as_written
    )


def _person(one: Named) -> Component:
    name = html.A(one.name, href=f"/record/{one.record_id}", className="go") if one.record_id else html.Span(one.name)
    return html.Li([name, html.Span(f" {one.detail}", className="quiet") if one.detail else ""])


def _place(one: Named) -> Component:
    name = html.A(one.name, href=f"/record/{one.record_id}", className="go") if one.record_id else html.Span(one.name)
    return html.Li([name, html.Span(f" {one.detail}", className="quiet") if one.detail else ""])


def files(desk: Desk) -> Content:
    one = shown(desk)
    if not one.files:
        return card("Files", html.P("No file is known.", className="quiet"))
    items = [
        html.Li(
            [
                html.A(f.name, href=f.url, rel="noopener noreferrer", target="_blank"),
                html.Span(f" {counted(f.pages, 'pages')}" if f.pages else "", className="quiet"),
                html.Span(f.state, className=f"badge {'good' if f.state == 'text' else 'warn'}"),
                html.Span(f" {f.reason}", className="quiet") if f.reason else "",
            ]
        )
        for f in one.files
    ]
    return card("Files", html.Ul(items, className="rows"))


def words(desk: Desk) -> Content:
    one = shown(desk)
    if not one.keywords and not one.collections:
        return card("Keywords", html.P("None.", className="quiet"))
    tags = [
        html.A(
            [html.Span(f"{space}: ", className="chip-key") if space else "", value],
            href=f"/search?keyword={quote(value, safe='')}",
            className="chip go",
        )
        for space, value in one.keywords
    ]
    sets = [html.Span(c.name, className="chip") for c in one.collections]
    return card("Keywords", html.Div([*tags, *sets], className="chips"))


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
        "abstract": abstract,
        "links": links,
        "fields": fields,
        "people": people,
        "files": files,
        "words": words,
        "history": history,
    },
    acts={"correct": save},
    help="One record with everything beside it.",
)
