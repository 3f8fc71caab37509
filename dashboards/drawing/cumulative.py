"""Charts over years, per year or cumulative: which of the two stands in the URL, chart by chart."""

from dataclasses import replace

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing.plot import Figure
from dashboards.drawing.words import amount
from dashboards.page import Asked, Desk
from puma.measuring import Answer, carried_on

KEY = "sum"
"""Of the state: the names of the charts that are shown cumulative."""
SAID = ", cumulative"


def as_chosen(desk: Desk, name: str, asked: Asked) -> Asked:
    """The answer as the chart of that name is to show it: as it was asked, or each year with all years before it."""
    if name not in desk.state.many(KEY) or asked.answer.metric.never_added_up:
        return asked
    question = replace(asked.answer.question, cumulative=True)
    answer = desk.installation.ask(desk.viewer, question)
    table = carried_on(answer.table, desk.years_asked(question.slug))
    return replace(asked, answer=replace(answer, table=table))


def turn(desk: Desk, name: str, title: str, answer: Answer) -> Component | None:
    """The way to the other of the two; nothing where values of several years do not add up."""
    if "year" not in answer.question.by or answer.metric.never_added_up or not len(answer.table):
        return None
    word = "Per year" if answer.question.cumulative else "Cumulative"
    return html.A([word, html.unseen(f" of {title}")], href=desk.state.toggled(KEY, name).query(), className="act go")


def why_not(answer: Answer) -> str:
    """Why a chart over years is not given cumulative; empty where it is."""
    never = answer.metric.never_added_up if "year" in answer.question.by else ""
    return f"Not given cumulative: {never}." if never else ""


def remark(answer: Answer) -> str:
    """What the footnote of a cumulative chart says; empty of others."""
    if not answer.question.cumulative:
        return ""
    timeless = answer.table.loc[answer.table["year"].isna(), "value"].sum()
    return "each year with all years before it" + (f", {amount(timeless)} of unknown year in none" if timeless else "")


def as_sums(figure: Figure) -> Figure:
    """The figure saying at its axis, and of each bar or point, that it is cumulative."""
    axis = figure["layout"]["yaxis"]["title"]
    axis["text"] += SAID
    for trace in figure.traces:
        trace["hovertext"] = [f"{text}{SAID}" for text in trace["hovertext"]]
    return figure
