"""One institution: what the registry says, its tree, its years and people, and the affiliations that mean it."""

from collections.abc import Mapping
from typing import Any

from dash.development.base_component import Component

from dashboards.authority.by_hand import OFFICE, card, choices, look_up, say
from dashboards.authority.institutions import ACTS as HAND
from dashboards.authority.institutions import PATH, alike_listed, hand, history, shown
from dashboards.authority.institutions import ways as hand_ways
from dashboards.authority.institutions import wire as wire_hand
from dashboards.drawing import tags as html
from dashboards.drawing import widgets
from dashboards.drawing.blocks import institutions as ranked
from dashboards.drawing.blocks import proposals_by_decision, stack, tiles
from dashboards.drawing.chart import WHOLE
from dashboards.drawing.lists import record_list
from dashboards.drawing.markup import AsIs
from dashboards.drawing.reports import report_box
from dashboards.drawing.words import KINDS, THIN, amount, counted, word
from dashboards.frame.acts import entry, kept
from dashboards.frame.controls import filter_bar
from dashboards.frame.sections import tabs
from dashboards.page import Act, Content, Desk, DeskOf, Done, Page
from dashboards.panel import nothing, slot, welcome
from dashboards.people.beside import used
from dashboards.people.crowd import FIRST, crowd, somebody
from dashboards.people.index import box, institutions
from dashboards.people.index import wire as wire_box
from dashboards.people.tree import KEY, WITH_PARTS, parts_control, tree
from dashboards.people.years import lead, of_year, per_year
from puma.errors import NotHere, WrongUsage
from puma.listing import AsWritten, Named, find_records
from puma.measuring import metric

AT_ONCE = 20
TILES = ("publications", "open_access_share", "international_share", "citations", "proposals", "user_visits")
KNOWN = "All that is known from here, linked to this facility or not; the numbers above count what is linked."
OF_ONE = "This page is about the institution above, whichever others the filter names."
NUMBERS = "The numbers, types and proposals are of these filters; all that is known from here is of the year alone."
NONE_DATED = "No dated record that you may know of is from here."


def layout(desk: Desk) -> Content:
    if not desk.rest:
        return welcome(desk) or html.Div(
            [
                slot(PATH, "title", kind="bare title", height=110),
                slot(PATH, "filters", kind="bare", height=86),
                html.Div([slot(PATH, "most", height=800)], className="grid"),
            ],
            className="wide",
        )
    shown(desk)
    return html.Div(
        [
            slot(PATH, "title", kind="bare title", height=110),
            html.Div([slot(PATH, "hand", kind="card optional")], className="grid"),
            slot(PATH, "filters", kind="bare", height=86),
            slot(PATH, "tiles", kind="bare", height=116),
            html.Div([slot(PATH, "tree", kind="card optional")], className="grid"),
            html.Div([slot(PATH, "types", height=392), slot(PATH, "proposals", height=392)], className="grid two"),
            html.Div([slot(PATH, "years", height=250), slot(PATH, "people_years", height=250)], className="grid two"),
            html.Div(
                [
                    html.Div(
                        [slot(PATH, "documents", height=320), slot(PATH, "written", height=260)], className="stacked"
                    ),
                    html.Div(
                        [
                            slot(PATH, "facts", height=160),
                            slot(PATH, "people", height=200),
                            slot(PATH, "instruments", kind="card optional"),
                            slot(PATH, "alike", kind="card optional"),
                            slot(PATH, "history", kind="card optional"),
                        ],
                        className="stacked",
                    ),
                ],
                className="grid wide-narrow top-aligned",
            ),
        ],
        className="wide institution-page",
    )


def every(desk: Desk) -> Content:
    """What stands above all of them: the way to one by name."""
    words = html.Div([html.H1("Institutions"), html.P("Where the people are from.", className="lead")])
    row = html.Div([words, box(desk, PATH, "Institution", "None of that name", institutions)], className="title-row")
    return [tabs(desk, PATH), row]


def title(desk: Desk) -> Content:
    if not desk.rest:
        return every(desk)
    one = shown(desk)
    where = ", ".join(part for part in (one.city, word("country", one.country) if one.country else "") if part)
    said = [where, word("sector", one.sector) if one.sector else "", f"closed in {one.closed}" if one.closed else ""]
    as_json = html.A("JSON", href=f"/institution/{one.id}.json", className="button small", target="_blank")
    ways = [*hand_ways(desk), as_json, report_box(desk, next(iter(here(desk))), str(one.id))]
    if desk.viewer.at_least(OFFICE):
        ways.append(html.A("Fields and sources", href=f"/record/{one.id}", className="button small go"))
    top = [
        part
        for parent in one.parents
        for part in (html.A(AsIs(parent.name), href=f"{PATH}/{parent.record_id}", className="go"), html.Span("›"))
    ]
    back = html.A("Institutions", href=PATH, className="go")
    return [
        tabs(desk, PATH),
        html.P(
            [back, html.Span("›"), html.Span("INSTITUTION", className="badge accent"), *top], className="kicker spaced"
        ),
        html.H1(AsIs(one.name)),
        html.P(" · ".join(part for part in said if part), className="lead"),
        html.Div(ways, className="own"),
    ]


def here(desk: Desk) -> dict[str, tuple[str, ...]]:
    """The filter that the path means: the institution as it is named, or with its parts where that was chosen."""
    return {"organisation" if desk.state.one(KEY) == WITH_PARTS else "institution": (str(shown(desk).id),)}


def filters(desk: Desk) -> Content:
    if desk.installation.snapshot() is None:
        return None
    if not desk.rest:
        return filter_bar(desk, ("year", "instrument", "group", "country", "sector", "type"), policy="policy counting")
    remark = [OF_ONE] if desk.names_others(here(desk)) else []
    remark += [NUMBERS] if desk.state.without("year").filters else []
    more = [parts_control(desk)] if shown(desk).parts else ()
    return filter_bar(desk, ("year",), policy="policy", more=more, remark=" ".join(remark))


def numbers(desk: Desk) -> Content:
    """What metrics count of it, as its report does; nothing before there are facts."""
    if desk.installation.snapshot() is None:
        return None
    one, asked = shown(desk), [slug for slug in TILES if desk.viewer.at_least(metric(slug).role)]
    if one.parts and not any(desk.ask(slug, filters=here(desk)).answer.total for slug in asked):
        more = html.A("Count it with all its parts", href=desk.state.put(KEY, WITH_PARTS).query(), className="go")
        return nothing("numbers", "No record that is counted names it itself; the table below has its parts.", more)
    return tiles(desk, TILES, here(desk))


def years(desk: Desk) -> Content:
    title = "Publications per year, all known, linked or not"
    return per_year(desk, "institution", title, "publications", shown(desk).years, NONE_DATED)


def people_years(desk: Desk) -> Content:
    title = "People per year, on all records known"
    return per_year(desk, "institution", title, "people", shown(desk).people_years, NONE_DATED)


def facts(desk: Desk) -> Content:
    one = shown(desk)
    rows: list[tuple[str, Content]] = []
    if one.ror:
        rows.append(
            ("ROR", html.A(one.ror, href=f"https://ror.org/{one.ror}", rel="noopener noreferrer", target="_blank"))
        )
    if one.city or one.country:
        rows.append(
            ("Place", ", ".join(w for w in (one.city, word("country", one.country) if one.country else "") if w))
        )
    if one.sector:
        rows.append(("Sector", word("sector", one.sector)))
    if one.established:
        rows.append(("Since", str(one.established)))
    if one.became:
        after = one.became
        rows.append(("Became", html.A(after.name, href=f"{PATH}/{after.record_id}", className="go")
                     if after.record_id else after.name))  # fmt: skip
    if one.url:
        rows.append(("Web", html.A(one.url, href=one.url, rel="noopener noreferrer", target="_blank")))
    listed = [part for name, value in rows for part in (html.Dt(name), html.Dd(value))]
    names = [html.Li([AsIs(name), html.Span(kind, className="quiet")]) for name, kind in one.names[:30]]
    return card(
        "What the registry says",
        html.Dl(listed, className="facts") if listed else html.P("Only a source knows it, by name.", className="quiet"),
        html.Details([html.Summary(f"Other names ({len(one.names)})"), html.Ul(names, className="rows person-rows")],
                     className="more") if names else None,
    )  # fmt: skip


def people(desk: Desk) -> Content:
    one = shown(desk)
    if not one.people:
        return card("People", html.P("No record that you may know of names anybody from here.", className="quiet"))
    whole = f"/institution/{one.id}.json"
    return card(f"People ({amount(one.people_count)})", *crowd(one.people, somebody, FIRST, whole, "rows person-rows"))


def instruments(desk: Desk) -> Content:
    return used(shown(desk).instruments)


def documents(desk: Desk) -> Content:
    one = shown(desk)
    ids = {"publication": one.publications, "proposal": one.proposals, "dataset": one.datasets}
    filled = [kind for kind, numbers in ids.items() if numbers]
    if not filled:
        return card("Documents", nothing("documents", "Nothing that you may know of is from here."))
    here = desk.state.one("list") if desk.state.one("list") in filled else filled[0]
    tabs = [
        html.A([f"{KINDS[kind]}s", html.Span(amount(len(ids[kind])), className="tab-count")],
               href=lead(desk, kind), className="tab go",
               **({"aria-current": "page"} if kind == here else {}))
        for kind in filled
    ]  # fmt: skip
    listed, said = of_year(desk, ids[here], one.years) if here == "publication" else (ids[here], None)
    return card(
        "All known documents",
        html.P(KNOWN, className="quiet small"),
        html.Nav(tabs, className="tabs", **{"aria-label": "Kinds of documents"}) if len(filled) > 1 else None,
        said,
        record_list(desk, here, listed, f"{KINDS[here]}s"),
    )


def written(desk: Desk) -> Content:
    """The affiliations as written that mean it, the commonest first; who may can say that one means another."""
    one = shown(desk)
    rule = html.P("Each text was resolved once, for everybody who wrote it. The bar is how sure that is.",
                  className="quiet small")  # fmt: skip
    if not one.written:
        return card("Affiliations as written", html.P("Nobody wrote one that means it.", className="quiet"))
    all_of_them = desk.state.one("affiliations") == "all"
    first = one.written if all_of_them else one.written[:AT_ONCE]
    items = [html.Li(_affiliation(desk, each), className="affiliation") for each in first]
    more = (
        html.P(html.A(f"Show all {amount(len(one.written))}", href=desk.state.put("affiliations", "all").query(),
                      className="go"))
        if len(first) < len(one.written) else None
    )  # fmt: skip
    return card(f"Affiliations as written ({amount(len(one.written))})", rule, html.Ul(items, className="rows"), more)


def _affiliation(desk: Desk, each: AsWritten) -> list[Component | None]:
    chance = each.probability if each.probability is not None else 0.0
    sure = f"said by {each.decided_by}" if each.decided_by else f"{chance * 100:.0f}{THIN}%"
    opened = desk.state.one("correct") == str(each.affiliation_id)
    office = desk.viewer.at_least(OFFICE) and not each.decided_by
    turn = desk.state.put("correct", "" if opened else str(each.affiliation_id)).query()
    line = html.Div(
        [
            html.Span(AsIs(each.text) if each.text else "(only an identifier)", className="affiliation-text"),
            html.Span(
                [html.Span(style={"--sure": f"{chance:.3f}"}, className="sure", **{"aria-hidden": "true"}), sure],
                className="quiet small", title="probability that this institution is meant",
            ),
            html.Span(counted(each.records, "records"), className="quiet small"),
            html.A(["Close" if opened else "Correct", html.unseen(f" – {each.text}")], href=turn, className="act go")
            if office else None,
        ],
        className="affiliation-line",
    )  # fmt: skip
    return [line, _correct(desk, each) if opened and office else None]


def _correct(desk: Desk, each: AsWritten) -> Component:
    about = str(each.affiliation_id)
    which = widgets.Select(
        id=entry("institution"), label="The institution that is meant", placeholder="Type a name or a city",
        searchable=True, data=choices(_others(desk, each.text.split(",")[0])), value=None,
        nothingFoundMessage="None of that name", limit=40, clearable=True, filter={"function": "anything"},
        **kept(about),
    )  # fmt: skip
    return say("It means this", "place", about, which, about=about)


def _others(desk: Desk, words: str) -> list[Named]:
    found = find_records(desk.installation.storage, desk.viewer, "institution", words)
    return [one for one in found if str(one.record_id) != desk.rest]


def place(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Say that an affiliation as written means another institution. on: number of the affiliation."""
    each = next((one for one in shown(desk).written if str(one.affiliation_id) == on), None)
    picked = form.get("institution", "")
    if each is None:
        raise NotHere("This affiliation means another institution already.")
    if not picked.isdigit():
        raise WrongUsage("Pick the institution that is meant first.")
    number = desk.installation.place(desk.viewer, each.text, int(picked), form.get("reason", ""))
    return Done("It means that institution now, for everybody who wrote or will write it so.", number, ("correct",))


ACTS: Mapping[str, Act] = {**HAND, "place": place}


def wire(app: Any, desk_of: DeskOf) -> None:
    """The pickers ask for what is typed into them."""
    wire_hand(app, desk_of)
    wire_box(app, desk_of, PATH, institutions)
    look_up(app, desk_of, entry("institution"), _others)


PAGE = Page(
    path=PATH,
    title="Institution",
    layout=layout,
    panels={
        "title": title,
        "hand": hand,
        "alike": alike_listed,
        "history": history,
        "filters": filters,
        "tiles": numbers,
        "most": lambda desk: ranked(
            desk,
            "most",
            ("Publications by institution", "Publications by root organisation"),
            "publications",
            most=WHOLE,
            href=lambda key: f"{PATH}/{key}",
        ),
        "types": lambda desk: stack(
            desk, "types", "Linked publications per year, by type", "publications", "type", filters=here(desk)
        ),
        "proposals": lambda desk: proposals_by_decision(desk, "proposals", here(desk)),
        "years": years,
        "people_years": people_years,
        "facts": facts,
        "tree": lambda desk: tree(desk, shown(desk)),
        "people": people,
        "instruments": instruments,
        "documents": documents,
        "written": written,
    },
    roles={"proposals": "viewer"},
    acts=ACTS,
    menu="Dashboards",
    tab="Institutions",
    order=13,
    help="One institution: registry, tree, people, publications, and the affiliations that mean it.",
    wire=wire,
)
