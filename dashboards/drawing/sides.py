"""Two compared, year by year or instrument by instrument: each keeps its colour, whichever side it stands on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

import pandas as pd

from dashboards.drawing import cumulative
from dashboards.drawing.blocks import ROW, behind
from dashboards.drawing.chart import label, picture, provisional_from
from dashboards.drawing.figures import axis_of_years
from dashboards.drawing.markup import AsIs, held
from dashboards.drawing.measured import measured
from dashboards.drawing.plot import Figure
from dashboards.drawing.tables import Cell, Column
from dashboards.drawing.words import amount, counted, moment
from dashboards.frame.theme import SCHEMES, SERIES
from dashboards.page import Content, Desk
from dashboards.panel import nothing
from puma.measuring import Answer, Question, metric

APART = 4
"""Colours of the palette that stand out on paper as lines."""
DASHES, SYMBOLS, HATCHES = ("solid", "dash"), ("circle", "diamond"), ("", "/")
HEIGHT = 300
MOST = 15  # instruments that are drawn; the table has all


@dataclass(frozen=True, slots=True)
class Look:
    """How one of the two is drawn; place: 0 or 1, for what tells them apart without colour."""

    colour: str
    place: int


def looks(values: Sequence[str], scheme: str) -> dict[str, Look]:
    """The look of each value. Its colour comes from the value itself: the same on either side and beside any other,
    but for two that would be alike, of which the later in the alphabet takes the next colour."""
    found: dict[str, Look] = {}
    taken: list[int] = []
    for place, value in enumerate(sorted(set(values))):
        colour = crc32(value.encode()) % APART
        while colour in taken:
            colour = (colour + 1) % APART
        taken.append(colour)
        found[value] = Look(SERIES[scheme][colour], place)
    return found


def by_year(desk: Desk, name: str, title: str, slug: str, cut: str, chosen: Sequence[str]) -> Content:
    """One line per side; cumulative where that was chosen."""
    one = metric(slug)
    sums = name in desk.state.many(cumulative.KEY) and not one.never_added_up
    told = {
        value: desk.installation.ask(
            desk.viewer, Question(slug, ("year",), {cut: (value,)}, desk.state.policy, cumulative=sums)
        )
        for value in chosen
    }
    span, values = _through_the_years(told, desk.years_asked(slug))
    if not span:
        return nothing(one.unit, "Neither of the two has any in any year.")
    names, drawn = {value: label(desk, cut, value) for value in chosen}, looks(chosen, desk.scheme)
    figure = Figure(desk.scheme)
    for value in chosen:
        look = drawn[value]
        figure.draw(
            "scatter", x=span, y=values[value], name=names[value], mode="lines+markers",
            line={"width": 2.5, "color": look.colour, "dash": DASHES[look.place]},
            marker={"size": 7, "symbol": SYMBOLS[look.place]}, cliponaxis=False,
            hovertext=_hover(names[value], span, values[value], one.unit), hovertemplate="%{hovertext}<extra></extra>",
        )  # fmt: skip
    figure.layout(showlegend=True)
    axis_of_years(figure, span, one.unit)
    first = next(iter(told.values()))
    turn = cumulative.turn(desk, name, title, first)
    if sums:
        cumulative.as_sums(figure)
        title += cumulative.SAID
    columns = [Column("Year", True), *(Column(names[value], True) for value in chosen)]
    rows = [
        [Cell(str(year), year), *(_number(desk, told[value], values[value][place], year) for value in chosen)]
        for place, year in enumerate(span)
    ]
    shown = picture(name, figure, HEIGHT, f"{title}: {len(chosen)} lines. The table lists all numbers.")
    return measured(
        desk, name, title, first.footnotes, columns, rows, shown=shown, remark=_remark(names, told), role=one.role,
        acts=[turn],
    )  # fmt: skip


def by_instrument(desk: Desk, name: str, title: str, slug: str, cut: str, chosen: Sequence[str]) -> Content:
    """One bar per instrument and side, the largest on top."""
    one = metric(slug)
    told = {
        value: desk.installation.ask(desk.viewer, Question(slug, ("instrument",), {cut: (value,)}, desk.state.policy))
        for value in chosen
    }
    units, values = _by_size(told)
    if not units:
        return nothing(one.unit, "Neither of the two has any.")
    names, drawn = {value: label(desk, cut, value) for value in chosen}, looks(chosen, desk.scheme)
    figure, places = Figure(desk.scheme), list(range(len(units[:MOST])))
    hatch = {"fgcolor": SCHEMES[desk.scheme].surface, "fillmode": "overlay", "size": 6, "solidity": 0.25}
    for value in chosen:
        look = drawn[value]
        figure.draw(
            "bar", x=values[value][:MOST], y=places, orientation="h", name=names[value],
            marker={"color": look.colour, "pattern": {"shape": HATCHES[look.place], **hatch}},
            text=[amount(number) for number in values[value][:MOST]], textposition="outside", cliponaxis=False,
            hovertext=_hover(names[value], [AsIs(unit) for unit in units[:MOST]], values[value][:MOST], one.unit),
            hovertemplate="%{hovertext}<extra></extra>",
        )  # fmt: skip
    figure.layout(showlegend=True, barmode="group", legend={"traceorder": "normal"})
    figure.xaxis(visible=False, range=[0, (max(max(some) for some in values.values()) or 1) * 1.12])
    figure.yaxis(
        tickvals=places, ticktext=[AsIs(unit) for unit in units[:MOST]], range=[max(len(places), 3) - 0.4, -0.6],
        showgrid=False, ticklen=4, tickcolor="rgba(0,0,0,0)",
    )  # fmt: skip
    columns = [Column("Instrument"), *(Column(names[value], True) for value in chosen)]
    rows = [
        [Cell(unit), *(Cell(amount(values[value][place]), values[value][place]) for value in chosen)]
        for place, unit in enumerate(units)
    ]
    height = round(1.5 * ROW) * max(len(units[:MOST]), 3) + 40
    shown = picture(name, figure, height, f"{title}: {len(chosen)} bars each. The table lists all numbers.")
    few = f" · the first {MOST} of {len(units)} are drawn" if len(units) > MOST else ""
    remark, rules = _remark(names, told) + few, next(iter(told.values())).footnotes
    return measured(desk, name, title, rules, columns, rows, shown=shown, remark=remark, role=one.role)


def _through_the_years(told: Mapping[str, Answer], every: Sequence[int]) -> tuple[list[int], dict[str, list[float]]]:
    """The years from the first to the last of all, and of each side a value for each of them. every: years that are
    there though neither has any."""
    some = {}
    for value, answer in told.items():
        known = answer.table[answer.table["year"].notna()]
        some[value] = pd.Series(known["value"].to_numpy(), index=known["year"].astype(int), dtype="float64")
    years = [int(year) for one in some.values() for year in one.index]
    span = list(range(min([*years, *every]), max([*years, *every]) + 1)) if years else []
    wide, first = pd.DataFrame(some, index=span), next(iter(told.values()))
    if first.question.cumulative:
        wide = wide.ffill()
    if first.metric.counts_nothing_as_nought:
        wide = wide.fillna(0.0)
    return span, {value: wide[value].tolist() for value in told}


def _by_size(told: Mapping[str, Answer]) -> tuple[list[str], dict[str, list[float]]]:
    """The names of the instruments, those with most on top, and of each side a value for each of them."""
    tables = {value: answer.table.assign(key=answer.table["instrument_id"].fillna(0)) for value, answer in told.items()}
    names = {
        int(key): str(name) for one in tables.values() for key, name in zip(one["key"], one["instrument"], strict=True)
    }
    wide = pd.DataFrame({value: one.set_index("key")["value"] for value, one in tables.items()}).fillna(0.0)
    order = wide.sum(axis=1).sort_values(ascending=False, kind="stable").index
    return [names[int(key)] for key in order], {value: wide.loc[order, value].tolist() for value in told}


def _number(desk: Desk, answer: Answer, value: float, year: int) -> Cell:
    """A number of a year, leading to its records."""
    ((slug, _),) = answer.question.filters.items()
    state = desk.state.without("cut", "a", "b").put(slug, *answer.question.filters[slug])
    first = int(answer.table["year"].min()) if answer.question.cumulative and value else year
    state = state.put("year", f"{year}" if first == year else f"{first}-{year}")
    return Cell(amount(value, answer.metric.unit), value, behind(answer.metric.slug, state) if value else "")


def _hover(name: str, places: Sequence[str | int], values: Sequence[float], unit: str) -> list[str]:
    return [
        f"<b>{held(name)}, {place if isinstance(place, int) else held(place)}</b><br>{counted(value, unit)}"
        for place, value in zip(places, values, strict=True)
    ]


def _remark(names: Mapping[str, str], told: Mapping[str, Answer]) -> str:
    """How many each has, how links count, and as of when."""
    first = next(iter(told.values()))
    parts = [f"{names[value]}: {counted(answer.total, answer.metric.unit)}" for value, answer in told.items()]
    parts += [one for one in (cumulative.remark(first), f"{first.question.policy} link policy") if one]
    if first.metric.fact == "works" and "year" in first.question.by:
        parts.append(f"from {provisional_from(first)} on provisional")
    return " · ".join([*parts, f"as of {moment(first.as_of)} UTC"])
