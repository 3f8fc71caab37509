"""Instruments: their periods, publications, proposals, users, and the publications themselves."""

from dataclasses import replace

import pandas as pd
from dash.development.base_component import Component

from dashboards.authority.instruments import ACTS, hand, history, way, wire
from dashboards.drawing import tags as html
from dashboards.drawing import widgets
from dashboards.drawing.blocks import behind
from dashboards.drawing.chart import footnote
from dashboards.drawing.machines import ROLES, charts, frames, open_when, periods_card, spanned
from dashboards.drawing.measured import measured
from dashboards.drawing.periods import by_period
from dashboards.drawing.reports import report_box
from dashboards.drawing.tables import Cell, Column
from dashboards.drawing.words import amount
from dashboards.frame.controls import filter_bar
from dashboards.frame.sections import tabs
from dashboards.page import Content, Desk, Page
from dashboards.panel import nothing, slot, welcome
from puma.errors import NotHere
from puma.listing import InstrumentView, instrument_groups, instruments
from puma.measuring import Answer, metric

PATH = "/instrument"
GROUPS = "/group"
COUNTED = ("publications", "proposals", "experiments")
"""What the list of all instruments says of each."""
OF_ALL = "This page shows all instruments, whichever of them the filter names."
OF_ONE = "This page is about the instrument above, whichever others the filter names."


def layout(desk: Desk) -> Content:
    if not desk.rest:
        parts: list[Component] = [
            slot(PATH, "filters", kind="bare", height=86),
            html.Div([slot(PATH, "timeline", height=400)], className="grid"),
            html.Div([slot(PATH, "all", height=300)], className="grid"),
            html.Div([slot(PATH, "groups", kind="card optional")], className="grid"),
        ]
    elif (before := welcome(desk)) is not None:
        return before
    else:
        chosen(desk)
        parts = [
            html.Div([slot(PATH, "form", kind="card optional")], className="grid"),
            slot(PATH, "filters", kind="bare", height=86),
            slot(PATH, "tiles", kind="bare", height=230),
            html.Div([slot(PATH, "timeline", height=200)], className="grid"),
            html.Div([slot(PATH, "history", kind="card optional")], className="grid"),
            *frames(PATH),
        ]
    return html.Div([slot(PATH, "title", kind="bare title", height=90), *parts], className="wide")


def title(desk: Desk) -> Content:
    known = instruments(desk.installation.storage, desk.viewer)
    picker = widgets.Select(
        id={"type": "goto", "page": PATH},
        label="Instrument",
        value=f"{PATH}/{desk.rest}" if desk.rest else None,
        data=[{"value": f"{PATH}/{one.id}", "label": spanned(one)} for one in known],
        placeholder="Choose an instrument",
        searchable=True,
        className="picker",
        nothingFoundMessage="No instrument of that name",
    )
    if not desk.rest:
        words: list[Component] = [
            html.H1("Instruments"),
            html.P("Every instrument through its periods, and what came of it.", className="lead"),
        ]
    else:
        here = chosen(desk)
        group = html.A(here.group, href=f"{GROUPS}/{here.group_id}", className="go") if here.group else None
        parts = [
            here.label if here.label != here.name else "",
            html.Span(["group ", group]) if group is not None else "",
            open_when(here.periods),
        ]
        said = [part for part in parts if part]
        words = [
            html.P(html.A("Instruments", href=PATH, className="go"), className="kicker"),
            html.H1(here.name),
            html.P([piece for part in said for piece in (" · ", part)][1:], className="lead"),
            html.Div([way(desk), report_box(desk, "instrument", desk.rest)], className="own"),
        ]
    row = html.Div([html.Div(words), picker if known else None], className="title-row")
    return [tabs(desk, PATH), row]


def chosen(desk: Desk) -> InstrumentView:
    """The instrument of the path. Raises NotHere when there is none of that number."""
    for one in instruments(desk.installation.storage, desk.viewer):
        if str(one.id) == desk.rest:
            return one
    raise NotHere("There is no instrument of that number: choose one from the list.")


def here(desk: Desk) -> dict[str, tuple[str, ...]]:
    """The filter that the path means."""
    return {"instrument": (desk.rest,)}


def filters(desk: Desk) -> Content:
    if desk.installation.snapshot() is None:
        return None  # there is nothing yet that could be filtered
    words = OF_ONE if desk.rest else OF_ALL
    others = desk.names_others(here(desk))
    return filter_bar(
        desk, ("year", "country", "type", "sector") if desk.rest else ("year", "group", "country", "type"),
        policy="policy", remark=words if others else "",
    )  # fmt: skip


def periods(desk: Desk) -> Content:
    """The periods of the chosen instrument and of its group, or of all instruments."""
    known = instruments(desk.installation.storage, desk.viewer)
    heading = "Periods of all instruments"
    if desk.rest:
        one = chosen(desk)
        known = [
            one,
            *(other for other in known if one.group and other.group_id == one.group_id and other.id != one.id),
        ]
        heading = f"Periods of {one.name} and the group {one.group}" if len(known) > 1 else f"Periods of {one.name}"
    return periods_card(desk, "timeline", heading, known)


def all_instruments(desk: Desk) -> Content:
    known = instruments(desk.installation.storage, desk.viewer)
    if not known:
        return nothing(
            "instruments", "No source has brought any yet.", html.A("See the sources", href="/sources", className="go")
        )
    may = [slug for slug in COUNTED if desk.installation.snapshot() and desk.viewer.at_least(metric(slug).role)]
    asked = {slug: desk.ask(slug, "instrument", without=("instrument",)) for slug in may}
    counts = {slug: _counts(one.answer) for slug, one in asked.items()}
    rows = []
    for one in known:
        starts = [p.starts_on for p in one.periods if p.starts_on]
        closed = bool(one.periods) and all(p.ends_on for p in one.periods)
        row = [
            Cell(one.name, one.name, f"{PATH}/{one.id}"),
            Cell(one.label),
            Cell(one.group or "–", one.group, f"{GROUPS}/{one.group_id}" if one.group else ""),
            Cell(str(min(starts).year) if starts else "–", min(starts).year if starts else 0),
            Cell("closed" if closed else "open"),
        ]
        state = desk.state.put("instrument", str(one.id))
        numbers = {slug: found.get(one.id, 0.0) for slug, found in counts.items()}
        row += [Cell(amount(n), n, behind(slug, state) if n else "") for slug, n in numbers.items()]
        rows.append(row)
    columns = [Column("Instrument"), Column("Name"), Column("Group"), Column("Since", True), Column("State")]
    columns += [Column(metric(slug).label, True) for slug in may]
    rules = [f"{one.answer.metric.label}: {one.answer.metric.rule()}" for one in asked.values()]
    remark = footnote(desk, replace(asked["publications"], aside=())) if asked else ""  # none is highlighted in a table
    return measured(desk, "all", "All instruments", rules, columns, rows, remark=remark)


def groups(desk: Desk) -> Content:
    """The way to the pages of the groups; nothing where there are none."""
    known = instrument_groups(desk.installation.storage, desk.viewer)
    if not known:
        return None
    links = [
        html.A([one.name, html.Span(amount(len(one.members)), className="tab-count")], href=f"{GROUPS}/{one.id}",
               className="chip go", title=", ".join(member.name for member in one.members))
        for one in known
    ]  # fmt: skip
    return html.Div(
        [
            html.Div(html.H2("Instrument groups"), className="card-head"),
            html.Div(links, className="chips"),
            html.P("Instruments that belong together, as through rebuilds.", className="footnote"),
        ],
        className="card-body",
    )


def _counts(answer: Answer) -> dict[int, float]:
    pairs = zip(answer.table["instrument_id"], answer.table["value"], strict=True)
    return {int(number): float(value) for number, value in pairs if pd.notna(number) and pd.notna(value)}


PAGE = Page(
    path=PATH,
    title="Instruments",
    layout=layout,
    panels={
        "title": title,
        "filters": filters,
        "timeline": periods,
        "form": hand,
        "history": history,
        "all": all_instruments,
        "groups": groups,
        **charts(here, "Publications of the instrument"),
        "period": lambda desk: by_period(desk, "period", [desk.number], filters=here(desk)),
    },
    roles=ROLES,
    acts=ACTS,
    wire=wire,
    menu="Dashboards",
    tab="Instruments",
    order=11,
    help="One instrument: periods, publications, proposals, users.",
)
