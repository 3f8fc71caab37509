"""A transfer belongs to the proposal and the beamline of its path, and nobody learns of it who may not know of both."""

from typing import Any

import pytest

from puma.claims import Claim
from puma.entities import Transfer
from tests.resolve.desk import Desk, instrument, proposal

KEY = ("source", "index:t1")


def transfer(**values: Any) -> Claim:
    """What a transfer log says about a transfer out of the facility EPNS."""
    said = {"facility": "EPNS", "proposal_code": "ma1", "instrument_name": "id01", "session_on": "2024-03-04"}
    return Claim("transfer", (KEY,), {**said, "route": "globus", "size_bytes": 5, **values})


def tied(desk: Desk) -> tuple[bool, bool]:
    """Whether the transfer has its proposal and its instrument."""
    ((proposal_id, instrument_id),) = desk.rows(Transfer, "proposal_id", "instrument_id")
    return (
        proposal_id is not None and proposal_id == desk.number("proposal", "code", "EPNS/ma1"),
        instrument_id is not None and instrument_id in desk.standing("instrument"),
    )


@pytest.mark.parametrize("log_first", [True, False])
def test_a_transfer_is_tied_to_proposal_and_instrument_in_whatever_order_they_come(
    desk: Desk, *, log_first: bool
) -> None:
    office = (proposal("MA-1", decision="accepted"), instrument("ID01"))
    if log_first:
        desk.hand_in("index", transfer())
        desk.hand_in("office", *office)
    else:
        desk.hand_in("office", *office)
        desk.hand_in("index", transfer())
    assert tied(desk) == (True, True)
    assert desk.visibility("transfer", KEY) == "internal"


def test_of_two_machines_of_one_name_the_day_in_the_path_says_which_it_was(desk: Desk) -> None:
    for label, starts_on, ends_on in (("Old", "2000-01-01", "2020-01-01"), ("New", "2020-01-01", None)):
        periods = [{"label": label, "starts_on": starts_on, "ends_on": ends_on, "commissioning_until": None}]
        values = {"facility": "EPNS", "name": "ID01", "label": label, "periods": periods}
        desk.hand_in("office", Claim("instrument", (("name", f"EPNS/{label.lower()}"),), values))
    desk.hand_in("index", transfer(session_on="2019-05-01", started_at="2023-01-01T00:00:00+00:00"))
    assert desk.rows(Transfer, "instrument_id") == [(desk.number("instrument", "name", "EPNS/old"),)]
    desk.hand_in("index", transfer(session_on=None, started_at="2023-01-01T00:00:00+00:00"))
    assert desk.rows(Transfer, "instrument_id") == [(None,)]


def test_a_transfer_without_a_known_proposal_is_the_user_offices_alone(desk: Desk) -> None:
    desk.hand_in("index", transfer())
    assert desk.visibility("transfer", KEY) == "restricted"
    desk.hand_in("index", transfer(proposal_code=None))
    assert desk.visibility("transfer", KEY) == "restricted"


def test_a_transfer_of_another_facility_is_not_tied(desk: Desk) -> None:
    desk.hand_in("office", proposal("MA-1", decision="accepted"))
    desk.hand_in("index", transfer(facility="OTHER"))
    assert tied(desk)[0] is False


def test_a_transfer_follows_its_proposal_into_hiding_and_back(desk: Desk) -> None:
    desk.hand_in("index", transfer())
    seen = []
    for values in (
        {"decision": "accepted"},
        {"decision": "accepted", "confidential": True},
        {"decision": "refused"},
        {},
    ):
        desk.hand_in("office", proposal("MA-1", **values))
        seen.append(desk.visibility("transfer", KEY))
    assert seen == ["internal", "restricted", "restricted", "restricted"]
    desk.hand_in("office", proposal("MA-1", decision="accepted"))
    assert desk.visibility("transfer", KEY) == "internal"


def test_before_the_end_of_a_run_a_transfer_is_hidden(desk: Desk) -> None:
    desk.hand_in("office", proposal("MA-1", decision="accepted"))
    desk.hand_in("index", transfer(), settle=False)
    assert desk.visibility("transfer", KEY) == "restricted"


def test_a_transfer_whose_path_is_corrected_changes_its_proposal(desk: Desk) -> None:
    desk.hand_in("office", proposal("MA-1", decision="accepted"), proposal("MA-2", decision="accepted"))
    desk.hand_in("index", transfer())
    desk.hand_in("index", transfer(proposal_code="MA 2"))
    assert desk.rows(Transfer, "proposal_id") == [(desk.number("proposal", "code", "EPNS/ma2"),)]
