"""Erasing somebody who asks: gone everywhere but in published authorship, also after a re-harvest; counts stay."""

import json
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from puma.access import EVERYTHING, Viewer
from puma.accounts.erasing import erase
from puma.accounts.known import as_json, as_zip, found_persons, known_of
from puma.claims import Claim, check
from puma.entities import (
    Account,
    Affiliation,
    AuditEntry,
    Authorship,
    Entity,
    ExperimentParticipant,
    Participant,
    Payload,
    Person,
    RawRecord,
    Request,
)
from puma.errors import Conflict, NotHere, Refused
from puma.resolve.erased import erased_digests, names_erased
from puma.storage import Storage
from tests.resolve.desk import Desk, experiment, person, proposal, publication

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ADMIN = Viewer("admin", "Anna", account=99, session=1)
ORCID = "0000-0002-1825-0097"
WORDS = ("Lovelace", ORCID, "ada@example.org", "p-17", "Ada", "woman", "postdoc")
"""What must be found nowhere afterwards but where it is published."""


def ada(**values: Any) -> Claim:
    keys = (("orcid", ORCID), ("source", "office:p-17"))
    told = {"family_name": "Lovelace", "given_name": "Ada", "orcid": ORCID, "email": "ada@example.org", "user": True}
    return Claim("person", keys, {**told, "names": ["A. Lovelace"], **values})


def office() -> dict[str, list[Claim]]:
    """What the user office hands in: a proposal with Ada and another, and their session."""
    team = [
        {"person": ["source", "office:p-17"], "name": "Lovelace, Ada", "role": "proposer", "affiliation": "Somewhere",
         "country": "GB"},
        {"person": ["source", "office:p2"], "name": "Curie, Marie", "role": "co_proposer"},
    ]  # fmt: skip
    said = {"gender": "woman", "career_stage": "postdoc"}
    guests = [{"person": ["source", "office:p-17"], "mode": "remote", **said}, {"person": ["source", "office:p2"]}]
    return {
        "ada": [ada()],
        "proposal": [ada(), person("p2"), proposal("MA-1", decision="accepted", participants=team)],
        "session": [ada(), person("p2"), experiment("E1", proposal_code="MA-1", participants=guests)],
    }


@dataclass(frozen=True)
class Facility:
    desk: Desk
    ada: int


@pytest.fixture
def facility(storage: Storage) -> Facility:
    """Ada and Marie on a proposal and its session; Ada wrote a paper, has an account, and was asked something."""
    desk = Desk(storage, {"office": 10, "library": 30})
    desk.hand_in_records("office", office())
    desk.hand_in("library", publication(("doi", "10.1/a"), authors=[{"name": "Lovelace, A."}]))
    number = desk.number("person", "orcid", ORCID)
    with storage.writing() as session:
        session.query(Authorship).update({"person_id": number, "probability": 0.9})
        session.execute(insert(Payload).values(sha256="0", size_bytes=1, body=b"Lovelace"))
        row = {"issuer": "local", "subject": "ada", "name": "Ada Lovelace", "role": "admin", "orcid": ORCID}
        made = insert(Account).values(**row, scope=[], created_at=AT)
        account = session.execute(made.returning(Account.id)).scalar_one()
        asked = {"asked_by": "Bob", "asked_role": "scientist", "asked_of": "Ada Lovelace", "asked_of_id": account,
                 "email": "ada@example.org", "state": "open"}  # fmt: skip
        words = dict.fromkeys(("message", "comment", "answered_by"), "")
        session.execute(insert(Request).values(**asked, **words, created_at=AT, expires_at=AT))
    return Facility(desk, number)


def told(storage: Storage) -> dict[str, str]:
    """All that stands in each table but published authorship and the audit, as text."""
    with storage.reading() as session:
        return {
            table.name: " ".join(repr(tuple(row)) for row in session.execute(select(table)))
            for table in Entity.metadata.sorted_tables
            if table.name not in ("authorship", "audit_entry")
        }


def counts(storage: Storage) -> tuple[Any, ...]:
    """Users, their places and their parts, as the facts count them."""
    with storage.reading() as session:
        place = select(Affiliation.country, func.count()).join(
            Participant, Participant.affiliation_id == Affiliation.id
        )
        return (
            session.scalar(select(func.count(Participant.person_id.distinct()))),
            session.scalar(select(func.count(ExperimentParticipant.person_id.distinct()))),
            session.scalar(select(func.count()).select_from(Person).where(Person.user.is_(True))),
            sorted((role or "") for role in session.scalars(select(Participant.role))),
            sorted((mode or "") for mode in session.scalars(select(ExperimentParticipant.mode))),
            session.execute(place.group_by(Affiliation.country)).all(),
            session.scalar(select(func.count()).select_from(Authorship)),
        )


def test_an_erased_person_is_found_nowhere_and_every_count_stays(facility: Facility) -> None:
    storage = facility.desk.storage
    before = counts(storage)
    assert before[0] == before[1] == 2
    done = erase(storage, EVERYTHING, facility.ada, at=AT)
    assert (done.proposals, done.experiments, done.works, done.accounts, done.questions) == (1, 1, 1, 1, 1)
    assert counts(storage) == before
    left = {name: [word for word in WORDS if word in text] for name, text in told(storage).items()}
    published = {"claim": ["Lovelace"]}  # what the library said of the paper
    assert {name: words for name, words in left.items() if words} == published


def test_what_sources_tell_again_is_left_out(facility: Facility) -> None:
    storage = facility.desk.storage
    before = counts(storage)
    erase(storage, EVERYTHING, facility.ada, at=AT)
    facility.desk.hand_in_records("office", office())
    facility.desk.hand_in_records("library", {"users": [Claim("person", (("orcid", ORCID), ("source", "library:9")),
                                                              {"family_name": "Lovelace"})]})  # fmt: skip
    assert counts(storage) == before
    left = {name for name, text in told(storage).items() if any(word in text for word in WORDS)}
    assert left == {"claim"}
    with storage.reading() as session:
        digests = erased_digests(session)
        assert set(digests.values()) == {facility.ada}
        assert len(digests) == 3  # the key of the library was learnt
    by_key = proposal("MA-2", participants=[{"person": ["source", "library:9"], "name": "Lovelace"}])
    assert names_erased([check(by_key)], digests)
    assert not names_erased([check(proposal("MA-3"))], digests)


def test_published_authorship_stays_and_leads_to_nobody(facility: Facility) -> None:
    erase(facility.desk.storage, EVERYTHING, facility.ada, at=AT)
    assert facility.desk.rows(Authorship, "name", "person_id", "probability") == [("Lovelace, A.", None, None)]


def test_payloads_that_name_the_person_are_kept_no_more(facility: Facility) -> None:
    assert erase(facility.desk.storage, EVERYTHING, facility.ada, at=AT).payloads == 1
    assert facility.desk.rows(Payload, "sha256") == []
    assert len(facility.desk.rows(RawRecord, "key")) == 4


def test_the_others_stay_as_they_are(facility: Facility) -> None:
    erase(facility.desk.storage, EVERYTHING, facility.ada, at=AT)
    names = [name for (name,) in facility.desk.rows(Participant, "name")]
    assert names == ["", "Curie, Marie"]
    assert facility.desk.value("person", ("source", "office:p2"), "family_name") == "Curie"


def test_erasing_is_for_administrators_who_are_signed_in_and_the_audit_names_nobody(facility: Facility) -> None:
    storage = facility.desk.storage
    for other in (Viewer("user_office", "Olga", account=5, session=1), Viewer("admin", "Robot", account=5)):
        with pytest.raises(Refused):
            erase(storage, other, facility.ada, at=AT)
    with pytest.raises(Refused, match="last administrator"):
        erase(storage, ADMIN, facility.ada, at=AT)
    with pytest.raises(NotHere):
        erase(storage, EVERYTHING, 987_654, at=AT)
    erase(storage, EVERYTHING, facility.ada, at=AT)
    ((act, detail),) = [row for row in facility.desk.rows(AuditEntry, "act", "detail") if row[0] == "erased"]
    assert act == "erased"
    assert str(facility.ada) in detail
    assert not any(word in detail for word in WORDS)


def test_who_is_known_by_published_works_alone_is_not_erased(facility: Facility) -> None:
    storage = facility.desk.storage
    erase(storage, EVERYTHING, facility.ada, at=AT)
    with pytest.raises(Conflict, match="published"):
        erase(storage, EVERYTHING, facility.ada, at=AT)


def test_all_that_is_known_is_given_out_as_a_file_and_that_is_audited(facility: Facility) -> None:
    storage = facility.desk.storage
    found = known_of(storage, ADMIN, facility.ada, at=AT)
    told_ = json.loads(as_json(found))
    assert told_["names"] == [
        {"family_name": "Lovelace", "given_name": "Ada", "orcid": ORCID, "email": "ada@example.org", "user": True}
    ]
    assert [one["code"] for one in told_["proposals"]] == ["MA-1"]
    assert [(one["code"], one["gender"], one["career_stage"]) for one in told_["experiments"]] == [
        ("E1", "woman", "postdoc")
    ]
    assert [one["name"] for one in told_["works"]] == ["Lovelace, A."]
    assert [one["subject"] for one in told_["accounts"]] == ["ada"]
    assert [one["asked_of"] for one in told_["questions"]] == ["Ada Lovelace"]
    with zipfile.ZipFile(BytesIO(as_zip(found))) as archive:
        assert json.loads(archive.read("known.json")) == told_
    assert [(number, name) for number, name, _ in found_persons(storage, ADMIN, "ada love")] == [
        (facility.ada, "Lovelace, Ada")
    ]
    with pytest.raises(Refused):
        known_of(storage, Viewer("user_office", "Olga"), facility.ada, at=AT)
    exported = [row for row in facility.desk.rows(AuditEntry, "act", "who", "detail") if "export" in row[0]]
    assert exported == [("personal data exported", "Anna", f"person {facility.ada}")]
