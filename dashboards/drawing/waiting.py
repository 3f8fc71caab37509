"""Time to the first publication as curves: steps with their band, the median marked, and who is still waiting below."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing.blocks import Filters, behind
from dashboards.drawing.chart import footnote, picture
from dashboards.drawing.markup import Around, held
from dashboards.drawing.measured import measured
from dashboards.drawing.plot import Figure
from dashboards.drawing.tables import Cell, Column, data_table
from dashboards.drawing.words import THIN, amount, counted, named
from dashboards.frame.theme import SCHEMES, SERIES
from dashboards.page import Content, Desk
from dashboards.panel import nothing
from puma.measuring.survival import Quantile, Step, share_at, waiting_at
from puma.measuring.waiting import DAYS, LEAST, METRIC, RULES, Curve, curves

TITLE = "Proposals with a first publication, by years since the end of their first session"
BY = {"": "nothing", "cohort": "cohorts", "instrument": "instruments", "type": "types", "country": "countries"}
"""What curves are compared by, as the page says it; the key stands in the address under ``KEY``."""
KEY = "curves"
DRAWN = 4  # curves in one picture
LISTED = 25  # groups below the picture
LONGEST = 10  # years that are drawn
FINE = 24  # steps of a year that are drawn, where there are more: each is exact, those between are left out
HEIGHT, ROW = 330, 36  # pixels of the picture with one curve, and of each further one in legend and numbers below
DASHES = ("solid", "dash", "dot", "dashdot")
HALF = 0.5
LINE = 16  # pixels of a row of numbers below the picture
ENDED = "watched until here, none yet"


def waiting(desk: Desk, name: str, filters: Filters | None = None) -> Content:
    """The card. filters: further ones than the page's own."""
    by = desk.state.one(KEY) if desk.state.one(KEY) in BY else ""
    asked = desk.ask(METRIC, filters=filters)
    question = asked.answer.question
    every = curves(desk.installation.snapshot(), desk.viewer, question.filters, by=by, policy=question.policy)
    drawn = [one for one in every if one.enough][:DRAWN]
    names = {one.key: named("year" if by == "cohort" else by, one.name) if by else "All proposals" for one in every}
    below = html.Div([_ways(desk, by), _summary(desk, every, drawn, names, by, filters)], className="stacked")
    if not drawn:
        found = max((one.proposals for one in every), default=0)
        why = f"A curve is given from {LEAST} proposals with delivered beam time on; the largest group has {found}."
        return measured(desk, name, TITLE, (*RULES, *asked.answer.footnotes), shown=nothing("curve", why), below=below)
    figure = _figure(drawn, [names[one.key] for one in drawn], desk.scheme)
    told = ", ".join(_sentence(one, held(names[one.key])) for one in drawn)
    words = Around(f"{TITLE}: {told}. The table lists all numbers.")
    columns = [Column("Proposals"), Column("Years", True), Column("Still waiting", True)]
    columns += [Column(head, True) for head in ("Published so far", "Watched no longer", "With a publication", "95 %")]
    rows = [row for one in drawn for row in _rows(one, names[one.key])]
    remark = footnote(desk, asked, _remark(every, drawn, by))
    shown = picture(name, figure, HEIGHT + ROW * (len(drawn) - 1), words)
    rules = (*RULES, *asked.answer.footnotes)
    return measured(
        desk, name, TITLE, rules, columns, rows, shown=shown, below=below, remark=remark, role=asked.answer.metric.role
    )


def _sentence(one: Curve, name: str) -> str:
    half = one.after(HALF).time
    return (
        f"{name}: half published {amount(half, 'years')} years after"
        if half is not None
        else f"{name}: less than half so far"
    )


def _remark(every: Sequence[Curve], drawn: Sequence[Curve], by: str) -> str:
    """How many have published, how many are censored, and what is not drawn."""
    published, proposals = sum(one.published for one in every), sum(one.proposals for one in every)
    said = [f"n = {counted(proposals, 'proposals')}", f"{amount(published)} with a publication"]
    said.append(f"{amount(proposals - published)} without one yet, watched until the day of the facts (censored)")
    if by in ("instrument", "country"):
        said.append("a proposal of several counts for each")
    if len(every) > len(drawn):
        said.append(f"{len(drawn)} of {len(every)} are drawn")
    if any(one.steps[-1].time > LONGEST * DAYS for one in drawn):
        said.append(f"drawn up to {LONGEST} years, the table goes on")
    return " · ".join(said)


def _ways(desk: Desk, by: str) -> Component:
    """What the curves are compared by, as links."""
    links = [
        html.A(words, href=desk.state.put(KEY, key).query(), className="tab go",
               **({"aria-current": "true"} if key == by else {}))
        for key, words in BY.items()
    ]  # fmt: skip
    head = html.Span(
        "Compared by:", className="quiet small", style={"alignSelf": "center", "padding": "0 8px", "flex": "none"}
    )
    return html.Nav([head, *links], className="tabs",
                    **{"aria-label": "Compared by"})  # fmt: skip


def _summary(
    desk: Desk, every: Sequence[Curve], drawn: Sequence[Curve], names: dict[str, str], by: str, filters: Filters | None
) -> Component:
    """One row per group: how many, and after how many years a quarter, half and three quarters had published."""
    state = desk.state.without(KEY, "table")
    for key, wanted in (filters or {}).items():
        state = state.put(key, *wanted)
    rows = []
    for one in every[:LISTED]:
        place = drawn.index(one) if one in drawn else None
        name: list[Component | str] = [names[one.key]]
        if place is not None and len(drawn) > 1:
            look = {"background": SERIES[desk.scheme][place], "display": "inline-block", "marginRight": "8px"}
            name.insert(0, html.Span(className="swatch", style=look))
        chosen = state.put("year" if by == "cohort" else by, one.key) if by else state
        rows.append(
            [
                Cell(html.Span(name, style={"whiteSpace": "nowrap"}), names[one.key]),
                Cell(amount(one.proposals), one.proposals, behind(METRIC, chosen) if one.key or not by else ""),
                Cell(amount(one.published), one.published),
                Cell(amount(one.proposals - one.published), one.proposals - one.published),
                *(_quantile(one, part) for part in (0.25, HALF, 0.75)),
            ]
        )
    columns = [Column("Proposals of"), Column("Proposals", True), Column("With a publication", True)]
    columns += [Column("Not yet", True), Column("A quarter after", True), Column("Half after (95 %)", True)]
    return data_table("Years to the first publication", [*columns, Column("Three quarters after", True)], rows)


def _quantile(one: Curve, part: float) -> Cell:
    if not one.enough:
        return Cell("too few", -1.0)
    found = one.after(part)
    if found.time is None:
        return Cell("not yet", 9999.0)
    between = f" ({_between(found)})" if part == HALF else ""
    return Cell(f"{amount(found.time, 'years')} y{between}", found.time)


def _between(found: Quantile) -> str:
    low, high = (None if one is None else f"{one:.2f}" for one in (found.low, found.high))
    return f"{low}–{high}" if high else f"{low}–…"


def _rows(one: Curve, name: str) -> Iterator[list[Cell]]:
    """The curve at every half year."""
    last = one.steps[-1].time / DAYS
    half_years = range(int(last * 2) + 2)
    published = left = 0
    pending = iter([*one.steps])
    step = next(pending, None)
    for half in half_years:
        years = half / 2
        while step is not None and step.time <= years * DAYS:
            published, left = published + step.happened, left + step.left
            step = next(pending, None)
        found = share_at(one.steps, years * DAYS)
        share, low, high = (1 - found.share, found.low, found.high) if found else (0.0, 1.0, 1.0)
        band = "–" if low is None or high is None else f"{(1 - high) * 100:.1f}–{(1 - low) * 100:.1f}{THIN}%"
        yield [
            Cell(name), Cell(f"{years:.1f}", years),
            Cell(amount(waiting_at(one.steps, years * DAYS)), waiting_at(one.steps, years * DAYS)),
            Cell(amount(published), published), Cell(amount(left), left),
            Cell(amount(share, "share"), share), Cell(band, 1 - high if high is not None else -1.0),
        ]  # fmt: skip


# -- the picture


def thinned(steps: Sequence[Step]) -> list[Step]:
    """The steps that are drawn: of those in the same small part of a year the last one, which is as exact."""
    if len(steps) <= FINE * LONGEST:
        return list(steps)
    last = {int(one.time / DAYS * FINE): one for one in steps}
    return [last[part] for part in sorted(last)]


def _figure(drawn: Sequence[Curve], names: Sequence[str], scheme: str) -> Figure:
    colours, figure = SCHEMES[scheme], Figure(scheme)
    end = min(LONGEST, max(one.steps[-1].time for one in drawn) / DAYS)
    for place, (one, name) in enumerate(zip(drawn, names, strict=True)):
        some = _until(thinned(one.steps), end * DAYS)
        _band(figure, some, SERIES[scheme][place])
        _line(figure, some, name, place, scheme)
        _censored(figure, some, SERIES[scheme][place])
    _medians(figure, drawn, scheme, end)
    figure.layout(showlegend=True, hovermode="closest", legend={"traceorder": "normal"})
    every = 2 if end > 6 else 1
    marks = list(range(0, int(end) + 1, every))
    for mark in marks:
        for place, one in enumerate(drawn):
            figure.note(
                x=mark, y=0, yref="y domain", yanchor="top", yshift=-24 - LINE * place, showarrow=False,
                text=amount(waiting_at(one.steps, mark * DAYS)),
                font={"size": 12, "color": SERIES[scheme][place] if len(drawn) > 1 else colours.quiet},
            )  # fmt: skip
    figure.xaxis(
        range=[0, end * 1.02], tickvals=marks, tickangle=0, showgrid=False,
        title={"text": "years; below: still waiting", "standoff": 10 + LINE * len(drawn),
               "font": {"size": 12, "color": colours.quiet}},
    )  # fmt: skip
    figure.layout(margin={"b": 58 + LINE * len(drawn)})
    return figure.yaxis(title={"text": "with a publication"}, tickformat=".0%", range=[0, 1.02], showgrid=True)


def _until(some: Sequence[Step], end: float) -> list[Step]:
    """The steps up to a day; what goes on after it is drawn up to it."""
    kept = [one for one in some if one.time <= end]
    if len(kept) < len(some) and kept:
        kept.append(replace(kept[-1], time=end, waiting=waiting_at(some, end), happened=0, left=0))
    return kept


def _stepped(some: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    """Points as the corners of steps."""
    across: list[float] = []
    up: list[float] = []
    for place, (x, y) in enumerate(some):
        if place:
            across.append(x)
            up.append(up[-1])
        across.append(x)
        up.append(y)
    return across, up


def _band(figure: Figure, some: Sequence[Step], colour: str) -> None:
    known = [one for one in some if one.low is not None and one.high is not None]
    low_x, low = _stepped([(0.0, 0.0), *((one.time / DAYS, 1 - (one.high or 0.0)) for one in known)])
    high_x, high = _stepped([(0.0, 0.0), *((one.time / DAYS, 1 - (one.low or 0.0)) for one in known)])
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    figure.draw(
        "scatter", x=_short([*low_x, *reversed(high_x)]), y=_short([*low, *reversed(high)]), mode="lines",
        fill="toself", fillcolor=f"rgba({red},{green},{blue},0.18)", line={"width": 0}, hoverinfo="skip",
        showlegend=False,
    )  # fmt: skip


def _line(figure: Figure, some: Sequence[Step], name: str, place: int, scheme: str) -> None:
    hover = [f"<b>{held(name)}, 0 years</b>"] + [
        f"<b>{held(name)}, {one.time / DAYS:.2f} years</b><br>{amount(1 - one.share, 'share')} with a publication<br>"
        f"{amount(one.waiting)} still waiting before"
        for one in some
    ]
    figure.draw(
        "scatter", x=_short([0.0, *(one.time / DAYS for one in some)]),
        y=_short([0.0, *(1 - one.share for one in some)]), mode="lines", name=name, hovertext=hover,
        hovertemplate="%{hovertext}<extra></extra>",
        line={"shape": "hv", "width": 2.4, "color": SERIES[scheme][place], "dash": DASHES[place]},
    )  # fmt: skip


def _censored(figure: Figure, some: Sequence[Step], colour: str) -> None:
    ended, named = [one for one in some if one.left], {trace.get("name") for trace in figure.traces}
    figure.draw(
        "scatter", x=_short([one.time / DAYS for one in ended]), y=_short([1 - one.share for one in ended]),
        mode="markers", marker={"symbol": "line-ns-open", "size": 7, "color": colour, "line": {"width": 1.2}},
        hoverinfo="skip", name=ENDED, legendrank=2000, showlegend=bool(ended) and ENDED not in named,
    )  # fmt: skip


def _medians(figure: Figure, drawn: Sequence[Curve], scheme: str, end: float) -> None:
    """Half of the proposals as a line across, and from each curve down to the years after which that is reached."""
    colours = SCHEMES[scheme]
    figure.line(
        x0=0, x1=1, xref="x domain", y0=HALF, y1=HALF, yref="y", line={"width": 1, "dash": "dot", "color": colours.edge}
    )
    for place, one in enumerate(drawn):
        half = one.after(HALF).time
        if half is None or half > end:
            continue
        colour = SERIES[scheme][place]
        figure.line(x0=half, x1=half, y0=0, y1=HALF, line={"width": 1.2, "dash": "dot", "color": colour})
        figure.draw(
            "scatter", x=[half], y=[HALF], mode="markers", showlegend=False,
            hovertemplate="%{hovertext}<extra></extra>",
            marker={"size": 9, "color": colour, "symbol": "diamond", "line": {"width": 1, "color": colours.surface}},
            hovertext=[f"<b>Half after {amount(half, 'years')} years</b>"],
        )  # fmt: skip
        if len(drawn) == 1:
            figure.note(
                x=half, y=0.04, text=f"half after {amount(half, 'years')} years", showarrow=False, xanchor="left",
                xshift=6, font={"size": 12, "color": colours.text},
            )  # fmt: skip


def _short(values: Sequence[float]) -> list[float]:
    """To the ten-thousandth: what is drawn is no finer."""
    return [round(value, 4) for value in values]
