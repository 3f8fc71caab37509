"""Who may know of a record follows from the proposals, at every moment and for everything that hangs on them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from puma.access import ANONYMOUS, Viewer
from puma.claims import Claim
from puma.listing import record, records
from puma.resolve import open_accepted
from puma.resolve.grace import _before
from tests.resolve.desk import Desk, dataset, experiment, person, proposal, publication

CODE = ("code", "EPNS/ma1")
SESSION = ("code", "EPNS/e1")
DATA = ("doi", "10.1/data")
FILE = ("sha256", "0" * 64)

SECRET: list[dict[str, Any]] = [
    {"decision": "refused"},
    {"decision": "withdrawn"},
    {"decision": "reserve"},
    {},
    {"decision": "accepted", "confidential": True},
    {"decision": "accepted", "type": "Industrial"},
    {"decision": "accepted", "type": "proprietary"},
]
OPEN: list[dict[str, Any]] = [{"decision": "accepted"}, {"decision": "accepted", "type": "public"}]


def hand_in(desk: Desk, values: dict[str, Any]) -> None:
    desk.hand_in_records(
        "office",
        {
            "proposal": [
                person("p1"),
                proposal("MA-1", participants=[{"person": ["source", "office:p1"], "name": "Curie"}], **values),
            ],
            "session": [experiment("E1", proposal_code="MA-1")],
            "report": [Claim("file", (FILE,), {"name": "MA-1.pdf", "of": list(CODE)})],
        },
    )
    desk.hand_in("index", dataset("10.1/data", proposal_code="MA-1"), publication(("doi", "10.1/a")))


def found(desk: Desk) -> dict[str, str]:
    return {
        "proposal": desk.visibility("proposal", CODE),
        "session": desk.visibility("experiment", SESSION),
        "dataset": desk.visibility("dataset", DATA),
        "file": desk.visibility("file", FILE),
        "person": desk.visibility("person", ("source", "office:p1")),
        "publication": desk.visibility("publication", ("doi", "10.1/a")),
    }


RESTRICTED = {
    **dict.fromkeys(("proposal", "session", "dataset", "file", "person"), "restricted"),
    "publication": "public",
}
KNOWN = {
    **dict.fromkeys(("proposal", "session", "file", "person"), "internal"),
    "dataset": "public",
    "publication": "public",
}


@pytest.mark.parametrize("values", SECRET, ids=str)
def test_a_secret_proposal_hides_its_sessions_datasets_files_and_people(desk: Desk, values: dict[str, Any]) -> None:
    hand_in(desk, values)
    assert found(desk) == RESTRICTED


@pytest.mark.parametrize("values", OPEN, ids=str)
def test_an_accepted_proposal_is_known_inside_and_its_datasets_to_everybody(desk: Desk, values: dict[str, Any]) -> None:
    hand_in(desk, values)
    assert found(desk) == KNOWN


def test_a_proposal_that_turns_secret_hides_everything_again(desk: Desk) -> None:
    hand_in(desk, {"decision": "accepted"})
    hand_in(desk, {"decision": "accepted", "confidential": True})
    assert found(desk) == RESTRICTED


def test_a_proposal_that_is_accepted_later_opens_everything(desk: Desk) -> None:
    hand_in(desk, {})
    hand_in(desk, {"decision": "accepted"})
    assert found(desk) == KNOWN


def test_a_person_with_an_open_proposal_beside_the_secret_one_is_known_inside(desk: Desk) -> None:
    hand_in(desk, {"decision": "refused"})
    team = [{"person": ["source", "office:p1"], "name": "Curie"}]
    desk.hand_in_records("office", {"2": [person("p1"), proposal("MA-2", decision="accepted", participants=team)]})
    assert desk.visibility("person", ("source", "office:p1")) == "internal"


def test_a_file_of_a_hidden_dataset_is_hidden(desk: Desk) -> None:
    hand_in(desk, {"decision": "refused"})
    desk.hand_in("index", Claim("file", (("sha256", "1" * 64),), {"name": "data.pdf", "of": list(DATA)}))
    assert desk.visibility("file", ("sha256", "1" * 64)) == "restricted"


def test_a_session_of_a_proposal_that_is_not_known_yet_is_not_open(desk: Desk) -> None:
    desk.hand_in("office", experiment("E1", proposal_code="MA-1"))
    assert desk.visibility("experiment", SESSION) != "public"


def test_between_a_page_and_the_end_of_its_run_nothing_secret_is_open(desk: Desk) -> None:
    """A run may end in its middle, and people read while it goes on."""
    desk.hand_in("office", proposal("MA-1", decision="refused"), person("p1"), settle=False)
    assert desk.visibility("proposal", CODE) == "restricted"
    assert desk.visibility("person", ("source", "office:p1")) != "public"


def test_a_correction_that_makes_a_proposal_confidential_hides_it_at_once(desk: Desk) -> None:
    hand_in(desk, {"decision": "accepted"})
    desk.correct("proposal", CODE, "confidential", True)
    assert found(desk) == RESTRICTED


# -- accepted ones after a time of grace

TODAY = datetime(2024, 6, 15, 12, tzinfo=UTC)


def opened_after(desk: Desk, months: int, at: datetime = TODAY) -> int:
    with desk.storage.writing() as session:
        return len(open_accepted(session, months, at))


def over(desk: Desk, day: str = "2021-06-14", **values: Any) -> None:
    """MA-1 and its one experiment, which ended on that day."""
    hand_in(desk, values or {"decision": "accepted"})
    desk.hand_in(
        "office", experiment("E1", proposal_code="MA-1", starts_at=f"{day}T08:00:00Z", ends_at=f"{day}T20:00:00Z")
    )


def seen_by(desk: Desk, viewer: Viewer) -> list[int]:
    return [row.id for row in records(desk.storage, viewer, "proposal").rows]


def test_an_accepted_proposal_is_public_after_its_grace_and_its_sessions_files_and_people_stay(desk: Desk) -> None:
    over(desk)
    assert opened_after(desk, 36) == 1
    assert found(desk) == {**KNOWN, "proposal": "public"}
    number = desk.number("proposal", *CODE)
    assert seen_by(desk, ANONYMOUS) == [number]
    shown = record(desk.storage, ANONYMOUS, number)
    assert shown is not None
    desk.settle()  # what a later run does leaves it so
    assert opened_after(desk, 36) == 0
    assert desk.visibility("proposal", CODE) == "public"
    assert opened_after(desk, 0) == 1  # the setting is taken back
    assert found(desk) == KNOWN


@pytest.mark.parametrize("day", ["2021-06-15", "2024-06-01", "2025-01-01"])
def test_before_the_end_of_its_grace_it_is_not(desk: Desk, day: str) -> None:
    over(desk, day)
    assert opened_after(desk, 36) == 0
    assert found(desk) == KNOWN


def test_one_whose_experiment_is_planned_again_is_closed_again(desk: Desk) -> None:
    over(desk)
    opened_after(desk, 36)
    desk.hand_in("office", experiment("E2", proposal_code="MA-1", starts_at="2024-09-01T08:00:00Z"))
    assert opened_after(desk, 36) == 1
    assert found(desk) == KNOWN


def test_without_a_day_of_an_experiment_the_cycle_of_the_call_decides_and_without_either_it_stays(desk: Desk) -> None:
    hand_in(desk, {"decision": "accepted", "call_code": "2020-1"})
    assert opened_after(desk, 1) == 0
    call = Claim(
        "call", (("source", "office:c1"),), {"facility": "EPNS", "code": "2020-1", "cycle_ends_on": "2020-12-31"}
    )
    desk.hand_in("office", call)
    assert opened_after(desk, 60) == 0
    assert opened_after(desk, 36) == 1


@pytest.mark.parametrize("values", SECRET, ids=str)
def test_no_secret_proposal_is_ever_opened_and_the_public_list_is_the_same_with_and_without_it(
    desk: Desk, values: dict[str, Any]
) -> None:
    session = experiment("E9", proposal_code="MA-9", starts_at="2015-01-01T08:00:00Z", ends_at="2015-01-02T08:00:00Z")
    desk.hand_in("office", proposal("MA-9", decision="accepted"), session)
    opened_after(desk, 1)
    before = seen_by(desk, ANONYMOUS)
    over(desk, "2015-01-01", **(values or {"decision": None}))
    assert opened_after(desk, 1) == 0
    assert found(desk) == RESTRICTED
    assert seen_by(desk, ANONYMOUS) == before == [desk.number("proposal", "code", "EPNS/ma9")]


def test_a_public_one_that_turns_secret_is_hidden_at_once(desk: Desk) -> None:
    over(desk)
    opened_after(desk, 36)
    desk.correct("proposal", CODE, "confidential", True)
    assert found(desk) == RESTRICTED


def test_months_are_counted_back_to_the_same_day_or_the_last_of_a_shorter_month() -> None:
    assert str(_before(datetime(2024, 3, 31, tzinfo=UTC).date(), 1)) == "2024-02-29"
    assert str(_before(datetime(2024, 1, 15, tzinfo=UTC).date(), 13)) == "2022-12-15"
