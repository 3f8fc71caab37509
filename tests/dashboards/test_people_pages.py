"""Persons and institutions in a real browser: full, empty and for each role; put together and apart by hand."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from dashboards.frame.state import State
from dashboards.page import Desk
from dashboards.pages.institution import documents
from puma.access import Viewer
from puma.entities import Affiliation, Authorship, Institution, Record
from puma.installation import Installation
from puma.linking.people import find_people
from puma.linking.people_rows import store_people
from puma.listing import institution, person
from puma.settings import Settings
from puma.storage import insert_rows, now, take_numbers, update_rows
from tests.dashboards.conftest import PLACES, fill, served

pytestmark = pytest.mark.browser

ADA = Viewer("admin", "Ada Example")
Open = Callable[..., Any]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A facility whose persons were matched; the tests put some of them together and apart."""
    house = Installation(Settings(home=tmp_path_factory.mktemp("people")))
    house.prepare()
    fill(house, publications=60, proposals=40)
    place_affiliations(house)
    with house.storage.reading() as session:
        people = find_people(session)
    with house.storage.writing() as session:
        store_people(session, people, now())
    yield house
    house.close()


def place_affiliations(house: Installation) -> None:
    """Every affiliation means the institution that it names."""
    with house.storage.writing() as session:
        numbers = take_numbers(session, "record", len(PLACES))
        seen = {"kind": "institution", "visibility": "public", "created_at": now(), "changed_at": now()}
        insert_rows(session, Record, [{"id": number, **seen} for number in numbers])
        rows: list[dict[str, Any]] = [
            {"id": number, "name": name, "city": city, "country": code, "parent_id": None}
            for number, (name, city, _, code) in zip(numbers, PLACES, strict=True)
        ]
        rows[1]["parent_id"] = rows[0]["id"]
        insert_rows(session, Institution, rows)
        known = {row["name"]: row["id"] for row in rows}
        texts = session.execute(select(Affiliation.id, Affiliation.text)).all()
        update_rows(
            session, Affiliation,
            [{"id": n, "institution_id": known[text.split(",")[0]], "probability": 0.97} for n, text in texts],
        )  # fmt: skip


@pytest.fixture(scope="module")
def at(house: Installation) -> Iterator[str]:
    with served(house, ADA) as address:
        yield address


def busiest(house: Installation, place: int = 0) -> int:
    """The person with the most works."""
    query = (
        select(Authorship.person_id)
        .where(Authorship.person_id.is_not(None))
        .group_by(Authorship.person_id)
        .order_by(func.count().desc(), Authorship.person_id)
    )
    with house.storage.reading() as session:
        return session.scalars(query).all()[place] or 0


def institution_of(house: Installation) -> int:
    with house.storage.reading() as session:
        return session.scalars(select(Affiliation.institution_id).order_by(Affiliation.institution_id)).first() or 0


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (320, "dark")])
def test_persons_and_institutions_draw_without_a_complaint_at_any_width(
    tab: Open, house: Installation, at: str, width: int, scheme: str
) -> None:
    window = tab(at, width=width, scheme=scheme)
    number = busiest(house)
    paths = {
        f"/person/{number}": "Names as written",
        f"/person/{number}?hand=split": "Take this person apart",
        f"/person/{number}?hand=join&with={busiest(house, 1)}": "will be of one person",
        f"/institution/{institution_of(house)}": "Affiliations as written",
        "/person": "Who wrote, proposed and measured",
        "/institution": "Where the people are from",
        "/integration?queue=persons": "Persons",
    }
    for path, text in paths.items():
        page = window.open(path, text)
        assert page.evaluate("document.querySelectorAll('h1').length") == 1, path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{path} is wider than the window"
        assert "could not be drawn" not in page.inner_text("body"), path
        assert "example.org" not in page.inner_text("body"), "an e-mail is never shown"


def test_nobody_and_no_institution_of_that_number_is_a_sentence(tab: Open, empty_at: str, at: str) -> None:
    for address in (empty_at, at):
        window = tab(address)
        window.open("/person/99999999", "There is no person of that number", status=404)
        window.open("/person/abc", "There is no person of that number", status=404)
        window.open("/institution/99999999", "There is no institution of that number", status=404)


def test_a_bar_of_the_years_leads_to_the_publications_of_that_year_and_its_chip_leads_back(
    tab: Open, house: Installation, at: str
) -> None:
    author, place = person(house.storage, ADA, busiest(house)), institution(house.storage, ADA, institution_of(house))
    assert author is not None
    assert place is not None
    page = tab(at).open(f"/person/{author.id}", "Publications per year")
    chip, rows = page.locator(".chip[aria-label^='Remove the filter Year']"), page.locator(".list tbody tr")
    page.locator("[aria-label^='Publications per year'] .points path").first.click(force=True)
    year, count = author.years[0]
    expect(chip).to_have_attribute("aria-label", f"Remove the filter Year: {year}")
    expect(rows).to_have_count(count)
    page.go_back()
    expect(chip).to_have_count(0)
    page.go_forward()
    chip.click()
    expect(chip).to_have_count(0)
    assert page.evaluate("location.search") == "?list=publication"
    year, count = place.years[-1]
    of_place = documents(Desk(house, ADA, State.read(f"?list=publication&year={year}"), str(place.id)))
    assert f"{count} of {len(place.publications)} publications" in str(of_place)


def test_a_person_is_taken_apart_and_put_together_again_from_the_toast(tab: Open, house: Installation, at: str) -> None:
    number = busiest(house)
    before = person(house.storage, ADA, number)
    window = tab(at)
    page = window.open(f"/person/{number}?hand=split", "Nothing is ticked yet")
    boxes = page.locator(".person-checks input")
    boxes.nth(0).check()
    boxes.nth(1).check()
    window.wait("2 records of")
    page.click("button:has-text('Take apart')")
    window.wait("went to a new person")
    window.wait("Put together and apart")
    after = person(house.storage, ADA, number)
    assert before is not None
    assert after is not None
    named = [len(one.publications) + len(one.proposals) + len(one.datasets) for one in (before, after)]
    assert named[0] - named[1] == 2
    page.click(".toast-in button:has-text('Undo')")
    window.wait("(taken back)")
    again = person(house.storage, ADA, number)
    assert again is not None
    assert (again.publications, again.proposals, again.stays) == (before.publications, before.proposals, before.stays)


def test_two_persons_are_put_together_with_a_reason_and_taken_apart_from_the_history(
    tab: Open, house: Installation, at: str
) -> None:
    keep, other = busiest(house, 2), busiest(house, 3)
    window = tab(at)
    page = window.open(f"/person/{keep}?hand=join&with={other}", "will be of one person")
    page.fill(".person-say input", "one and the same")
    page.click("button:has-text('Put together'):not(:has-text('with'))")
    window.wait("They are one person now")
    window.wait("one and the same")
    led = person(house.storage, ADA, other)
    assert led is not None
    assert led.id == keep
    page.click("button:has-text('Take back')")
    window.wait("(taken back)")
    apart = person(house.storage, ADA, other)
    assert apart is not None
    assert apart.id == other


def test_an_affiliation_is_corrected_on_the_page_of_its_institution(tab: Open, house: Installation, at: str) -> None:
    number = institution_of(house)
    window = tab(at)
    page = window.open(f"/institution/{number}", "Affiliations as written")
    page.click(".affiliation a:has-text('Correct') >> nth=0")
    window.wait("The institution that is meant")
    page.fill("input[placeholder='Type a name or a city']", "Lund")
    page.click("[role=option]:has-text('Lund University')")
    page.click("button:has-text('It means this')")
    window.wait("It means that institution now")
    with house.storage.reading() as session:
        assert session.scalar(select(func.count()).where(Affiliation.decided_by == "Ada Example")) == 1
    page.click(".toast-in button:has-text('Undo')")
    page.wait_for_function("!document.querySelector('.toast-in')?.innerText.includes('It means')")
    with house.storage.reading() as session:
        assert session.scalar(select(func.count()).where(Affiliation.decided_by.is_not(None))) == 0


def test_a_visitor_sees_authors_and_no_way_to_change_them(tab: Open, house: Installation) -> None:
    with served(house, Viewer("anonymous")) as address:
        window = tab(address)
        page = window.open(f"/person/{busiest(house)}", "Names as written")
        words = page.inner_text("body")
        assert "Take apart" not in words
        assert "proposals" not in page.inner_text(".title")
        page = window.open(f"/institution/{institution_of(house)}", "Affiliations as written")
        assert page.locator("a:has-text('Correct')").count() == 0
