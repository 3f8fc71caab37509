"""Every fault has one outcome; nothing that was there is lost by it, and once it is healed all is as it should be."""

import re
from typing import Any

import pytest
from bench import Make
from faulty.library import Library, items
from faulty.modes import modes
from stored import loose_ends, stored

KEPT, STOPPED, REFUSED, SOME = "done", "stopped", "refused", "skipped some"

OUTCOMES = {
    "token repeats": (STOPPED, "repeats a token for the next page"),
    "tokens go in a loop": (STOPPED, "repeats a token for the next page"),
    "first page under new tokens": (STOPPED, "sends the same page again under another token"),
    "never ends": (STOPPED, "announced 20 records, sent 145 and promises more"),
    "never ends, no total": (REFUSED, "more than expect_max = 80"),
    "empty pages for ever": (STOPPED, "sent 6 empty pages in a row and promises more"),
    "some empty pages": (KEPT, ""),
    "noRecordsMatch mid-list": (STOPPED, "says in the middle of a list that nothing matches"),
    "badArgument mid-list": (STOPPED, "answers with an error: badArgument"),
    "token expires": (KEPT, ""),  # in windows small enough to come in one page
    "token expires after page 2": (KEPT, ""),
    "ends early": (STOPPED, "announced 20 records, but its list ended after 7"),
    "total too high": (STOPPED, "announced 25 records, but its list ended after 20"),
    "total too low": (KEPT, ""),
    "total is no number": (KEPT, ""),
    "total is negative": (KEPT, ""),
    "no total": (KEPT, ""),
    "record removed meanwhile": (KEPT, ""),  # the list is read again
    "record changed meanwhile": (SOME, ""),  # both versions came; the next run takes the newer one
    "record listed twice": (KEPT, ""),
    "record twice, in conflict": (SOME, ""),
    "datestamps are today": (KEPT, ""),
    "datestamps are nonsense": (KEPT, ""),
    "cut page": (STOPPED, "sent a page that cannot be trusted: it is no well-formed XML"),
    "web page with 200": (STOPPED, "sent a web page in place of an OAI-PMH answer"),
    "doctype": (STOPPED, "it has a DOCTYPE, which is refused"),
    "latin-1 said to be utf-8": (STOPPED, "sent a page that cannot be trusted: it is no well-formed XML"),
    "utf-16, and says so": (KEPT, ""),
    "header says latin-1": (KEPT, ""),
    "gzip bomb": (STOPPED, "sent more than 10 MB"),
    "gzip that is none": (STOPPED, "a compressed answer that cannot be unpacked"),
    "drips a header": (STOPPED, "did not answer completely within 0.4 s"),
    "drips a body": (STOPPED, "did not answer completely within 0.4 s"),
    "reset mid body": (STOPPED, "broke off .*4 times in a row"),
    "length too long": (STOPPED, "broke off .*4 times in a row"),
    "length too short": (STOPPED, "sent a page that cannot be trusted"),
    "redirects to itself": (STOPPED, "redirects more than 5 times"),
    "redirects to metadata address": (REFUSED, "169.254.169.254 is the private address"),
    "redirects to private address": (REFUSED, "10.0.0.1 is the private address"),
    "redirects to a file": (REFUSED, "is no http or https address"),
    "500": (STOPPED, "answers 500"),
    "403": (STOPPED, "refuses access"),
    "503, silent": (STOPPED, "answers 503 .busy., 4 times in a row"),
    "503, in 7 s": (STOPPED, "answers 503 .busy., 4 times in a row"),
    "503, at once": (STOPPED, "answers 503 .busy., 4 times in a row"),
    "503, at a date": (STOPPED, "answers 503 .busy., 4 times in a row"),
    "503, at a date gone by": (STOPPED, "answers 503 .busy., 4 times in a row"),
    "503, next year": (STOPPED, r"it asks to come back in 3153\d{4} s"),
    "503, in 999999 s": (STOPPED, "it asks to come back in 999999 s"),
    "503, in 10^400 s": (STOPPED, "it asks to come back in 100000000 s"),
    "503, rubbish": (STOPPED, "answers 503 .busy., 4 times in a row"),
    "429, silent": (STOPPED, "answers 429 .busy., 4 times in a row"),
    "429, in 7 s": (STOPPED, "answers 429 .busy., 4 times in a row"),
    "429, in an hour": (STOPPED, "it asks to come back in 3600 s"),
}
"""Way to misbehave, as long as the run lasts -> state of the run and what its sentence says."""

PASSING = [
    "some empty pages", "token expires", "token expires after page 2", "ends early", "record removed meanwhile",
    "cut page", "web page with 200", "doctype", "latin-1 said to be utf-8", "reset mid body", "length too long",
    "length too short", "redirects to itself", "503, silent", "503, in 7 s", "503, at once", "503, at a date",
    "503, at a date gone by", "503, rubbish", "429, silent", "429, in 7 s",
]  # fmt: skip
"""After these, when they strike once, the run itself goes on to its end."""


def settings_for(mode: str) -> dict[str, Any]:
    return {
        **({"timeout_s": 0.4} if mode.startswith("drips") else {}),
        **({"expect_max": 80} if mode == "never ends, no total" else {}),
    }


def test_every_way_to_misbehave_has_an_outcome() -> None:
    assert OUTCOMES.keys() == modes().keys()
    assert set(PASSING) <= OUTCOMES.keys()


@pytest.mark.parametrize("before", ["empty", "filled"])
@pytest.mark.parametrize("mode", OUTCOMES)
def test_a_fault_has_its_outcome_and_once_healed_the_state_is_the_reference(
    bench: Make, mode: str, before: str
) -> None:
    one = bench(Library())
    there: set[str] = set()
    if before == "filled":
        one.library.items = items(17)
        one.library.item(7).title = "An old title"
        assert one.harvest().state == KEPT
        there = stored(one.storage).keys
        one.library.items = items(20)
    one.change(modes()[mode])
    report = one.harvest(full=True, **settings_for(mode))
    assert report.state == OUTCOMES[mode][0], report.message
    assert re.search(OUTCOMES[mode][1], report.message)
    assert "library" in report.message or OUTCOMES[mode][0] in (KEPT, SOME)
    assert there <= stored(one.storage).keys | ({"oai:test:2"} if mode == "record removed meanwhile" else set())
    one.change(None)
    invented = mode.startswith("never ends")
    again = one.harvest(full=True, accept_missing=invented)
    assert again.state == KEPT, again.message
    assert one.harvest(full=True, accept_missing=invented).state == KEPT
    assert stored(one.storage) == one.reference()
    assert loose_ends(one.storage) == {"running": 0, "checkpoint": 0, "lease": 0}
    assert max(one.waits, default=0) <= 120


@pytest.mark.parametrize("mode", PASSING)
def test_a_fault_that_passes_changes_nothing(bench: Make, mode: str) -> None:
    one = bench(Library())
    fault = modes()[mode]
    fault.times = 1
    one.change(fault)
    assert one.harvest().state == KEPT
    expected = one.reference()
    found = stored(one.storage)
    assert found == expected or mode == "record removed meanwhile"
    assert found.keys >= expected.keys
