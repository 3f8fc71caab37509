"""Blocks that several pages show: tiles, rankings, stacks by year, maps, and the way to the records behind a number."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import isnan
from urllib.parse import quote

import pandas as pd
from dash.development.base_component import Component

from dashboards.drawing import logarithmic
from dashboards.drawing import tags as html
from dashboards.drawing.chart import WHOLE, chart, keys_of, provisional_from, spelled
from dashboards.drawing.cumulative import KEY, as_chosen, as_sums
from dashboards.drawing.figures import FEW, by_year, lines_by_year, ranking, sparkline, stacked_by_year, world
from dashboards.drawing.leading import leads
from dashboards.drawing.tables import answer_table
from dashboards.drawing.words import amount, change, word
from dashboards.frame.state import State
from dashboards.page import Content, Desk
from dashboards.panel import nothing
from puma.measuring import Answer, metric

Filters = Mapping[str, tuple[str, ...]]
ROLLED = "rolled"
"""Of the state: the names of the charts whose institutions are shown as their root organisations."""
BETTER_LESS = frozenset({
    "publication_debt", "reports_overdue", "reports_overdue_share", "lost_hours", "time_to_publication",
    "gender_undeclared_share", "career_stage_undeclared_share",
})  # fmt: skip
"""Metrics of which less is good: their rise is not shown as one."""
TREND = 10  # years of a small trend
LONG_AGO = 5  # years after which a rate is no news any more: then that of all years stands in its place
ROW = 30  # pixels of one bar of a ranking
MAP, NARROW = 400, 54  # pixels of the height of a map of the world, and hundredths of a narrow window's width
USUAL = {("works", "type"): "publications", ("", "type"): "proposals", ("", "mode"): "experiments"}
"""By fact and dimension, or by dimension alone: the metric whose values, all of them, give the order of colours."""
FIRST_COUNTRY = "Publications by country of the first author"
OPENNESS = ("diamond", "gold", "hybrid", "green", "bronze", "closed", "unknown")
DECISIONS = ("accepted", "reserve", "refused", "unknown")


def focus_year(desk: Desk) -> int | None:
    """The year that numbers speak of: the one chosen, else the last whole one; None for a span of several."""
    first, last = desk.state.years
    if desk.state.many("year"):
        return first if first is not None and first == last else None
    snapshot = desk.installation.snapshot()
    return snapshot.as_of.year - 1 if snapshot else None


def tiles(desk: Desk, slugs: Sequence[str], filters: Filters | None = None, *, year: int | None = None) -> Content:
    """A row of numbers, as many as the viewer may see: of that year, else of all that are chosen."""
    may = [slug for slug in slugs if desk.viewer.at_least(metric(slug).role)]
    shown = [tile for slug in may if (tile := _tile(desk, slug, filters or {}, year))]
    if not shown:
        sources = html.A("See the sources", href="/sources", className="go")
        return nothing(
            "numbers yet",
            "Nothing has been harvested and counted for this view.",
            "`puma harvest` brings the sources in; `puma demo` makes a sample facility. ",
            sources,
        )
    return html.Div(shown, className=f"tiles of-{len(shown)}")


def _tile(desk: Desk, slug: str, filters: Filters, year: int | None) -> Component | None:
    """One number with its change on the year before and its trend; nothing when there is no value at all."""
    asked = desk.ask(slug, "year", without=("year",), filters=filters)
    trend = asked.answer
    table = trend.table[trend.table["year"].notna()]
    found = {int(when): float(value) for when, value in zip(table["year"], table["value"], strict=True)}
    values = {when: value for when, value in found.items() if not isnan(value)}
    withheld = found.keys() - values.keys()
    unit = trend.metric.unit
    remark: Content = ""
    if year and (trend.metric.is_rate or trend.metric.finish) and not desk.state.many("year") and year not in values:
        known = max((one for one in values if one <= year), default=year)  # the last that has enough for one
        year = known if known >= year - LONG_AGO else None
    if year is None:
        value, when = desk.ask(slug, filters=filters).answer.total, word("year", desk.state.one("year", "all years"))
    else:
        nought = trend.metric.counts_nothing_as_nought and year not in withheld
        value, when = values.get(year, 0.0 if nought else None), str(year)
        remark = _remark(trend, value, values.get(year - 1), year)
        if year in withheld and not trend.metric.is_rate:
            remark = FEW
    if not values and not value:
        return None
    end = year or min(desk.state.years[1] or 9999, max(values, default=0))
    if trend.metric.counts_nothing_as_nought and values:
        values |= dict.fromkeys({*range(min(values), end + 1)} - values.keys() - withheld, 0.0)
    line = sparkline([values.get(y) for y in range(end - TREND + 1, end + 1)], desk.scheme)
    state = desk.state if year is None else desk.state.put("year", when)
    for key, wanted in filters.items():
        state = state.put(key, *wanted)
    number = [
        amount(value, unit),
        html.Span([" ", html.Span(unit)], className="unit") if unit in ("h", "years") else "",
    ]
    return html.Div(
        [
            html.P([html.Span(trend.metric.label), html.Span(when, className="when")], className="tile-label"),
            html.Div(
                [
                    html.A(
                        [*number, html.unseen([" ", trend.metric.label, " ", when, ": show the records"])],
                        href=behind(slug, state),
                        className="go number",
                    ),
                    html.Img(src="data:image/svg+xml," + quote(line), alt="", className="spark") if line else None,
                ],
                className="tile-row",
            ),
            html.P(remark, className="tile-change"),
            html.P(f"not filtered by {spelled(asked.ignored)}", className="tile-aside") if asked.ignored else None,
        ],
        className="tile",
        title=trend.metric.rule(),
    )


def _remark(trend: Answer, value: float | None, before: float | None, year: int) -> Content:
    """How the value of a year stands to that of the year before."""
    if trend.metric.fact == "works" and year >= provisional_from(trend) and not trend.metric.is_rate:
        return "provisional, still growing"
    if value is None:
        return "too few for a rate" if trend.metric.is_rate else "not known yet"
    difference, tone = change(value, before, trend.metric.unit)
    if not difference:
        return ""
    if tone == "even":
        return f"as in {year - 1}"
    if trend.metric.slug in BETTER_LESS:
        tone = {"up": "down", "down": "up"}[tone]
    return [html.Span(difference, className=f"change {tone}"), f" on {year - 1}"]


def behind(slug: str, state: State) -> str:
    """The address of the list behind a number."""
    kept = State({k: v for k, v in state.values.items() if k not in ("table", "page", KEY, ROLLED, logarithmic.KEY)})
    return "/behind" + kept.put("metric", slug).query()


def years(desk: Desk, name: str, title: str, slug: str, filters: Filters | None = None) -> Component:
    """A metric by year as bars, cumulative where that was chosen; a rate as a line. A click chooses the year."""
    asked = as_chosen(desk, name, desk.ask(slug, "year", without=("year",), filters=filters))
    answer, unit = asked.answer, asked.answer.metric.unit
    if answer.metric.is_rate:
        figure = lines_by_year(answer.table, desk.scheme, unit, to_year(desk), asked=desk.years_asked(slug))
        return chart(desk, name, title, asked, figure)
    first = provisional_from(answer) if answer.metric.fact == "works" else 9999
    figure = by_year(
        answer.table, desk.scheme, unit, to_year(desk), chosen=desk.state.many("year"), asked=desk.years_asked(slug),
        provisional_from=first,
    )  # fmt: skip
    hatched = any(year >= first for year in answer.table["year"] if pd.notna(year))
    remark = f"from {first} on provisional (hatched)" if hatched else ""
    figure = as_sums(figure) if answer.question.cumulative else figure
    return chart(desk, name, title, asked, figure, remark=remark)


def stack(
    desk: Desk,
    name: str,
    title: str,
    slug: str,
    dimension: str,
    *,
    order: Sequence[str] = (),
    filters: Filters | None = None,
    remark: str = "",
) -> Component:
    """A metric by year, stacked by another dimension, cumulative where that was chosen; a click chooses the year.

    order: of the colours; what is not in it follows as in ``USUAL``, then by size, the same per year as cumulative.
    """
    yearly = desk.ask(slug, "year", dimension, without=("year",), filters=filters)
    sizes = yearly.answer.table.groupby(dimension)["value"].sum().sort_values(ascending=False)
    order = list(dict.fromkeys([*order, *_usual(desk, slug, dimension), *(str(name) for name in sizes.index)]))
    asked = as_chosen(desk, name, yearly)
    figure = stacked_by_year(
        asked.answer.table,
        desk.scheme,
        asked.answer.metric.unit,
        dimension,
        to_year(desk),
        order=order,
        chosen=desk.state.many("year"),
        asked=desk.years_asked(slug),
    )
    figure = as_sums(figure) if asked.answer.question.cumulative else figure
    return chart(desk, name, title, asked, figure, remark=remark)


def _usual(desk: Desk, slug: str, dimension: str) -> list[str]:
    """The values of a dimension in the order that all pages have in common, so that each keeps its colour."""
    like = USUAL.get((metric(slug).fact, dimension), USUAL.get(("", dimension), ""))
    if not like or not desk.viewer.at_least(metric(like).role):
        return []
    return [
        str(value) for value in desk.ask(like, dimension, without=tuple(desk.state.filters)).answer.table[dimension]
    ]


def proposals_by_decision(desk: Desk, name: str, filters: Filters | None = None) -> Component:
    """Proposals per year by decision; who may not know of refused ones is told so."""
    remark = "" if desk.viewer.at_least("user_office") else "refused proposals are known to the user office only"
    title = "Proposals per year of their call, by decision"
    return stack(desk, name, title, "proposals", "decision", order=DECISIONS, filters=filters, remark=remark)


def top(
    desk: Desk,
    name: str,
    title: str,
    slug: str,
    dimension: str,
    *,
    most: int = WHOLE,
    filters: Filters | None = None,
    href: Callable[[str], str] | None = None,
    turns: Sequence[Component] = (),
    but: str = "",
) -> Component:
    """A ranking: the largest values of a dimension; a click chooses one, or leads where ``href`` says. turns: ways to
    show it otherwise. but: a value that is left out, being that of the page itself."""
    asked = desk.ask(slug, dimension, without=(dimension,), filters=filters)
    if but:
        others = asked.answer.table[asked.answer.table[dimension] != but].reset_index(drop=True)
        asked = replace(asked, answer=replace(asked.answer, table=others))
    answer = asked.answer
    keys = keys_of(answer, dimension)
    lead = href or to_value(desk, dimension)
    shown = answer.table.head(most)
    figure = ranking(
        shown,
        desk.scheme,
        answer.metric.unit,
        dimension,
        lead,
        keys=keys[:most],
        chosen=desk.state.many(dimension),
    )
    remark = f"the first {most} of {len(answer.table)} are drawn, the table has all" if len(answer.table) > most else ""
    values, unit = [float(value) for value in shown["value"]], answer.metric.unit
    turns = [*turns, *logarithmic.turn(desk, name, title, values, unit)]
    if logarithmic.is_on(desk, name, values, unit):
        figure = logarithmic.as_logarithmic(figure, values)
        remark = " · ".join(part for part in (remark, logarithmic.SAID) if part)
    height = ROW * max(len(shown), 3) + 16
    hrefs = [lead(key) for key in keys]
    return chart(desk, name, title, asked, figure, height=height, hrefs=hrefs, remark=remark, turns=turns)


def institutions(
    desk: Desk,
    name: str,
    titles: tuple[str, str],
    slug: str,
    *,
    most: int,
    filters: Filters | None = None,
    href: Callable[[str], str] | None = None,
) -> Component:
    """A ranking of institutions as named, or of their root organisations where that was chosen. titles: of either."""
    rolled = name in desk.state.many(ROLLED)
    title, cut = titles[rolled], ("institution", "root")[rolled]
    words = ("As root organisations", "As named")[rolled]
    turn = html.A([words, html.unseen(f" – {title}")], href=desk.state.toggled(ROLLED, name).query(),
                  className="act go")  # fmt: skip
    return top(desk, name, title, slug, cut, most=most, filters=filters, href=href, turns=[turn])


def countries(desk: Desk, name: str, title: str, slug: str, filters: Filters | None = None) -> Component:
    """A map with the table of the same numbers at its side; a click chooses the country."""
    asked = desk.ask(slug, "country", without=("country",), filters=filters)
    answer = asked.answer
    hrefs = [to_value(desk, "country")(key) for key in keys_of(answer, "country")]
    figure = world(
        answer.table, desk.scheme, answer.metric.unit, to_value(desk, "country"), chosen=desk.state.many("country")
    )
    return chart(
        desk,
        name,
        title,
        asked,
        figure,
        hrefs=hrefs,
        height=MAP,
        narrow=NARROW,
        beside=answer_table(answer, f"{title}, as a table", hrefs, leads(desk, answer)) if len(answer.table) else None,
    )


def to_year(desk: Desk) -> Callable[[str], str]:
    """Where a click on a year leads: to that year alone, or away from it again."""
    return lambda year: desk.state.only("year", year).query()


def to_value(desk: Desk, dimension: str) -> Callable[[str], str]:
    """Where a click on a value leads: it joins the filter, or leaves it; nowhere for what has no value."""
    return lambda key: desk.state.toggled(dimension, key).query() if key else ""
