"""Publications of an instrument or group per year, stacked by periods, with what lies outside of them."""

from collections.abc import Sequence
from dataclasses import replace

from dashboards.drawing.blocks import Filters, to_year
from dashboards.drawing.chart import chart
from dashboards.drawing.cumulative import as_chosen, as_sums
from dashboards.drawing.figures import stacked_by_year
from dashboards.drawing.words import amount
from dashboards.page import Content, Desk
from puma.measuring.periods import imputed, periods_of

TITLE = "Publications per year, by period of the instrument"


def by_period(desk: Desk, name: str, machines: Sequence[int], *, filters: Filters, title: str = TITLE) -> Content:
    """The stack with its table. machines: the numbers of the instruments whose periods alone are drawn. filters: those
    of the page."""
    asked = as_chosen(desk, name, desk.ask("publications", "year", "period", without=("year",), filters=filters))
    snapshot, answer = desk.installation.snapshot(), asked.answer
    own = [period for number in machines for period in periods_of(snapshot, desk.viewer, number)]
    table = answer.table[answer.table["period"].isin(own)].reset_index(drop=True)
    own = [period for period in own if period in set(table["period"])]  # colours are for what is drawn
    figure = stacked_by_year(
        table, desk.scheme, answer.metric.unit, "period", to_year(desk), order=own, chosen=desk.state.many("year"),
        asked=desk.years_asked("publications"),
    )  # fmt: skip
    figure = as_sums(figure) if answer.question.cumulative else figure
    guessed = imputed(snapshot, desk.viewer, answer.question.filters, *machines, policy=desk.state.policy)
    remark = f"{amount(guessed)} by an imputed day of beam time" if guessed else ""
    return chart(desk, name, title, replace(asked, answer=replace(answer, table=table)), figure, remark=remark)
