"""Periods on a line of time, one row per instrument: what was open when, and under which name."""

from collections.abc import Sequence
from datetime import date, timedelta

from dashboards.drawing.markup import AsIs, held
from dashboards.drawing.plot import Figure
from dashboards.frame.theme import SCHEMES, SERIES
from puma.listing import PeriodView

LABEL = 30  # letters of a name beside a row; the whole is in the table


def timeline(rows: Sequence[tuple[str, PeriodView]], scheme: str, today: date) -> Figure:
    """Dated periods [start, end) of instruments, one row per instrument; closed ones grey."""
    figure = Figure(scheme)
    names = list(dict.fromkeys(name for name, _ in rows))
    colours = SCHEMES[scheme]
    for name, period in rows:
        start = period.starts_on
        if start is None:
            continue
        end = period.ends_on or today
        place = names.index(name)
        until = f"to {period.ends_on:%-d %B %Y}" if period.ends_on else "open"
        figure.draw(
            "bar",
            base=[start.isoformat()],
            x=[max(end - start, timedelta(days=1)).total_seconds() * 1000],
            y=[place],
            orientation="h",
            width=0.56,
            marker={"color": colours.edge if period.ends_on else SERIES[scheme][0], "cornerradius": 3},
            text=[AsIs(period.label)],
            textposition="inside",
            insidetextanchor="middle",
            textfont={"color": colours.on_accent, "size": 12},
            textangle=0,
            constraintext="inside",
            hovertext=[f"<b>{held(AsIs(period.label))}</b><br>from {start:%-d %B %Y} {until}"],
            hovertemplate="%{hovertext}<extra></extra>",
            showlegend=False,
        )
    figure.layout(
        barmode="overlay",
        uniformtext={"mode": "hide", "minsize": 11},  # a name fits or is left out
    )
    now = today.isoformat()
    figure.line(x0=now, x1=now, xref="x", y0=0, y1=1, yref="y domain",
                line={"width": 1, "dash": "dot", "color": colours.edge})  # fmt: skip
    figure.xaxis(type="date", showgrid=True, tickformat="%Y")
    short = [AsIs(name if len(name) <= LABEL else f"{name[: LABEL - 1].rstrip()}…") for name in names]
    figure.yaxis(ticklen=6, tickcolor="rgba(0,0,0,0)")
    figure.yaxis(
        tickvals=list(range(len(names))), ticktext=short, range=[len(names) - 0.4, -0.6],
        showgrid=False, tickfont={"color": colours.text, "size": 12},
    )  # fmt: skip
    return figure
