"""Owed papers: who is reminded of what, in a letter that is read first, and what is kept of it."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from puma.entities import Proposal
from puma.errors import Conflict, NotHere, Refused, TryLater, WrongUsage
from puma.listing import whole
from puma.listing.owed import TOLD, excused, owed, owed_list, owed_part
from puma.requests import owing
from tests.requests.conftest import AT, Facility
from tests.requests.post_office import PostOffice
from tests.requests.test_letters import BASE, settings_for
from tests.resolve.desk import Desk

LATER = AT + timedelta(hours=1)


def proposal_of(facility: Facility, code: str) -> int:
    return Desk(facility.storage, {}).number("proposal", "code", f"EPNS/{code}")


def test_a_reminder_is_read_first_and_the_day_it_went_is_kept(facility: Facility, mail: PostOffice) -> None:
    olga, number, storage = facility.people["Olga"], proposal_of(facility, "op0"), facility.storage
    letter = owing.reminder(storage, settings_for(mail), olga, number)
    said = ("OP-0", "Is it one of these?", "Paper 0")
    assert [words for words in said if words not in letter.body] == []
    assert not mail.letters
    with pytest.raises(WrongUsage, match="No e-mail address"):
        owing.send_reminder(storage, settings_for(mail), olga, number, "", at=LATER)
    with pytest.raises(TryLater):
        owing.send_reminder(storage, settings_for(mail), olga, number, "refused@example.org", at=LATER)
    assert owed(storage, olga, [number])[0].reminded_at is None
    word = owing.send_reminder(storage, settings_for(mail), olga, number, "zoe@example.org", at=LATER)
    assert mail.letters[0]["To"].endswith("zoe@example.org>") or mail.letters[0]["To"] == "zoe@example.org"
    (one,) = owed(storage, olga, [number])
    assert (one.reminded_at, one.pairs) == (LATER, 1)
    owing.take_back(storage, olga, word, at=LATER)
    assert owed(storage, olga, [number])[0].reminded_at is None


def test_a_part_of_the_list_is_that_part_of_the_whole(facility: Facility) -> None:
    with facility.storage.reading() as session:
        every = session.scalars(select(Proposal.id)).all()
    for who in ("Olga", "Bob"):
        whole = owed(facility.storage, facility.people[who], every)
        days = [(one.first_day or date.max, one.code) for one in whole]
        assert len(whole) > 2
        assert days == sorted(days)
        for part in (slice(0, 2), slice(1, 3), slice(2, None), slice(len(whole), None)):
            found = owed_part(facility.storage, facility.people[who], every, part)
            assert found == (len(whole), whole[part])
    assert len(owed(facility.storage, facility.people["Olga"], every)) > len(whole)


def test_the_file_of_what_is_owed_holds_what_its_page_shows(facility: Facility, mail: PostOffice) -> None:
    olga, number, storage = facility.people["Olga"], proposal_of(facility, "op0"), facility.storage
    owing.send_reminder(storage, settings_for(mail), olga, number, "zoe@example.org", at=LATER)
    with storage.reading() as session:
        every = session.scalars(select(Proposal.id)).all()
    for who in ("Olga", "Ada"):
        reader = facility.people[who]
        file, plain = owed_list(storage, reader, every), whole(storage, reader, "proposals", ids=every)
        assert [name for name in file.columns if name not in TOLD] == list(plain.columns)
        rows = {row["id"]: row for row in file.rows}
        shown = {one.proposal_id: one for one in owed(storage, reader, every)}
        assert rows.keys() == shown.keys() == {row["id"] for row in plain.rows}
        assert {key: tuple(row[name] for name in TOLD) for key, row in rows.items()} == {
            key: (one.leader, one.first_day, one.pairs, one.reminded_at) for key, one in shown.items()
        }
        assert rows[number]["last_reminder"] == LATER
        assert "@" not in str(rows)
    with pytest.raises(Refused):
        owed_list(storage, facility.people["Bob"], every)


def test_what_is_confidential_is_named_by_its_code_alone(facility: Facility, mail: PostOffice) -> None:
    number = proposal_of(facility, "re0")
    (one,) = owed(facility.storage, facility.people["Olga"], [number])
    letter = owing.reminder(facility.storage, settings_for(mail), facility.people["Olga"], number)
    assert one.title
    assert one.title not in letter.body + letter.subject
    assert BASE not in letter.body
    assert owed(facility.storage, facility.people["Bob"], [number]) == []


def test_the_user_office_alone_reminds_and_excuses(facility: Facility, mail: PostOffice) -> None:
    number = proposal_of(facility, "op0")
    for act in (
        lambda who: owing.reminder(facility.storage, settings_for(mail), who, number),
        lambda who: owing.note_reminded(facility.storage, who, number, at=AT),
        lambda who: owing.excuse(facility.storage, who, number, "why", at=AT),
        lambda who: owing.take_back(facility.storage, who, 1, at=AT),
    ):
        with pytest.raises(Refused):
            act(facility.people["Ada"])


def test_a_proposal_is_excused_once_with_a_reason_and_can_owe_again(facility: Facility) -> None:
    olga, number, storage = facility.people["Olga"], proposal_of(facility, "op1"), facility.storage
    with pytest.raises(WrongUsage, match="Say why"):
        owing.excuse(storage, olga, number, " ", at=AT)
    word = owing.excuse(storage, olga, number, "the sample broke", at=AT)
    with pytest.raises(Conflict):
        owing.excuse(storage, olga, number, "again", at=AT)
    assert [(one.proposal_id, one.reason) for one in excused(storage, olga)] == [(number, "the sample broke")]
    assert owing.take_back(storage, olga, word, at=LATER) == "excused"
    assert excused(storage, olga) == []
    with pytest.raises(NotHere):
        owing.take_back(storage, olga, word, at=LATER)
