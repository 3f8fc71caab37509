"""Instruments compared by a rate, fractionally: each publication counts 1 in all, whatever counting the page shows."""

from dash.development.base_component import Component

from dashboards.drawing.blocks import ROW, behind
from dashboards.drawing.chart import chart, keys_of
from dashboards.drawing.figures import ranking
from dashboards.page import Asked, Desk
from puma.measuring import Question, metric

MOST = 15


def compared(desk: Desk, name: str, title: str, slug: str, dimension: str = "instrument") -> Component:
    """A ranking under fractional counting; values that may not be given are left out. A click opens the list."""
    one = metric(slug)
    can = {known.slug for known in one.dimensions}
    wanted = {key: values for key, values in desk.state.filters.items() if key != dimension}
    question = Question(
        slug, (dimension,), {k: v for k, v in wanted.items() if k in can}, desk.state.policy, "fractional"
    )
    answer = desk.installation.ask(desk.viewer, question)
    asked = Asked(answer, tuple(key for key in wanted if key not in can))
    shown = answer.table[answer.table["value"].notna()].head(MOST)
    keys = keys_of(answer, dimension)

    def lead(key: str) -> str:
        return behind(slug, desk.state.put(dimension, key)) if key else ""

    figure = ranking(shown, desk.scheme, one.unit, dimension, lead, keys=[keys[place] for place in shown.index])
    few = int(answer.table["value"].isna().sum())
    remark = f"{few} of {len(answer.table)} have too few in the denominator" if few else ""
    height = ROW * max(len(shown), 3) + 16
    return chart(desk, name, title, asked, figure, height=height, hrefs=[lead(key) for key in keys], remark=remark)
