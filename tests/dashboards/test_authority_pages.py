"""Institutions and instruments changed on their pages in a real browser, with the keyboard too, and taken back."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from puma.access import Viewer
from puma.claims import Claim
from puma.entities import Affiliation, Identifier, Institution, Instrument, Publication, RawRecord, Record
from puma.installation import Installation
from puma.linking.affiliations import resolve_affiliations, store_affiliations
from puma.linking.institutions_alike import find_alike, store_alike
from puma.listing import institution, instrument_edited, one_institution
from puma.resolve import Received, apply_batch, settle_references
from puma.settings import Settings
from puma.storage import insert_rows, now
from tests.dashboards.conftest import PLACES, fill, served

pytestmark = pytest.mark.browser

ADA = Viewer("admin", "Ada Example")
Open = Callable[..., Any]
TWINS = (("Universite Grenoble Alpes", "Grenoble", "FR"), ("Univ Grenoble Alpes", "Grenoble", "FR"))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A facility with a registry of institutions, and two of its own that are in it already."""
    house = Installation(Settings(home=tmp_path_factory.mktemp("authority")))
    house.prepare()
    fill(house, publications=40, proposals=40)
    known = [
        Claim("institution", (("ror", f"0{place:08}"),),
              {"name": name, "ror": f"0{place:08}", "city": city, "country": code})
        for place, (name, city, _, code) in enumerate(PLACES)
    ]  # fmt: skip
    own = [
        Claim("institution", (("source", f"own:{place}"),), {"name": name, "city": city, "country": code})
        for place, (name, city, code) in enumerate(TWINS)
    ]
    with house.storage.writing() as session:
        rows: list[dict[str, Any]] = [
            {"id": 5_000_000 + place, "source_id": 2, "key": f"i{place}", "payload_sha256": "0", "fetched_at": now(),
             "run_id": 2}
            for place in range(len(known) + len(own))
        ]  # fmt: skip
        insert_rows(session, RawRecord, rows)
        received = [Received(row["id"], [claim], False) for row, claim in zip(rows, [*known, *own], strict=True)]
        apply_batch(session, 2, received, now())
        settle_references(session, now())
    with house.storage.reading() as session:
        changed, _ = resolve_affiliations(session)
        pairs = find_alike(session)
    with house.storage.writing() as session:
        store_affiliations(session, changed)
        store_alike(session, pairs)
    yield house
    house.close()


@pytest.fixture(scope="module")
def at(house: Installation) -> Iterator[str]:
    with served(house, ADA) as address:
        yield address


def named(house: Installation, name: str) -> int:
    with house.storage.reading() as session:
        return session.scalars(select(Institution.id).where(Institution.name == name)).one()


def machine(house: Installation, name: str) -> int:
    with house.storage.reading() as session:
        return session.scalars(select(Instrument.id).where(Instrument.name == name)).one()


def stands(house: Installation, number: int) -> bool:
    with house.storage.reading() as session:
        return session.scalar(select(Record.deleted_at).where(Record.id == number)) is None


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_the_pages_draw_their_forms_without_a_complaint_at_any_width(
    tab: Open, house: Installation, at: str, width: int, scheme: str
) -> None:
    grenoble, twin = named(house, PLACES[0][0]), named(house, TWINS[0][0])
    window = tab(at, width=width, scheme=scheme)
    paths = {
        f"/institution/{grenoble}?hand=split": "there is nothing to take apart",
        f"/institution/{named(house, PLACES[1][0])}?hand=split": "Nothing is ticked yet",
        f"/institution/{grenoble}?hand=join&beside={twin}": "would move to",
        f"/institution/{grenoble}?hand=name": "Preferred name",
        f"/instrument/{machine(house, 'D17')}?hand=edit": "outside these periods",
        "/integration?queue=institutions": "Institutions: ",
        "/integration?queue=affiliations": "Affiliations",
    }
    for path, text in paths.items():
        page = window.open(path, text)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{path} is wider than the window"
        assert "could not be drawn" not in page.inner_text("body"), path


def test_two_institutions_are_put_together_as_foretold_with_the_keyboard_and_taken_apart_from_the_toast(
    tab: Open, house: Installation, at: str
) -> None:
    keep, other = named(house, PLACES[0][0]), named(house, TWINS[1][0])
    said = one_institution(house.storage, ADA, keep, other)
    assert said is not None
    window = tab(at)
    page = window.open(f"/institution/{keep}?hand=join&beside={other}", "would move to")
    assert f"{said.both.publications} publications" in page.inner_text(".person-outcome")
    page.get_by_role("button", name="Put together", exact=True).focus()
    page.keyboard.press("Enter")
    window.wait("They are one institution now")
    after = institution(house.storage, ADA, other)
    assert after is not None
    assert (after.id, len(after.publications)) == (keep, said.both.publications)
    page.click(".toast-in button:has-text('Undo')")
    window.wait("(taken back)")
    assert stands(house, other)


def test_two_suspected_institutions_are_said_to_be_two_in_the_queue_and_are_not_asked_about_again(
    tab: Open, house: Installation, at: str
) -> None:
    window = tab(at)
    page = window.open("/integration?queue=institutions", "Institutions: ")
    before = page.locator(".doubt").count()
    page.get_by_role("button", name="Two institutions").first.click()
    window.wait("They are two institutions")
    page.wait_for_function(f"document.querySelectorAll('.doubt').length == {before - 1}")


def test_what_was_picked_and_typed_stays_when_the_page_is_drawn_anew(tab: Open, house: Installation, at: str) -> None:
    here = named(house, PLACES[2][0])
    one = institution(house.storage, ADA, here)
    assert one is not None
    about = f"/institution/{here}?correct={one.written[0].affiliation_id}"
    page = tab(at).open(about, "The institution that is meant")
    which = page.get_by_label("The institution that is meant").first
    which.fill("Lund")
    page.get_by_role("option", name="Lund University").click()
    page.get_by_label("Reason").fill("As their letter says")
    with page.expect_response(lambda answer: "_dash-update" in answer.url):
        page.evaluate("window.dash_clientside.set_props('changed', {data: 17})")  # as when one decides elsewhere
    page.wait_for_load_state("networkidle")
    expect(which).to_have_value("Lund University (Lund, SE)")
    expect(page.get_by_label("Reason")).to_have_value("As their letter says")
    page.get_by_role("button", name="It means this").click()
    expect(page.locator(".toast-in")).to_contain_text("It means that institution now")
    page.click(".toast-in button:has-text('Undo')")
    expect(page.locator(".toast-in")).to_contain_text("Undone")


def test_what_is_ticked_goes_to_a_new_institution_and_the_sentence_says_what_would_move(
    tab: Open, house: Installation, at: str
) -> None:
    number = named(house, PLACES[1][0])
    window = tab(at)
    page = window.open(f"/institution/{number}?hand=split", "Nothing is ticked yet")
    page.locator(".person-checks input").first.check()
    window.wait("would move to the new institution")
    page.get_by_label("Name of the new institution").fill("Heinz Maier-Leibnitz Zentrum")
    page.get_by_role("button", name="Take apart", exact=True).click()
    window.wait("mean Heinz Maier-Leibnitz Zentrum now")
    new = named(house, "Heinz Maier-Leibnitz Zentrum")
    with house.storage.reading() as session:
        assert session.scalars(select(Affiliation.id).where(Affiliation.institution_id == new)).all()
    page.click(".toast-in button:has-text('Undo')")
    window.wait("(taken back)")
    assert not stands(house, new)


def test_periods_are_edited_with_the_picture_and_impossible_ones_are_refused_before_saving(
    tab: Open, house: Installation, at: str
) -> None:
    number = machine(house, "IN5")
    window = tab(at)
    page = window.open(f"/instrument/{number}?hand=edit", "outside these periods")
    first, second = (page.locator(".authority-period").nth(place).locator("input") for place in (0, 1))
    second.nth(0).fill("IN5+")
    second.nth(1).fill("2020-01-01")
    window.wait("overlap")
    first.nth(2).fill("2019-12-01")
    window.wait("in IN5+ from")
    page.get_by_role("button", name="Save", exact=True).click()
    window.wait("The instrument is as you say")
    shown = instrument_edited(house.storage, ADA, number)
    assert shown is not None
    assert [(p.label, str(p.starts_on), str(p.ends_on)) for p in shown.periods] == [
        ("IN5", "2009-02-01", "2019-12-01"), ("IN5+", "2020-01-01", "None"),
    ]  # fmt: skip
    page.click(".toast-in button:has-text('Undo')")
    window.wait("(taken back)")
    shown = instrument_edited(house.storage, ADA, number)
    assert shown is not None
    assert len(shown.periods) == 1


def test_a_publication_is_taken_apart_with_the_keyboard_and_the_toast_takes_it_back(
    tab: Open, house: Installation, at: str
) -> None:
    doi = ("doi", "10.5555/epns.0000")
    second = Claim("publication", (doi, ("source", "catalogue:x")), {"doi": doi[1], "title": "Another work entirely"})
    row = {"id": 6_000_000, "source_id": 3, "key": "x", "payload_sha256": "0", "fetched_at": now(), "run_id": 3}
    with house.storage.writing() as session:
        insert_rows(session, RawRecord, [row])
        apply_batch(session, 3, [Received(6_000_000, [second], False)], now())
        named_so = Identifier.scheme == "doi", Identifier.value == doi[1]
        number = session.scalars(select(Identifier.record_id).where(*named_so)).one()
    window = tab(at)
    page = window.open(f"/record/{number}?hand=split", "Nothing is ticked yet")
    page.locator(".parting .person-checks label", has_text="Another work entirely").locator("input").focus()
    page.keyboard.press("Space")
    page.wait_for_selector("#parting-said .doubt-sides")
    assert "becomes new" in page.inner_text("#parting-said")
    page.get_by_role("button", name="Take apart", exact=True).press("Enter")
    window.wait("They are two publications now")
    titles = {one.title for one in parts(house)}
    assert "Another work entirely" in titles
    page.click(".toast-in button:has-text('Undo')")
    window.wait("(taken back)")
    assert titles - {one.title for one in parts(house)} == {"Another work entirely"}


def parts(house: Installation) -> list[Publication]:
    """The publications that stand."""
    with house.storage.reading() as session:
        query = select(Publication).join(Record, Record.id == Publication.id).where(Record.deleted_at.is_(None))
        return list(session.scalars(query))
