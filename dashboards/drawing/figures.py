"""Figures from tables, pure: bars and lines by year, stacks, rankings, the world."""

from collections.abc import Callable, Sequence
from functools import cache
from itertools import cycle
from math import sqrt

import pandas as pd

from dashboards.drawing.markup import held
from dashboards.drawing.plot import Figure
from dashboards.drawing.words import RATIOS, THIN, amount, counted, named, word
from dashboards.frame.theme import MEANING, SCHEMES, SERIES, ramp
from puma.listing import RunView

Href = Callable[[str], str]
"""Where a click on a value leads: the query of the page with that value chosen."""

DIM = 0.32  # opacity of what is not chosen
LINE = 26  # letters of one of the two lines that a label beside a bar may have
BAR = 0.72  # years that the bar of one year is wide, however many years there are
AT_LEAST = 6  # years that an axis is wide, so that one year alone is no wall
HATCHES = ("", ".", "-", "|", "\\", "x", "+")
"""What tells the parts of a stack apart without colour, the first of them plain; ``/`` says that a year grows still."""
FEW = "not shown, too few"  # what is said of values that are withheld, which is not nought
TICKS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 50000, 100000)
SMALL_PLACES = {
    "SG": (1.35, 103.8), "HK": (22.3, 114.2), "MT": (35.9, 14.4), "BH": (26.0, 50.5), "AD": (42.5, 1.6),
    "LI": (47.2, 9.6), "MC": (43.7, 7.4), "XK": (42.6, 20.9), "MO": (22.2, 113.5), "SM": (43.9, 12.5),
    "VA": (41.9, 12.5), "MV": (3.2, 73.2), "MU": (-20.3, 57.6), "BB": (13.2, -59.5), "GI": (36.1, -5.4),
}  # fmt: skip
"""Latitude and longitude of places too small for the base map: drawn as dots."""
GEO = {
    "projection": {"type": "natural earth"}, "showframe": False, "showcoastlines": False, "showcountries": True,
    "showland": True, "lataxis": {"range": [-56, 84]}, "countrywidth": 0.5, "resolution": 110, "scope": "world",
}  # fmt: skip
"""How the world is drawn."""


def by_year(
    table: pd.DataFrame,
    scheme: str,
    unit: str,
    href: Href,
    *,
    chosen: Sequence[str] = (),
    asked: Sequence[int] = (),
    provisional_from: int = 9999,
) -> Figure:
    """One bar per year; the years that are not chosen pale, provisional ones hatched. table: year, value. asked: years
    that have their place on the axis whether there is any value or none."""
    known = table[table["year"].notna()]
    years = [int(year) for year in known["year"]]
    lit = [_is_chosen(year, chosen) for year in years]
    figure = Figure(scheme)
    figure.draw(
        "bar",
        x=years,
        y=known["value"],
        width=BAR,
        customdata=[href(str(year)) for year in years],
        marker={
            "color": SERIES[scheme][0],
            "opacity": [1.0 if on else DIM for on in lit],
            "pattern": {
                "shape": ["/" if year >= provisional_from else "" for year in years],
                "fgcolor": SCHEMES[scheme].surface,
                "fillmode": "overlay",
                "size": 6,
                "solidity": 0.25,
            },
        },
        hovertext=[_hover(str(y), v, unit) for y, v in zip(years, known["value"], strict=True)],
        hovertemplate="%{hovertext}<extra></extra>",
    )
    _withheld(figure, known, scheme)
    return axis_of_years(figure, sorted({*years, *asked}) if years else [], unit)


def stacked_by_year(
    table: pd.DataFrame,
    scheme: str,
    unit: str,
    dimension: str,
    href: Href,
    *,
    order: Sequence[str] = (),
    chosen: Sequence[str] = (),
    asked: Sequence[int] = (),
) -> Figure:
    """Bars of a year stacked by a second dimension. table: year, <dimension>, value. order: of names, which have the
    same colour in every figure of that order, whichever of them it shows. asked: as of ``by_year``."""
    known = table[table["year"].notna() & table["value"].notna()]
    totals = known.groupby(dimension)["value"].sum().sort_values(ascending=False)
    names = [n for n in order if n in totals.index] + [str(n) for n in totals.index if n not in order]
    palette = cycle(SERIES[scheme])
    colours = {name: MEANING[scheme].get(name) or next(palette) for name in dict.fromkeys([*order, *names])}
    places = {name: place for place, name in enumerate(colours)}
    figure = Figure(scheme)
    for name in names:
        part = known[known[dimension] == name]
        years = [int(year) for year in part["year"]]
        label = named(dimension, name)
        figure.draw(
            "bar",
            x=years,
            y=part["value"],
            width=BAR,
            name=label,
            customdata=[href(str(year)) for year in years],
            marker={
                "color": colours[name],
                "opacity": [1.0 if _is_chosen(year, chosen) else DIM for year in years],
                "line": {"width": 0.8, "color": SCHEMES[scheme].surface},
                "pattern": hatch(places[name], scheme),
            },
            hovertext=[_hover(f"{held(label)}, {y}", v, unit) for y, v in zip(years, part["value"], strict=True)],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    figure.layout(barmode="stack", showlegend=True, legend={"traceorder": "normal"})
    dated = table[table["year"].notna()]
    _withheld(figure, dated, scheme)
    return axis_of_years(figure, sorted({*map(int, dated["year"]), *asked}) if len(dated) else [], unit)


def hatch(place: int, scheme: str) -> dict[str, object]:
    """The pattern of the part of a stack at that place: fine enough that colour still speaks first."""
    return {
        "shape": HATCHES[place % len(HATCHES)], "fgcolor": SCHEMES[scheme].surface, "fgopacity": 0.4, "size": 6,
        "solidity": 0.14, "fillmode": "overlay",
    }  # fmt: skip


def lines_by_year(table: pd.DataFrame, scheme: str, unit: str, href: Href, *, asked: Sequence[int] = ()) -> Figure:
    """A rate through the years, broken where none may be given. table: year, value. asked: as of ``by_year``."""
    known = table[table["year"].notna()].sort_values("year")
    years = [int(year) for year in known["year"]]
    figure = Figure(scheme)
    figure.draw(
        "scatter",
        x=years,
        y=known["value"],
        mode="lines+markers",
        line={"color": SERIES[scheme][0], "width": 2.5},
        marker={"size": 8},
        customdata=[href(str(year)) for year in years],
        hovertext=[_hover(str(y), v, unit) for y, v in zip(years, known["value"], strict=True)],
        hovertemplate="%{hovertext}<extra></extra>",
    )
    _withheld(figure, known, scheme)
    axis_of_years(figure, sorted({*years, *asked}) if years else [], unit)
    return figure.yaxis(range=[0, 1.02]) if unit == "share" else figure


def _withheld(figure: Figure, table: pd.DataFrame, scheme: str) -> None:
    """Marks the years of which a value is not shown: an empty place would read as none at all."""
    years = sorted({int(year) for year in table.loc[table["value"].isna(), "year"]})
    if not years or not table["value"].notna().any():
        return
    if len(figure.traces) == 1 and not figure["layout"].get("showlegend"):
        figure.traces[0]["showlegend"] = False
    figure.draw(
        "scatter", x=years, y=[0] * len(years), mode="markers", name=FEW, cliponaxis=False, showlegend=True,
        marker={"symbol": "x-thin", "size": 6, "line": {"width": 1.5, "color": SCHEMES[scheme].edge}},
        hovertext=[f"<b>{year}</b><br>{FEW}" for year in years], hovertemplate="%{hovertext}<extra></extra>",
    )  # fmt: skip
    figure.layout(showlegend=True)


def ranking(
    table: pd.DataFrame,
    scheme: str,
    unit: str,
    dimension: str,
    href: Href,
    *,
    keys: Sequence[str],
    chosen: Sequence[str] = (),
) -> Figure:
    """Horizontal bars, the largest on top, with the value at their end. keys: what a click chooses, row by row."""
    labels = [named(dimension, value) for value in table[dimension]]
    written = _alike(table["value"], unit)
    lit = [not chosen or key in chosen or str(name) in chosen for key, name in zip(keys, table[dimension], strict=True)]
    figure = Figure(scheme)
    figure.draw(
        "bar",
        x=table["value"].fillna(0),
        y=list(range(len(labels))),
        orientation="h",
        text=written,
        textposition="outside",
        cliponaxis=False,
        textfont={"color": SCHEMES[scheme].text, "size": 12},
        customdata=[href(key) for key in keys],
        marker={
            "color": [MEANING[scheme]["unknown"] if one.lower() == "unknown" else SERIES[scheme][0] for one in labels],
            "opacity": [1.0 if on else DIM for on in lit],
        },
        hovertext=[_hover(label, v, unit) for label, v in zip(labels, table["value"], strict=True)],
        hovertemplate="%{hovertext}<extra></extra>",
    )
    top = float(table["value"].max()) if len(table) else 1.0
    for place, value in enumerate(table["value"]):
        if pd.isna(value):
            figure.note(x=0, y=place, text="too few", showarrow=False, xanchor="left", xshift=2,
                        font={"color": SCHEMES[scheme].quiet, "size": 12})  # fmt: skip
    figure.xaxis(visible=False, range=[0, 1 if pd.isna(top) or not top else top])
    figure.layout(margin={"r": 16 + 8 * max(map(len, written), default=0)})
    return figure.yaxis(
        tickvals=list(range(len(labels))),
        ticktext=(lines := [_in_lines(label) for label in labels]),
        range=[max(len(labels), 3) - 0.4, -0.6],
        showgrid=False,
        tickfont={"color": SCHEMES[scheme].text, "size": 11 if any("<br>" in one for one in lines) else 12},
        ticklen=4,
        tickcolor="rgba(0,0,0,0)",
    )


def world(table: pd.DataFrame, scheme: str, unit: str, href: Href, *, chosen: Sequence[str] = ()) -> Figure:
    """Countries coloured by the square root of their value; small ones as dots. table: country (alpha-2), value."""
    known = table[(table["country"] != "unknown") & (table["value"] > 0)]
    colours = SCHEMES[scheme]
    figure = Figure(scheme)
    top = float(known["value"].max()) if len(known) else 1.0
    axis = {
        "colorscale": ramp(scheme),
        "cmin": 0,
        "cmax": sqrt(max(top, 2)),
        "colorbar": scale(top, unit, colours.quiet),
    }  # fmt: skip
    large = known[known["country"].isin(alpha_3().keys() - SMALL_PLACES.keys())]
    small = known[known["country"].isin(SMALL_PLACES.keys())]
    figure.layout(coloraxis=axis, geo=GEO, margin={"l": 0, "r": 0, "t": 0, "b": 44}, dragmode=False)
    figure.draw(
        "choropleth",
        locations=[alpha_3()[code] for code in large["country"]],
        z=[sqrt(value) for value in large["value"]],
        coloraxis="coloraxis",
        customdata=[href(code) for code in large["country"]],
        hovertext=[_hover(word("country", c), v, unit) for c, v in zip(large["country"], large["value"], strict=True)],
        hovertemplate="%{hovertext}<extra></extra>",
        marker={
            "line": {"width": 0.5, "color": colours.surface},
            "opacity": [1.0 if not chosen or code in chosen else DIM for code in large["country"]],
        },
    )
    if len(small):
        figure.draw(
            "scattergeo",
            lat=[SMALL_PLACES[code][0] for code in small["country"]],
            lon=[SMALL_PLACES[code][1] for code in small["country"]],
            mode="markers",
            marker={
                "size": 9,
                "color": [sqrt(value) for value in small["value"]],
                "coloraxis": "coloraxis",
                "line": {"width": 1, "color": colours.text},
            },
            customdata=[href(code) for code in small["country"]],
            hovertext=[
                _hover(word("country", c), v, unit) for c, v in zip(small["country"], small["value"], strict=True)
            ],
            hovertemplate="%{hovertext}<extra></extra>",
            showlegend=False,
        )
    return figure


def scale(top: float, unit: str, colour: str) -> dict[str, object]:
    """The bar that says which colour is how many, of colours by the square root up to ``top``."""
    some = [t for t in TICKS if top / 40 <= t <= top / 2.2][:-6:-2][::-1] + [top]  # apart on a telephone too
    ticks = [float(t) for t in range(1, int(top) + 1)] if top <= 5 else some
    return {
        "orientation": "h", "y": -0.06, "yanchor": "top", "thickness": 8, "len": 0.6, "outlinewidth": 0,
        "tickvals": [sqrt(t) for t in ticks], "ticktext": [amount(t) for t in ticks],
        "tickangle": 0, "tickfont": {"size": 11, "color": colour},
        "title": {"text": unit, "side": "top", "font": {"size": 11, "color": colour}},
    }  # fmt: skip


DONE = {"unchanged": "unknown", "added": "accepted", "changed": "gold", "deleted": "refused", "skipped": "hybrid"}
"""What a run does with records, and the colour of ``MEANING`` that it is drawn in."""


def by_run(runs: Sequence[RunView], scheme: str) -> Figure:
    """One stacked bar per run, the oldest first: what it did with the records it saw."""
    figure = Figure(scheme)
    places = [f"{run.id}<br>{run.started_at:%-d %b}" for run in runs]
    for part, (name, colour) in enumerate(DONE.items()):
        counts = [run.counters.get(name, 0) for run in runs]
        if any(counts):
            hover = [f"<b>Run {run.id}</b><br>{amount(n)} {name}" for run, n in zip(runs, counts, strict=True)]
            figure.draw(
                "bar", x=places, y=counts, name=name.capitalize(),
                marker={"color": MEANING[scheme][colour], "pattern": hatch(part, scheme)},
                hovertext=hover, hovertemplate="%{hovertext}<extra></extra>",
            )  # fmt: skip
    figure.layout(barmode="stack", showlegend=True, legend={"traceorder": "normal"})
    figure.xaxis(type="category", range=[-0.6, max(len(runs), 8) - 0.4])
    return figure.yaxis(title={"text": "records"}, rangemode="tozero", nticks=5)


@cache
def alpha_3() -> dict[str, str]:
    """The three letters by which the base map knows a country, by its two."""
    import pycountry

    return {country.alpha_2: country.alpha_3 for country in pycountry.countries}


def sparkline(values: Sequence[float | None], scheme: str) -> str:
    """A small trend as an SVG: a line with a dot at its end, broken where a value is withheld."""
    known = [(place, value) for place, value in enumerate(values) if value is not None and not pd.isna(value)]
    if len(known) < 2:
        return ""
    low, high = min(v for _, v in known), max(v for _, v in known)
    width, height, edge = 120, 32, 4
    at = {
        place: f"{edge + place / (len(values) - 1) * (width - 2 * edge):.1f},"
        f"{height - edge - (value - low) / ((high - low) or 1) * (height - 2 * edge):.1f}"
        for place, value in known
    }
    colour = SERIES[scheme][0]
    ways = "".join(  # a value alone is a dot: a line of no length with round ends
        f"{'L' if place - 1 in at else 'M'}{where}{'' if {place - 1, place + 1} & at.keys() else 'h0'}"
        for place, where in at.items()
    )
    end_x, end_y = at[known[-1][0]].split(",")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f'<path d="{ways}" fill="none" stroke="{colour}" stroke-width="2" stroke-linejoin="round" '
        f'stroke-linecap="round"/><circle cx="{end_x}" cy="{end_y}" r="3" fill="{colour}"/></svg>'
    )


def _is_chosen(year: int, chosen: Sequence[str]) -> bool:
    """Whether a year lies in one of the chosen spans; all do when none is chosen."""
    spans = [span.partition("-") for span in chosen]
    return not spans or any(
        first.isdigit() and (last or first).isdigit() and int(first) <= year <= int(last or first)
        for first, _, last in spans
    )


def _hover(label: str, value: float, unit: str) -> str:
    shown = None if pd.isna(value) else value
    return f"<b>{held(label)}</b><br>{amount(shown, unit) if unit == 'times' else counted(shown, unit)}"


def _alike(values: "pd.Series[float]", unit: str) -> list[str]:
    """Values as they stand at the ends of bars: all of them with as many decimals."""
    known = [float(value) for value in values.dropna()]
    usual = unit in ("share", "byte", *RATIOS) or all(value.is_integer() for value in known)
    decimals = 0 if min(known, default=0) >= 100 else 1
    return [
        "" if pd.isna(value) else amount(value, unit) if usual else f"{value:,.{decimals}f}".replace(",", THIN)
        for value in values
    ]


def _few(figure: Figure) -> bool:
    """Whether no bar, and no stack of bars, is higher than four."""
    heights: dict[int, float] = {}
    for trace in figure.traces:
        if trace["type"] == "bar":
            for year, value in zip(trace["x"], trace["y"], strict=True):
                heights[year] = heights.get(year, 0.0) + (0.0 if pd.isna(value) else float(value))
    return bool(heights) and max(heights.values()) <= 4


def _in_lines(label: str) -> str:
    """A label on one line or two; what does not fit is in the hover text and in the table."""
    if len(label) <= LINE:
        return label
    kind = type(label)
    cut = max(label.rfind(" ", 0, LINE + 1), label.rfind("-", 0, LINE) + 1)
    cut = cut if cut > 0 else LINE
    rest = label[cut:].strip()
    return kind(f"{label[:cut]}<br>{rest if len(rest) <= LINE else f'{rest[: LINE - 1].rstrip()}…'}")


def axis_of_years(figure: Figure, years: Sequence[int], unit: str) -> Figure:
    """The figure with years below and the unit beside it. years: those that have their place there, rising."""
    span = (max(years) - min(years) + 1) if years else 1
    figure.xaxis(tickformat="d")
    if years:
        room = max(AT_LEAST - span, 0) / 2 + 0.6
        figure.xaxis(range=[min(years) - room, max(years) + room])
    if years and span <= 8:
        figure.xaxis(tickvals=list(range(min(years), max(years) + 1)))
    else:
        figure.xaxis(dtick=2 if span <= 14 else 5 if span <= 45 else 10)
    figure.yaxis(tickformat={"share": ".0%", "byte": "~s"}.get(unit, ","))
    figure.yaxis(ticksuffix="B" if unit == "byte" else "")  # 20TB, as the numbers beside it
    unit = "" if unit in ("share", "byte") else unit
    beside = {"h": "hours", "times": "ratio"}.get(unit, unit.replace(" ", THIN))
    figure.yaxis(title={"text": beside}, rangemode="tozero", nticks=5)
    return figure.yaxis(dtick=1) if unit and _few(figure) else figure  # no halves of a publication
