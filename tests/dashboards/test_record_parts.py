"""Parts of the pages of records, persons and the search, drawn without a browser: what they say and where they lead."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from dash import html

from dashboards.frame.shell import freshness
from dashboards.frame.state import State
from dashboards.page import Content, Desk, pages
from dashboards.pages import record as record_page
from dashboards.pages import search as search_page
from dashboards.people.crowd import AT_MOST, crowd
from dashboards.people.years import of_year
from puma import keeping
from puma.access import Viewer
from puma.errors import NotHere
from puma.installation import Installation
from puma.listing import record, records
from tests.dashboards.spoken import components

ADA, VERA = Viewer("admin", "Ada Example"), Viewer("viewer", "Vera Example")


def words(content: Content) -> str:
    """What is read on it, from the first to the last word."""
    parts = (part.strip(" ") for one in components(content) for part in _own(one) if isinstance(part, str))
    return " ".join(part for part in parts if part)


def _own(one: Any) -> list[Any]:
    children = getattr(one, "children", None)
    return list(children) if isinstance(children, list | tuple) else [children]


def leads(content: Content) -> Iterator[str]:
    yield from (href for one in components(content) if (href := getattr(one, "href", None)))


def first(house: Installation, kind: str, **more: list[str]) -> int:
    return house.search(ADA, "", filters={"kind": [kind], **more}, limit=1, facets=()).hits[0].id


def test_a_record_of_no_number_of_no_such_number_and_of_one_that_is_secret_are_explained(full: Installation) -> None:
    layout = pages()["/record"].layout
    assert "/search" in set(leads(layout(Desk(full, VERA, State()))))
    secret = first(full, "proposal", category=["PROPOSAL_REFUSED"])
    assert record(full.storage, ADA, secret) is not None
    said = set()
    for rest in (str(secret), "99999999", "0", "-1", "1²", "²", "abc", "9" * 40):
        for path in ("/record", "/person", "/institution"):
            with pytest.raises(NotHere) as reason:
                pages()[path].layout(Desk(full, VERA, State(), rest))
            said.add((path, str(reason.value)))
    assert len(said) == 3, "what is secret and what is not there are told with the same words"


def test_every_value_of_a_record_says_where_it_came_from(full: Installation) -> None:
    papers = full.search(ADA, "", filters={"kind": ["publication"]}, limit=20, facets=()).hits
    desk = Desk(full, ADA, State(), str(next(one.id for one in papers if one.fields.get("instrument"))))
    library = "library, 5 March 2026"
    for panel in (record_page.abstract, record_page.people):
        assert f"Source: {library}" in words(panel(desk)).replace("Source of names and affiliations:", "Source:")
    rows = [one for one in components(record_page.fields(desk)) if isinstance(one, html.Tr)][1:]
    told = {words(row.children[0]): words(row.children[2]) for row in rows}
    for label in ("Title", "Journal", "Published", "Authors", "Keywords", "Identifier: doi", "Identifier: source"):
        assert told[label] == library, label
    assert told["Instruments"].startswith("by the link to")
    assert library in [getattr(one, "title", None) for one in components(record_page.words(desk))]


def test_an_experiment_says_that_its_source_tells_of_its_proposal(full: Installation) -> None:
    shown = [record(full.storage, ADA, row.id) for row in records(full.storage, ADA, "experiment", limit=20).rows]
    number, link = next((one.id, link) for one in shown if one for link in one.links if link.state == "stated")
    drawn = record_page.links(Desk(full, ADA, State(), str(number)))
    assert "told by the source" in words(drawn)
    assert f"/record/{link.record_id}" in set(leads(drawn))
    assert record_page.abstract(Desk(full, ADA, State(), str(number))) is None


def test_the_footer_names_sources_of_the_same_day_together(full: Installation) -> None:
    views = [replace(one, configured=True) for one in full.sources(ADA)]
    young = next(one for one in views if one.fresh_at)
    together = {one.name: one for one in (*views, replace(young, name="mirror"))}

    class House:
        """Tells these sources, and all else as the house does."""

        def sources(self, _viewer: Viewer) -> list[Any]:
            return list(together.values())

        def snapshot(self) -> Any:
            return full.snapshot()

    house: Any = House()
    lines = [words(one) for one in components(freshness(Desk(house, ADA, State()))) if isinstance(one, html.Li)]
    assert len(lines) == len({one.sentence.removeprefix(f"{one.name}: ") for one in together.values()})
    assert any({young.name, "mirror"} <= set(line.split(" :")[0].split(", ")) for line in lines), lines


def test_the_collections_that_hold_a_record_are_on_its_page_for_those_who_may_see_them(full: Installation) -> None:
    number = first(full, "publication")
    mine = keeping.make(full.storage, ADA, "Ice and water")
    keeping.add(full.storage, ADA, mine, [number])
    try:
        page = record_page.words(Desk(full, ADA, State(), str(number)))
        assert "Ice and water" in words(page)
        assert f"/collections/{mine}" in set(leads(page))
        assert "In none that is shown to you." in words(record_page.words(Desk(full, VERA, State(), str(number))))
    finally:
        keeping.delete(full.storage, ADA, mine)


def test_of_a_crowd_some_hundred_are_on_the_page_and_the_way_to_all() -> None:
    drawn = crowd([f"name {n}" for n in range(3_000)], html.Li, 40, "/record/1.json", "names")
    shown = [one.children for one in components(drawn) if isinstance(one, html.Li)]
    assert shown == [f"name {n}" for n in range(AT_MOST)]
    assert list(leads(drawn)) == ["/record/1.json"]
    assert "2\u202f960 more" in words(drawn)
    assert len(crowd(["one", "two"], html.Li, 2, "", "names")) == 1


def test_a_chosen_year_is_a_chip_that_takes_it_out_and_leaves_its_publications(full: Installation) -> None:
    years, newest = [(2018, 2), (2020, 1), (2021, 3)], [9, 8, 7, 6, 5, 4, 3]
    for chosen, expected in {
        "2020": [6],
        "2018-2020": [6, 5, 4],
        "2019": [],
        "-2018": [5, 4],
        "2021-": [9, 8, 7],
    }.items():
        shown, chip = of_year(Desk(full, VERA, State.read(f"?list=publication&year={chosen}")), newest, years)
        assert shown == expected
        assert set(leads(chip)) == {"?list=publication"}
    assert of_year(Desk(full, VERA, State.read("?year=soon")), newest, years) == (newest, None)


def test_an_answer_that_lacks_a_part_of_the_index_says_so_beside_the_results(
    full: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = full.search
    said = "1 of the 3 parts of the search index did not answer"
    monkeypatch.setattr(full, "search", lambda *asked, **more: replace(whole(*asked, **more), incomplete=said))
    drawn = search_page.results(Desk(full, ADA, State.read("?q=scattering")))
    assert [words(one) for one in components(drawn) if getattr(one, "role", "") == "alert"] == [said]
