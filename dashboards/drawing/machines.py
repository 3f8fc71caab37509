"""What is drawn of an instrument and of a group alike: periods on a line of time, and charts of what came of it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing.atlas import institutions_on_map
from dashboards.drawing.blocks import (
    Filters,
    countries,
    focus_year,
    institutions,
    proposals_by_decision,
    stack,
    tiles,
    top,
    years,
)
from dashboards.drawing.chart import picture
from dashboards.drawing.lists import record_list
from dashboards.drawing.measured import measured
from dashboards.drawing.tables import Cell, Column
from dashboards.drawing.techniques import techniques
from dashboards.drawing.timeline import timeline
from dashboards.drawing.topics import topics
from dashboards.drawing.words import counted, day
from dashboards.page import Content, Desk, Draw
from dashboards.panel import nothing, slot
from puma.listing import InstrumentView, PeriodView

TILES = (
    "publications", "citations", "proposals", "acceptance_rate", "yield_3_years", "experiments", "users",
    "delivered_hours",
)  # fmt: skip
ROLES: Mapping[str, str] = {
    **dict.fromkeys(("proposals", "yield", "yield_types", "programmes", "accepted", "users", "experiments"), "viewer"),
    "refused": "user_office",
}
"""Who may see which of the charts."""
PERIOD = "A period begins with the official opening, commissioning excluded, and ends before its closing day."
ROWS = (
    ("types", "proposals", 392), ("yield", "yield_types", 392), ("period", "programmes", 392),
    ("accepted", "refused", 392), ("users", "", 470), ("experiments", "", 470), ("institutions", "journals", 420),
    ("places", "", 470), ("techniques", "sectors", 300), ("topics", "", 520), ("publications", "", 300),
)  # fmt: skip
"""The charts side by side, with the height of each."""


def frames(path: str) -> list[Component]:
    """The places of the charts, row by row."""
    return [
        html.Div([slot(path, name, height=height) for name in (one, other) if name],
                 className="grid two" if other else "grid")
        for one, other, height in ROWS
    ]  # fmt: skip


def charts(here: Callable[[Desk], Filters], heading: str) -> dict[str, Draw]:
    """The charts by name, but that of the periods. here: the filter that the path means; heading: of the list of
    publications."""

    def of_it(block: Callable[..., Content], *arguments: object, **options: object) -> Draw:
        return lambda desk: block(desk, *arguments, filters=here(desk), **options)

    return {
        "tiles": lambda desk: tiles(desk, TILES, here(desk), year=_one_year(desk)),
        "types": of_it(stack, "types", "Publications per year, by type", "publications", "type"),
        "proposals": of_it(proposals_by_decision, "proposals"),
        "yield": of_it(
            years, "yield", "Share of proposals with a publication within 3 years, per year of first session",
            "yield_3_years",
        ),
        "yield_types": of_it(
            top, "yield_types", "Share of proposals with a publication within 3 years, by type", "yield_3_years", "type"
        ),
        "programmes": of_it(stack, "programmes", "Proposals per year of their call, by type", "proposals", "type"),
        "accepted": lambda desk: _decided(
            desk, here(desk), "accepted", "Accepted proposals per year of their call, by type"
        ),
        "refused": lambda desk: _decided(
            desk, here(desk), "refused", "Refused proposals per year of their call, by type"
        ),
        "users": of_it(countries, "users", "User visits by country of the user", "user_visits"),
        "experiments": of_it(countries, "experiments", "Experiments by country of the proposers", "experiments"),
        "institutions": of_it(
            institutions, "institutions", ("Publications by institution", "Publications by root organisation"),
            "publications", most=10,
        ),
        "places": of_it(institutions_on_map, "places", "Publications by place of the institutions", "publications"),
        "sectors": of_it(
            top, "sectors", "Publications by sector of the institutions", "publications", "sector", most=9
        ),
        "journals": of_it(top, "journals", "Publications by journal", "publications", "journal", most=10),
        "techniques": of_it(techniques),
        "topics": of_it(topics),
        "publications": lambda desk: _publications(desk, here(desk), heading),
    }  # fmt: skip


def periods_card(desk: Desk, name: str, heading: str, known: Sequence[InstrumentView]) -> Content:
    """The periods of these instruments as bars, with the table of the same. name: of the panel."""
    rows = [(one, period) for one in known for period in one.periods if period.starts_on]
    if not rows:
        none = nothing(
            "periods",
            "No source says when an instrument opened or closed.",
            "Sources of the kind `tables` have them in the table instruments: start, end, commissioning_until.",
        )
        return measured(desk, name, heading, (), shown=none)
    figure = timeline([(one.name, period) for one, period in rows], desk.scheme, date.today())
    height = 34 * len({one.name for one, _ in rows}) + 44
    shown = picture(name, figure, height, f"{heading}: {len(rows)} periods. The table lists them all.")
    heads = ("Instrument", "Name", "Opened", "Closed", "Commissioning until")
    table = [
        [
            Cell(one.name, one.name, f"/instrument/{one.id}"), Cell(p.label), Cell(day(p.starts_on), str(p.starts_on)),
            Cell(day(p.ends_on) or "open", str(p.ends_on or "9999")), Cell(day(p.commissioning_until) or "–"),
        ]
        for one, p in rows
    ]  # fmt: skip
    remark = f"n = {counted(len(rows), 'periods')} · grey: closed · {PERIOD}"
    return measured(desk, name, heading, (PERIOD,), [*map(Column, heads)], table, shown=shown, remark=remark)


def told_apart(known: Sequence[InstrumentView]) -> dict[int, str]:
    """Their names by number; the years, or else the number, tell two of one name apart."""
    often = [one.name for one in known]
    names = {one.id: spanned(one) if often.count(one.name) > 1 else one.name for one in known}
    said = list(names.values())
    return {number: f"{name} · {number}" if said.count(name) > 1 else name for number, name in names.items()}


def spanned(one: InstrumentView) -> str:
    """The name with the years in which it was open, where they are known."""
    starts = [p.starts_on.year for p in one.periods if p.starts_on]
    ends = [p.ends_on.year for p in one.periods if p.ends_on]
    closed = len(ends) == len(one.periods) and ends
    return f"{one.name} ({min(starts)}–{max(ends) if closed else ''})" if starts else one.name


def open_when(periods: Sequence[PeriodView]) -> str:
    """Since when it is open, or from when to when it was; empty where no source says it."""
    starts = [p.starts_on for p in periods if p.starts_on]
    ends = [p.ends_on for p in periods if p.ends_on]
    if not starts:
        return ""
    if len(ends) < len(periods):
        return f"open since {day(min(starts))}"
    return f"open from {day(min(starts))} to {day(max(ends))}"


def _one_year(desk: Desk) -> int | None:
    """The year chosen; without one the numbers are of the whole life."""
    return focus_year(desk) if desk.state.many("year") else None


def _decided(desk: Desk, here: Filters, decision: str, words: str) -> Component:
    """Proposals of one decision by type."""
    return stack(desk, decision, words, "proposals", "type", filters={**here, "decision": (decision,)})


def _publications(desk: Desk, here: Filters, heading: str) -> Content:
    asked = desk.ask("publications", filters=here)
    ids = desk.installation.records_behind(desk.viewer, asked.answer.question)
    shown = record_list(desk, "publication", ids, heading)
    return html.Div([html.Div(html.H2("Its publications"), className="card-head"), shown], className="card-body")
