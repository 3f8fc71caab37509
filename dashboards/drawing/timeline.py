"""Periods on a line of time, one row per instrument: what was open when, and under which name."""

from collections.abc import Sequence
from datetime import date, timedelta

import plotly.graph_objects as go

from dashboards.drawing.markup import AsIs, held
from dashboards.frame.theme import SCHEMES, SERIES, template
from puma.listing import PeriodView

LABEL = 30  # letters of a name beside a row; the whole is in the table


def timeline(rows: Sequence[tuple[str, PeriodView]], scheme: str, today: date) -> go.Figure:
    """Dated periods [start, end) of instruments, one row per instrument; closed ones grey."""
    figure = go.Figure()
    names = list(dict.fromkeys(name for name, _ in rows))
    colours = SCHEMES[scheme]
    for name, period in rows:
        start = period.starts_on
        if start is None:
            continue
        end = period.ends_on or today
        place = names.index(name)
        until = f"to {period.ends_on:%-d %B %Y}" if period.ends_on else "open"
        figure.add_bar(
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
    figure.update_layout(
        template=template(scheme),
        barmode="overlay",
        uniformtext={"mode": "hide", "minsize": 11},  # a name fits or is left out
    )
    figure.add_vline(x=today.isoformat(), line={"width": 1, "dash": "dot", "color": colours.edge})
    figure.update_xaxes(type="date", showgrid=True, tickformat="%Y")
    short = [AsIs(name if len(name) <= LABEL else f"{name[: LABEL - 1].rstrip()}…") for name in names]
    figure.update_yaxes(ticklen=6, tickcolor="rgba(0,0,0,0)")
    figure.update_yaxes(
        tickvals=list(range(len(names))), ticktext=short, range=[len(names) - 0.4, -0.6],
        showgrid=False, tickfont={"color": colours.text, "size": 12},
    )  # fmt: skip
    return figure
