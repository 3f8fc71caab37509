"""People whose affiliation names two institutions in two countries: counted by hand, and by the program."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from puma.access import EVERYTHING
from puma.entities import Affiliation, AffiliationInstitution
from puma.facts import Snapshot, refresh
from puma.listing import institution, record
from puma.measuring import Question, ask
from puma.search.documents import documents_of
from puma.storage import Storage
from tests.linking.test_institutions_by_hand import LUNDS, RORS, registered
from tests.resolve.desk import Desk, experiment, person, proposal

JOINT, FRENCH = "Joint chair of Grenoble and Lund", "Institut Laue-Langevin, Grenoble"


@pytest.fixture
def desk(storage: Storage) -> Desk:
    """Twelve people in one session: six at both institutions, six at one of them."""
    desk = Desk(storage, {"office": 10})
    desk.hand_in("office", LUNDS, registered("ill", "Institut Laue-Langevin", "Grenoble", "FR"))
    team = [
        {"person": ["source", f"office:u{who}"], "name": f"User {who}", "affiliation": JOINT if who < 6 else FRENCH,
         "role": "proposer" if who == 0 else "co_proposer"}
        for who in range(12)
    ]  # fmt: skip
    came = [{"person": one["person"], "mode": "on-site"} for one in team]
    claims = [
        *(person(f"u{who}") for who in range(12)),
        proposal("P-1", decision="accepted", operation_year=2020, participants=team),
        experiment("E1", proposal_code="P-1", starts_at="2020-03-01T08:00:00+00:00", delivered_hours=48,
                   participants=came),
    ]  # fmt: skip
    desk.hand_in_records("office", {"P-1": claims})
    lund, ill = (desk.number("institution", "ror", RORS[name]) for name in ("lund", "ill"))
    with storage.writing() as session:
        for row in session.scalars(select(Affiliation).where(Affiliation.text.in_((JOINT, FRENCH)))):
            row.institution_id, row.country, row.probability = ill, "FR", 0.9
            if row.text == JOINT:
                session.add(AffiliationInstitution(affiliation_id=row.id, institution_id=lund))
        session.flush()
    return desk


@pytest.fixture
def snapshot(desk: Desk, tmp_path: Path) -> Snapshot:
    """The facts of them."""
    return refresh(desk.storage, tmp_path, datetime(2024, 6, 1, tzinfo=UTC))


def cells(snapshot: Snapshot, metric: str, by: str, counting: str = "full") -> dict[object, float]:
    table = ask(snapshot, EVERYTHING, Question(metric, (by,), counting=counting)).table
    return {key: float(value) for key, value in zip(table[by], table["value"], strict=True)}


def test_a_visit_counts_for_every_country_and_institution_of_the_person_and_once_in_the_total(
    snapshot: Snapshot,
) -> None:
    assert cells(snapshot, "user_visits", "country") == {"FR": 12, "SE": 6}
    assert cells(snapshot, "user_visits", "country", "fractional") == {"FR": 9, "SE": 3}
    assert sorted(cells(snapshot, "user_visits", "institution").values()) == [6, 12]
    assert sorted(cells(snapshot, "user_visits", "institution", "fractional").values()) == [3, 9]
    assert ask(snapshot, EVERYTHING, Question("user_visits")).total == 12


def test_a_member_of_a_team_counts_for_the_countries_in_equal_parts(snapshot: Snapshot) -> None:
    rows = snapshot.connect(EVERYTHING).execute("SELECT country, share, leader FROM proposal_countries ORDER BY 1")
    found = {country: (share, leader) for country, share, leader in rows.fetchall()}
    assert found == {"FR": pytest.approx((0.75, 0.5)), "SE": pytest.approx((0.25, 0.5))}
    assert sorted(cells(snapshot, "proposals", "institution").values()) == [1, 1]


def test_a_member_from_nowhere_known_makes_no_row_of_institutions(desk: Desk, tmp_path: Path) -> None:
    nowhere = {"person": ["source", "office:u99"], "name": "User 99", "affiliation": "Somewhere", "role": "proposer"}
    desk.hand_in("office", proposal("P-2", decision="accepted", operation_year=2020, participants=[nowhere]))
    snapshot = refresh(desk.storage, tmp_path, datetime(2024, 6, 1, tzinfo=UTC))
    assert sorted(map(str, cells(snapshot, "proposals", "institution"))) == [
        "Institut Laue-Langevin", "Lund University"
    ]  # fmt: skip


def test_both_institutions_know_of_it_on_their_pages_and_in_the_search(desk: Desk) -> None:
    number = desk.number("proposal", "code", "EPNS/p1")
    for name, people in (("lund", 6), ("ill", 12)):
        one = institution(desk.storage, EVERYTHING, desk.number("institution", "ror", RORS[name]))
        assert one is not None
        assert (one.proposals, one.people_count) == ([number], people)
        assert JOINT in [written.text for written in one.written]
    shown = record(desk.storage, EVERYTHING, number)
    assert shown is not None
    named = {place.name for place in shown.institutions}
    with desk.storage.reading() as session:
        (document,) = documents_of(session, "proposal", [number])
    assert set(document["institution"]) == named == {"Institut Laue-Langevin", "Lund University"}
