"""Who may know of a record follows from the proposals, at every moment and for everything that hangs on them."""

from typing import Any

import pytest

from puma.claims import Claim
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
