"""Completeness, as a panel: how many publications may still be unknown, by capture and recapture."""

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing.chart import picture
from dashboards.drawing.measured import measured
from dashboards.drawing.plot import Figure
from dashboards.drawing.tables import Cell, Column, data_table
from dashboards.drawing.words import THIN, amount
from dashboards.frame.theme import SERIES
from dashboards.page import Content, Desk
from dashboards.panel import nothing
from puma.measuring.capture import (
    NAMES,
    RULE,
    Estimate,
    Pair,
    by_name,
    found_by_channels,
    pairs,
)

TITLE = "How many publications are still unknown?"
BY = tuple(NAMES)


def completeness(desk: Desk) -> Content:
    """The panel."""
    snapshot = desk.installation.snapshot()
    rules = (RULE, f"Link policy {desk.state.policy}. Known over estimated is never above 100 %.")
    if snapshot is None:
        why = "There are no facts yet."
        return measured(desk, "complete", TITLE, rules, shown=nothing("estimate", why, "`puma harvest` writes them."))
    several = pairs(found_by_channels(snapshot, desk.viewer, policy=desk.state.policy))
    if not several:
        why = "Two channels that find publications independently are needed, and there is one at most."
        step = "Let a second source tell of publications: the library, the user office's own reports, OpenAlex."
        return measured(desk, "complete", TITLE, rules, shown=nothing("estimate", why, step))
    chosen = next((one for one in several if name_of(one) == desk.state.one("channels")), several[0])
    by = desk.state.one("strata") if desk.state.one("strata") in BY else BY[0]
    found = found_by_channels(snapshot, desk.viewer, by, policy=desk.state.policy)
    rows = [] if chosen.dependent else by_name(found, chosen.channels)
    below = html.Div([_verdict(chosen), _turn(desk, by), _channels(desk, several, chosen)], className="stacked")
    columns = [Column(by.capitalize(), by == "year"), *(Column(one, True) for one in chosen.channels)]
    columns += [Column(head, True) for head in ("Both", "Known", "Estimated", "95 %", "Known of estimated")]
    shown = None
    if any(one.total for one in rows):
        said = f"{TITLE} {_sentence(chosen.over_all)}"
        shown = picture("complete", _figure(rows, desk.scheme, by), 300, f"{said} The table has every {by}.")
    elif not chosen.dependent:
        shown = nothing("estimate", f"No {by} has enough publications that both channels found.")
    remark = f"n = {amount(chosen.over_all.known)} publications, {name_of(chosen)} · {snapshot.as_of:%-d %B %Y}"
    table = [_row(one, by) for one in rows]
    return measured(desk, "complete", TITLE, rules, columns, table, shown=shown, below=below, remark=remark)


def name_of(pair: Pair) -> str:
    """``library and crossref``."""
    return " and ".join(pair.channels)


def _named(pair: Pair, *, shown: bool) -> Component:
    """The same for a page, where each channel is said by itself: some are names of sources."""
    first, *others = pair.channels
    parts: list[str | Component] = [html.Span(first)]
    for one in others:
        parts += [" and ", html.Span(one)]
    return html.Span([*parts, " ", html.Span("(shown)")] if shown else parts)


def _row(one: Estimate, by: str) -> list[Cell]:
    cells = [Cell(one.name, float(one.name) if by == "year" else one.name)]
    cells += [Cell(amount(count), count) for count in (one.first, one.second, one.both, one.known)]
    if one.total is None or one.low is None or one.high is None:
        return [*cells, Cell("too few", -1), Cell("–", -1), Cell("–", -1)]
    return [
        *cells,
        Cell(amount(round(one.total)), one.total, note=f"standard error {one.error:.1f}"),
        Cell(f"{amount(round(one.low))}–{amount(round(one.high))}", one.low),
        Cell(amount(one.completeness, "share"), one.completeness),
    ]


def _sentence(one: Estimate) -> str:
    if one.total is None or one.low is None or one.high is None:
        return "No estimate can be given."
    return (
        f"About {amount(round(one.total))} (95{THIN}%: {amount(round(one.low))} to {amount(round(one.high))}), "
        f"of which {amount(one.known)} are known: {amount(one.completeness, 'share')}."
    )


def _verdict(pair: Pair) -> Component:
    if pair.dependent and pair.correlation is not None:
        return html.P(
            [
                html.B("These two are not independent: "),
                f"among what the other channels found their correlation is {pair.correlation:.2f}, so any estimate "
                "from them would mislead and none is given.",
            ],
            className="told",
        )
    seen = (
        "Whether the two are independent cannot be seen here: if one follows the other, more is unknown than this says."
        if pair.correlation is None
        else f"Their correlation among what the other channels found is {pair.correlation:.2f}: no sign against them."
    )
    return html.P([html.B(_sentence(pair.over_all)), f" {seen}"])


def _turn(desk: Desk, by: str) -> Component:
    other = BY[1 - BY.index(by)]
    return html.P(html.A(f"By {other} instead", href=desk.state.put("strata", other).query(), className="go"))


def _channels(desk: Desk, several: list[Pair], chosen: Pair) -> Component:
    columns = [Column("Channels"), Column("First", True), Column("Second", True), Column("Both", True)]
    columns += [Column("Correlation", True), Column("Estimated", True)]
    rows = []
    for one in several:
        whole = one.over_all
        told = "not independent" if one.dependent else "–" if whole.total is None else amount(round(whole.total))
        rows.append([
            Cell(_named(one, shown=one is chosen), name_of(one),
                 "" if one is chosen else desk.state.put("channels", name_of(one)).query()),
            *(Cell(amount(count), count) for count in (whole.first, whole.second, whole.both)),
            Cell("–" if one.correlation is None else f"{one.correlation:.2f}", one.correlation or 0.0),
            Cell(told, whole.total or -1),
        ])  # fmt: skip
    return html.Div([html.H3("Pairs of channels"), data_table("Pairs of channels", columns, rows)])


def _figure(rows: list[Estimate], scheme: str, by: str) -> Figure:
    """What is known as bars, what is estimated as points with their interval."""
    some = [(one, one.total, one.low or 0.0, one.high or 0.0) for one in rows if one.total is not None]
    colours = SERIES[scheme]
    figure = Figure(scheme)
    figure.draw(
        "bar",
        x=[one.name for one in rows], y=[one.known for one in rows], name="Known", marker={"color": colours[0]},
        hovertext=[f"<b>{one.name}</b><br>{amount(one.known)} known" for one in rows],
        hovertemplate="%{hovertext}<extra></extra>",
    )  # fmt: skip
    figure.draw(
        "scatter",
        x=[one.name for one, *_ in some], y=[total for _, total, *_ in some], name="Estimated", mode="markers",
        marker={"size": 9, "color": colours[1], "symbol": "diamond"},
        error_y={
            "type": "data", "symmetric": False, "color": colours[1], "thickness": 1.4, "width": 4,
            "array": [high - total for _, total, _, high in some],
            "arrayminus": [total - low for _, total, low, _ in some],
        },
        hovertext=[
            f"<b>{one.name}</b><br>{amount(round(total))} estimated<br>{amount(round(low))}–{amount(round(high))}"
            for one, total, low, high in some
        ],
        hovertemplate="%{hovertext}<extra></extra>",
    )  # fmt: skip
    figure.layout(showlegend=True)
    figure.xaxis(type="category", title={"text": "year of publication" if by == "year" else "instrument"}, nticks=12)
    return figure.yaxis(title={"text": "publications"}, rangemode="tozero", nticks=5)
