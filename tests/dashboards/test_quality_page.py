"""Match quality in a real browser: numbers lead to their lists, and a model is exchanged, confirmed and taken back."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from puma.access import Viewer
from puma.evaluation import audit, keep
from puma.evaluation import figures as judged
from puma.installation import Installation
from puma.listing import candidates
from puma.listing.quality import linked_years
from puma.matching import shelf
from puma.settings import Settings
from puma.storage import now
from tests.dashboards.conftest import fill, served

pytestmark = pytest.mark.browser

ADA = Viewer("user_office", "Ada Example")
Open = Callable[..., Any]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A facility with links in every state, a second model on the shelf, and an evaluation."""
    house = Installation(Settings(home=tmp_path_factory.mktemp("quality")))
    house.prepare()
    fill(house, publications=60, proposals=40)
    held = json.loads(shelf.shipped_text())
    quality = {"decisions": 90, "log loss": 0.21, "log loss +-": 0.05, "ECE": 0.04, "F1": 0.9, "right": 80}
    held["card"] = {
        "version": 2, "on": "decisions of this installation", "learnt from": 210, "until": "2026-03-01",
        "accepted": 190, "rejected": 110, "base": "links-1",
        "held back": quality, "before": {**quality, "log loss": 0.3},
    }  # fmt: skip
    shelf.put(shelf.shelf_in(house.settings.files_folder), "links-2", json.dumps(held))
    found = judged("publication-proposal", {"10.1/a": {"ma1"}}, {"10.1/a"}, [])
    keep(house.settings.files_folder, found, file="truth.csv", model="links-1", at=now())
    for one in candidates(house.storage, ADA, limit=8).items:
        house.decide(ADA, one.link_id, "accept" if one.link_id % 3 else "reject", expected_state=one.state)
    yield house
    house.close()


@pytest.fixture(scope="module")
def at(house: Installation) -> Iterator[str]:
    with served(house, ADA) as address:
        yield address


def used(house: Installation) -> str:
    return shelf.version_in_use(shelf.shelf_in(house.settings.files_folder))


def test_an_empty_installation_says_of_every_part_why_it_is_empty(tab: Open, empty_at: str) -> None:
    page = tab(empty_at).open("/quality", "The model that judges")
    text = page.inner_text("#page")
    for words in ("No publications", "No sample", "No decisions", "No authors", "No evaluation", "as shipped"):
        assert words in text, words
    assert "could not be drawn" not in text


def test_every_share_leads_to_the_publications_behind_it(tab: Open, house: Installation, at: str) -> None:
    waiting = sum(one.counts["candidate"] for one in linked_years(house.storage, ADA))
    window = tab(at)
    page = window.open("/quality", "Publications per year")
    page.get_by_role("link", name=f"To review {waiting} ").click()
    window.wait("Publications by their best link: to review")
    assert f"{waiting} in all" in page.inner_text("#page")
    assert page.url.endswith("/quality?show=candidate")
    page.get_by_role("link", name="Close the list").click()
    page.wait_for_url("**/quality")
    page.get_by_role("link", name="Table of Publications per year").click()
    window.wait("Only rejected")
    page.get_by_role("table", name="Publications per year").wait_for()
    assert page.get_by_role("table", name="Publications per year").locator("tbody tr").count() == len(
        linked_years(house.storage, ADA)
    )


def test_too_few_audited_links_are_said_to_be_too_few_and_the_way_to_more_is_there(
    tab: Open, house: Installation, at: str
) -> None:
    window = tab(at)
    page = window.open("/quality", "Random audit")
    assert "Too few: " in page.inner_text("#page")
    page.get_by_role("link", name="Audit more").click()
    window.wait("Chosen at random to measure quality")
    assert f"1 of {audit(house.storage).open}" in page.inner_text("#page")
    assert page.locator(".tabs:not(.sections) .tab[aria-current=page]").inner_text().startswith("Random audit")
    page.get_by_role("link", name="What it is for").click()
    window.wait("Are the probabilities true?")


def test_a_model_is_exchanged_after_a_question_and_taken_back_by_one_button(
    tab: Open, house: Installation, at: str
) -> None:
    window = tab(at, width=390, scheme="dark")
    page = window.open("/quality", "The model that judges")
    before = used(house)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("link", name="Use this one links-2").click()
    window.wait("Go forward to links-2?")
    page.get_by_role("link", name="Leave it").click()
    page.wait_for_function("!document.body.innerText.includes('Go forward')")
    assert used(house) == before
    page.get_by_role("link", name="Use this one links-2").click()
    page.get_by_role("button", name="Take links-2 into use").click()
    window.wait("links-2 judges from the next matching on")
    window.wait("Ada Example took links-2 into use for links-1.")
    assert used(house) == "links-2"
    assert "judges them anew" in page.inner_text("#page")
    page.get_by_role("button", name="Undo back to links-1").click()
    window.wait("Ada Example took links-1 into use for links-2.")
    assert used(house) == before


def test_a_choice_is_refused_when_somebody_chose_meanwhile(tab: Open, house: Installation, at: str) -> None:
    window = tab(at)
    page = window.open("/quality?use=links-2", "Go forward to links-2?")
    house.use_model(ADA, "links-2")
    page.get_by_role("button", name="Take links-2 into use").click()
    window.wait("links-2 is in use by now; you saw links-1. Nothing was changed.")
    house.use_model(ADA, "links-1")


def test_who_may_only_look_sees_the_numbers_and_neither_buttons_nor_names(tab: Open, house: Installation) -> None:
    house.use_model(ADA, "links-2")
    house.use_model(ADA, "links-1")
    with served(house, Viewer("viewer", "Vera")) as address:
        page = tab(address).open("/quality?use=links-2&table=weeks", "Which model came when")
        text = page.inner_text("#page")
        assert "links-1 came into use for links-2." in text
        assert "Ada Example" not in text
        assert page.get_by_role("button", name="Take links-2 into use").count() == 0
        assert page.get_by_role("link", name="Use this one").count() == 0
        assert page.get_by_role("link", name="Audit more").count() == 0
        assert "truth.csv" in text


def test_a_learnt_model_that_cannot_judge_any_more_is_named_with_what_to_do(tab: Open, house: Installation) -> None:
    folder = shelf.shelf_in(house.settings.files_folder)
    held = json.loads(shelf.text_of(folder, "links-2"))
    del held["kinds"][next(iter(held["kinds"]))]
    held["card"]["version"] = 3
    shelf.put(folder, "links-3", json.dumps(held))
    house.use_model(ADA, "links-3")
    with served(house, ADA) as address:
        page = tab(address).open("/quality?use=links-3", "The model that judges")
        words = "links-3 was learnt here from other measures than are taken now: it does not judge, links-1 does."
        expect(page.locator(".told", has_text=words)).to_contain_text(
            "Learn again from the same decisions: puma learn."
        )
        expect(page.get_by_role("row", name="links-3").get_by_text("cannot judge")).to_be_visible()
        assert page.get_by_text("Go forward to links-3?").count() == 0
        house.use_model(ADA, "links-2")
        page.reload()
        expect(page.get_by_role("row", name="links-2").get_by_text("in use")).to_be_visible()
        assert page.get_by_text("it does not judge").count() == 0
