"""Instrument groups: the members of each through rebuilds and changes of name, and what came of all of them."""

from dataclasses import replace

import pandas as pd
from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing import widgets
from dashboards.drawing.blocks import behind, to_year
from dashboards.drawing.chart import chart, footnote
from dashboards.drawing.cumulative import as_chosen, as_sums
from dashboards.drawing.figures import stacked_by_year
from dashboards.drawing.machines import ROLES, charts, frames, open_when, periods_card, told_apart
from dashboards.drawing.measured import measured
from dashboards.drawing.periods import by_period
from dashboards.drawing.reports import report_box
from dashboards.drawing.tables import Cell, Column
from dashboards.drawing.words import amount, counted, day
from dashboards.frame.controls import filter_bar
from dashboards.frame.sections import tabs
from dashboards.page import Content, Desk, Page
from dashboards.panel import nothing, slot, welcome
from puma.errors import NotHere
from puma.listing import GroupView, InstrumentView, instrument_groups
from puma.measuring import Answer, metric

PATH = "/group"
MACHINES = "/instrument"
COUNTED = ("publications", "proposals", "experiments", "users")
"""What is said of each group, and of each member."""
ONCE = "What several members share counts for each of them, and once for the group."

OF_ALL = "This page shows all instrument groups, whichever of them the filter names."
OF_ONE = "This page is about the instrument group above, whichever others the filter names."


def layout(desk: Desk) -> Content:
    if not desk.rest:
        parts: list[Component] = [
            slot(PATH, "filters", kind="bare", height=86),
            html.Div([slot(PATH, "all", height=300)], className="grid"),
        ]
    elif (before := welcome(desk)) is not None:
        return before
    else:
        chosen(desk)
        parts = [
            slot(PATH, "filters", kind="bare", height=86),
            slot(PATH, "tiles", kind="bare", height=230),
            html.Div([slot(PATH, "timeline", height=200)], className="grid"),
            html.Div([slot(PATH, "members", height=240)], className="grid"),
            html.Div([slot(PATH, "machines", height=392)], className="grid"),
            *frames(PATH),
        ]
    return html.Div([slot(PATH, "title", kind="bare title", height=90), *parts], className="wide")


def chosen(desk: Desk) -> GroupView:
    """The group of the path. Raises NotHere when there is none of that number."""
    for one in instrument_groups(desk.installation.storage, desk.viewer):
        if str(one.id) == desk.rest:
            return one
    raise NotHere("There is no instrument group of that number: choose one from the list.")


def here(desk: Desk) -> dict[str, tuple[str, ...]]:
    """The filter that the path means."""
    return {"group": (desk.rest,)}


def title(desk: Desk) -> Content:
    known = instrument_groups(desk.installation.storage, desk.viewer)
    picker = widgets.Select(
        id={"type": "goto", "page": PATH},
        label="Instrument group",
        value=f"{PATH}/{desk.rest}" if desk.rest else None,
        data=[{"value": f"{PATH}/{one.id}", "label": _named(one)} for one in known],
        placeholder="Choose a group",
        searchable=True,
        className="picker",
        nothingFoundMessage="No group of that name",
    )
    back = html.A("Instruments", href=MACHINES, className="go")
    if not desk.rest:
        words: list[Component] = [
            html.P(back, className="kicker"),
            html.H1("Instrument groups"),
            html.P("Instruments that belong together, as through rebuilds and changes of name.", className="lead"),
        ]
    else:
        one = chosen(desk)
        parts = [
            "Instrument group",
            counted(len(one.members), "instruments"),
            open_when([period for member in one.members for period in member.periods]),
        ]
        up = html.A("Instrument groups", href=PATH, className="go")
        words = [
            html.P([back, html.Span("›"), up], className="kicker spaced"),
            html.H1(_named(one)),
            html.P(" · ".join(part for part in parts if part), className="lead"),
            html.Div([report_box(desk, "group", desk.rest)], className="own"),
        ]  # fmt: skip
    return [tabs(desk, MACHINES), html.Div([html.Div(words), picker if known else None], className="title-row")]


def _named(one: GroupView) -> str:
    return f"{one.name} ({one.facility})" if one.facility else one.name


def filters(desk: Desk) -> Content:
    if desk.installation.snapshot() is None:
        return None  # there is nothing yet that could be filtered
    remark = (OF_ONE if desk.rest else OF_ALL) if desk.names_others(here(desk)) else ""
    return filter_bar(desk, ("year", "country", "type", "sector"), policy="policy", remark=remark)


def all_groups(desk: Desk) -> Content:
    """Every group with its members and numbers."""
    known = instrument_groups(desk.installation.storage, desk.viewer)
    if not known:
        return nothing(
            "instrument groups",
            "No instrument is in a group.",
            "Sources of the kind `tables` have it in the table instruments: group. The page of an instrument has it "
            "among what can be edited.",
        )
    counts = _counts(desk, "group", {})
    rows = []
    for one in known:
        names = told_apart(one.members)
        links = [html.A(names[member.id], href=f"{MACHINES}/{member.id}", className="go") for member in one.members]
        listed = html.Span([piece for link in links for piece in (", ", link)][1:])
        row = [Cell(_named(one), one.name, f"{PATH}/{one.id}"), Cell(listed, ", ".join(names.values()))]
        rows.append([*row, *_numbers(desk, "group", one.id, counts)])
    columns = [Column("Instrument group"), Column("Instruments"), *_columns(counts)]
    return measured(desk, "all", "All instrument groups", _rules(counts), columns, rows, remark=_remark(desk, {}))


def members(desk: Desk) -> Content:
    """The members through their periods, whom each followed, and the numbers of each and of all together."""
    one = chosen(desk)
    names = told_apart(one.members)
    counts = _counts(desk, "instrument", here(desk))
    rows = []
    for member in one.members:
        starts = [p.starts_on for p in member.periods if p.starts_on]
        ends = [p.ends_on for p in member.periods if p.ends_on]
        closed = bool(ends) and len(ends) == len(member.periods)
        row = [
            Cell(names[member.id], member.name, f"{MACHINES}/{member.id}"),
            Cell(member.label),
            Cell(day(min(starts)) if starts else "–", str(min(starts)) if starts else ""),
            Cell(day(max(ends)) if closed else "open", str(max(ends)) if closed else "9999"),
            _followed(desk, member, names),
        ]
        rows.append([*row, *_numbers(desk, "instrument", member.id, counts)])
    heads = ("Instrument", "Name", "Opened", "Closed", "Successor of")
    columns = [*map(Column, heads), *_columns(counts)]
    whole = {slug: desk.ask(slug, filters=here(desk)).answer.total for slug in counts}
    state = desk.state.put("group", desk.rest)
    foot = [Cell("All, each once"), *(Cell("") for _ in heads[1:])]
    foot += [Cell(amount(n), n, behind(slug, state) if n else "") for slug, n in whole.items()]
    remark = _remark(desk, here(desk))
    return measured(desk, "members", "Members", _rules(counts), columns, rows, foot=foot, remark=remark)


def _followed(desk: Desk, member: InstrumentView, names: dict[int, str]) -> Cell:
    """The instrument that this one followed, of the group or not."""
    if member.followed_id is None:
        return Cell("–", "")
    name = names.get(member.followed_id)
    if name is None:
        every = instrument_groups(desk.installation.storage, desk.viewer)
        name = next((m.name for one in every for m in one.members if m.id == member.followed_id), "another instrument")
    return Cell(name, name, f"{MACHINES}/{member.followed_id}")


def _counts(desk: Desk, cut: str, here: dict[str, tuple[str, ...]]) -> dict[str, Answer]:
    """The numbers of each value of a cut, as far as the viewer may know them."""
    may = [slug for slug in COUNTED if desk.installation.snapshot() and desk.viewer.at_least(metric(slug).role)]
    return {slug: desk.ask(slug, cut, without=(cut,), filters=here).answer for slug in may}


def _numbers(desk: Desk, cut: str, number: int, counts: dict[str, Answer]) -> list[Cell]:
    """One cell per count of that value of a cut, each leading to its records."""
    cells, state = [], desk.state.put(cut, str(number))
    for slug, answer in counts.items():
        row = answer.table.loc[answer.table[f"{cut}_id"] == number, "value"]
        value = 0.0 if row.empty else row.iloc[0]
        if pd.isna(value):
            cells.append(Cell("not shown", -1.0))
        else:
            cells.append(Cell(amount(value), float(value), behind(slug, state) if value else ""))
    return cells


def _remark(desk: Desk, here: dict[str, tuple[str, ...]]) -> str:
    """What the publications among the numbers are, and how they add up."""
    if desk.installation.snapshot() is None:
        return ONCE
    return footnote(desk, desk.ask("publications", filters=here), ONCE.removesuffix("."))


def _columns(counts: dict[str, Answer]) -> list[Column]:
    return [Column(answer.metric.label, True) for answer in counts.values()]


def _rules(counts: dict[str, Answer]) -> list[str]:
    return [f"{answer.metric.label}: {answer.metric.rule()}" for answer in counts.values()]


def machines(desk: Desk) -> Content:
    """Publications per year by member; what members share stands in each."""
    own = {one.id for one in chosen(desk).members}
    asked = desk.ask("publications", "year", "instrument", without=("year",), filters=here(desk))
    asked = as_chosen(desk, "machines", asked)
    answer = asked.answer
    table = answer.table[answer.table["instrument_id"].isin(own)]
    names = told_apart(chosen(desk).members)
    table = table.assign(instrument=[names[int(number)] for number in table["instrument_id"]]).reset_index(drop=True)
    figure = stacked_by_year(
        table, desk.scheme, answer.metric.unit, "instrument", to_year(desk), order=[*names.values()],
        chosen=desk.state.many("year"), asked=desk.years_asked("publications"),
    )  # fmt: skip
    figure = as_sums(figure) if answer.question.cumulative else figure
    asked = replace(asked, answer=replace(answer, table=table))
    words = "Publications per year, by instrument of the group"
    return chart(desk, "machines", words, asked, figure)


def by_periods(desk: Desk) -> Content:
    """Publications per year by the periods of all members."""
    numbers = [one.id for one in chosen(desk).members]
    words = "Publications per year, by period of the instruments"
    return by_period(desk, "period", numbers, filters=here(desk), title=words)


PAGE = Page(
    path=PATH,
    title="Instrument groups",
    layout=layout,
    panels={
        "title": title,
        "filters": filters,
        "all": all_groups,
        "timeline": lambda desk: periods_card(desk, "timeline", "Periods of the instruments", chosen(desk).members),
        "members": members,
        "machines": machines,
        **charts(here, "Publications of the group"),
        "period": by_periods,
    },
    roles=ROLES,
    beside="/instrument",
    help="One instrument group: members with periods and successors, publications, proposals, users.",
)
