"""Figures of the Match quality page, pure: linked publications by year, promises kept, decisions by week."""

from collections.abc import Callable, Sequence

from dashboards.drawing.figures import hatch
from dashboards.drawing.plot import Figure
from dashboards.drawing.words import THIN, amount
from dashboards.frame.theme import SCHEMES, SERIES
from puma.listing.quality import STATES, LinkedYear, Promise, Week

SAYS = {
    "validated": "Validated", "auto": "Automatic", "candidate": "To review", "rejected": "Only rejected",
    "none": "Unlinked",
}  # fmt: skip
"""What the states of publications are called, as in ``STATES``."""


def colours(scheme: str) -> dict[str, str]:
    """The colour of each state, the same in every figure of the page."""
    series, greys = SERIES[scheme], SCHEMES[scheme]
    return {
        "validated": series[2], "auto": series[0], "candidate": series[5 if scheme == "light" else 1],
        "rejected": series[3], "none": greys.edge,
    }  # fmt: skip


def linked_by_year(years: Sequence[LinkedYear], scheme: str, href: Callable[[str, str], str]) -> Figure:
    """One stacked bar per year: publications by the state of their best link. href: of a state and a year."""
    figure = Figure(scheme)
    dated = [one for one in years if one.year is not None]
    for place, state in enumerate(STATES):
        line = {"width": 0.8, "color": SCHEMES[scheme].surface}
        figure.draw(
            "bar",
            x=[one.year for one in dated],
            y=[one.counts[state] for one in dated],
            name=SAYS[state],
            customdata=[href(state, str(one.year)) for one in dated],
            marker={"color": colours(scheme)[state], "line": line, "pattern": hatch(place, scheme)},
            hovertext=[
                f"<b>{SAYS[state]}, {one.year}</b><br>{amount(one.counts[state])} of {amount(one.total)}"
                f" ({amount(one.counts[state] / one.total, 'share')})"
                for one in dated
            ],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    figure.layout(barmode="stack", legend={"traceorder": "normal"}, bargap=0.2)
    span = max((one.year or 0 for one in dated), default=0) - min((one.year or 0 for one in dated), default=0)
    figure.xaxis(tickformat="d", dtick=1 if span <= 8 else 2 if span <= 18 else 5)
    return figure.yaxis(title={"text": "publications"}, rangemode="tozero", nticks=5)


def kept_promises(promises: Sequence[tuple[str, Promise]], scheme: str) -> Figure:
    """What was promised against what was accepted, with Wilson intervals; on the dotted line promises are kept."""
    figure = Figure(scheme)
    quiet = SCHEMES[scheme].edge
    figure.draw(
        "scatter",
        x=[0, 1], y=[0, 1], mode="lines", line={"dash": "dot", "color": quiet, "width": 1.5}, hoverinfo="skip",
        showlegend=False,
    )  # fmt: skip
    for place, (name, found) in enumerate(promises):
        bins = [(one, one.true.value or 0.0, one.true.interval or (0.0, 0.0)) for one in found.bins]
        colour = SERIES[scheme][place]
        figure.draw(
            "scatter",
            x=[one.promised for one, *_ in bins],
            y=[value for _, value, _ in bins],
            name=name,
            mode="markers+lines",
            line={"color": colour, "width": 1.5},
            marker={"size": 9, "color": colour, "symbol": "circle" if not place else "diamond"},
            error_y={
                "type": "data", "symmetric": False, "color": colour, "thickness": 1.2, "width": 4,
                "array": [high - value for _, value, (_, high) in bins],
                "arrayminus": [value - low for _, value, (low, _) in bins],
            },
            hovertext=[
                f"<b>{name}</b><br>promised {amount(one.promised, 'share')}, accepted {amount(value, 'share')}"
                f"<br>{low * 100:.0f}–{high * 100:.0f}{THIN}% · {amount(one.true.of)} decisions"
                for one, value, (low, high) in bins
            ],
            hovertemplate="%{hovertext}<extra></extra>",
        )  # fmt: skip
    figure.layout(showlegend=True)
    figure.xaxis(title={"text": "promised probability"}, range=[-0.03, 1.03], tickformat=".0%", showgrid=True)
    return figure.yaxis(title={"text": "accepted"}, range=[-0.03, 1.05], tickformat=".0%")


def decided_by_week(weeks: Sequence[Week], scheme: str) -> Figure:
    """One stacked bar per week: links accepted, rejected, and decided but taken back."""
    figure = Figure(scheme)
    parts = {"accepted": SERIES[scheme][2], "rejected": SERIES[scheme][1], "undone": SCHEMES[scheme].edge}
    for place, (name, colour) in enumerate(parts.items()):
        line = {"width": 0.8, "color": SCHEMES[scheme].surface}
        counts = [int(getattr(week, name)) for week in weeks]
        figure.draw(
            "bar",
            x=[week.monday.isoformat() for week in weeks],
            y=counts,
            name=name.capitalize(),
            marker={"color": colour, "line": line, "pattern": hatch(place, scheme)},
            hovertext=[
                f"<b>Week from {week.monday:%-d %B %Y}</b><br>{amount(n)} {name}"
                for week, n in zip(weeks, counts, strict=True)
            ],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    figure.layout(barmode="stack", legend={"traceorder": "normal"})
    figure.xaxis(type="date", tickformat="%-d %b", nticks=6)
    return figure.yaxis(title={"text": "decisions"}, rangemode="tozero", nticks=5)
