"""The one component for charts: title, picture or table, rule, footnote, download, and a name for screen readers."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pandas as pd
from dash import dcc
from dash.development.base_component import Component

from dashboards.drawing import cumulative
from dashboards.drawing import tags as html
from dashboards.drawing.leading import leads
from dashboards.drawing.markup import Around, AsIs, held
from dashboards.drawing.plot import Figure
from dashboards.drawing.saving import embed_box, save_menu
from dashboards.drawing.tables import answer_table, csv_link
from dashboards.drawing.words import RATIOS, amount, as_many, counted, moment, named, without_tags, word
from dashboards.page import Asked, Desk
from dashboards.panel import nothing, notice
from puma.dimensions import DIMENSIONS
from puma.keeping import collections
from puma.listing import instrument_groups, record_title
from puma.measuring import Answer, with_years
from puma.measuring.crowds import MANY

CONFIG: Any = {"displayModeBar": False, "responsive": True, "topojsonURL": "/assets/topojson/", "scrollZoom": False}
"""Of every graph; the base map of the world comes from our own address, no other is ever asked."""
YEARS = 280  # pixels of the height of a chart over years
MORE = "Without any filter too: each value stands here as soon as it has enough."
WHOLE = 25  # rows of a ranking that are drawn; the table has all


def chart(
    desk: Desk,
    name: str,
    title: str,
    asked: Asked,
    figure: Figure,
    *,
    height: int = 0,
    narrow: int = 0,
    hrefs: Sequence[str] = (),
    remark: str = "",
    beside: Component | None = None,
    turns: Sequence[Component] = (),
) -> Component:
    """A chart with everything that belongs to it. name: of the panel; hrefs: where the rows of its table lead.
    turns: ways to show it otherwise.

    height, narrow: as of ``picture``; without a height it has that of ``YEARS``, and what its row leaves it.
    remark: a sentence of this chart's own in the footnote. beside: what stands next to the picture.
    """
    answer = asked.answer
    years = desk.years_asked(answer.question.slug) if answer.question.by[0] == "year" else []
    whole = replace(answer, table=with_years(answer.table, years, answer))
    said = [title, cumulative.SAID] if answer.question.cumulative else [title]
    as_table = name in desk.state.many("table")
    some = bool(len(answer.table)) and bool(answer.table["value"].notna().any())
    drawn = some and not as_table
    actions = _actions(desk, name, title, whole, as_table=as_table, drawn=drawn, height=height or YEARS, more=turns)
    title = "".join(said)
    body: list[Component]
    if not some:
        body = [_empty(desk, answer)]
    elif as_table:
        none = {*years} - {int(year) for year in answer.table["year"].dropna()} if years else ()
        body = [answer_table(whole, title, hrefs or _to_years(desk, whole), leads(desk, answer), none)]
    else:
        words = spoken(title, answer)
        shown = picture(name, figure, height or YEARS, words, narrow=narrow, grows=not height)
        body = [html.Div([shown, beside], className="side-by-side") if beside is not None else shown]
    return html.Div(
        [
            html.Div([html.H2(said), actions], className="card-head"),
            *body,
            html.P(footnote(desk, asked, remark), className="footnote"),
            html.P(answer.metric.rule(), className="footnote definition"),
        ],
        className="card-body chart",
    )


def picture(
    name: str, figure: Figure, height: int, words: str, *, narrow: int = 0, roomy: int = 0, grows: bool = False
) -> Component:
    """A graph of that height in pixels. words: what it shows, for who cannot see it.

    narrow: at most so many hundredths of the window's width are its height, so that a map leaves no empty bands.
    roomy: pixels of width that it needs; it moves sideways in its place where there are fewer. grows: it fills the card
    where what stands beside that is higher.
    """
    style = {"height": f"min({height}px, {narrow}vw)" if narrow else f"{height}px"}
    if not narrow and not grows:
        figure.layout(height=height)
    inside = {"height": "100%"} if grows else style
    graph = dcc.Graph(id={"type": "graph", "name": name}, figure=figure, config=CONFIG, style=inside)
    more: dict[str, Any] = {"className": "picture roomy", "tabIndex": 0} if roomy else {"className": "picture"}
    if roomy:
        style |= {"--roomy": f"{roomy}px"}
    if grows:
        more, style = {"className": "picture grows"}, {"--height": f"{height}px"}
    return html.Div(graph, role="img", style=style, **more, **{"aria-label": words})  # till it is there


def _to_years(desk: Desk, answer: Answer) -> list[str]:
    """Where the rows of a table over years lead: to their year alone, or away from it again; nowhere of others."""
    if answer.question.by[0] != "year":
        return []
    years = answer.table["year"]
    return ["" if pd.isna(year) else desk.state.only("year", str(int(year))).query() for year in years]


def _actions(
    desk: Desk,
    name: str,
    title: str,
    answer: Answer,
    *,
    as_table: bool,
    drawn: bool,
    height: int,
    more: Sequence[Component],
) -> Component:
    """What can be done with a chart: shown otherwise, saved, explained."""
    turn = html.A(
        ["Chart" if as_table else "Table", html.unseen(f" of {title}")],
        href=desk.state.toggled("table", name).query(),
        className="act go",
    )
    rule = html.Details(
        [
            html.Summary(["i", html.unseen(f"nformation: the rule of {title}")], className="act info"),
            html.Div(
                [
                    html.P([html.B(answer.metric.label), f" · {answer.metric.kpi}" if answer.metric.kpi else ""]),
                    html.Ul([html.Li(note) for note in (*answer.footnotes, cumulative.why_not(answer)) if note]),
                    html.Ul([html.Li([DIMENSIONS[s].label, ": ", DIMENSIONS[s].help]) for s in answer.question.by]),
                    html.Button(
                        ["Copy as curl", html.unseen(f": {title}")],
                        className="button small",
                        **{"data-copy-curl": _address(answer)},
                    ),
                ],
                className="rule",
            ),
        ],
        className="rule-box",
    )
    frame = embed_box(desk, name, title, height, role=answer.metric.role)
    sums = cumulative.turn(desk, name, title, answer)
    save = save_menu(
        title, csv_link(answer), f"{_file_name(answer)}.csv", pictures=name if drawn else "", frame=frame
    )  # fmt: skip
    return html.Div([turn, sums, *more, save, rule], className="actions")


def _address(answer: Answer) -> str:
    """Where a program gets the same numbers."""
    question = answer.question
    asked = [("by", slug) for slug in question.by]
    asked += [(slug, value) for slug, values in question.filters.items() for value in values]
    asked += [("policy", question.policy), ("counting", question.counting)]
    asked += [("cumulative", "true")] if question.cumulative else []
    return f"/api/v1/figures/{question.slug}?{urlencode(asked)}"


def _file_name(answer: Answer) -> str:
    question = answer.question
    return "-".join((question.slug, "by", *question.by, *(["cumulative"] if question.cumulative else [])))


def _empty(desk: Desk, answer: Answer) -> Component:
    """Why there is nothing to draw, and what to do."""
    what = answer.metric.unit if answer.metric.unit not in ("share", "h", "byte", *RATIOS) else "values"
    if answer.total and not len(answer.table):
        cut = " and ".join(DIMENSIONS[slug].label.lower() for slug in answer.question.by)
        match = "`puma match` finds the institutions of affiliations." if "institution" in answer.question.by else ""
        return nothing(
            f"{cut} known", f"The {amount(answer.total)} {answer.metric.unit} carry none that could be resolved.", match
        )
    if answer.hidden and len(answer.table):
        return _withheld(desk, answer)
    if desk.state.filters:
        clear = html.A("Clear all filters", href=desk.state.without(*DIMENSIONS).query(), className="go")
        return nothing(what, "The filters above leave nothing to count.", clear)
    if "linked" in answer.metric.where and not desk.ask("publications").answer.total:
        return nothing(
            what,
            "Only publications with a counted link to a proposal, experiment or instrument count; there is none yet.",
            html.A("Review the proposed links", href="/review", className="go"),
        )
    see = html.A("See the sources", href="/sources", className="go")
    if answer.metric.is_rate:
        why = "Nothing is known yet of what it is divided by, so that there is no value."
        return nothing(what, why, answer.metric.divided_by, " ", answer.metric.filled_by, " ", see)
    return nothing(what, "No source has brought any yet.", answer.metric.filled_by, " ", see)


def _withheld(desk: Desk, answer: Answer) -> Component:
    """That there are values, and why none of them is shown."""
    least = answer.metric.least or 1
    if answer.metric.is_rate and least > 1:
        why = f"A rate is given from {least} records on, and every value here has fewer."
    else:
        why = "Every value here is about so few people that it is not shown."
    more = "Fewer filters, or a longer span of years, leave more of them." if desk.state.filters else MORE
    steps = html.P(more, className="next-step")
    return notice("Too few to be shown", [html.P(why), steps])


def footnote(desk: Desk, asked: Asked, remark: str = "") -> str:
    """n, filters, link policy, counting and as-of, in one line."""
    answer = asked.answer
    metric, question = answer.metric, answer.question
    parts = []
    if answer.total is not None:
        parts = [f"over all: {_whole(answer)}" if metric.finish or metric.is_rate else f"n = {_whole(answer)}"]
    parts += [
        f"{DIMENSIONS[s].label.lower()}: {', '.join(label(desk, s, v) for v in vs)}"
        for s, vs in question.filters.items()
    ]
    parts += [f"not filtered by {spelled(asked.ignored)}"] if asked.ignored else []
    if asked.aside:
        chosen = "; ".join(f"{', '.join(label(desk, s, v) for v in desk.state.many(s))}" for s in asked.aside)
        parts.append(f"{chosen} highlighted, not filtered")
    if metric.follows_links or any(
        "{policy}" in DIMENSIONS[s].ways[metric.fact].join for s in (*question.by, *question.filters)
    ):
        parts.append(f"{question.policy} link policy{', an estimate' if question.policy == 'wide' else ''}")
    if any(DIMENSIONS[s].many for s in question.by):
        parts.append(f"{question.counting} counting" + (", rows overlap" if question.counting == "full" else ""))
    parts += [one for one in (answer.versions, answer.unresolved) if one]
    if answer.hidden:
        several = f"{answer.hidden} values not shown, too few"
        parts.append("1 value not shown, too few" if answer.hidden == 1 else several)
    parts += [as_many(number, why) for why, number in answer.left_out.items() if number]
    parts += [as_many(answer.crowds, MANY)] if answer.crowds else []
    parts += [one for one in (cumulative.remark(answer), remark) if one]
    parts.append(f"as of {moment(answer.as_of)} UTC")
    return " · ".join(parts)


def spelled(dimensions: Sequence[str]) -> str:
    """Dimensions by name, within a sentence."""
    return ", ".join(DIMENSIONS[slug].label.lower() for slug in dimensions)


def _whole(answer: Answer) -> str:
    """The number that the chart cuts up; of a rate with what it was made of."""
    unit = answer.metric.unit
    if not answer.metric.is_rate:
        return counted(answer.total, unit)
    between = "of" if unit == "share" else "over"
    return f"{amount(answer.total, unit)} ({amount(answer.numerator)} {between} {amount(answer.denominator)})"


def spoken(title: str, answer: Answer) -> str:
    """The chart in a sentence, for who cannot see it."""
    frame = answer.table[answer.table["value"].notna()]
    best = frame.sort_values("value", ascending=False).iloc[0]
    names = [(word(slug, best[slug]), named(slug, best[slug])) for slug in answer.question.by]
    what = ", ".join(held(name) if isinstance(name, AsIs) else plain for plain, name in names)
    unit = answer.metric.unit
    highest = f"the highest is {what} with {counted(best['value'], unit)}"
    return Around(f"{title}: {len(frame)} values, {highest}. The table lists them all.")


def label(desk: Desk, dimension: str, value: str) -> str:
    """A filter's value as people read it; numbers of instruments and institutions become names."""
    if dimension == "group":
        groups = instrument_groups(desk.installation.storage, desk.viewer)
        return next((AsIs(one.name) for one in groups if str(one.id) == value), value)
    if dimension == "collection":
        known = collections(desk.installation.storage, desk.viewer)
        return next((AsIs(one.title) for one in known if str(one.id) == value), "not shown to you")
    if DIMENSIONS[dimension].names and value.isdigit():
        kind = "institution" if dimension in ("root", "organisation") else dimension
        title = record_title(desk.installation.storage, desk.viewer, int(value), kind=kind)
        if title is not None:
            return AsIs(without_tags(title))
    return named(dimension, value)


def provisional_from(answer: Answer) -> int:
    """The first year whose count still grows: a year is provisional until the end of the next one."""
    return answer.as_of.year - 1


def keys_of(answer: Answer, dimension: str) -> list[str]:
    """What a click on each row chooses: the number where the dimension has one, else the value."""
    table = answer.table
    column = f"{dimension}_id" if f"{dimension}_id" in table else dimension
    return ["" if pd.isna(value) else str(value) for value in table[column]]
