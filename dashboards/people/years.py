"""Years of a person or an institution: a graph whose bars choose a year, and the publications of that year alone."""

from collections.abc import Sequence
from itertools import accumulate

import pandas as pd

from dashboards.authority.by_hand import card
from dashboards.drawing import tags as html
from dashboards.drawing.cumulative import KEY, SAID, as_sums
from dashboards.drawing.figures import by_year
from dashboards.drawing.words import amount, counted, word
from dashboards.finding.graphs import Counted, graph
from dashboards.frame.controls import chip_row
from dashboards.page import Content, Desk
from dashboards.panel import nothing

HEIGHT = 200  # pixels of the picture
ADDED_UP = ("publications",)
"""What has one year each; people of several years would count several times."""

PerYear = Sequence[tuple[int, int]]


def per_year(desk: Desk, of: str, title: str, unit: str, values: PerYear, none: str) -> Content:
    """A graph of what there is in each year; a bar leads to the publications of its year. of: whose it is, for the
    files; none: what is said without any."""
    if not values:
        return card(title, nothing(unit, none))
    chosen = desk.state.many("year")

    def to_year(year: str) -> str:
        return desk.state.put("list", "publication").only("year", year).query()

    name = f"{unit}-per-year"
    sums = unit in ADDED_UP and name in desk.state.many(KEY)
    every = desk.years_asked("publications")
    counts = through(values, every) if sums else [*dict.fromkeys(every, 0).items(), *values]
    values = sorted(dict(counts).items())
    figure = by_year(pd.DataFrame(values, columns=["year", "value"]), desk.scheme, unit, to_year, chosen=chosen)
    data = Counted(("Year", unit.capitalize()), [*values], [to_year(str(year)) for year, _ in values])
    total = [f"n = {counted(sum(count for _, count in values), unit)}"] if unit in ADDED_UP and not sums else []
    notes = [
        *total,
        "what has no year is not drawn",
        *(["all years are drawn, the chosen one stands out"] if chosen else []),
    ]
    turn = None
    if unit in ADDED_UP:
        words, href = ("Per year" if sums else "Cumulative"), desk.state.toggled(KEY, name).query()
        turn = html.A([words, html.unseen(f" of {title}")], href=href, className="act go")
    if sums:
        figure, title = as_sums(figure), f"{title}{SAID}"
        notes.insert(0, "each year with all years before it")
    drawn = graph(desk, name, title, figure, data, HEIGHT, "; ".join(notes), of=of, turn=turn)
    inner: Content = drawn.children  # the part that it stands in is a card already
    return inner


def through(values: PerYear, every: Sequence[int] = ()) -> list[tuple[int, int]]:
    """Each year from the first to the last with all years up to it. values: of years, in any order; every: years that
    are there though nothing is of them."""
    known = dict(values)
    years = range(min([*known, *every]), max([*known, *every]) + 1)
    return list(zip(years, accumulate(known.get(year, 0) for year in years), strict=True))


def lead(desk: Desk, kind: str) -> str:
    """To the list of a kind; the chosen year is one of publications and stays behind."""
    state = desk.state.put("list", kind)
    return (state if kind == "publication" else state.without("year")).query()


def of_year(desk: Desk, publications: Sequence[int], years: PerYear) -> tuple[Sequence[int], Content]:
    """The publications of the chosen years, of all of them, the newest first; and the chip that says so and goes."""
    first, last = desk.state.years
    if first is None and last is None:
        return publications, None
    later = sum(count for year, count in years if last is not None and year > last)
    inside = sum(count for year, count in years if (first or year) <= year <= (last or year))
    away = desk.state.without("year").query()
    chip = chip_row([("Year", word("year", desk.state.one("year")), away)], away, desk.state)
    shown = publications[later : later + inside]
    said = html.P(f"{amount(len(shown))} of {counted(len(publications), 'publications')}", className="quiet small")
    return shown, html.Div([chip, said])
