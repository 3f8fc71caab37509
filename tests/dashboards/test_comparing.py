"""Compare: two side by side, swapped without changing their looks, with tables, files and their languages."""

from itertools import combinations

import pytest
from dash.development.base_component import Component

from dashboards.drawing.markup import AsIs
from dashboards.drawing.matrix import WIDE, matrix
from dashboards.drawing.sides import looks
from dashboards.drawing.words import without_tags
from dashboards.embedding import markup
from dashboards.frame.languages import said_in
from dashboards.frame.state import State
from dashboards.frame.theme import SERIES
from dashboards.page import Desk, pages
from dashboards.pages.compare import CUTS, known
from puma.access import Viewer
from puma.installation import Installation
from puma.listing import instruments
from tests.dashboards.test_cumulative import drawn, figure, link, parts, words

ADA = Viewer("admin", "Ada Example")
PATH = "/compare"


def told(content: Component) -> list[str]:
    """What is said beside the controls, each as one text."""
    beside = (one for one in parts(content) if getattr(one, "className", "") == "aside")
    return [without_tags(markup(one, "")) for one in beside]


def two(house: Installation, cut: str) -> list[str]:
    return [one["value"] for one in known(Desk(house, ADA, State.read(f"?cut={cut}"), path=PATH))[:2]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_colour_belongs_to_a_value_whatever_its_side_and_beside_whom(scheme: str) -> None:
    values = ["FR", "DE", "GB", "IT", "CH", "1", "2", "17"]
    alone = {value: looks([value], scheme)[value].colour for value in values}
    assert set(alone.values()) <= set(SERIES[scheme][:4])
    for one, other in combinations(values, 2):
        there, back = looks([one, other], scheme), looks([other, one], scheme)
        assert there == back
        assert there[one].colour != there[other].colour
        assert {there[one].place, there[other].place} == {0, 1}, "told apart without colour too"
        if alone[one] != alone[other]:
            assert (there[one].colour, there[other].colour) == (alone[one], alone[other])


def test_swapping_exchanges_the_sides_in_the_address_and_keeps_each_line_as_it_was(full: Installation) -> None:
    here = "?a=FR&b=DE&cut=country"
    there = link(drawn(full, PATH, "choice", here), "Swap")
    assert State.read(there) == State.read("?a=DE&b=FR&cut=country")
    assert link(drawn(full, PATH, "choice", there), "Swap") == here
    assert link(drawn(full, PATH, "choice", "?a=FR&cut=country"), "Swap") == "", "there is nothing to swap with"
    before, after = (figure(drawn(full, PATH, "publications", query)).data for query in (here, there))
    assert [line.name for line in before] == ["France", "Germany"]
    assert [line.name for line in after] == ["Germany", "France"]
    for line in before:
        same = next(one for one in after if one.name == line.name)
        assert (same.line.color, same.line.dash, same.marker.symbol) == (
            line.line.color, line.line.dash, line.marker.symbol,
        )  # fmt: skip
        assert list(same.y) == list(line.y)


def test_lines_have_a_value_for_every_year_a_table_a_file_and_a_cumulative_face(full: Installation) -> None:
    query = "?a=FR&b=DE&cut=country"
    card = drawn(full, PATH, "publications", query)
    lines, sums = figure(card), figure(drawn(full, PATH, "publications", f"{query}&sum=publications"))
    for line, summed in zip(lines.data, sums.data, strict=True):
        years = list(line.x)
        assert years == list(range(years[0], years[-1] + 1)) == list(summed.x)
        assert [sum(line.y[: place + 1]) for place in range(len(years))] == list(summed.y)
    assert sums.layout.yaxis.title.text == "publications, cumulative"
    assert link(card, "CSV").startswith("data:text/csv;charset=utf-8,Year%2CFrance%2CGermany")
    table = drawn(full, PATH, "publications", f"{query}&table=publications")
    assert "France" in words(table)
    assert link(table, "Per year") == ""


@pytest.mark.parametrize("cut", [cut for cut in CUTS if cut != "institution"])  # this facility has none
def test_every_kind_can_be_compared_number_by_number(full: Installation, cut: str) -> None:
    one, other = two(full, cut)
    query = f"?cut={cut}&a={one}&b={other}"
    assert "Publications" in words(drawn(full, PATH, "numbers", query))
    shown = drawn(full, PATH, "publications", query)
    assert len(figure(shown).data) == 2
    assert ("by instrument" in words(shown)) == (cut == "year")


def test_a_year_compared_with_a_year_counts_what_the_year_alone_counts(full: Installation) -> None:
    one, other = two(full, "year")
    bars = figure(drawn(full, PATH, "publications", f"?cut=year&a={one}&b={other}")).data
    alone = figure(drawn(full, PATH, "publications", f"?cut=year&a={one}")).data
    assert sorted(value for value in bars[0].x if value) == sorted(value for value in alone[0].x if value)


def test_the_way_to_swap_speaks_french_and_german(full: Installation) -> None:
    choice = drawn(full, PATH, "choice", "?a=FR&b=DE&cut=country")
    assert "Échanger A et B" in words(said_in("fr", choice))
    assert "A und B tauschen" in words(said_in("de", choice))


@pytest.mark.parametrize(
    ("query", "gone"),
    [
        ("?a={}&b=99999", ["Instrument: 99999"]),
        ("?a=no such&b=99999", ["Instrument: no such", "Instrument: 99999"]),
        ("?a=99999&b=99999", ["Instrument: 99999"]),
        ("?cut=country&a=FR&b=Publications", ["Country: Publications"]),
        ("?cut=year&a=1805", ["Year: 1805"]),
        ("?a={}", []),
    ],
)
def test_what_nobody_knows_is_named_as_left_out_and_is_not_compared(
    full: Installation, query: str, gone: list[str]
) -> None:
    query = query.format(instruments(full.storage, ADA)[0].id)
    said = {code: told(said_in(code, drawn(full, PATH, "choice", query))) for code in ("en", "de")}
    assert said["en"] == [f"{one} Left out: none such is known here, or none open to you." for one in gone]
    assert [one.endswith(" Weggelassen: Nichts dergleichen ist hier bekannt oder Ihnen zugänglich.")
            for one in said["de"]] == [True] * len(gone)  # fmt: skip
    if "Country: Publications" in gone:
        assert said["de"][0].startswith("Land: Publications "), "what was asked for is not translated"


def test_only_who_can_set_up_other_installations_is_asked_to(full: Installation) -> None:
    for role in ("anonymous", "viewer", "scientist", "user_office", "admin"):
        for panel in ("others", "facilities"):
            card = pages()[PATH].panels[panel](Desk(full, Viewer(role), State.read(""), path=PATH))
            said = words(card)  # type: ignore[arg-type]
            assert "No " in said
            assert ("Write a [[source]]" in said or "Load a second" in said) == (role == "admin"), (role, panel)


def test_every_shared_number_stands_in_its_cell_however_many_instruments_there_are(full: Installation) -> None:
    card = drawn(full, PATH, "instruments")
    (shared,) = figure(card).data
    assert shared.texttemplate == "%{text}"
    names = [AsIs(f"L{number:02}") for number in range(24)]
    values = {(one, other): 12345.0 for one in names for other in names}
    (trace,) = matrix(names, values, "light", "publications", lambda one, other: "").traces
    assert trace["texttemplate"] == "%{text}"
    assert {text for row in trace["text"] for text in row} == {"12\u202f345"}
    picture = next(one for one in parts(card) if "picture" in str(getattr(one, "className", "")))
    many = len(shared.x)
    assert ("roomy" in picture.className) == (many > 8)
    assert int(picture.style.get("--roomy", "0px")[:-2]) >= (WIDE * many if many > 8 else 0)
