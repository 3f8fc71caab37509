"""Pages of persons and institutions on both databases: what they hold, and that nobody sees what is not theirs."""

import pytest
from sqlalchemy import select

from puma import decisions
from puma.access import ANONYMOUS, Viewer
from puma.claims import Claim
from puma.entities import Affiliation, PersonPair
from puma.errors import Refused
from puma.linking.people import find_people
from puma.linking.people_rows import store_people
from puma.listing import alike, documents, doubts, find_persons, institution, person, together
from puma.storage import Storage, update_rows
from tests.linking.test_persons_by_hand import PLACES, Room, member, paper
from tests.resolve.desk import OFFICE, proposal

VIEWER = Viewer("viewer", "Vera")
SCIENTIST = Viewer("scientist", "Bea")
ORCID = "0000-0002-1825-0097"


class Hall(Room):
    """A room in which affiliations are placed by hand, so that only persons are matched."""

    def match(self) -> int:
        with self.storage.reading() as session:
            people = find_people(session)
        with self.storage.writing() as session:
            counters = store_people(session, people, self.at)
        return sum(count for name, count in counters.items() if name.endswith(("_changed", "_added")))


@pytest.fixture
def hall(storage: Storage) -> Hall:
    hall = Hall(storage, {"a": 10, "b": 20})
    for number, (name, city, country) in enumerate(
        (("ILL", "Grenoble", "FR"), ("UiO", "Oslo", "NO"), ("Lund", "", "SE"))
    ):
        place = {"name": name, "city": city, "country": country, "sector": "facility", "ror": f"0{number}xtjs520"}
        hall.hand_in("b", Claim("institution", (("ror", place["ror"]), ("source", f"ror:{number}")), place))
    team = [{"person": ["source", "office:q"], "name": "Quetzal, Ximena", "affiliation": PLACES[0]}]
    hall.hand_in("b", member("q", "Quetzal, Ximena", email="q@example.org", orcid=ORCID, user=True))
    hall.hand_in("b", proposal("MA-1", decision="accepted", participants=team, deposited_on="2014-03-01"))
    secret = [*team, {"name": "Hidden, Han"}]
    hall.hand_in("b", proposal("MA-2", decision="refused", participants=secret, deposited_on="2019-03-01"))
    stated = {"name": "Quetzal, Ximena", "orcid": ORCID}
    hall.hand_in("a", paper(1, ["Quetzal, X.", "Other, Ann"]), paper(2, [stated, "Other, Ann"], place=1))
    with storage.reading() as session:
        texts = dict(session.execute(select(Affiliation.text, Affiliation.id)).all())
    placed = [
        {"id": texts[text], "institution_id": hall.number("institution", "source", f"ror:{number}"), "probability": 0.9}
        for number, text in enumerate(PLACES[:2])
    ]  # fmt: skip
    with storage.writing() as session:
        update_rows(session, Affiliation, placed)
    hall.match()
    return hall


def test_a_person_is_shown_with_names_places_documents_and_company(hall: Hall) -> None:
    number = hall.number("person", "source", "office:q")
    one = person(hall.storage, OFFICE, number)
    assert one is not None
    assert one.name == "Quetzal, Ximena"
    assert {spelled.name for spelled in one.names} == {"Quetzal, Ximena", "Quetzal, X."}
    assert [orcid for orcid, _ in one.orcids] == [ORCID]
    assert one.orcids[0][1] == "b, 1 work"
    assert {(stay.name, stay.first) for stay in one.stays} >= {("UiO", 2017), ("ILL", 2014)}
    assert len(one.publications) == 2
    assert len(one.proposals) == 2
    assert [(other.name, count) for other, count in one.coauthors] == [("Other, Ann", 2)]
    assert one.years == [(2016, 1), (2017, 1)]
    assert "example.org" not in repr(one)


def test_what_a_viewer_may_not_know_changes_nothing_of_what_it_sees(hall: Hall) -> None:
    number = hall.number("person", "source", "office:q")
    with_secret = [person(hall.storage, viewer, number) for viewer in (ANONYMOUS, VIEWER, SCIENTIST)]
    assert all(one is not None for one in with_secret)
    hidden = hall.who()[hall.number("proposal", "code", "EPNS/ma2"), "Hidden, Han"]
    assert hidden is not None
    for viewer in (ANONYMOUS, VIEWER, SCIENTIST):
        assert person(hall.storage, viewer, hidden) is None
    assert person(hall.storage, OFFICE, hidden) is not None
    hall.take_back("b", proposal("MA-2"))
    hall.match()
    assert [person(hall.storage, viewer, number) for viewer in (ANONYMOUS, VIEWER, SCIENTIST)] == with_secret


def test_an_anonymous_visitor_knows_authors_of_public_works_only_and_only_by_what_these_say(hall: Hall) -> None:
    hall.hand_in("b", member("z", "Zorn, Zita", email="z@example.org", user=True))
    only_user = proposal("MA-3", decision="accepted",
                         participants=[{"person": ["source", "office:z"], "name": "Zorn, Z."}])  # fmt: skip
    hall.hand_in("b", only_user)
    hall.match()
    user = hall.number("person", "source", "office:z")
    assert person(hall.storage, VIEWER, user) is not None
    assert person(hall.storage, ANONYMOUS, user) is None
    author = person(hall.storage, ANONYMOUS, hall.number("person", "source", "office:q"))
    assert author is not None
    assert author.proposals == []
    assert author.orcids == [(ORCID, "1 work")], "not what the user office says"
    assert {stay.name for stay in author.stays} == {"ILL", "UiO"}
    assert author.history == []
    assert person(hall.storage, ANONYMOUS, 999_999) is None
    assert person(hall.storage, OFFICE, author.publications[0]) is None, "a publication is no person"


def test_proposals_that_only_name_somebody_as_local_contact_are_told_from_those_of_the_team(hall: Hall) -> None:
    names = {"person": ["source", "office:q"], "name": "Quetzal, Ximena"}
    both = [{**names, "role": "proposer"}, {**names, "role": "local_contact"}]
    hall.hand_in("b", proposal("MA-3", decision="accepted", participants=both[1:]))
    hall.hand_in("b", proposal("MA-4", decision="accepted", participants=both))
    one = person(hall.storage, OFFICE, hall.number("person", "source", "office:q"))
    assert one is not None
    assert len(one.proposals) == 4
    assert one.local_contact == [hall.number("proposal", "code", "EPNS/ma3")]


def test_a_joined_person_leads_on_and_the_history_says_who_did_it(hall: Hall) -> None:
    keep = hall.number("person", "source", "office:q")
    other = hall.who()[hall.number("publication", "source", "a:1"), "Other, Ann"]
    assert other is not None
    both = together(hall.storage, OFFICE, other, keep)
    assert both is not None
    assert (both.keep.record_id, both.other.record_id) == (keep, other), "whom a source tells of is kept"
    assert (both.keep_records, both.other_records, both.shared) == (4, 2, 2)
    number = decisions.join(hall.storage, OFFICE, keep, other, "a pseudonym")
    led = person(hall.storage, OFFICE, other)
    assert led is not None
    assert led.id == keep
    assert [(act.by, act.reason, act.decision) for act in led.history] == [("Ada", "a pseudonym", number)]
    scientist = person(hall.storage, SCIENTIST, keep)
    assert scientist is not None
    assert [act.decision for act in scientist.history] == [0], "only the office takes it back"
    decisions.undo(hall.storage, OFFICE, number)
    assert person(hall.storage, OFFICE, other) != led


def test_persons_who_may_be_one_are_asked_about_until_somebody_decides(hall: Hall) -> None:
    hall.hand_in("b", member("2", "Quetzal, Ximena", email="x@elsewhere.org", user=True))
    team = [{"person": ["source", "office:2"], "name": "Quetzal, Ximena", "affiliation": PLACES[0]}]
    hall.hand_in("b", proposal("MA-9", decision="accepted", participants=team, deposited_on="2015-03-01"))
    hall.match()
    one, other = hall.number("person", "source", "office:q"), hall.number("person", "source", "office:2")
    (found,) = alike(hall.storage, OFFICE, one)
    assert found.person.record_id == other
    with hall.storage.reading() as session:
        stored = session.scalars(select(PersonPair)).one()
        assert sum(line["points"] for line in stored.evidence) > 0
    queue = doubts(hall.storage, OFFICE, "persons")
    assert [{option.record_id for option in doubt.options} for doubt in queue.items] == [{one, other}]
    assert queue.items[0].points
    number = decisions.apart(hall.storage, OFFICE, one, other)
    assert alike(hall.storage, OFFICE, one) == []
    hall.match()
    assert doubts(hall.storage, OFFICE, "persons").total == 0
    decisions.undo(hall.storage, OFFICE, number)
    assert doubts(hall.storage, OFFICE, "persons").total == 1
    decisions.join(hall.storage, OFFICE, one, other)
    assert doubts(hall.storage, OFFICE, "persons").total == 0
    for ask in (lambda: alike(hall.storage, SCIENTIST, one), lambda: find_persons(hall.storage, SCIENTIST, "q")):
        with pytest.raises(Refused):
            ask()


def test_persons_are_found_by_the_beginnings_of_their_names_and_documents_are_listed(hall: Hall) -> None:
    number = hall.number("person", "source", "office:q")
    assert [one.record_id for one in find_persons(hall.storage, OFFICE, "quetz, x.")] == [number]
    assert find_persons(hall.storage, OFFICE, " ") == []
    listed = documents(hall.storage, OFFICE, number)
    assert [one.kind for one in listed] == ["proposal", "publication", "publication", "proposal"]
    assert listed[1].place == "UiO"


def test_an_institution_is_shown_with_people_years_and_the_affiliations_that_mean_it(hall: Hall) -> None:
    number = hall.number("institution", "source", "ror:0")
    one = institution(hall.storage, OFFICE, number)
    assert one is not None
    assert (one.name, one.city, one.country, one.sector) == ("ILL", "Grenoble", "FR", "facility")
    assert one.years == [(2016, 1)]
    assert len(one.proposals) == 2
    assert {who.name for who, _ in one.people} == {"Quetzal, Ximena", "Other, Ann"}
    assert dict(one.people_years) == {2014: 1, 2016: 2, 2019: 1}
    assert [(text.text, text.probability) for text in one.written] == [(PLACES[0], 0.9)]
    seen = institution(hall.storage, ANONYMOUS, number)
    assert seen is not None
    assert (seen.proposals, dict(seen.people_years)) == ([], {2016: 2})
    assert institution(hall.storage, OFFICE, 999_999) is None
