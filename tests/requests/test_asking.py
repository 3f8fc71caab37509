"""Asking a colleague: who may ask whom about what, and an answer is a decision that the office can undo."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from puma import decisions, requests
from puma.access import ANONYMOUS, Viewer
from puma.accounts import disable
from puma.decisions import TwoPersons
from puma.entities import Account, AuditEntry, Decision, Link, Request
from puma.errors import Conflict, NotHere, Refused, WrongUsage
from puma.settings import RequestSettings
from tests.requests.conftest import AT, SETTINGS, Facility

LATER = AT + timedelta(hours=1)


def ask(facility: Facility, by: str = "Ada", about: str = "one", **more: object) -> int:
    """Ada asks Zoe, who has no account, unless told otherwise."""
    values = {"name": "Zoe Outside", "email": "zoe@example.org", **more}
    link = facility.links[about]
    return requests.ask(facility.storage, SETTINGS, facility.people[by], link, at=AT, **values)  # type: ignore[arg-type]


def token_of(facility: Facility, number: int, by: str = "Ada") -> str:
    return requests.new_link(facility.storage, facility.people[by], number, at=AT)


def state_of(facility: Facility, about: str = "one") -> str:
    with facility.storage.reading() as session:
        return session.scalars(select(Link.state).where(Link.id == facility.links[about])).one()


def stored(facility: Facility, number: int) -> Request:
    with facility.storage.reading() as session:
        return session.get_one(Request, number)


def test_an_answer_by_the_link_is_a_decision_with_the_name_of_who_was_asked(facility: Facility) -> None:
    token = token_of(facility, number := ask(facility))
    done = requests.answer_behind(facility.storage, token, "accept", "I was there.", at=LATER)
    assert state_of(facility) == "validated"
    with facility.storage.reading() as session:
        made = session.get_one(Decision, done.decision)
    assert (made.decided_by, made.reason) == ("Zoe Outside (asked by Ada)", "I was there.")
    one = requests.one_asked(facility.storage, facility.people["Ada"], number, at=LATER)
    assert (one.state, one.answer, one.comment, one.answered_by) == (
        "answered", "accept", "I was there.", "Zoe Outside",
    )  # fmt: skip


def test_where_two_persons_decide_an_answer_by_the_link_and_a_word_of_who_asked_are_one(facility: Facility) -> None:
    storage, link, people = facility.storage, facility.links["one"], facility.people
    rule = TwoPersons(frozenset(("review",)), frozenset())
    done = requests.answer_behind(storage, token_of(facility, ask(facility)), "accept", at=LATER, rule=rule)
    assert (done.waits, state_of(facility)) == (True, "candidate")
    decisions.decide(storage, people["Ada"], link, "accept", rule=rule)
    assert state_of(facility) == "candidate"  # Ada has read the link that answered
    number = ask(facility, name="", email="", account=people["Carl"].account)
    done = requests.answer(storage, people["Carl"], number, "accept", at=LATER, rule=rule)
    assert (done.waits, state_of(facility)) == (False, "validated")
    decisions.undo(storage, people["Carl"], done.decision)
    assert state_of(facility) == "candidate"


def test_who_had_a_word_already_and_is_asked_is_no_second_person(facility: Facility) -> None:
    rule, carl = TwoPersons(frozenset(("review",)), frozenset()), facility.people["Carl"]
    number = ask(facility, name="", email="", account=carl.account)
    decisions.decide(facility.storage, carl, facility.links["one"], "accept", rule=rule)
    done = requests.answer(facility.storage, carl, number, "accept", at=LATER, rule=rule)
    assert (done.decision, done.waits, done.late, state_of(facility)) == (0, False, True, "candidate")


def test_the_office_takes_an_answer_back(facility: Facility) -> None:
    done = requests.answer_behind(facility.storage, token_of(facility, ask(facility)), "reject", at=LATER)
    assert state_of(facility) == "rejected"
    decisions.undo(facility.storage, facility.people["Olga"], done.decision)
    assert state_of(facility) == "candidate"


def test_not_knowing_decides_nothing_and_is_told_to_who_asked(facility: Facility) -> None:
    token = token_of(facility, number := ask(facility))
    done = requests.answer_behind(facility.storage, token, "do not know", "before my time", at=LATER)
    assert (done.decision, state_of(facility)) == (0, "candidate")
    one = requests.one_asked(facility.storage, facility.people["Ada"], number, at=LATER)
    assert (one.state, one.answer, one.comment) == ("answered", "do not know", "before my time")


def test_a_link_answers_once(facility: Facility) -> None:
    token = token_of(facility, ask(facility))
    requests.answer_behind(facility.storage, token, "accept", at=LATER)
    with pytest.raises(Conflict, match="answered already"):
        requests.answer_behind(facility.storage, token, "reject", at=LATER)
    assert state_of(facility) == "validated"
    assert requests.question_behind(facility.storage, token, at=LATER).pair is None


def test_what_somebody_decided_meanwhile_is_not_overwritten_and_the_answer_is_kept(facility: Facility) -> None:
    token = token_of(facility, number := ask(facility))
    decisions.decide(facility.storage, facility.people["Carl"], facility.links["one"], "reject")
    done = requests.answer_behind(facility.storage, token, "accept", at=LATER)
    assert (done.late, done.decision, state_of(facility)) == (True, 0, "rejected")
    one = requests.one_asked(facility.storage, facility.people["Ada"], number, at=LATER)
    assert (one.answer, one.late) == ("accept", True)


def test_after_its_days_a_link_shows_and_answers_nothing(facility: Facility) -> None:
    number = requests.ask(
        facility.storage, RequestSettings(days=2), facility.people["Ada"], facility.links["one"], name="Zoe", at=AT
    )
    token = token_of(facility, number)
    late = AT + timedelta(days=2)
    assert requests.question_behind(facility.storage, token, at=late - timedelta(seconds=1)).pair is not None
    found = requests.question_behind(facility.storage, token, at=late)
    assert (found.pair, found.state, found.asked_by, found.message) == (None, "expired", "", "")
    with pytest.raises(Conflict, match="over"):
        requests.answer_behind(facility.storage, token, "accept", at=late)
    assert state_of(facility) == "candidate"


def test_a_question_taken_back_shows_nothing_until_that_is_undone(facility: Facility) -> None:
    ada = facility.people["Ada"]
    token = token_of(facility, number := ask(facility))
    requests.withdraw(facility.storage, ada, number, at=LATER)
    assert requests.question_behind(facility.storage, token, at=LATER).pair is None
    with pytest.raises(Conflict, match="taken back"):
        requests.answer_behind(facility.storage, token, "accept", at=LATER)
    requests.reopen(facility.storage, ada, number, at=LATER)
    assert requests.question_behind(facility.storage, token, at=LATER).pair is not None


def test_only_a_digest_of_the_link_is_kept_and_a_new_link_ends_the_old_one(facility: Facility) -> None:
    first = token_of(facility, number := ask(facility))
    assert len(first) >= 43  # 256 bits, six a letter
    assert first not in repr(vars(stored(facility, number)))
    second = token_of(facility, number)
    with pytest.raises(NotHere):
        requests.question_behind(facility.storage, first, at=LATER)
    assert requests.question_behind(facility.storage, second, at=LATER).pair is not None


@pytest.mark.parametrize("token", ["", "x", "A" * 43])
def test_a_link_that_never_was_leads_nowhere(facility: Facility, token: str) -> None:
    ask(facility)  # a question without a link must not be found by an empty one
    with pytest.raises(NotHere, match="nothing behind"):
        requests.question_behind(facility.storage, token, at=AT)


def test_the_link_shows_one_pair_and_nothing_else(facility: Facility) -> None:
    found = requests.question_behind(facility.storage, token_of(facility, ask(facility)), at=LATER)
    assert found.pair is not None
    assert (found.pair.left.title, found.pair.left.when) == ("Paper 0", "2010")
    assert (found.pair.right.title, found.pair.right.code, found.pair.right.where) == ("Proposal OP-0", "OP-0", "D17")
    assert found.pair.evidence == (
        (True, "The authors were on the proposal's team."), (False, "The time to publication is unusual."),
    )  # fmt: skip
    assert "Paper 1" not in repr(found)
    assert "zoe@example.org" not in repr(found)


@pytest.mark.parametrize("who", ["Bob", "anonymous"])
def test_who_may_not_decide_may_not_ask(facility: Facility, who: str) -> None:
    viewer = facility.people.get(who, ANONYMOUS)
    with pytest.raises(Refused):
        requests.ask(facility.storage, SETTINGS, viewer, facility.links["one"], name="Zoe", at=AT)


def test_a_confidential_pair_does_not_exist_for_a_scientist_who_asks(facility: Facility) -> None:
    with pytest.raises(NotHere) as hidden:
        ask(facility, by="Ada", about="secret")
    with pytest.raises(NotHere) as none:
        requests.ask(facility.storage, SETTINGS, facility.people["Ada"], 999_999, name="Zoe", at=AT)
    assert str(hidden.value) == str(none.value)


def test_about_what_is_confidential_the_office_asks_named_people_only_and_that_is_audited(facility: Facility) -> None:
    with pytest.raises(WrongUsage, match="confidential"):
        ask(facility, by="Olga", about="secret", email="")
    token = token_of(facility, ask(facility, by="Olga", about="secret"), by="Olga")
    found = requests.question_behind(facility.storage, token, at=LATER)
    assert found.pair is not None
    assert found.pair.right.code == "RE-0"
    with facility.storage.reading() as session:
        told = session.execute(select(AuditEntry.act, AuditEntry.who, AuditEntry.count)).all()
    assert ("asked", "Olga", 1) in told


@pytest.mark.parametrize("change", [{"role": "viewer"}, {"role": "scientist"}, {"disabled_at": AT}])
def test_a_link_is_worth_no_more_than_who_asked_is_now(facility: Facility, change: dict[str, object]) -> None:
    token = token_of(facility, ask(facility, by="Olga", about="secret"), by="Olga")
    with facility.storage.writing() as session:
        session.execute(update(Account).where(Account.name == "Olga").values(**change))
    with pytest.raises(NotHere, match="nothing behind"):
        requests.question_behind(facility.storage, token, at=LATER)
    with pytest.raises(NotHere):
        requests.answer_behind(facility.storage, token, "accept", at=LATER)
    assert state_of(facility, "secret") == "candidate"


def test_what_becomes_confidential_is_behind_no_link_of_a_scientist_any_more(facility: Facility) -> None:
    from puma.entities import Record

    token = token_of(facility, number := ask(facility))
    with facility.storage.writing() as session:
        right = select(Link.right_id).where(Link.id == facility.links["one"]).scalar_subquery()
        session.execute(update(Record).where(Record.id == right).values(visibility="restricted"))
    with pytest.raises(NotHere):
        requests.question_behind(facility.storage, token, at=LATER)
    shown = requests.asked_by(facility.storage, facility.people["Ada"], at=LATER)
    assert [one.id for one in shown] == [number]
    assert "OP-0" not in repr(shown)
    assert "Paper 0" not in repr(shown)


def test_a_pair_that_matching_proposes_no_more_leaves_the_question_without_a_pair(facility: Facility) -> None:
    token = token_of(facility, number := ask(facility))
    with facility.storage.writing() as session:
        session.delete(session.get_one(Link, facility.links["one"]))
        session.flush()
    with pytest.raises(NotHere):
        requests.question_behind(facility.storage, token, at=LATER)
    assert [one.id for one in requests.asked_by(facility.storage, facility.people["Ada"], at=LATER)] == [number]


def test_a_question_to_an_account_is_in_that_inbox_only(facility: Facility) -> None:
    number = ask(facility, account=facility.people["Bob"].account, name="", email="")
    waiting = {name: len(requests.inbox(facility.storage, viewer, at=LATER).waiting)
               for name, viewer in facility.people.items()}  # fmt: skip
    assert waiting == {"Ada": 0, "Bob": 1, "Carl": 0, "Olga": 0}
    assert requests.inbox(facility.storage, ANONYMOUS, at=LATER).waiting == []
    for name in ("Ada", "Carl", "Olga"):
        with pytest.raises(NotHere):
            requests.answer(facility.storage, facility.people[name], number, "accept", at=LATER)
    done = requests.answer(facility.storage, facility.people["Bob"], number, "accept", at=LATER)
    with facility.storage.reading() as session:
        assert session.get_one(Decision, done.decision).decided_by == "Bob (asked by Ada)"
    assert requests.inbox(facility.storage, facility.people["Bob"], at=LATER).waiting == []


def test_the_address_is_told_to_who_asked_and_to_nobody_else(facility: Facility) -> None:
    ask(facility)
    mine = requests.about(facility.storage, facility.people["Ada"], facility.links["one"], at=LATER)
    others = requests.about(facility.storage, facility.people["Carl"], facility.links["one"], at=LATER)
    assert [one.email for one in mine] == ["zoe@example.org"]
    assert [(one.asked_of, one.email) for one in others] == [("Zoe Outside", "")]
    assert requests.about(facility.storage, facility.people["Bob"], facility.links["one"], at=LATER) == []
    assert requests.about(facility.storage, facility.people["Carl"], facility.links["secret"], at=LATER) == []


def test_the_address_is_forgotten_a_day_after_the_question_has_ended(facility: Facility) -> None:
    number = ask(facility)
    requests.answer_behind(facility.storage, token_of(facility, number), "accept", at=LATER)
    ask(facility, about="two", name="Yan")
    assert stored(facility, number).email == "zoe@example.org"
    requests.ask(
        facility.storage, SETTINGS, facility.people["Carl"], facility.links["two"], name="Yan",
        at=LATER + timedelta(days=1),
    )  # fmt: skip
    assert stored(facility, number).email == ""


def test_others_cannot_take_back_send_or_link_a_question(facility: Facility) -> None:
    number = ask(facility)
    carl = facility.people["Carl"]
    for attempt in (
        lambda: requests.withdraw(facility.storage, carl, number, at=LATER),
        lambda: requests.new_link(facility.storage, carl, number, at=LATER),
        lambda: requests.one_asked(facility.storage, carl, number, at=LATER),
    ):
        with pytest.raises(NotHere):
            attempt()
    requests.withdraw(facility.storage, facility.people["Olga"], number, at=LATER)
    assert stored(facility, number).state == "withdrawn"


def test_somebody_is_asked_once_about_a_pair(facility: Facility) -> None:
    ask(facility)
    with pytest.raises(Conflict, match="already"):
        ask(facility)


@pytest.mark.parametrize(
    "values",
    [{"name": ""}, {"name": "x" * 121}, {"email": "zoe"}, {"email": "zoe@example.org\nBcc: all@example.org"},
     {"message": "x" * 2001}],
)  # fmt: skip
def test_what_cannot_be_asked_is_said_in_a_sentence(facility: Facility, values: dict[str, str]) -> None:
    with pytest.raises(WrongUsage):
        ask(facility, **values)


def test_nobody_asks_themselves_or_an_account_that_is_shut_out(facility: Facility) -> None:
    with pytest.raises(WrongUsage, match="yourself"):
        ask(facility, account=facility.people["Ada"].account)
    disable(facility.storage, "bob")
    with pytest.raises(NotHere):
        ask(facility, account=facility.people["Bob"].account)


def test_where_nobody_signs_in_people_are_told_apart_by_their_names(facility: Facility) -> None:
    one, other = Viewer("scientist", "sample scientist"), Viewer("viewer", "sample viewer")
    number = requests.ask(
        facility.storage, SETTINGS, one, facility.links["one"], name="sample viewer", at=AT
    )  # fmt: skip
    assert [view.id for view in requests.asked_by(facility.storage, one, at=LATER)] == [number]
    assert [view.id for view, _ in requests.inbox(facility.storage, other, at=LATER).waiting] == [number]
    assert requests.inbox(facility.storage, replace(other, name=""), at=LATER).waiting == []
    signed_in = replace(other, account=facility.people["Bob"].account)
    assert requests.inbox(facility.storage, signed_in, at=LATER).waiting == []
