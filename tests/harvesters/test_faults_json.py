"""JSON services that misbehave: each fault has its outcome, nothing is lost, and once healed all is as it should be."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from bench import run
from json_server import Service, serving
from stored import loose_ends, stored
from test_json_services import HELD

from puma.storage import Storage

OUTCOMES = {
    "html": ("stopped", "not JSON"),
    "cut": ("stopped", "not JSON"),
    "again": ("stopped", "again and again"),
    "other": ("stopped", "without a list"),
    "reset": ("stopped", "broke off .*4 times in a row"),
    "503": ("stopped", "answers 503 .busy., 4 times in a row"),
    "503 for days": ("stopped", "asks to come back in 999999 s"),
    "500": ("stopped", "answers 500"),
    "400": ("stopped", "was not understood .status 400."),
}


def settings(name: str, service: Service) -> dict[str, Any]:
    own = {"name": "catalogue", "harvester": name, "url": service.url, "facility": "EPNS"}
    return {**own, "page_size": 3, "timeout_s": 5.0}


@pytest.mark.parametrize("name", HELD)
@pytest.mark.parametrize("fault", OUTCOMES)
def test_a_fault_has_its_outcome_and_once_healed_the_state_is_the_reference(
    new_storage: Callable[[], Storage], name: str, fault: str
) -> None:
    waits: list[float] = []
    with serving(Service(HELD[name])) as service:
        well, one = new_storage(), new_storage()
        assert run(well, settings(name, service), waits).state == "done"
        reference = stored(well)
        service.asked.clear()
        service.fault = fault
        report = run(one, settings(name, service), waits)
        assert report.state == OUTCOMES[fault][0]
        assert re.search(OUTCOMES[fault][1], report.message), report.message
        assert stored(one).keys <= reference.keys
        service.fault = ""
        assert run(one, settings(name, service), waits).state == "done"
        assert stored(one) == reference
        service.asked.clear()
        service.fault = fault  # and a full harvest that fails takes nothing away
        assert run(one, settings(name, service), waits, full=True).state == OUTCOMES[fault][0]
        assert stored(one) == reference
        service.fault = ""
        assert run(one, settings(name, service), waits, full=True).state == "done"
        assert stored(one) == reference
        assert loose_ends(one) == {"running": 0, "checkpoint": 0, "lease": 0}
