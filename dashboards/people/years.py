"""Years of a person or an institution: a graph whose bars choose a year, and the publications of that year."""

from collections.abc import Sequence

import pandas as pd

from dashboards.authority.by_hand import card
from dashboards.drawing import tags as html
from dashboards.drawing.figures import by_year
from dashboards.drawing.words import counted
from dashboards.finding.graphs import Counted, graph
from dashboards.page import Content, Desk
from dashboards.panel import nothing

HEIGHT = 200  # pixels of the picture

PerYear = Sequence[tuple[int, int]]


def per_year(desk: Desk, of: str, title: str, unit: str, values: PerYear, none: str) -> Content:
    """A graph of what there is in each year; a bar leads to the publications of its year. of: whose it is, for the
    files; none: what is said without any."""
    if not values:
        return card(title, nothing(unit, none))
    chosen = desk.state.many("year")

    def lead(year: str) -> str:
        return desk.state.put("list", "publication").only("year", year).query()

    figure = by_year(pd.DataFrame(values, columns=["year", "value"]), desk.scheme, unit, lead, chosen=chosen)
    data = Counted(("Year", unit.capitalize()), list(values), [lead(str(year)) for year, _ in values])
    notes = ["what has no year is not drawn", *(["all years are drawn, the chosen one stands out"] if chosen else [])]
    drawn = graph(desk, f"{unit}-per-year", title, figure, data, HEIGHT, "; ".join(notes), of=of)
    inner: Content = drawn.children  # the part that it stands in is a card already
    return inner


def of_year(desk: Desk, publications: Sequence[int], years: PerYear) -> tuple[Sequence[int], Content]:
    """The publications of the chosen year, of all of them, the newest first; and a line that says so and leads back."""
    chosen = desk.state.one("year")
    if not chosen.isdigit():
        return publications, None
    first = sum(count for year, count in years if year > int(chosen))
    shown = publications[first : first + dict(years).get(int(chosen), 0)]
    back = html.A("all years", href=desk.state.put("year").query(), className="go")
    return shown, html.P([f"{counted(len(shown), 'publications')} of {chosen}; ", back, "."], className="quiet small")
