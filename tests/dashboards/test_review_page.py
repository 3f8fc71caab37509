"""The review queue in a real browser: one key a decision, what fails comes back, two people, many at once."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dashboards.authority import disagreed
from dashboards.frame.state import State
from dashboards.page import Desk
from dashboards.review import matches
from puma import decisions
from puma.access import Viewer
from puma.installation import Installation
from puma.listing import candidates, doubts, heaps, instruments
from puma.settings import ReviewSettings, Settings
from tests.dashboards.conftest import fill, served

pytestmark = pytest.mark.browser

NINA, BOB = Viewer("scientist", "Nina Keller"), Viewer("scientist", "Bob Holm")
POST = "**/api/v1/review/decisions"
Open = Callable[..., Any]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation of this file's own: its tests decide."""
    installation = Installation(Settings(home=tmp_path_factory.mktemp("review")))
    installation.prepare()
    fill(installation)
    yield installation
    installation.close()


@pytest.fixture
def clean(house: Installation) -> Iterator[Installation]:
    """The installation, in which everything that the test decides is taken back."""
    yield house
    log = decisions.recent(house.storage, NINA, 500)
    decisions.undo_many(house.storage, NINA, [one.id for one in log if not one.undone])


@pytest.fixture(scope="module")
def at(house: Installation) -> Iterator[str]:
    """The address, for a scientist."""
    with served(house, NINA) as address:
        yield address


def _queue(house: Installation, limit: int = 200) -> list[tuple[int, float]]:
    page = candidates(house.storage, NINA, order="grouped", limit=limit)
    return [(one.link_id, one.probability) for one in page.items]


def _decided(house: Installation) -> int:
    log = decisions.recent(house.storage, NINA, 500)
    return sum(not one.undone and one.decided_by == NINA.name for one in log)


def _standing(page: Any) -> str:
    page.wait_for_selector(".pair[data-now]")
    return str(page.get_attribute(".pair[data-now]", "data-link"))


def _next(page: Any, was: str) -> None:
    page.wait_for_function(
        "was => (one => one && one.dataset.link !== was)(document.querySelector('.pair[data-now]'))", arg=was
    )


def test_twenty_pairs_are_decided_with_twenty_keys(tab: Open, clean: Installation, at: str) -> None:
    window = tab(at)
    page = window.open("/review", "Evidence")
    before = [link for link, _ in _queue(clean)][:20]
    page.evaluate("() => { window.keys = 0; addEventListener('keydown', () => window.keys++, true); }")
    for number in range(20):
        was = _standing(page)
        page.keyboard.press("a" if number % 2 else "x")
        _next(page, was)
    window.wait("20 decided today")
    log = [one for one in decisions.recent(clean.storage, NINA, 50) if not one.undone]
    assert page.evaluate("window.keys") == len(log) == 20
    assert [one.verdict for one in reversed(log)] == ["reject", "accept"] * 10
    states = {link: candidates(clean.storage, NINA, link_id=link).items[0].state for link in before}
    assert list(states.values()) == ["rejected", "validated"] * 10


def test_a_decision_that_does_not_get_through_comes_back_and_can_be_sent_again(
    tab: Open, clean: Installation, at: str
) -> None:
    window = tab(at)
    page = window.open("/review", "Evidence")
    was = _standing(page)
    page.route(POST, lambda route: route.fulfill(status=500, json={"title": "A fault", "detail": "of the program"}))
    page.keyboard.press("a")
    window.wait("Not saved")
    assert _standing(page) == was
    assert _decided(clean) == 0
    page.unroute(POST)
    page.get_by_role("button", name="Retry").click()
    window.wait("1 decided today")
    assert candidates(clean.storage, NINA, link_id=int(was)).items[0].state == "validated"
    window.complaints[:] = [one for one in window.complaints if "500" not in one]  # the browser tells of our fault


def test_two_people_on_one_pair_the_second_is_told_and_nothing_is_lost(tab: Open, clean: Installation, at: str) -> None:
    with served(clean, BOB) as other:
        mine, theirs = tab(at), tab(other)
        first, second = mine.open("/review", "Evidence"), theirs.open("/review", "Evidence")
        link = _standing(first)
        assert _standing(second) == link
        first.keyboard.press("x")
        mine.wait("1 decided today")
        second.keyboard.press("a")
        theirs.wait("already rejected by Nina Keller")
        _next(second, link)
        item = candidates(clean.storage, BOB, link_id=int(link)).items[0]
        assert (item.state, item.decided_by) == ("rejected", "Nina Keller")
        again = theirs.open(f"/review?state=rejected&link={link}", "History of this pair")
        again.keyboard.press("a")
        again.wait_for_function("document.querySelector('#review-toast').innerText.includes('Accepted')")
        theirs.wait("1 decided today")
    log = [(one.verdict, one.decided_by) for one in decisions.recent(clean.storage, NINA, 10) if not one.undone]
    assert log == [("accept", "Bob Holm"), ("reject", "Nina Keller")]


def test_many_are_accepted_with_their_number_and_error_and_taken_back_with_one_press(
    tab: Open, clean: Installation, at: str
) -> None:
    before = _queue(clean)
    heap = next(one for one in heaps(clean.storage, NINA) if one.least == 0.5)
    assert len(heap.links) > 5
    window = tab(at)
    page = window.open("/review?view=many&over=0.5", "drawn by lot")
    assert "The model expects" in page.inner_text(".bulk")
    page.get_by_role("button", name=f"Accept {len(heap.links)} pairs").click()
    window.wait(f"{len(heap.links)} decided today")
    assert candidates(clean.storage, NINA, link_id=heap.links[0]).items[0].state == "validated"
    page.locator("#toast").get_by_role("button", name="Undo").click()
    window.wait("0 decided today")
    assert _queue(clean) == before


def test_the_threshold_is_moved_with_the_keyboard_and_number_and_error_follow(
    tab: Open, clean: Installation, at: str
) -> None:
    window = tab(at)
    page = window.open("/review?view=many&over=51", "drawn by lot")
    page.focus(".bulk [role=slider]")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url("**over=50**")
    heap = next(one for one in heaps(clean.storage, NINA) if one.least == 0.5)
    window.wait(f"Accept {len(heap.links)} pairs")
    assert "50" in page.inner_text(".bulk-least")
    assert f"{(heap.promised or 0) * len(heap.links):.1f} wrong ones" in page.inner_text(".bulk")


def test_many_that_changed_since_they_were_shown_are_not_accepted(tab: Open, clean: Installation, at: str) -> None:
    heap = next(one for one in heaps(clean.storage, NINA) if one.least == 0.5)
    window = tab(at)
    page = window.open("/review?view=many&over=0.5", "drawn by lot")
    decisions.decide(clean.storage, BOB, heap.links[0], "reject")
    page.get_by_role("button", name=f"Accept {len(heap.links)} pairs").click()
    window.wait(f"you saw {len(heap.links)}. Nothing was changed")
    assert _decided(clean) == 0


def test_a_reason_is_one_key_and_a_comment_goes_along(tab: Open, clean: Installation, at: str) -> None:
    window = tab(at)
    page = window.open("/review", "Evidence")
    was = _standing(page)
    page.keyboard.press("c")
    page.evaluate("() => { window.tellings = 0; window.dash_stores[0].subscribe(() => window.tellings++); }")
    page.keyboard.type("axx seen on the cover page")
    page.keyboard.press("Escape")
    page.keyboard.press("3")
    window.wait("1 decided today")
    tellings, elements = page.evaluate("[window.tellings, document.querySelectorAll('#page *').length]")
    assert 0 < tellings < elements / 4  # each is heard by every element on the page
    log = decisions.recent(clean.storage, NINA, 1)[0]
    assert log.reason == "Another proposal of the same team. axx seen on the cover page"
    page = window.open(f"/review?state=rejected&link={was}", "History of this pair")
    page.get_by_text("History of this pair").click()
    assert log.reason in page.inner_text(".past")


def test_the_last_ten_are_taken_back_at_once_and_the_queue_is_as_before(
    tab: Open, clean: Installation, at: str
) -> None:
    before = _queue(clean)
    for link, _ in before[:10]:
        decisions.decide(clean.storage, NINA, link, "accept")
    window = tab(at)
    page = window.open("/review", "10 decided today")
    page.get_by_role("button", name="Undo my last 10").click()
    window.wait("0 decided today")
    assert _queue(clean) == before


def test_an_act_on_very_many_pairs_is_taken_back_only_after_it_said_what_that_means(
    tab: Open, clean: Installation, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matches, "ASKED_FROM", 2)
    links = [link for link, _ in _queue(clean)[:3]]
    decisions.decide_many(clean.storage, NINA, links, "reject")
    window = tab(at)
    page = window.open("/review", "3 pairs together")
    before = _decided(clean)
    assert not page.is_visible("button:has-text('Undo all 3')")
    page.click("summary:has-text('Undo all 3')")
    window.wait("3 pairs that Nina Keller decided are as before, except those decided again since.")
    page.click("button:has-text('Undo all 3')")
    window.wait("Undone: 3 decisions taken back.")
    assert _decided(clean) == before - 3


def test_what_was_taken_back_elsewhere_on_the_page_is_shown_again(tab: Open, clean: Installation, at: str) -> None:
    window = tab(at)
    page = window.open("/review", "Evidence")
    was = _standing(page)
    page.keyboard.press("a")
    window.wait("1 decided today")
    page.locator(".decided li").first.get_by_role("button", name="Undo").click()
    window.wait("0 decided today")
    page.wait_for_selector(f".pair[data-now][data-link='{was}']")


def test_every_button_of_a_pair_is_large_enough_for_a_finger_and_nothing_is_wider_than_the_window(
    tab: Open, clean: Installation, at: str
) -> None:
    decisions.decide(clean.storage, NINA, _queue(clean, 1)[0][0], "accept")
    window = tab(at, width=320, scheme="dark")
    for path, text in {
        "/review": "Evidence", "/review?view=top": "Top candidates", "/review?view=many&over=0.5": "drawn by lot",
        "/review?state=validated&view=list": "Validated by", "/review?audit=1": "Evidence",
    }.items():  # fmt: skip
        page = window.open(path, text)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
    page = window.open("/review", "Evidence")
    sizes = page.evaluate(
        "[...document.querySelectorAll('.pair[data-now] button, .pair[data-now] .button')]"
        ".map(one => one.getBoundingClientRect()).map(box => Math.min(box.width, box.height))"
    )
    assert len(sizes) > 10
    assert min(sizes) >= 24
    was = _standing(page)
    page.locator(".pair[data-now] .button.accept").click()
    _next(page, was)


def test_the_lists_hold_what_they_say_in_the_order_they_say(tab: Open, clean: Installation, at: str) -> None:
    window = tab(at)
    page = window.open("/review?view=top", "Top candidates")
    chances = page.evaluate("[...document.querySelectorAll('.matches tbody tr')].map(r => +r.cells[2].dataset.value)")
    assert chances == sorted(chances, reverse=True)
    assert len(chances) > 20
    page = window.open("/review?state=validated&view=list", "Validated by")
    listed = candidates(clean.storage, NINA, state="validated", relations=("publication-proposal",)).total
    assert f"of {listed}" in page.inner_text(".matches")


def test_the_points_of_the_evidence_add_up_and_no_kind_is_a_code(tab: Open, clean: Installation, at: str) -> None:
    window = tab(at)
    page = window.open("/review", "Evidence")
    rows = page.evaluate(
        "[...document.querySelectorAll('.pair[data-now] .ledger tr')].map(r => r.lastElementChild.innerText)"
    )
    points = [float(one.replace("−", "-")) for one in rows[1:]]
    assert sum(points[:-1]) == pytest.approx(points[-1], abs=0.02)
    kinds = page.locator(".pair[data-now] .ledger tbody th").all_inner_texts()
    assert "Starting point" in kinds
    assert not [kind for kind in kinds if "_" in kind]


def test_the_help_says_every_key_and_closes_with_escape(tab: Open, clean: Installation, at: str) -> None:
    window = tab(at)
    page = window.open("/review", "Evidence")
    page.keyboard.press("?")
    page.wait_for_selector("#review-help[open]")
    assert "undo the last decision" in page.inner_text("#review-help")
    page.keyboard.press("a")  # decides nothing behind the help
    page.keyboard.press("Escape")
    page.wait_for_selector("#review-help:not([open])", state="attached")
    assert _decided(clean) == 0


def test_where_two_persons_decide_the_second_is_offered_what_waits_and_settles_it_with_one_key(
    tab: Open, house: Installation
) -> None:
    settings = house.settings.model_copy(update={"review": ReviewSettings(two_persons=True)})
    strict = Installation(settings)
    with served(strict, NINA) as one, served(strict, BOB) as other:
        mine = tab(one)
        first = mine.open("/review", "Two persons decide here")
        link = _standing(first)
        first.keyboard.press("a")
        first.wait_for_function("document.querySelector('#review-toast').innerText.startsWith('One of two')")
        mine.wait("Accepts, one of two")
        assert candidates(house.storage, BOB, link_id=int(link)).items[0].state == "candidate"
        theirs = tab(other)
        second = theirs.open("/review?second=1", "Nina Keller says that they belong together")
        assert _standing(second) == link
        second.keyboard.press("a")
        theirs.wait("No pair waits for you as the second person")
        pair = candidates(house.storage, BOB, link_id=int(link)).items[0]
        assert (pair.state, pair.decided_by) == ("validated", "Nina Keller and Bob Holm")
        second.keyboard.press("Backspace")  # also when no pair stands there any more
        theirs.wait("Nina Keller says that they belong together")
    assert candidates(house.storage, BOB, link_id=int(link)).items[0].said == "accept"
    decisions.undo(house.storage, NINA, decisions.recent(house.storage, NINA, 2)[1].id)
    assert _decided(house) == 0
    strict.close()


def test_a_third_person_settles_a_disagreement_and_says_why(house: Installation) -> None:
    strict = Installation(house.settings.model_copy(update={"review": ReviewSettings(two_persons=True)}))
    link, olga = _queue(house)[0][0], Viewer("user_office", "Olga")
    words = [(NINA, strict.decide(NINA, link, "accept", expected_state="candidate"))]
    words.append((BOB, strict.decide(BOB, link, "reject", expected_state="candidate")))
    here = Desk(strict, olga, State())
    (doubt,) = doubts(house.storage, olga, "disagreements").items
    assert f"reason-{link}" in str(disagreed.disagreed(here, doubt))
    done = disagreed.ACTS["reject"](here, doubt.key, {f"reason-{link}": "measured elsewhere"})
    assert candidates(house.storage, olga, link_id=link).items[0].state == "rejected"
    assert decisions.recent(house.storage, olga, 1)[0].reason == "measured elsewhere"
    for viewer, number in [(olga, done.undo), *reversed(words)]:
        decisions.undo(house.storage, viewer, number)
    strict.close()


def test_a_scientist_of_one_instrument_is_offered_that_one_only(tab: Open, clean: Installation) -> None:
    machine = next(one.id for one in instruments(clean.storage, NINA) if one.name == "D11")
    ida = Viewer("scientist", "Ida Tan", instruments=frozenset({machine}))
    with served(clean, ida) as address:
        window = tab(address)
        page = window.open("/review", "Evidence")
        assert page.get_attribute(".queue input[placeholder]", "placeholder") == "all of your instruments"
        shown = {one.right.instruments[0] for one in candidates(clean.storage, ida, limit=200).items}
        assert shown == {"D11"}
        sides = page.locator(".pair[data-now] .side-title + .facts").all_inner_texts()
        assert "D11" in sides[1]
