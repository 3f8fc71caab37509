"""Persons put together and apart by people, on both databases: it lasts, it is replayed, and it can be taken back."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from puma import decisions
from puma.access import Viewer
from puma.claims import Claim
from puma.entities import Authorship, Decision, Participant, Person, Record
from puma.errors import Conflict, NotHere, Refused, WrongUsage
from puma.linking.affiliations import resolve_affiliations, store_affiliations
from puma.linking.people import find_people
from puma.linking.people_rows import store_people
from puma.resolve import put_by_hand
from puma.storage import Storage
from tests.resolve.desk import OFFICE, Desk, experiment, proposal, publication

PLACES = (
    "Institut Laue-Langevin, Grenoble, France",
    "University of Oslo, Oslo, Norway",
    "Lund University, Lund, Sweden",
)
NAMES = ("Quetzal, Ximena", "Quetzal, X.", "Okonkwo, Chidi", "Okonkwo, C.", "Brandvold, Sigrid", "Brandvold, S.")
ORCIDS = ("0000-0002-1825-0097", "0000-0001-5109-3700")


class Room(Desk):
    """A desk at which persons are matched, and ways to ask who is who."""

    def match(self) -> int:
        """Find out who is who, as a matching does. Returns how many rows it changed."""
        with self.storage.reading() as session:
            places, _ = resolve_affiliations(session)
        with self.storage.writing() as session:
            store_affiliations(session, places)
        with self.storage.reading() as session:
            people = find_people(session)
        with self.storage.writing() as session:
            counters = store_people(session, people, self.at)
        return sum(count for name, count in counters.items() if name.endswith(("_changed", "_added")))

    def who(self) -> dict[tuple[int, str], int | None]:
        """The person of every authorship and participation, by record and name as written."""
        with self.storage.reading() as session:
            works = session.execute(select(Authorship.record_id, Authorship.name, Authorship.person_id)).all()
            bids = session.execute(select(Participant.proposal_id, Participant.name, Participant.person_id)).all()
        return {(record, name): person for record, name, person in [*works, *bids]}

    def decided(self) -> dict[tuple[int, str], int | None]:
        """The same of those about which a decision stands."""
        with self.storage.reading() as session:
            put, who = put_by_hand(session), self.who()
            works = session.execute(select(Authorship.id, Authorship.record_id, Authorship.name)).all()
            bids = session.execute(select(Participant.id, Participant.proposal_id, Participant.name)).all()
        keys = [(record, name) for row, record, name in works if row in put.authors]
        return {key: who[key] for key in [*keys, *((bid, name) for row, bid, name in bids if row in put.participants)]}

    def persons(self) -> list[int]:
        return self.standing("person")

    def of(self, person: int) -> list[int]:
        """The records on which a person is named."""
        return sorted({record for (record, _), found in self.who().items() if found == person})

    def state(self) -> dict[str, list[str]]:
        """All tables apart from the log itself."""
        left_out = ("decision", "number_series", "record")
        told = {name: rows for name, rows in self.everything().items() if name not in left_out}
        columns = ("id", "kind", "visibility", "deleted_at", "merged_into_id")
        records = [(*row[:3], row[3] is not None, row[4]) for row in self.rows(Record, *columns)]
        return {**told, "record": [repr(row) for row in records]}


def member(key: str, name: str, **values: Any) -> Claim:
    family, _, given = name.partition(", ")
    return Claim("person", (("source", f"office:{key}"),), {"family_name": family, "given_name": given, **values})


def paper(number: int, authors: Sequence[str | Mapping[str, Any]], *, place: int = 0, **values: Any) -> Claim:
    written = [
        {"affiliations": [{"text": PLACES[place]}], **({"name": one} if isinstance(one, str) else one)}
        for one in authors
    ]
    more = {"title": f"Study number {number} of skyrmions", "year": 2015 + number % 8, "authors": written, **values}
    return publication(("doi", f"10.1000/{number}"), ("source", f"a:{number}"), **more)


@pytest.fixture
def room(storage: Storage) -> Room:
    room = Room(storage, {"a": 10, "b": 20})
    room.hand_in("a", paper(1, ["Nobody, Known", "Other, Ann"]), paper(2, ["Nobody, Known", "Other, Ann"]))
    room.hand_in("a", paper(3, ["Nobodi, Known", "Third, Bea"], place=1), paper(4, ["Nobodi, Known"], place=1))
    room.match()
    return room


def author(room: Room, number: int, name: str) -> int:
    found = room.who()[room.number("publication", "source", f"a:{number}"), name]
    assert found is not None
    return found


def test_two_persons_made_one_stay_one_through_re_harvest_and_matching_and_are_two_again_when_taken_back(
    room: Room,
) -> None:
    keep, other = author(room, 1, "Nobody, Known"), author(room, 3, "Nobodi, Known")
    assert keep != other
    before, who = room.state(), room.who()
    number = decisions.join(room.storage, OFFICE, keep, other, "married")
    works = [room.number("publication", "source", f"a:{place}") for place in (1, 2, 3, 4)]
    assert room.of(keep) == works
    assert other not in room.persons()
    room.match()
    assert room.of(keep) == works
    assert room.match() == 0
    room.hand_in("a", paper(3, ["Third, Bea", "Nobodi, Known"], place=1, volume="7"))
    assert room.of(keep) == works, "the end of a run puts it back, before any matching"
    room.match()
    assert room.of(keep) == works
    room.hand_in("a", paper(3, ["Nobodi, Known", "Third, Bea"], place=1))
    decisions.undo(room.storage, OFFICE, number)
    room.match()
    assert room.who() == who
    assert room.state() == before
    with pytest.raises(Conflict):
        decisions.undo(room.storage, OFFICE, number)


def test_merge_and_undo_leave_every_table_as_it_was(room: Room) -> None:
    before = room.state()
    number = decisions.join(room.storage, OFFICE, author(room, 1, "Nobody, Known"), author(room, 3, "Nobodi, Known"))
    assert room.state() != before
    decisions.undo(room.storage, OFFICE, number)
    assert room.state() == before


def test_a_new_paper_of_either_name_goes_to_the_person_that_both_are_now(room: Room) -> None:
    keep, other = author(room, 1, "Nobody, Known"), author(room, 3, "Nobodi, Known")
    decisions.join(room.storage, OFFICE, keep, other)
    room.hand_in("a", paper(7, ["Nobodi, Known", "Third, Bea"], place=1), paper(8, ["Nobody, Known", "Other, Ann"]))
    room.match()
    assert author(room, 7, "Nobodi, Known") == keep
    assert author(room, 8, "Nobody, Known") == keep


def test_what_was_taken_apart_stays_apart_and_keeps_its_number_through_re_harvest_and_matching(room: Room) -> None:
    person = author(room, 1, "Nobody, Known")
    before = room.who()
    second = room.number("publication", "source", "a:2")
    number = decisions.split(room.storage, OFFICE, person, [second], "another one")
    new = author(room, 2, "Nobody, Known")
    assert new != person
    assert author(room, 1, "Nobody, Known") == person
    room.match()
    assert (author(room, 1, "Nobody, Known"), author(room, 2, "Nobody, Known")) == (person, new)
    assert room.match() == 0
    room.hand_in("a", paper(2, ["First, Now", "Nobody, Known", "Other, Ann"]))
    room.match()
    assert (author(room, 1, "Nobody, Known"), author(room, 2, "Nobody, Known")) == (person, new)
    room.hand_in("a", paper(2, ["Nobody, Known", "Other, Ann"]))
    decisions.undo(room.storage, OFFICE, number)
    assert author(room, 2, "Nobody, Known") == person
    room.match()
    assert room.who() == before


def test_a_person_known_to_the_user_office_can_be_taken_apart_and_keeps_its_proposals_where_they_were_put(
    room: Room,
) -> None:
    team = [{"person": ["source", "office:q"], "name": "Quetzal, Ximena", "affiliation": PLACES[0]}]
    room.hand_in("b", member("q", "Quetzal, Ximena", email="q@example.org", user=True))
    bids = [proposal(code, decision="accepted", participants=team) for code in ("MA-1", "MA-2")]
    room.hand_in("b", *bids, experiment("MA-2-1", proposal_code="MA-2", participants=[{"person": team[0]["person"]}]))
    room.match()
    person = room.number("person", "source", "office:q")
    bid = room.number("proposal", "code", "EPNS/ma2")
    before = room.state()
    number = decisions.split(room.storage, OFFICE, person, [bid])
    (new,) = {found for (record, _), found in room.who().items() if record == bid}
    assert new not in (None, person)
    room.hand_in("b", *bids)
    assert room.of(person) == [room.number("proposal", "code", "EPNS/ma1")]
    room.match()
    assert room.of(new or 0) == [bid]
    decisions.undo(room.storage, OFFICE, number)
    assert room.of(person) == [room.number("proposal", "code", "EPNS/ma1"), bid]
    after = room.state()
    for table in ("participant", "experiment_participant", "person_affiliation", "authorship"):
        assert after[table] == before[table]


def test_two_accounts_of_one_user_become_one_and_what_the_office_says_follows(room: Room) -> None:
    room.hand_in("b", member("q", "Quetzal, Ximena", email="q@example.org"), member("x", "Quetzal, Mena", user=True))
    team = [{"person": ["source", "office:x"], "name": "Quetzal, Mena"}]
    bid = proposal("MA-1", decision="accepted", participants=team)
    room.hand_in("b", bid)
    room.match()
    keep, other = room.number("person", "source", "office:q"), room.number("person", "source", "office:x")
    before = room.state()
    number = decisions.join(room.storage, OFFICE, keep, other)
    assert room.number("person", "source", "office:x") == keep
    room.hand_in("b", member("x", "Quetzal, Mena", user=True), bid)
    room.match()
    assert room.of(keep) == [room.number("proposal", "code", "EPNS/ma1")]
    assert other not in room.persons()
    decisions.undo(room.storage, OFFICE, number)
    room.match()
    assert room.state() == before


def test_whom_a_source_tells_of_is_kept_before_whom_only_works_name(room: Room) -> None:
    room.hand_in("b", member("n", "Nobody, Different", email="n@example.org"))
    office, made = room.number("person", "source", "office:n"), author(room, 1, "Nobody, Known")
    decisions.join(room.storage, OFFICE, made, office)
    assert office in room.persons()
    assert made not in room.persons()
    room.match()
    assert len(room.of(office)) == 2


def test_two_orcids_are_made_one_only_with_a_reason(room: Room) -> None:
    room.hand_in("b", member("1", "Quetzal, Ximena", orcid=ORCIDS[0]), member("2", "Quetzal, X.", orcid=ORCIDS[1]))
    one, other = (room.number("person", "source", f"office:{key}") for key in "12")
    with pytest.raises(WrongUsage, match="two different ORCID iDs"):
        decisions.join(room.storage, OFFICE, one, other)
    decisions.join(room.storage, OFFICE, one, other, "she forgot the first one")
    room.hand_in("a", paper(9, [{"name": "Quetzal, X.", "orcid": ORCIDS[1]}]))
    room.hand_in("b", member("2", "Quetzal, X.", orcid=ORCIDS[1]))
    room.match()
    assert author(room, 9, "Quetzal, X.") == one


def test_who_may_not_decide_is_refused_and_nonsense_is_told_in_a_sentence(room: Room) -> None:
    one, other = author(room, 1, "Nobody, Known"), author(room, 3, "Nobodi, Known")
    scientist = Viewer("scientist", "Bea")
    for act in (decisions.join, decisions.apart):
        with pytest.raises(Refused):
            act(room.storage, scientist, one, other)
    with pytest.raises(Refused):
        decisions.split(room.storage, scientist, one, [1])
    with pytest.raises(WrongUsage):
        decisions.join(room.storage, OFFICE, one, one)
    with pytest.raises(NotHere):
        decisions.join(room.storage, OFFICE, one, 999_999)
    with pytest.raises(WrongUsage, match="at least one"):
        decisions.split(room.storage, OFFICE, one, [999_999])
    with pytest.raises(WrongUsage, match="Nothing would be left"):
        decisions.split(room.storage, OFFICE, one, room.of(one))


def test_an_earlier_decision_is_taken_back_after_the_later_ones_on_the_same_persons(room: Room) -> None:
    one, other = author(room, 1, "Nobody, Known"), author(room, 3, "Nobodi, Known")
    first = decisions.join(room.storage, OFFICE, one, other)
    second = decisions.split(room.storage, OFFICE, one, [room.number("publication", "source", "a:4")])
    with pytest.raises(Conflict, match="once more since"):
        decisions.undo(room.storage, OFFICE, first)
    decisions.undo(room.storage, OFFICE, second)
    decisions.undo(room.storage, OFFICE, first)
    assert author(room, 4, "Nobodi, Known") == other


def crowded(storage: Storage) -> Room:
    """Thirty papers and six proposals of people with names that are easily mixed up."""
    room, rng = Room(storage, {"a": 10, "b": 20}), Random(5)
    room.hand_in("b", *(member(str(n), name, email=f"{n}@example.org") for n, name in enumerate(NAMES[::2])))
    for number in range(6):
        team = [{"person": ["source", f"office:{n}"], "name": NAMES[2 * n]} for n in rng.sample(range(3), 2)]
        room.hand_in("b", proposal(f"MA-{number}", decision="accepted", participants=[*team, {"name": "Guest, G."}]))
    some = [paper(n, rng.sample(NAMES, rng.randint(1, 4)), place=rng.randrange(3)) for n in range(30)]
    room.hand_in("a", *some)
    room.match()
    return room


def act_at_random(room: Room, rng: Random, open_ones: list[int]) -> None:
    """One decision that somebody could take now; one that is refused changes nothing."""
    persons = room.persons()
    try:
        choice = rng.random()
        if choice < 0.3 and len(persons) > 6:
            keep, other = rng.sample(persons, 2)
            open_ones.append(decisions.join(room.storage, OFFICE, keep, other, reason="r"))
        elif choice < 0.7:
            person = rng.choice(persons)
            records = room.of(person)
            some = rng.sample(records, rng.randint(1, len(records))) if records else [1]
            open_ones.append(decisions.split(room.storage, OFFICE, person, some))
        elif open_ones:
            number = rng.choice(open_ones)
            decisions.undo(room.storage, OFFICE, number)
            open_ones.remove(number)
    except (WrongUsage, Conflict):
        pass


def test_a_hundred_random_decisions_stand_through_matching_are_replayed_and_can_all_be_taken_back(
    tmp_path: Any,
) -> None:
    rooms = []
    for name in ("one", "other"):
        storage = Storage(f"sqlite:///{tmp_path}/{name}.db")
        storage.migrate()
        rooms.append(crowded(storage))
    room, again = rooms
    first = room.state()
    who = room.who()
    rng, matched = Random(11), set()
    open_ones: list[int] = []
    for step in range(100):
        act_at_random(room, rng, open_ones)
        if step % 25 == 24:
            said = room.decided()
            assert len(said) > 20
            room.match()
            matched.add(len(room.rows(Decision, "id")))
            assert room.decided() == said
    with room.storage.reading() as session:
        log = session.scalars(select(Decision).order_by(Decision.id)).all()
        session.expunge_all()
    assert len(log) > 50
    assert {row.verdict for row in log} == {"join", "split", "undo"}
    for row in log:
        replay(again, row)
        if row.id in matched:
            again.match()
    again.match()
    room.match()
    assert again.who() == room.who()
    assert again.state() == room.state()
    for number in sorted(open_ones, reverse=True):
        decisions.undo(room.storage, OFFICE, number)
    room.match()
    assert room.who() == who
    after = room.state()
    assert set(first["record"]) < set(after["record"]), "who was taken apart and put together again leads on"
    for table in ("authorship", "participant", "person_affiliation", "identifier", "link"):
        kept = [row for row in after[table] if "split:" not in row]
        assert kept == first[table], table
    for one in rooms:
        one.storage.close()


def replay(room: Room, row: Decision) -> None:
    """Decide once more what a row of the log says."""
    assert row.right_id is not None
    if row.verdict == "join":
        decisions.join(room.storage, OFFICE, row.left_id, row.right_id, row.reason)
    elif row.verdict == "split":
        said = row.value[0]
        going = {
            one[0] for kind in ("works", "proposals", "experiments") for one in said[kind] if one[-1] == row.right_id
        }
        with room.storage.reading() as session:
            before = session.scalar(select(Record.id).order_by(Record.id.desc()).limit(1)) or 0
        assert row.right_id == before + 1, "persons get the numbers they had"
        decisions.split(room.storage, OFFICE, row.left_id, going, row.reason)
    else:
        assert row.undoes_id is not None
        decisions.undo(room.storage, OFFICE, row.undoes_id)


def test_the_persons_row_follows_what_is_left_of_it(room: Room) -> None:
    room.hand_in("a", paper(5, [{"name": "Curie, Marie", "orcid": ORCIDS[0]}]), paper(6, ["Curie, M."]))
    room.match()
    person = author(room, 5, "Curie, Marie")
    if author(room, 6, "Curie, M.") != person:
        decisions.join(room.storage, OFFICE, person, author(room, 6, "Curie, M."))
    number = decisions.split(room.storage, OFFICE, person, [room.number("publication", "source", "a:5")])
    new = author(room, 5, "Curie, Marie")

    def called(which: int) -> tuple[str, str | None, str | None]:
        with room.storage.reading() as session:
            row = session.get_one(Person, which)
            return row.family_name, row.given_name, row.orcid

    assert called(new) == ("Curie", "Marie", ORCIDS[0])
    assert called(person) == ("Curie", "M.", None)
    decisions.undo(room.storage, OFFICE, number)
    assert called(person) == ("Curie", "Marie", ORCIDS[0])
