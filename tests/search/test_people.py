"""People are counted as persons: one value whatever the spelling, under a name that the viewer may read."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from dashboards.finding.facets import chosen
from dashboards.frame.state import State
from dashboards.page import Desk as PageDesk
from puma.access import ANONYMOUS, Viewer
from puma.entities import Authorship, Participant, Person, Record
from puma.installation import Installation
from puma.search import Engine, FacetValue, Search, parse
from puma.search.asked import Asked
from puma.search.documents import INDEX_FIELDS, NEWEST_BY, TITLE, WORDS
from puma.search.index_field import IndexField
from puma.search.people import NAMED, PERSON, labelled, names_of, standing_for
from puma.settings import Settings
from puma.storage import Storage
from tests.resolve.desk import OFFICE, Desk, proposal, publication

MakeEngine = Callable[..., Engine]
MEMBER = Viewer("viewer", "Vera")
CURIE, SUSINI, DOUBLE, HIDDEN = 9001, 9002, 9003, 9004
PERSONS = {
    "Curie, M.": CURIE, "Curie, Marie": CURIE, "Susini, J.": SUSINI, "Curie, M. S.": DOUBLE, "Curie, Irène": HIDDEN,
}  # fmt: skip
PAPERS = (
    ["Curie, Marie", "Susini, J."], ["Curie, M.", "Susini, J."], ["Curie, M.", "Nobody, N."], ["Curie, M. S."],
    ["Nobody, N.", "Curie, M.", "Curie, Marie"],
)  # fmt: skip
"""Of the last one both spellings are of one person."""


def nobody(doing: str, done: int, total: int | None) -> None:
    """Progress that nobody watches."""


def fill(storage: Storage) -> Desk:
    """Papers, and proposals that hide, who wrote them being known but for one."""
    desk = Desk(storage, {"library": 10})
    for number, names in enumerate(PAPERS):
        authors = [{"name": name} for name in names]
        desk.hand_in("library", publication(("doi", f"10.1/{number}"), title=f"Paper {number}", authors=authors))
    secret = [{"name": "Curie, Maria Salomea"}, {"name": "Curie, Irène"}]
    for number in range(4):
        desk.hand_in("library", proposal(f"S-{number}", decision="refused", participants=secret))
    persons = {**PERSONS, "Curie, Maria Salomea": CURIE}
    at = {"created_at": desk.at, "changed_at": desk.at, "kind": "person", "visibility": "internal"}
    with storage.writing() as session:
        for number in sorted(set(persons.values())):
            session.execute(insert(Record).values(id=number, **at))
            session.execute(insert(Person).values(id=number, family_name="Curie", user=False))
        for mention in (Authorship, Participant):
            for name, number in persons.items():
                session.execute(update(mention).where(mention.name == name).values(person_id=number))
    return desk


@pytest.fixture
def house(tmp_path: Path, make_engine: MakeEngine) -> Iterator[Installation]:
    """A small installation on each of the two engines."""
    house = Installation(Settings(home=tmp_path))
    house.prepare()
    house.engine = make_engine(INDEX_FIELDS, newest_by=NEWEST_BY, title=TITLE)
    fill(house.storage)
    house.index(nobody)
    yield house
    house.close()


def people(house: Installation, viewer: Viewer = OFFICE, **filters: Sequence[str]) -> list[tuple[str, str, int]]:
    found = house.search(viewer, "", filters=filters, facets=(PERSON,)).facets[PERSON]
    return [(one.value, one.label, one.count) for one in found]


def test_a_person_is_one_value_whose_count_a_click_leaves_and_whose_name_hides_nothing(house: Installation) -> None:
    works = [("9001", "Curie, Marie", 4), ("~Nobody, N.", "Nobody, N.", 2), ("9002", "Susini, J.", 2)]
    assert people(house, MEMBER) == people(house, ANONYMOUS) == [*works, ("9003", "Curie, M. S.", 1)]
    seen = people(house)
    assert seen[:2] == [("9001", "Curie, Marie", 8), ("9004", "Curie, Irène", 4)], "works come before proposals"
    for viewer in (OFFICE, MEMBER):
        for value, label, count in people(house, viewer):
            assert house.count(viewer, Asked(filters={PERSON: [value]})) == count
            assert house.count(viewer, Asked(excluded={PERSON: [value]})) == (9 if viewer is OFFICE else 5) - count
            desk = PageDesk(house, viewer, State({"person": (value,)}))
            assert [(name, word) for name, word, _ in chosen(desk)] == [("People", label)]
    assert people(house, MEMBER, person=["9002"])[0] == works[0], "a choice leaves the others' counts"
    assert house.called(MEMBER, ["9004", "17"]) == {}, "who is only on what is hidden is like nobody"
    assert house.count(MEMBER, Asked(filters={"author": ["Curie, Marie"]})) == 2, "addresses with a spelling go on"


def test_somebody_is_found_by_any_spelling_that_is_not_hidden_with_the_count_of_all(house: Installation) -> None:
    def like(viewer: Viewer, text: str) -> list[tuple[str, str, int]]:
        found = house.values_like(viewer, Asked(), PERSON, text)
        assert found == house.values_like(viewer, Asked(filters={PERSON: ["9002"]}), PERSON, text)
        return [(one.value, one.label, one.count) for one in found]

    assert like(MEMBER, "marie") == [("9001", "Curie, Marie", 4)]
    assert like(MEMBER, "cur") == [("9001", "Curie, Marie", 4), ("9003", "Curie, M. S.", 1)]
    assert like(MEMBER, "cur m s") == [("9003", "Curie, M. S.", 1)]
    assert like(MEMBER, "9001") == like(MEMBER, "salom") == like(MEMBER, "irene") == []
    assert like(OFFICE, "salom") == [("9001", "Curie, Marie", 8)]
    offered = house.suggest(MEMBER, "mari").items
    assert [(one.field, one.value, one.label, one.count, one.record_id) for one in offered] == [
        (PERSON, "9001", "Curie, Marie", 4, CURIE)
    ]
    assert [one.record_id for one in house.suggest(ANONYMOUS, "mari").items] == [None]
    assert house.suggest(MEMBER, "salom").items == []


def test_who_is_made_one_is_one_value_at_once_and_old_addresses_lead_there(house: Installation) -> None:
    number = house.join(OFFICE, CURIE, DOUBLE)
    assert ("9001", "Curie, Marie", 5) in people(house, MEMBER)
    assert "9003" not in [value for value, _, _ in people(house)]
    for key in ("9001", "9003"):
        assert house.count(MEMBER, Asked(filters={PERSON: [key]})) == 5
        assert house.count(MEMBER, Asked(excluded={PERSON: [key]})) == 0
    assert people(house, MEMBER, person=["9003"])[0] == ("9003", "Curie, Marie", 5), "a click takes the old choice back"
    assert house.called(MEMBER, ["9003"]) == {"9003": "Curie, Marie"}
    house.undo(OFFICE, number)
    assert ("9003", "Curie, M. S.", 1) in people(house, MEMBER)
    with house.storage.writing() as session:  # as matching does
        session.execute(update(Authorship).where(Authorship.name == "Nobody, N.").values(person_id=SUSINI))
    assert house.index(nobody).counters["changed"] == 2
    assert ("9002", "Susini, J.", 4) in people(house, MEMBER)


def test_names_are_read_alike_from_both_databases(storage: Storage) -> None:
    fill(storage)
    keys = ["9001", "009002", "~Nobody, N.", "9004", "17", "x", "9" * 40]

    def read(ask: Callable[[Session], Any]) -> Any:
        with storage.reading() as session:
            return ask(session)

    known = {"9001": "Curie, Marie", "009002": "Susini, J.", "~Nobody, N.": "Nobody, N."}
    assert read(lambda session: names_of(session, ANONYMOUS, keys)) == known
    assert read(lambda session: names_of(session, OFFICE, keys)) == {**known, "9004": "Curie, Irène"}
    with storage.writing() as session:
        for one, other in ((DOUBLE, CURIE), (SUSINI, DOUBLE), (HIDDEN, HIDDEN)):
            session.execute(update(Record).where(Record.id == one).values(merged_into_id=other))
    became = {"9001": "9001", "009002": "9001", "9004": "9004", "17": "17"}
    assert read(lambda session: standing_for(session, keys)) == became
    papers = read(lambda session: session.scalar(select(Record.id).where(Record.kind == "publication")))
    assert read(lambda session: names_of(session, OFFICE, [str(papers)])) == {}


def test_persons_of_one_name_are_told_apart_and_equal_counts_stand_in_the_order_of_names() -> None:
    values = [*(FacetValue(key, 3) for key in ("20", "30", "10", "~Wu, X.")), FacetValue("7", 9)]
    names = {"30": "Wu, X.", "10": "Wu, X.", "20": "Ångström, K.", "~Wu, X.": "Wu, X."}
    labels = [one.label for one in labelled(values, names)]
    assert labels == ["7", "Ångström, K.", "Wu, X.", "Wu, X. #10", "Wu, X. #30"]


def test_keys_are_counted_and_chosen_whole_and_never_found_by_words(make_engine: MakeEngine) -> None:
    fields = (IndexField("title", "text"), IndexField("who", "key", facet=True, many=True, stored=False))
    engine = make_engine(fields)
    engine.rebuild(
        {"id": key, "kind": "note", "visibility": "public", "title": "note", "who": [f"p{key % 60}", f"{key % 2}"]}
        for key in range(120)
    )
    everybody = frozenset({"public"})
    chosen_ones = Search(None, everybody, facets=["who"], facet_of=["p3", "1", "none"], facet_size=1)
    assert [(one.value, one.count) for one in engine.search(chosen_ones).facets["who"]] == [("1", 60)]
    both = engine.search(Search(None, everybody, {"who": ["p3"]}, facets=["who"], facet_of=["p3", "p4"], facet_size=9))
    assert (both.total, [(one.value, one.count) for one in both.facets["who"]]) == (2, [("p3", 2), ("p4", 2)])
    assert engine.search(Search(parse("p3", WORDS), everybody)).total == 0
    assert "who" not in both.hits[0].fields
    assert {PERSON, NAMED}.isdisjoint(WORDS)
