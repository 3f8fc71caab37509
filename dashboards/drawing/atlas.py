"""Institutions on a map: a dot each, its area the number; a click leads to the institution."""

from dash.development.base_component import Component

from dashboards.drawing.blocks import MAP, NARROW, Filters
from dashboards.drawing.chart import chart, keys_of
from dashboards.drawing.figures import GEO
from dashboards.drawing.leading import leads
from dashboards.drawing.markup import AsIs, held
from dashboards.drawing.plot import Figure
from dashboards.drawing.tables import answer_table
from dashboards.drawing.words import amount, counted
from dashboards.frame.theme import SCHEMES, SERIES
from dashboards.page import Desk
from puma.measuring.whereabouts import coordinates

LARGEST = 34  # pixels across the dot of the greatest value


def institutions_on_map(desk: Desk, name: str, title: str, slug: str, *, filters: Filters | None = None) -> Component:
    """A metric by institution on a map of the world; those of no known place are in its table."""
    asked = desk.ask(slug, "institution", without=("institution",), filters=filters)
    answer = asked.answer
    hrefs = [f"/institution/{key}" if key else "" for key in keys_of(answer, "institution")]
    known = coordinates(desk.installation.snapshot(), desk.viewer)
    table = answer.table.assign(href=hrefs)
    placed = table[table["institution_id"].isin(known) & (table["value"] > 0)]
    spots = [known[int(number)] for number in placed["institution_id"]]
    figure = Figure(desk.scheme)
    figure.draw(
        "scattergeo",
        lat=[latitude for latitude, _ in spots],
        lon=[longitude for _, longitude in spots],
        mode="markers",
        marker={
            "size": placed["value"].tolist(), "sizemode": "area", "sizemin": 4, "opacity": 0.75,
            "sizeref": float(placed["value"].max() if len(placed) else 1) / LARGEST**2,
            "color": SERIES[desk.scheme][0], "line": {"width": 1, "color": SCHEMES[desk.scheme].surface},
        },
        customdata=list(placed["href"]),
        hovertext=[
            f"<b>{held(AsIs(one))}</b><br>{counted(float(value), answer.metric.unit)}"
            for one, value in zip(placed["institution"], placed["value"], strict=True)
        ],
        hovertemplate="%{hovertext}<extra></extra>",
        showlegend=False,
    )  # fmt: skip
    figure.layout(geo=GEO, margin={"l": 0, "r": 0, "t": 0, "b": 0}, dragmode=False)
    remark = f"the area of a dot is the number · {amount(len(placed))} of {amount(len(table))} have a known place"
    beside = answer_table(answer, f"{title}, as a table", hrefs, leads(desk, answer)) if len(answer.table) else None
    return chart(desk, name, title, asked, figure, height=MAP, narrow=NARROW, hrefs=hrefs, remark=remark, beside=beside)
