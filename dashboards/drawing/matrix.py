"""A matrix as a picture: who shares how much with whom, in one hue, with the numbers in the cells."""

from collections.abc import Callable, Mapping, Sequence
from math import sqrt

from dashboards.drawing.markup import AsIs, held
from dashboards.drawing.plot import Figure
from dashboards.drawing.words import amount
from dashboards.frame.theme import SCHEMES, ramp

CELL = 26  # pixels of a row
LABEL = 28  # letters of a name; the whole is in the hover text
WIDE = 38  # pixels of a column, in which a number of five digits has room


def matrix(
    names: Sequence[str],
    values: Mapping[tuple[str, str], float],
    scheme: str,
    unit: str,
    href: Callable[[str, str], str],
) -> Figure:
    """A symmetric matrix coloured by the square root of its values; empty where there is none. names: in order."""
    colours = SCHEMES[scheme]
    names = [AsIs(name) for name in names]
    known = [[values.get((row, column)) for column in names] for row in names]
    figure = Figure(scheme)
    figure.draw(
        "heatmap",
        x=list(range(len(names))),
        y=list(range(len(names))),
        z=[[None if value is None else sqrt(value) for value in row] for row in known],
        text=[["" if value is None else amount(value) for value in row] for row in known],
        texttemplate="%{text}",
        textfont={"size": 11},
        customdata=[[href(row, column) if (row, column) in values else "" for column in names] for row in names],
        hovertext=[
            [
                f"<b>{held(row) if row == column else f'{held(row)} and {held(column)}'}</b><br>"
                + (f"{amount(values.get((row, column), 0))} {unit}" + (" of it alone" if row == column else ""))
                for column in names
            ]
            for row in names
        ],
        hovertemplate="%{hovertext}<extra></extra>",
        colorscale=ramp(scheme),
        zmin=0,
        showscale=False,  # the numbers stand in the cells
        xgap=1,
        ygap=1,
    )
    places = {
        "tickvals": list(range(len(names))),
        "ticktext": [one if len(one) <= LABEL else AsIs(f"{one[: LABEL - 1]}…") for one in names],
        "showgrid": False,
        "zeroline": False,
    }
    figure.layout(plot_bgcolor=colours.sunken)
    figure.xaxis(**places, side="top", tickangle=-90 if len(names) > 6 else 0)
    return figure.yaxis(**places, autorange="reversed", tickfont={"color": colours.text, "size": 12})
