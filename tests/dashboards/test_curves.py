"""The curve of the time to the first publication, and rankings on a logarithmic axis: what the cards show and say."""

import csv
import io
from dataclasses import replace
from math import nan
from typing import Any
from urllib.parse import unquote

import plotly.graph_objects as go
import pytest

from dashboards.drawing.logarithmic import as_logarithmic, helps, is_on, turn
from dashboards.drawing.waiting import FINE, LONGEST, thinned
from dashboards.frame.languages import said_in
from dashboards.frame.state import State
from dashboards.page import Desk
from dashboards.people.years import per_year, through
from puma.installation import Installation
from puma.measuring.survival import steps
from puma.measuring.waiting import DAYS, curves
from tests.dashboards.test_cumulative import ADA, drawn, figure, link, plain, words


def rows(card: object) -> list[dict[str, str]]:
    file = link(card, "CSV").removeprefix("data:text/csv;charset=utf-8,")  # type: ignore[arg-type]
    return list(csv.DictReader(io.StringIO(unquote(file))))


def test_the_card_draws_the_curve_its_band_who_is_censored_and_who_still_waits(full: Installation) -> None:
    card = drawn(full, "/proposals", "curve")
    (whole,) = curves(full.snapshot(), ADA, {})
    picture = figure(card)
    line = next(trace for trace in picture.data if trace.line.shape == "hv")
    inside = [one for one in whole.steps if one.time <= LONGEST * DAYS]
    assert line.y[-1] == pytest.approx(1 - inside[-1].share, abs=1e-4)
    assert list(line.y) == sorted(line.y), "what is published stays published"
    band = next(trace for trace in picture.data if trace.fill == "toself")
    assert max(band.y) >= max(line.y)
    below = [one.text for one in picture.layout.annotations if one.x == 0]
    assert below == [str(whole.proposals)], "all of them wait at the beginning"
    assert f"n = {whole.proposals} proposals" in words(card)
    assert f"{whole.proposals - whole.published} without one yet" in words(card)
    assert "(censored)" in words(card)
    assert "Greenwood" in words(card)
    assert "standard link policy" in words(card)
    half = whole.after(0.5).time
    assert half is None or f"{half:.2f} y" in words(card)


def test_its_file_has_every_half_year_of_the_curve(full: Installation) -> None:
    (whole,) = curves(full.snapshot(), ADA, {})
    table = rows(drawn(full, "/proposals", "curve"))
    assert [float(row["Years"]) for row in table[:4]] == [0, 0.5, 1, 1.5]
    last = table[-1]
    assert int(float(last["Published so far"])) == whole.published
    assert int(float(last["Watched no longer"])) == whole.proposals - whole.published
    for row in table:
        past = [one for one in whole.steps if one.time <= float(row["Years"]) * DAYS]
        assert float(row["With a publication"]) == pytest.approx(1 - past[-1].share if past else 0)
        known = sum(int(float(row[head])) for head in ("Published so far", "Watched no longer"))
        assert known <= whole.proposals


@pytest.mark.parametrize("by", ["cohort", "type", "country"])
def test_groups_are_compared_each_with_the_way_to_its_proposals(full: Installation, by: str) -> None:
    card = drawn(full, "/proposals", "curve", f"?curves={by}")
    every = curves(full.snapshot(), ADA, {}, by=by)
    lines = [trace for trace in figure(card).data if trace.line.shape == "hv"]
    assert 1 <= len(lines) <= 4
    assert len({trace.line.dash for trace in lines}) == len(lines), "told apart without colour too"
    biggest = next(one for one in every if one.key)
    assert link(card, str(biggest.proposals)).startswith("/behind?")
    assert "metric=time_to_publication" in link(card, str(biggest.proposals))


def test_groups_too_small_for_a_curve_are_counted_and_lead_to_their_proposals(full: Installation) -> None:
    card = drawn(full, "/proposals", "curve", "?curves=instrument")
    every = curves(full.snapshot(), ADA, {}, by="instrument")
    assert not any(one.enough for one in every), "else the others would be drawn"
    assert "too few" in words(card)
    assert all(one.name in words(card) for one in every)
    assert f"instrument={every[0].key}" in link(card, str(every[0].proposals))


def test_what_nobody_can_be_compared_by_is_the_whole(full: Installation) -> None:
    assert words(drawn(full, "/proposals", "curve", "?curves=x")) == words(drawn(full, "/proposals", "curve"))


def test_a_few_proposals_have_no_curve_and_it_says_so(full: Installation) -> None:
    card = drawn(full, "/proposals", "curve", "?year=1999")
    assert "A curve is given from 20 proposals with delivered beam time on" in words(card)
    assert not link(card, "CSV")


def test_it_is_said_in_french_and_german(full: Installation) -> None:
    card = drawn(full, "/proposals", "curve")
    assert "Verglichen nach:" in words(said_in("de", card))
    assert "Comparé par :" in words(said_in("fr", card)).replace("\u00a0", " ")


def test_a_long_curve_is_drawn_by_its_last_step_of_each_small_part_of_a_year() -> None:
    curve = steps([(float(day), day % 3 == 0) for day in range(1, 3000)])
    some = thinned(curve)
    assert len(some) <= 3000 / DAYS * FINE + 1
    assert some[-1] == curve[-1]
    assert set(some) <= set(curve), "each is exact"
    assert thinned(curve[:100]) == curve[:100]


@pytest.mark.parametrize(
    ("values", "unit", "yes"),
    [
        ([200, 30, 5], "publications", True), ([200, 30, 11], "publications", False), ([200, 5], "publications", False),
        ([0.9, 0.1, 0.01], "share", False), ([9e9, 2e3, 5, nan], "byte", True), ([100, 50, 1, 0], "h", True),
    ],
)  # fmt: skip
def test_a_logarithmic_axis_is_offered_where_the_first_hides_the_last(
    values: list[float], unit: str, *, yes: bool
) -> None:
    assert helps(values, unit) == yes


def test_publications_of_a_person_or_institution_add_up_through_the_years_and_people_do_not(full: Installation) -> None:
    assert through([(2012, 2), (2010, 1), (2015, 4)]) == [
        (2010, 1),
        (2011, 1),
        (2012, 3),
        (2013, 3),
        (2014, 3),
        (2015, 7),
    ]
    values = [(2010, 1), (2012, 2)]

    def card(unit: str, query: str) -> Any:
        desk = Desk(full, ADA, State.read(query), path="/person")
        return per_year(desk, "person", "Anything per year", unit, values, "none")

    one, many = "?sum=publications-per-year", "?sum=people-per-year"
    assert list(figure(card("publications", "")).data[0].y) == [1, 2]
    assert list(figure(card("publications", one)).data[0].y) == [1, 1, 3]
    assert "each year with all years before it" in words(card("publications", one))
    assert link(card("publications", one), "Per year") == "?"
    assert list(figure(card("people", many)).data[0].y) == [1, 2]
    assert not link(card("people", ""), "Cumulative")


def test_a_ranking_on_a_logarithmic_axis_says_so_and_leads_back(full: Installation) -> None:
    values = [200.0, 30.0, 5.0]
    picture = go.Figure(as_logarithmic(plain(drawn(full, "/", "instruments")), values))
    assert picture.layout.xaxis.type == "log"
    low, high = (10**end for end in picture.layout.xaxis.range)
    assert low < min(values)
    assert high == pytest.approx(max(values))
    desk = Desk(full, ADA, State.read("?log=a&year=2020"), path="/")
    (back,) = turn(desk, "a", "Anything", values, "publications")
    (there,) = turn(desk, "b", "Anything", values, "publications")
    assert link(back, "Linear") == "?year=2020"
    assert link(there, "Log") == "?log=a&log=b&year=2020"
    assert is_on(desk, "a", values, "publications")
    assert not is_on(desk, "a", [3.0, 2.0, 1.0], "publications"), "an address does not make it help"
    assert turn(replace(desk, state=State.read("?table=a")), "a", "Anything", values, "publications") == []
