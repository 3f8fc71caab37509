"""One person: names, iDs, places through time, documents, company; put together and apart by hand."""

from typing import Any

from dash.development.base_component import Component

from dashboards.authority.by_hand import OFFICE, card
from dashboards.drawing import tags as html
from dashboards.drawing.lists import record_list
from dashboards.drawing.markup import AsIs
from dashboards.drawing.words import KINDS, amount, counted
from dashboards.frame.sections import tabs
from dashboards.page import Content, Desk, DeskOf, Page
from dashboards.panel import nothing, slot, welcome
from dashboards.people.beside import used
from dashboards.people.by_hand import ACTS, PATH, alike_listed, hand, history, shown, wire
from dashboards.people.crowd import FIRST, crowd, somebody
from dashboards.people.index import box, most_published, persons
from dashboards.people.index import wire as wire_box
from dashboards.people.years import lead, of_year, per_year
from puma.listing import Spelling

LISTS = {"publication": "Publications", "proposal": "Proposals", "contact": "As local contact", "dataset": "Datasets",
         "experiment": "Experiments"}  # fmt: skip


def layout(desk: Desk) -> Content:
    if not desk.rest:
        return welcome(desk) or html.Div(
            [
                slot(PATH, "title", kind="bare title", height=110),
                html.Div([slot(PATH, "most", height=760)], className="grid"),
            ],
            className="wide",
        )
    shown(desk)
    return html.Div(
        [
            slot(PATH, "title", kind="bare title", height=110),
            html.Div([slot(PATH, "hand", kind="card optional")], className="grid"),
            html.Div(
                [
                    html.Div(
                        [slot(PATH, "years", height=250), slot(PATH, "documents", height=320)], className="stacked"
                    ),
                    html.Div(
                        [
                            slot(PATH, "names", height=140),
                            slot(PATH, "alike", kind="card optional"),
                            slot(PATH, "places", height=160),
                            slot(PATH, "instruments", kind="card optional"),
                            slot(PATH, "company", height=160),
                            slot(PATH, "history", kind="card optional"),
                        ],
                        className="stacked",
                    ),
                ],
                className="grid wide-narrow top-aligned",
            ),
        ],
        className="wide person-page",
    )


def every(desk: Desk) -> Content:
    """What stands above all of them: the way to one by name, and to those who may be one."""
    doubts = html.A("Who may be one person", href="/integration?queue=persons", className="button small go")
    words = html.Div(
        [
            html.H1("People"),
            html.P("Who wrote, proposed and measured, each with a page of their own.", className="lead"),
            html.Div([doubts], className="own") if desk.viewer.at_least(OFFICE) else None,
        ]
    )
    row = html.Div([words, box(desk, PATH, "Person", "Nobody of that name", persons)], className="title-row")
    return [tabs(desk, PATH), row]


def title(desk: Desk) -> Content:
    if not desk.rest:
        return every(desk)
    one = shown(desk)
    team, beside = len(one.proposals) - len(one.local_contact), len(one.local_contact)
    in_team = f"{counted(team, 'proposals')} in the team" if beside else counted(team, "proposals")
    said = [
        counted(len(one.publications), "publications"),
        in_team if team else "",
        f"{counted(beside, 'proposals')} as local contact only" if beside else "",
        counted(len(one.datasets), "datasets") if one.datasets else "",
    ]
    ways: list[Component] = [html.A("JSON", href=f"/person/{one.id}.json", className="button small", target="_blank")]
    if desk.viewer.at_least(OFFICE):
        ways += [
            html.A("Put together with …", href=desk.state.put("hand", "join").query(), className="button small go"),
            html.A("Take apart …", href=desk.state.put("hand", "split").query(), className="button small go"),
            html.A("Fields and sources", href=f"/record/{one.id}", className="button small go"),
        ]
    iris = [
        html.A(orcid, href=f"https://orcid.org/{orcid}", rel="noopener noreferrer", target="_blank")
        for orcid, _ in one.orcids
    ]
    back = html.A("People", href=PATH, className="go")
    return [
        tabs(desk, PATH),
        html.P([back, html.Span("›"), html.Span("PERSON", className="badge accent"), *iris], className="kicker spaced"),
        html.H1(AsIs(one.name)),
        html.P(" · ".join(part for part in said if part), className="lead"),
        html.Div(ways, className="own"),
    ]


def years(desk: Desk) -> Content:
    one = shown(desk)
    none = "No dated publication names this person."
    title = "Publications per year, all known, linked or not"
    return per_year(desk, "person", title, "publications", one.years, none)


def documents_listed(desk: Desk) -> Content:
    one = shown(desk)
    contact = set(one.local_contact)
    team = [bid for bid in one.proposals if bid not in contact]
    ids = {"publication": one.publications, "proposal": team, "contact": one.local_contact, "dataset": one.datasets,
           "experiment": one.experiments}  # fmt: skip
    filled = [kind for kind in LISTS if ids[kind]]
    if not filled:
        return card("Documents", nothing("documents", "Nothing that you may know of names this person."))
    here = desk.state.one("list") if desk.state.one("list") in filled else filled[0]
    tabs = [
        html.A(
            [LISTS[kind], html.Span(amount(len(ids[kind])), className="tab-count")],
            href=lead(desk, kind),
            className="tab go",
            **({"aria-current": "page"} if kind == here else {}),
        )
        for kind in filled
    ]
    of = "proposal" if here == "contact" else here
    listed, said = of_year(desk, ids[here], one.years) if here == "publication" else (ids[here], None)
    return card(
        "Documents",
        html.Nav(tabs, className="tabs", **{"aria-label": "Kinds of documents"}) if len(filled) > 1 else None,
        said,
        record_list(desk, of, listed, f"{KINDS[of]}s"),
    )


def names(desk: Desk) -> Content:
    one = shown(desk)
    iris = [
        html.Li([html.A(orcid, href=f"https://orcid.org/{orcid}", rel="noopener noreferrer", target="_blank"),
                 html.Span(f"says {who}" if who else "", className="quiet")])
        for orcid, who in one.orcids
    ]  # fmt: skip
    return card(
        "Names as written",
        *crowd(one.names, _spelled, 12, f"/person/{one.id}.json", "rows person-rows"),
        html.H3("ORCID iD"),
        html.Ul(iris, className="rows person-rows")
        if iris
        else html.P("No source states one.", className="quiet small"),
    )


def _spelled(one: Spelling) -> Component:
    return html.Li([html.Span(AsIs(one.name)), html.Span(_when(one.count, one.first, one.last), className="quiet")])


def _when(count: int, first: int | None, last: int | None) -> str:
    span = "" if first is None else str(first) if first == last else f"{first}–{last}"
    times = f"{amount(count)}×" if count else "known so"
    return f"{times}, {span}" if span else times


def places(desk: Desk) -> Content:
    one = shown(desk)
    if not one.stays:
        return card("Where, and when", html.P("No record gives an affiliation.", className="quiet"))
    named = [stay for stay in one.stays if stay.institution_id]
    raw = [stay for stay in one.stays if not stay.institution_id]
    lines = [
        html.Li(
            [
                html.Span(_span(stay.first, stay.last), className="person-span"),
                html.Span(
                    [
                        html.A(AsIs(stay.name), href=f"/institution/{stay.institution_id}", className="go"),
                        html.Span(AsIs(f" {stay.place}"), className="quiet"),
                    ]
                ),
                html.Span(counted(stay.records, "records"), className="quiet"),
            ]
        )
        for stay in named
    ]
    folded = (
        html.Details(
            [
                html.Summary(f"As written, not placed ({len(raw)})"),
                html.Ul(
                    [html.Li([_span(stay.first, stay.last), " ", AsIs(stay.name)]) for stay in raw], className="names"
                ),
            ],
            className="more",
            open=not named,
        )
        if raw
        else None
    )
    return card("Where, and when", html.Ul(lines, className="rows person-places") if lines else None, folded)


def _span(first: int | None, last: int | None) -> str:
    if first is None:
        return "undated"
    return str(first) if first == last else f"{first}–{last}"


def instruments(desk: Desk) -> Content:
    return used(shown(desk).instruments)


def company(desk: Desk) -> Content:
    one = shown(desk)
    if not one.coauthors:
        return card("Co-authors", html.P("No work that names somebody else.", className="quiet"))
    title = f"Co-authors ({amount(len(one.coauthors))})"
    return card(title, *crowd(one.coauthors, somebody, FIRST, f"/person/{one.id}.json", "rows person-rows"))


def wire_all(app: Any, desk_of: DeskOf) -> None:
    """The boxes ask for what is typed into them."""
    wire(app, desk_of)
    wire_box(app, desk_of, PATH, persons)


PAGE = Page(
    path=PATH,
    title="Person",
    layout=layout,
    panels={
        "title": title,
        "hand": hand,
        "most": most_published,
        "years": years,
        "documents": documents_listed,
        "names": names,
        "places": places,
        "instruments": instruments,
        "company": company,
        "alike": alike_listed,
        "history": history,
    },
    acts=ACTS,
    menu="Dashboards",
    tab="People",
    order=13,
    help="One person: names, places, documents, company; put together and apart by hand.",
    wire=wire_all,
)
