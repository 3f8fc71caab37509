"""Institutions put together and apart by people, on both databases: it lasts, is as foretold, can be taken back."""

from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from puma import decisions
from puma.access import Viewer
from puma.claims import Claim
from puma.entities import Affiliation, AffiliationInstitution, Institution, Record
from puma.errors import Conflict, NotHere, Refused, WrongUsage
from puma.linking.affiliations import resolve_affiliations, store_affiliations
from puma.linking.institutions_alike import find_alike, store_alike
from puma.listing import alike_institutions, doubts, institution, institution_acts, one_institution
from puma.storage import Storage
from tests.resolve.desk import OFFICE, Desk, proposal, publication

RORS = {"lund": "012a77v79", "oslo": "01xtthb56", "ill": "01xtjs520"}
LUND, OSLO, ILL = (
    "Lund University, Lund, Sweden", "University of Oslo, Oslo, Norway",
    "Institut Laue-Langevin, Grenoble, France",
)  # fmt: skip
HALL = "Tharsis Hall of Optics, Lund, Sweden"


class Room(Desk):
    """A desk at which affiliations are resolved."""

    def match(self) -> int:
        """Resolve affiliations and suspect institutions, as a matching does. Returns how many rows it changed."""
        with self.storage.reading() as session:
            places, _ = resolve_affiliations(session)
            twins = find_alike(session)
        with self.storage.writing() as session:
            store_affiliations(session, places)
            return len(places) + store_alike(session, twins)

    def place(self, text: str) -> int | None:
        """The institution that is meant by a text."""
        with self.storage.reading() as session:
            return session.scalar(select(Affiliation.institution_id).where(Affiliation.text == text))

    def state(self) -> dict[str, list[str]]:
        """All tables apart from the log itself."""
        left_out = ("decision", "number_series", "record")
        told = {name: rows for name, rows in self.everything().items() if name not in left_out}
        columns = ("id", "kind", "visibility", "deleted_at", "merged_into_id")
        records = [(*row[:3], row[3] is not None, row[4]) for row in self.rows(Record, *columns)]
        return {**told, "record": [repr(row) for row in records]}


def registered(name: str, called: str, city: str, country: str, **values: Any) -> Claim:
    key = RORS[name]
    said = {"name": called, "ror": key, "city": city, "country": country, **values}
    return Claim("institution", (("ror", key),), said)


def local(key: str, name: str, city: str = "", country: str = "", **values: Any) -> Claim:
    said = {"name": name, "city": city, "country": country, **values}
    return Claim("institution", (("source", f"office:{key}"),), said)


LUNDS = registered("lund", "Lund University", "Lund", "SE")
LUNDISH = local("17", "Univ Lund", "Lund", "SE", names=[{"name": "Lund Universty", "kind": "alias"}])
TARN = local("18", "Tharsis Hall of Optics", "Lund", "SE")


def paper(number: int, *places: str) -> Claim:
    authors = [{"name": f"Curie, {chr(65 + at)}.", "affiliations": [{"text": text}]} for at, text in enumerate(places)]
    keys = ("doi", f"10.1000/{number}"), ("source", f"a:{number}")
    return publication(*keys, title=f"Study {number}", authors=authors)


@pytest.fixture
def room(storage: Storage) -> Room:
    room = Room(storage, {"registry": 10, "office": 5, "library": 20})
    others = [registered("oslo", "University of Oslo", "Oslo", "NO"),
              registered("ill", "Institut Laue-Langevin", "Grenoble", "FR")]  # fmt: skip
    room.hand_in("registry", LUNDS, *others)
    room.hand_in("office", LUNDISH, TARN)
    room.hand_in("library", paper(1, LUND, OSLO), paper(2, HALL), paper(3, HALL, ILL))
    team = [{"name": "Curie, A", "affiliation": HALL}]
    room.hand_in("office", proposal("MA-1", decision="accepted", participants=team))
    room.match()
    return room


def known(room: Room, name: str) -> int:
    return room.number("institution", "ror", RORS[name])


def office(room: Room, key: str) -> int:
    return room.number("institution", "source", f"office:{key}")


def test_two_institutions_made_one_stay_one_through_re_harvest_and_matching_and_are_two_again_when_taken_back(
    room: Room,
) -> None:
    keep, other = known(room, "lund"), office(room, "18")
    assert room.place(HALL) == other
    before = room.state()
    number = decisions.join(room.storage, OFFICE, keep, other, "a department")
    assert room.place(HALL) == keep
    assert other not in room.standing("institution")
    room.match()
    assert room.match() == 0
    assert room.place(HALL) == keep
    room.hand_in("office", local("18", "Tharsis Hall of Optics", "Lund", "SE", url="https://example.org"))
    room.hand_in("registry", registered("lund", "Lund University", "Lund", "SE", url="https://lu.example.org"))
    assert other not in room.standing("institution"), "the end of a run puts it back, before any matching"
    room.hand_in("library", paper(4, f"Room 7, {HALL}"))
    room.match()
    assert room.place(HALL) == keep
    assert room.place(f"Room 7, {HALL}") == keep, "who writes the other name means the kept one"
    assert room.value("institution", ("ror", RORS["lund"]), "name") == "Lund University"
    room.hand_in("office", TARN)
    room.hand_in("registry", LUNDS)
    decisions.undo(room.storage, OFFICE, number)
    room.match()
    assert room.place(HALL) == room.place(f"Room 7, {HALL}") == other
    assert before["institution"] == room.state()["institution"]
    with pytest.raises(Conflict):
        decisions.undo(room.storage, OFFICE, number)


def test_merge_and_undo_leave_every_table_as_it_was(room: Room) -> None:
    before = room.state()
    number = decisions.join(room.storage, OFFICE, known(room, "lund"), office(room, "18"))
    assert room.state() != before
    decisions.undo(room.storage, OFFICE, number)
    assert room.state() == before


def test_the_counts_after_a_merge_are_those_that_were_foretold(room: Room) -> None:
    keep, other = known(room, "lund"), office(room, "18")
    said = one_institution(room.storage, OFFICE, other, keep)
    assert said is not None
    assert said.keep.institution.record_id == keep, "what the registry knows is kept, whichever came first"
    assert (said.other.bulk.affiliations, said.other.bulk.publications, said.other.bulk.proposals) == (1, 2, 1)
    assert (said.both.affiliations, said.both.publications, said.both.proposals) == (2, 3, 1)
    decisions.join(room.storage, OFFICE, other, keep)
    shown = institution(room.storage, OFFICE, other)
    assert shown is not None
    assert shown.id == keep, "the page of the other one leads there"
    assert (len(shown.written), len(shown.publications), len(shown.proposals)) == (2, 3, 1)


def test_a_joined_institution_of_another_town_is_still_understood_by_its_own_address(room: Room) -> None:
    keep, other = known(room, "ill"), known(room, "oslo")
    with pytest.raises(WrongUsage, match="as two"):
        decisions.join(room.storage, OFFICE, keep, other)
    decisions.join(room.storage, OFFICE, keep, other, "they count as one here")
    room.hand_in("library", paper(5, "Department of Physics, University of Oslo, 0316 Oslo, Norway"))
    room.match()
    assert room.place(OSLO) == room.place("Department of Physics, University of Oslo, 0316 Oslo, Norway") == keep
    with room.storage.reading() as session:
        countries = set(session.scalars(select(Affiliation.country).where(Affiliation.institution_id == keep)))
    assert countries == {"FR"}


def test_an_affiliation_that_names_both_names_the_kept_one_once_and_both_again_after_undo(room: Room) -> None:
    keep, other = known(room, "lund"), office(room, "18")
    with room.storage.writing() as session:
        row = session.scalar(select(Affiliation.id).where(Affiliation.text == LUND))
        for number in (other, known(room, "ill")):
            session.add(AffiliationInstitution(affiliation_id=row, institution_id=number))
    before = room.rows(AffiliationInstitution, "affiliation_id", "institution_id")
    number = decisions.join(room.storage, OFFICE, keep, other)
    assert [one for _, one in room.rows(AffiliationInstitution, "affiliation_id", "institution_id")] == [
        known(room, "ill")
    ]
    decisions.undo(room.storage, OFFICE, number)
    assert room.rows(AffiliationInstitution, "affiliation_id", "institution_id") == before


def test_parts_follow_and_a_part_that_keeps_its_whole_takes_its_place(room: Room) -> None:
    room.hand_in("registry", registered("oslo", "University of Oslo", "Oslo", "NO", parent_ror=RORS["lund"]),
                 registered("lund", "Lund University", "Lund", "SE", parent_ror=RORS["ill"]))  # fmt: skip
    parent = room.value("institution", ("ror", RORS["oslo"]), "parent_id")
    assert parent == known(room, "lund")
    number = decisions.join(room.storage, OFFICE, known(room, "oslo"), known(room, "lund"), "one house")
    assert room.value("institution", ("ror", RORS["oslo"]), "parent_id") == known(room, "ill")
    decisions.undo(room.storage, OFFICE, number)
    assert room.value("institution", ("ror", RORS["oslo"]), "parent_id") == parent


def test_when_nobody_tells_of_the_kept_one_any_more_the_other_stands_by_itself(room: Room) -> None:
    keep, other = known(room, "ill"), office(room, "18")
    decisions.join(room.storage, OFFICE, keep, other)
    room.take_back("registry", registered("ill", "Institut Laue-Langevin", "Grenoble", "FR"))
    assert other in room.standing("institution")
    room.match()
    assert room.place(HALL) == other


def test_suspected_twins_are_shown_and_a_rejected_pair_is_not_suggested_again(room: Room) -> None:
    keep, other = known(room, "lund"), office(room, "17")
    found = [doubt.key for doubt in doubts(room.storage, OFFICE, "institutions").items]
    assert f"institutions/{min(keep, other)}/{max(keep, other)}" in found
    assert [one.institution.record_id for one in alike_institutions(room.storage, OFFICE, keep)] == [other]
    number = decisions.apart(room.storage, OFFICE, keep, other, "another house")
    room.hand_in("office", local("17", "Univ Lund", "Lund", "SE", names=LUNDISH.values["names"], url="https://a.org"))
    room.match()
    assert alike_institutions(room.storage, OFFICE, keep) == []
    assert doubts(room.storage, OFFICE, "institutions").items == []
    decisions.undo(room.storage, OFFICE, number)
    assert len(alike_institutions(room.storage, OFFICE, keep)) == 1


def test_what_is_split_off_stays_with_the_new_institution_and_goes_back_when_taken_back(room: Room) -> None:
    lund = known(room, "lund")
    lab = "Max Lab, Lund University, Lund, Sweden"
    room.hand_in("library", paper(6, lab), paper(7, lab))
    room.match()
    assert room.place(lab) == lund
    with room.storage.reading() as session:
        (row,) = session.scalars(select(Affiliation.id).where(Affiliation.text == lab))
    before = room.rows(Affiliation, "text", "institution_id", "country", "probability", "decided_by")
    number = decisions.split_off(room.storage, OFFICE, lund, [row], "Max Lab", reason="a house of its own")
    new = room.place(lab)
    assert new not in (None, lund)
    assert room.rows(Institution, "name", "city", "country").count(("Max Lab", "Lund", "SE")) == 1
    room.match()
    room.hand_in("library", paper(6, lab, OSLO), paper(8, lab))
    room.match()
    assert room.place(lab) == new
    shown = institution(room.storage, OFFICE, new or 0)
    assert shown is not None
    assert len(shown.publications) == 3
    room.hand_in("library", paper(6, lab))
    decisions.undo(room.storage, OFFICE, number)
    assert room.rows(Affiliation, "text", "institution_id", "country", "probability", "decided_by") == before
    assert new not in room.standing("institution")
    room.match()
    assert room.place(lab) == lund


def test_an_institution_nobody_knew_can_be_made_for_all_who_wrote_it_and_goes_when_taken_back(room: Room) -> None:
    text = "Kvasir Biotech, Reykjavik, Iceland"
    room.hand_in("library", paper(9, text))
    room.match()
    assert room.place(text) is None
    number = decisions.establish(room.storage, OFFICE, text, "Kvasir Biotech", city="Reykjavik", country="IS")
    new = room.place(text)
    assert new is not None
    room.hand_in("library", paper(10, text), paper(11, "Kvasir Biotech, 101 Reykjavik, Iceland"))
    room.match()
    assert room.place(text) == new
    assert room.place("Kvasir Biotech, 101 Reykjavik, Iceland") == new, "its name is known from now on"
    with pytest.raises(Conflict, match="More is decided"):
        decisions.undo(room.storage, OFFICE, number)
    room.take_back("library", paper(11, ""))
    with room.storage.writing() as session:
        for row in session.scalars(select(Affiliation).where(Affiliation.text.startswith("Kvasir Biotech, 101"))):
            row.institution_id = None
        session.flush()
    decisions.undo(room.storage, OFFICE, number)
    assert room.place(text) is None
    assert new not in room.standing("institution")


def test_an_affiliation_that_was_placed_follows_a_later_merge_and_is_free_again_when_taken_back(room: Room) -> None:
    keep, other = known(room, "lund"), office(room, "18")
    text = "Somewhere unknown, Nowhere"
    room.hand_in("library", paper(12, text))
    room.match()
    placed = decisions.place(room.storage, OFFICE, text, other)
    decisions.join(room.storage, OFFICE, keep, other)
    assert room.place(text) == keep
    room.hand_in("library", paper(12, text, LUND))
    assert room.place(text) == keep
    decisions.undo(room.storage, OFFICE, placed)
    assert room.place(text) is None


def test_a_preferred_name_wins_after_re_harvest_and_the_old_one_is_still_understood(room: Room) -> None:
    hall = office(room, "18")
    number = decisions.correct(room.storage, OFFICE, hall, "name", "Olympus Centre")
    room.hand_in("office", local("18", "Tharsis Hall of Optics", "Lund", "SE", url="https://example.org"))
    room.hand_in("library", paper(13, f"Floor 2, {HALL}"))
    room.match()
    assert room.value("institution", ("source", "office:18"), "name") == "Olympus Centre"
    assert room.place(HALL) == room.place(f"Floor 2, {HALL}") == hall
    decisions.undo(room.storage, OFFICE, number)
    assert room.value("institution", ("source", "office:18"), "name") == "Tharsis Hall of Optics"


def test_what_cannot_be_is_refused_in_a_sentence(room: Room) -> None:
    lund = known(room, "lund")
    with pytest.raises(Refused):
        decisions.join(room.storage, Viewer("scientist", "Bea"), lund, office(room, "18"))
    with pytest.raises(WrongUsage, match="not two institutions"):
        decisions.join(room.storage, OFFICE, lund, lund)
    with pytest.raises(NotHere):
        decisions.join(room.storage, OFFICE, lund, room.standing("publication")[0])
    with pytest.raises(WrongUsage, match="at least one"):
        decisions.split_off(room.storage, OFFICE, lund, [], "Max Lab")
    with room.storage.reading() as session:
        (row,) = session.scalars(select(Affiliation.id).where(Affiliation.text == LUND))
    with pytest.raises(WrongUsage, match="ISO 3166"):
        decisions.split_off(room.storage, OFFICE, lund, [row], "Max Lab", country="XX")
    with pytest.raises(Conflict, match="known there already"):
        decisions.split_off(room.storage, OFFICE, lund, [row], "Lund University")
    with pytest.raises(NotHere):
        decisions.establish(room.storage, OFFICE, "nobody wrote this", "Nowhere")


def test_who_did_what_is_told_on_the_institution_with_the_way_back(room: Room) -> None:
    keep, other = known(room, "lund"), office(room, "18")
    number = decisions.join(room.storage, OFFICE, keep, other, "a department")
    (one,) = institution_acts(room.storage, OFFICE, keep)
    assert (one.by, one.reason, one.decision) == ("Ada", "a department", number)
    assert "Tharsis Hall of Optics" in one.words
    assert institution_acts(room.storage, Viewer("viewer", "Vi"), keep) == []


def test_any_sequence_of_merges_taken_back_newest_first_ends_where_it_began(room: Room) -> None:
    before = room.state()
    rng = Random(3)
    made: list[int] = []
    for _ in range(25):
        standing = room.standing("institution")
        if made and (len(standing) < 2 or rng.random() < 0.4):
            decisions.undo(room.storage, OFFICE, made.pop())
            continue
        keep, other = rng.sample(standing, 2)
        made.append(decisions.join(room.storage, OFFICE, keep, other, "trial"))
    while made:
        decisions.undo(room.storage, OFFICE, made.pop())
    assert room.state() == before
