"""Datasets past their embargo, by whether they are open: what nobody knows stands beside, and the share has bounds."""

from dash.development.base_component import Component

from dashboards.drawing import cumulative
from dashboards.drawing import tags as html
from dashboards.drawing.blocks import behind, to_year
from dashboards.drawing.chart import footnote, picture
from dashboards.drawing.figures import stacked_by_year
from dashboards.drawing.measured import measured
from dashboards.drawing.tables import Cell, Column
from dashboards.drawing.words import amount, counted
from dashboards.frame.theme import MEANING
from dashboards.page import Content, Desk
from dashboards.panel import nothing
from puma.measuring import carried_on
from puma.measuring.cumulative import added_up
from puma.measuring.openness import RULE, STATES, Openness, by_state

TITLE = "Datasets past their embargo, by whether they are open"
COUNTED = ("datasets_past_embargo", "datasets_shown_open", "datasets_of_unknown_openness")
COLOURS = dict(zip((state.capitalize() for state in STATES), ("accepted", "refused", "unknown"), strict=True))
HEIGHT = 250


def opened(desk: Desk, name: str) -> Content:
    """A stack per year of creation with the share between its bounds; where nothing is known, why."""
    asked = [desk.ask(slug, "year", without=("year",)) for slug in COUNTED]
    due, shown, unknown = (one.answer for one in asked)
    undated = desk.ask("datasets_of_unknown_embargo", "year", without=("year",)).answer
    share = desk.ask("open_on_time_share", "year", without=("year",)).answer
    found = Openness(due.total or 0, shown.total or 0, unknown.total or 0)
    rules = (share.metric.rule(), RULE, due.footnotes[-1])
    many = counted(undated.total, "datasets")
    left = [f"{many} without a known end of their embargo are in none"] if undated.total else []
    if found.bounds is None:
        return measured(desk, name, TITLE, rules, shown=_unknown(desk, found), remark=" · ".join(left))
    table = by_state(due.table, shown.table, unknown.table)
    table = table.assign(openness=table["openness"].str.capitalize())
    whole = cumulative.as_chosen(desk, name, asked[0])
    sums = whole.answer.question.cumulative
    every, chosen = desk.years_asked(COUNTED[0]), desk.state.many("year")
    table = carried_on(added_up(table, ("year", "openness")), every) if sums else table
    figure = stacked_by_year(
        table, desk.scheme, "datasets", "openness", to_year(desk), order=[*COLOURS], chosen=chosen, asked=every
    )
    for trace in figure.traces:
        trace["marker"]["color"] = MEANING[desk.scheme][COLOURS[trace["name"]]]
    figure = cumulative.as_sums(figure) if sums else figure
    turn, title = cumulative.turn(desk, name, TITLE, whole.answer), TITLE + (cumulative.SAID if sums else "")
    wide = table.pivot_table(index="year", columns="openness", values="value", aggfunc="sum")
    wide = wide.reindex(sorted({*map(int, wide.index), *every}), columns=[*COLOURS]).fillna(0.0)
    columns = [Column("Year", True), *(Column(state, True) for state in COLOURS)]
    rows = [
        [Cell(str(int(year)), int(year)), *(Cell(amount(value), value) for value in values)]
        for year, values in zip(wide.index, wide.to_numpy().tolist(), strict=True)
    ]
    drawn = picture(name, figure, HEIGHT, f"{title}: {len(rows)} years. The table lists all numbers.")
    remark = " · ".join([footnote(desk, whole), *left])
    below = _said(desk, found, share.total)
    return measured(desk, name, title, rules, columns, rows, shown=drawn, below=below, remark=remark, acts=[turn])


def _said(desk: Desk, found: Openness, share: float | None) -> Component:
    """The share in a sentence: exact where all is known, else between its bounds, with the way to what is not."""
    assert found.bounds is not None
    low, high = (amount(bound, "share") for bound in found.bounds)
    if not found.unknown:
        words: list[Component | str] = [f"Open on time: {low} of {counted(found.due, 'datasets')}."]
    else:
        known = f"Of the {amount(found.due - found.unknown)} known ones: {amount(share, 'share')}." if share else ""
        words = [
            html.Span(f"Open on time: between {low} and {high} of {counted(found.due, 'datasets')}."), " ",
            html.Span(known), " ",
            html.A(f"Of {amount(found.unknown)} no catalogue says it", className="go",
                   href=behind("datasets_of_unknown_openness", desk.state.without("year"))),
        ]  # fmt: skip
    return html.P(words, className="finding")


def _unknown(desk: Desk, found: Openness) -> Component:
    """Why nothing can be said."""
    if not found.due:
        return nothing("datasets past their embargo", "Of no dataset is it known that its embargo has ended.")
    return nothing(
        "answer known",
        f"The embargo of {counted(found.due, 'datasets')} has ended, and no source says of any whether it can be had: "
        "a date on a landing page is no proof.",
        "Harvest a catalogue that says it: isPublic of the federated search, or the release state of ICAT. ",
        html.A("List them", href=behind("datasets_past_embargo", desk.state), className="go"),
    )
