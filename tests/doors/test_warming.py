"""The newest facts are asked before anybody waits for them: at the start, and what was asked of those before them."""

from time import sleep

import pytest

from puma.access import Viewer
from puma.facts import Snapshot
from puma.installation import Installation, warming
from puma.installation.warming import FIRST, warmed
from puma.measuring import Answer, Question

OFFICE = Viewer("user_office")
RARE = Question("citations", ("type",), {"country": ("PT",)})


def until_asked(house: Installation, questions: set[str], not_of: Snapshot | None = None) -> Snapshot:
    """The newest facts, once they were asked these questions; fails after half a minute."""
    for _ in range(600):
        facts = house.snapshot()
        if facts is not None and facts is not not_of:
            told = [one for one in list(facts.told.values()) if isinstance(one, Answer)]
            if questions <= {repr(one.question) for one in told}:
                return facts
        sleep(0.05)
    raise AssertionError("They were never asked.")


def test_facts_are_asked_before_anybody_does_and_newer_ones_what_was_asked_before(
    own_copy: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warming, "AT_MOST_S", 60.0)
    with warmed(own_copy, look_s=0.05):
        before = until_asked(own_copy, {repr(one) for one in FIRST})
        assert repr(RARE) not in {repr(one.question) for one in before.told.values() if isinstance(one, Answer)}
        own_copy.ask(OFFICE, RARE)
        own_copy.refresh_facts()
        until_asked(own_copy, {repr(one) for one in (*FIRST, RARE)}, not_of=before)
