"""Instruments: their periods, publications, proposals, users, and the publications themselves."""

from collections.abc import Callable
from datetime import date

import pandas as pd
from dash.development.base_component import Component

from dashboards.authority.instruments import ACTS, hand, history, way, wire
from dashboards.drawing import tags as html
from dashboards.drawing import widgets
from dashboards.drawing.atlas import institutions_on_map
from dashboards.drawing.blocks import behind, countries, focus_year, proposals_by_decision, stack, tiles, top, years
from dashboards.drawing.chart import footnote, picture, pictures_of
from dashboards.drawing.figures import timeline
from dashboards.drawing.lists import record_list
from dashboards.drawing.measured import measured
from dashboards.drawing.periods import by_period
from dashboards.drawing.reports import report_box
from dashboards.drawing.tables import Cell, Column, data_table
from dashboards.drawing.techniques import techniques
from dashboards.drawing.topics import topics
from dashboards.drawing.words import amount, day
from dashboards.frame.controls import filter_bar
from dashboards.frame.sections import tabs
from dashboards.page import Content, Desk, Draw, Page
from dashboards.panel import nothing, slot, welcome
from puma.errors import NotHere
from puma.listing import InstrumentView, instruments
from puma.measuring import Answer, metric

PATH = "/instrument"
TILES = (
    "publications",
    "citations",
    "proposals",
    "acceptance_rate",
    "yield_3_years",
    "experiments",
    "users",
    "delivered_hours",
)

COUNTED = ("publications", "proposals", "experiments")
"""What the list of all instruments says of each."""


def layout(desk: Desk) -> Content:
    if not desk.rest:
        parts: list[Component] = [
            slot(PATH, "filters", kind="bare", height=86),
            html.Div([slot(PATH, "timeline", height=400)], className="grid"),
            html.Div([slot(PATH, "all", height=300)], className="grid"),
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
            html.Div([slot(PATH, "types", height=392), slot(PATH, "proposals", height=392)], className="grid two"),
            html.Div([slot(PATH, "yield", height=392), slot(PATH, "yield_types", height=392)], className="grid two"),
            html.Div([slot(PATH, "period", height=392), slot(PATH, "programmes", height=392)], className="grid two"),
            html.Div([slot(PATH, "accepted", height=392), slot(PATH, "refused", height=392)], className="grid two"),
            html.Div([slot(PATH, "users", height=470)], className="grid"),
            html.Div([slot(PATH, "experiments", height=470)], className="grid"),
            html.Div(
                [slot(PATH, "institutions", height=300), slot(PATH, "journals", height=300)], className="grid two"
            ),
            html.Div([slot(PATH, "places", height=470)], className="grid"),
            html.Div([slot(PATH, "techniques", height=520), slot(PATH, "topics", height=520)], className="grid two"),
            html.Div([slot(PATH, "publications", height=300)], className="grid"),
        ]
    return html.Div([slot(PATH, "title", kind="bare title", height=90), *parts], className="wide")


def title(desk: Desk) -> Content:
    known = instruments(desk.installation.storage, desk.viewer)
    picker = widgets.Select(
        id={"type": "goto", "page": PATH},
        label="Instrument",
        value=f"{PATH}/{desk.rest}" if desk.rest else None,
        data=[{"value": f"{PATH}/{one.id}", "label": _listed(one)} for one in known],
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
        since = [p.starts_on for p in here.periods if p.starts_on]
        parts = [
            here.label if here.label != here.name else "",
            here.group,
            f"open since {day(min(since))}" if since else "",
        ]
        words = [
            html.P(html.A("Instruments", href=PATH, className="go"), className="kicker"),
            html.H1(here.name),
            html.P(" · ".join(part for part in parts if part), className="lead"),
            html.Div([way(desk), report_box(desk, "instrument", desk.rest)], className="own"),
        ]
    row = html.Div([html.Div(words), picker if known else None], className="title-row")
    return [tabs(desk, PATH), row]


def _listed(one: InstrumentView) -> str:
    """The name in the picker; the years tell two instruments of one name apart."""
    starts = [p.starts_on.year for p in one.periods if p.starts_on]
    ends = [p.ends_on.year for p in one.periods if p.ends_on]
    closed = len(ends) == len(one.periods) and ends
    return f"{one.name} ({min(starts)}–{max(ends) if closed else ''})" if starts else one.name


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
    return filter_bar(desk, ("year", "country", "type"), policy="policy")


def periods(desk: Desk) -> Content:
    """The periods of the chosen instrument and of its group, or of all instruments."""
    known = instruments(desk.installation.storage, desk.viewer)
    heading = "Periods of all instruments"
    if desk.rest:
        one = chosen(desk)
        known = [one, *(other for other in known if one.group and other.group == one.group and other.id != one.id)]
        heading = f"Periods of {one.name}" + (f" and the group {one.group}" if len(known) > 1 else "")
    rows = [(one.name, period) for one in known for period in one.periods if period.starts_on]
    if not rows:
        return html.Div(
            [
                html.Div(html.H2(heading), className="card-head"),
                nothing(
                    "periods",
                    "No source says when an instrument opened or closed.",
                    "Sources of the kind `tables` have them in the table instruments: start, end, commissioning_until.",
                ),
            ],
            className="card-body",
        )
    figure = timeline(rows, desk.scheme, date.today())
    height = 34 * len({name for name, _ in rows}) + 44
    shown = picture("timeline", figure, height, f"{heading}: {len(rows)} periods, listed in the table below.")
    table = data_table(
        heading,
        [Column("Instrument"), Column("Label"), Column("Opened"), Column("Closed"), Column("Commissioning until")],
        [
            [
                Cell(name), Cell(p.label), Cell(day(p.starts_on), str(p.starts_on)),
                Cell(day(p.ends_on) or "open", str(p.ends_on or "9999")), Cell(day(p.commissioning_until) or "–"),
            ]
            for name, p in rows
        ],
    )  # fmt: skip
    return html.Div(
        [
            html.Div(
                [html.H2(heading), html.Div(pictures_of("timeline", heading), className="actions")],
                className="card-head",
            ),
            shown,
            html.Details([html.Summary("As a table"), table], className="more"),
            html.P(
                "A period begins with the official opening, commissioning excluded, and ends before its closing day.",
                className="footnote",
            ),
        ],
        className="card-body",
    )


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
            Cell(one.group or "–"),
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
    remark = footnote(desk, asked["publications"]) if asked else ""
    return measured(desk, "all", "All instruments", rules, columns, rows, remark=remark)


def _counts(answer: Answer) -> dict[int, float]:
    pairs = zip(answer.table["instrument_id"], answer.table["value"], strict=True)
    return {int(number): float(value) for number, value in pairs if pd.notna(number) and pd.notna(value)}


def publications(desk: Desk) -> Content:
    asked = desk.ask("publications", filters=here(desk))
    ids = desk.installation.records_behind(desk.viewer, asked.answer.question)
    heading = html.Div(html.H2("Its publications"), className="card-head")
    return html.Div(
        [heading, record_list(desk, "publication", ids, "Publications of the instrument")], className="card-body"
    )


def _one_year(desk: Desk) -> int | None:
    """The year chosen; without one the numbers are of the instrument's whole life."""
    return focus_year(desk) if desk.state.many("year") else None


def _of_it(block: Callable[..., Component], *arguments: str, **options: int) -> Draw:
    """A block drawn for the instrument of the path."""
    return lambda desk: block(desk, *arguments, filters=here(desk), **options)


def _decided(desk: Desk, decision: str, words: str) -> Component:
    """Proposals of one decision by type; a type has the same colour beside those of another decision."""
    every = desk.ask("proposals", "type", without=("year", "decision"), filters=here(desk)).answer.table
    types = [str(one) for one in every["type"]]
    filters = {**here(desk), "decision": (decision,)}
    return stack(desk, decision, words, "proposals", "type", order=types, filters=filters)


PAGE = Page(
    path=PATH,
    title="Instruments",
    layout=layout,
    panels={
        "title": title,
        "filters": filters,
        "tiles": lambda desk: tiles(desk, TILES, here(desk), year=_one_year(desk)),
        "timeline": periods,
        "form": hand,
        "history": history,
        "all": all_instruments,
        "types": _of_it(stack, "types", "Publications per year, by type", "publications", "type"),
        "proposals": _of_it(proposals_by_decision, "proposals"),
        "yield": _of_it(
            years, "yield", "Proposals with a publication within 3 years, per year of first session", "yield_3_years"
        ),
        "yield_types": _of_it(
            top, "yield_types", "Proposals with a publication within 3 years, by type", "yield_3_years", "type"
        ),
        "programmes": _of_it(stack, "programmes", "Proposals per year of their call, by type", "proposals", "type"),
        "accepted": lambda desk: _decided(desk, "accepted", "Accepted proposals per year of their call, by type"),
        "refused": lambda desk: _decided(desk, "refused", "Refused proposals per year of their call, by type"),
        "users": _of_it(countries, "users", "User visits by country of the user", "user_visits"),
        "experiments": _of_it(countries, "experiments", "Experiments by country of the proposers", "experiments"),
        "institutions": _of_it(
            top, "institutions", "Publications by institution", "publications", "institution", most=10
        ),
        "places": _of_it(institutions_on_map, "places", "Institutions of the publications", "publications"),
        "journals": _of_it(top, "journals", "Publications by journal", "publications", "journal", most=10),
        "period": lambda desk: by_period(desk, "period", desk.number, filters=here(desk)),
        "techniques": lambda desk: techniques(desk, filters=here(desk)),
        "topics": lambda desk: topics(desk, filters=here(desk)),
        "publications": publications,
    },
    roles={
        **dict.fromkeys(
            ("proposals", "yield", "yield_types", "programmes", "accepted", "users", "experiments"), "viewer"
        ),
        "refused": "user_office",
    },
    acts=ACTS,
    wire=wire,
    menu="Dashboards",
    tab="Instruments",
    order=11,
    help="One instrument: periods, publications, proposals, users.",
)
