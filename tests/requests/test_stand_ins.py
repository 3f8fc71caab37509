"""Stand-ins: for some days somebody else sees and answers what one is asked, and learns nothing they may not know."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from puma import requests
from puma.entities import AuditEntry, Decision
from puma.errors import Conflict, NotHere, Refused, WrongUsage
from tests.requests.conftest import AT, SETTINGS, Facility
from tests.requests.test_asking import ask

FIRST, LAST = AT.date(), AT.date() + timedelta(days=7)


def carl_for_bob(facility: Facility, first: date = FIRST, last: date = LAST) -> int:
    people = facility.people
    return requests.name_stand_in(facility.storage, people["Bob"], people["Carl"].account, first, last, at=AT)


def seen_by(facility: Facility, name: str, days: int = 0) -> int:
    at = AT + timedelta(days=days, hours=1)
    return len(requests.inbox(facility.storage, facility.people[name], at=at).waiting)


def test_who_stands_in_sees_and_answers_between_the_two_days_only(facility: Facility) -> None:
    number = ask(facility, account=facility.people["Bob"].account)
    carl_for_bob(facility, FIRST + timedelta(days=1))
    assert [seen_by(facility, "Carl", days) for days in (0, 1, 7, 8)] == [0, 1, 1, 0]
    assert seen_by(facility, "Bob", 1) == 1
    with pytest.raises(NotHere):
        requests.answer(facility.storage, facility.people["Carl"], number, "accept", at=AT)
    later = AT + timedelta(days=2)
    done = requests.answer(facility.storage, facility.people["Carl"], number, "accept", at=later)
    with facility.storage.reading() as session:
        assert session.get_one(Decision, done.decision).decided_by == "Carl for Bob (asked by Ada)"


def test_standing_in_opens_nothing_confidential(facility: Facility) -> None:
    people = facility.people
    number = requests.ask(
        facility.storage, SETTINGS, people["Olga"], facility.links["secret"], account=people["Bob"].account, at=AT
    )
    carl_for_bob(facility)
    assert (seen_by(facility, "Bob"), seen_by(facility, "Carl")) == (1, 0)
    with pytest.raises(NotHere):
        requests.answer(facility.storage, people["Carl"], number, "accept", at=AT + timedelta(hours=1))


def test_ending_it_ends_it_at_once_and_both_are_in_the_audit(facility: Facility) -> None:
    ask(facility, account=facility.people["Bob"].account)
    row = carl_for_bob(facility)
    with pytest.raises(NotHere):
        requests.end_stand_in(facility.storage, facility.people["Carl"], row)
    requests.end_stand_in(facility.storage, facility.people["Bob"], row)
    assert seen_by(facility, "Carl") == 0
    with facility.storage.reading() as session:
        told = session.scalars(select(AuditEntry.detail).where(AuditEntry.act == "stand-in")).all()
    assert told == [f"Carl from {FIRST} to {LAST}", "Carl no more"]


def test_a_stand_in_does_not_hand_on(facility: Facility) -> None:
    people = facility.people
    ask(facility, by="Ada", account=people["Bob"].account)
    carl_for_bob(facility)
    requests.name_stand_in(facility.storage, people["Carl"], people["Olga"].account, FIRST, LAST, at=AT)
    assert seen_by(facility, "Olga") == 0


def test_days_that_cannot_be_are_said_in_a_sentence(facility: Facility) -> None:
    day = timedelta(days=1)
    for first, last in ((LAST, FIRST), (FIRST - 9 * day, FIRST - day), (FIRST, FIRST + 400 * day)):
        with pytest.raises(WrongUsage):
            carl_for_bob(facility, first, last)
    carl_for_bob(facility)
    with pytest.raises(Conflict):
        carl_for_bob(facility, LAST, LAST + day)
    bob = facility.people["Bob"]
    with pytest.raises(WrongUsage):
        requests.name_stand_in(facility.storage, bob, bob.account, FIRST, LAST, at=AT)
    with pytest.raises(Refused):
        requests.name_stand_in(facility.storage, type(bob)("admin", "local"), bob.account, FIRST, LAST, at=AT)


def test_both_see_who_stands_in_until_it_is_over(facility: Facility) -> None:
    carl_for_bob(facility)
    for name, own in (("Bob", True), ("Carl", False)):
        found = requests.stand_ins(facility.storage, facility.people[name], at=AT)
        assert [(one.absent, one.stands_in, one.own) for one in found] == [("Bob", "Carl", own)]
        assert requests.stand_ins(facility.storage, facility.people[name], at=AT + timedelta(days=8)) == []
    assert requests.stand_ins(facility.storage, facility.people["Ada"], at=AT) == []
