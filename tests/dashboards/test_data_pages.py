"""Data management and integration in a real browser: what runs is seen to run, and every button does what it says."""

import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, insert, select, update

from puma.access import Viewer
from puma.entities import HarvestSource, Payload, Run, SkippedRecord, StoredClaim, WantedRun
from puma.installation import Installation
from puma.listing import doubts
from puma.runs.harvest import harvest
from puma.runs.sources import configured_sources
from puma.settings import load_settings
from tests.dashboards.conftest import served

pytestmark = pytest.mark.browser

OFFICE = Viewer("user_office", "Ada Example")
TITLE = "Hydrogen uptake of palladium nanoparticles in situ"
FILES = {
    "publications": "source_id,doi,title,published_on,type,authors,shelf\n"
    f'1,10.1000/a,{TITLE},2020-05-01,JOURNAL_ARTICLE,"Curie, M.",A7\n'
    f'2,,{TITLE},2020-05-01,JOURNAL_ARTICLE,"Curie, M.",\n'
    "3,,,2020-05-01,JOURNAL_ARTICLE,,\n",
    "instruments": "name,label,start\nD17,Reflectometer,2000-01-01\nD22,Diffractometer,2000-01-01\n",
    "proposals": "code,title,decision\nMA-1,Zeolites,accepted\n",
    "sessions": "code,proposal,instrument,start\nX1,MA-1,Dee 17,2020-03-01\n",
}
Open = Callable[..., Any]


def silent(what: str, done: int, total: int | None) -> None:
    """No progress is shown in tests."""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Installation]:
    """A facility of a few rows, harvested once."""
    (tmp_path / "tables").mkdir()
    for name, text in FILES.items():
        (tmp_path / "tables" / f"{name}.csv").write_text(text, "utf-8")
    text = '[[source]]\nname = "office"\nharvester = "tables"\npath = "tables"\nschedule = "daily"\n'
    (tmp_path / "puma.toml").write_text(text, "utf-8")
    house = Installation(load_settings(tmp_path / "puma.toml"))
    house.prepare()
    harvest(house.storage, configured_sources(house.settings)[0], progress=silent)
    house.refresh_facts()
    yield house
    house.close()


@pytest.fixture
def at(house: Installation) -> Iterator[str]:
    with served(house, OFFICE) as address:
        yield address


def began(house: Installation, **more: Any) -> int:
    """A run of the source that goes on elsewhere. Returns its number."""
    now = datetime.now(UTC)
    row = {"kind": "harvest", "source_id": 1, "state": "running", "worker": "elsewhere:1:x", "started_at": now,
           "heartbeat_at": now, "counters": {"seen": 20, "added": 3}, "message": "", "total": 80, **more}  # fmt: skip
    with house.storage.writing() as session:
        return session.execute(insert(Run).values(**row).returning(Run.id)).scalar_one()


def told(house: Installation, run: int, **values: Any) -> None:
    """The run says how far it is."""
    with house.storage.writing() as session:
        session.execute(update(Run).where(Run.id == run).values(heartbeat_at=datetime.now(UTC), **values))


@pytest.mark.parametrize("path", ["/sources", "/run/2"])
def test_a_run_is_seen_to_run_stopped_by_hand_and_seen_to_end(
    tab: Open, house: Installation, at: str, path: str
) -> None:
    run = began(house)
    assert run == 2
    window = tab(at)
    page = window.open(path, "20 of 80 seen")
    bar = page.get_by_role("progressbar", name="Harvest of office")
    assert bar.get_attribute("aria-valuenow") == "25"
    told(house, run, counters={"seen": 60, "added": 9})
    window.wait("60 of 80 seen")
    page.get_by_role("button", name="Stop harvest of office").click()
    window.wait(f"Run {run} stops after its page")
    window.wait("Ada Example asked it to stop")
    expect(page.get_by_role("button", name="Stop harvest of office")).to_be_disabled()
    told(house, run, state="stopped", ended_at=datetime.now(UTC), message="Stopped by Ada Example.")
    window.wait("Stopped by Ada Example.")
    expect(page.get_by_role("progressbar")).to_have_count(0)
    window.wait("was stopped in its last run")  # the banner of every page follows
    page.wait_for_timeout(1500)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(3500)
    assert asked == []  # nothing runs, so nobody asks


def test_a_harvest_is_asked_for_by_keyboard_and_waits_with_words_on_how_to_start_a_worker(
    tab: Open, house: Installation, at: str
) -> None:
    window = tab(at, width=390)
    page = window.open("/sources", "office")
    page.get_by_role("button", name="Harvest now from office").focus()
    page.keyboard.press("Enter")
    window.wait("Harvest waits for a worker.")
    expect(page.get_by_role("button", name="Harvest now from office")).to_be_disabled()
    page.get_by_text("More for office").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Read again from office").click()
    window.wait("Reading again waits for a worker.")
    with house.storage.writing() as session:
        rows = session.execute(select(WantedRun.kind, WantedRun.asked_by)).all()
        session.execute(update(WantedRun).values(asked_at=datetime.now(UTC) - timedelta(minutes=1)))
    assert sorted(tuple(row) for row in rows) == [("harvest", "Ada Example"), ("reread", "Ada Example")]
    page.reload()
    window.wait("puma worker")


def test_a_run_says_what_it_skipped_and_shows_the_payload_as_text_that_does_nothing(
    tab: Open, house: Installation, at: str
) -> None:
    body = b"<script>document.title='x'</script>\xe2\x80\xae" + b"y" * 100_000
    digest = sha256(body).hexdigest()
    with house.storage.writing() as session:
        session.execute(insert(Payload).values(sha256=digest, size_bytes=len(body), body=zlib.compress(body)))
        session.execute(update(SkippedRecord).values(payload_sha256=digest))
        session.execute(update(Run).values(left_over={"publications.shelf": 1, "notes": 12}))
    window = tab(at)
    page = window.open("/run/1", "Skipped by run 1")
    rows = page.locator("section:has(h2:text-is('Fields that were not read')) tbody tr")
    assert [row.split() for row in rows.all_inner_texts()] == [["notes", "12"], ["publications.shelf", "1"]]
    page.get_by_role("link", name="Payload of").click()
    window.wait("As the source sent it")
    shown = page.locator("pre").inner_text()
    assert shown.startswith("<script>document.title='x'</script>\\u202eyyy")
    assert len(shown) < 70_000
    assert page.title().startswith("Payload")
    assert page.get_by_role("link", name="Download it whole").get_attribute("href") == f"/api/v1/payloads/{digest}"


def test_a_value_is_corrected_on_its_page_survives_a_harvest_and_is_taken_back(
    tab: Open, house: Installation, at: str
) -> None:
    with house.storage.reading() as session:
        claim = select(StoredClaim.record_id).where(StoredClaim.kind == "publication").order_by(StoredClaim.id)
        number = session.scalars(claim.limit(1)).one()
    window = tab(at)
    page = window.open(f"/record/{number}", "Fields, and where each came from")
    page.get_by_role("link", name="Correct Year").click()
    window.wait("It wins over every source")
    page.get_by_label("New value").fill("soon")
    page.get_by_role("button", name="Save the correction").click()
    window.wait("is not a year")
    page.get_by_label("New value").fill("1999")
    page.get_by_label("Reason").fill("typing error")
    page.get_by_role("button", name="Save the correction").click()
    window.wait("Corrected by hand")
    page.wait_for_function("location.search === ''")
    harvest(house.storage, configured_sources(house.settings)[0], full=True, progress=silent)
    page.reload()
    window.wait("office: 2020")
    assert "corrected by Ada Example on" in page.inner_text("#page")
    assert "typing error" in page.inner_text("#page")
    page.get_by_role("button", name="Take the correction of Year back").click()
    window.wait("Undone")
    page.wait_for_function("!document.body.innerText.includes('Corrected by hand')")
    window.wait("took a decision back")


def test_a_field_can_be_picked_before_it_is_corrected(tab: Open, house: Installation, at: str) -> None:
    window = tab(at, width=390)
    number = doubts(house.storage, OFFICE, "duplicates").items[0].about_id
    page = window.open(f"/record/{number}", "Fields, and where each came from")
    page.get_by_role("link", name="Correct a value").click()
    page.get_by_role("textbox", name="Field").click()
    page.get_by_role("option", name="Open access").click()
    page.wait_for_function("location.search === '?correct=open_access'")
    page.get_by_role("textbox", name="New value").click()
    page.get_by_role("option", name="Gold").click()
    page.get_by_role("button", name="Save the correction").click()
    window.wait("no source says anything")


def test_duplicates_are_merged_with_one_key_and_undone_from_the_toast(tab: Open, house: Installation, at: str) -> None:
    window = tab(at)
    page = window.open("/integration", "Duplicates: 1 to settle")
    page.get_by_role("button", name=f"One publication – {TITLE}").focus()
    page.keyboard.press("Enter")
    window.wait("All settled")
    page.locator(".toast").get_by_role("button", name="Undo").click()
    window.wait("Duplicates: 1 to settle")
    page.get_by_role("button", name=f"Two publications – {TITLE}").click()
    window.wait("All settled")
    assert doubts(house.storage, OFFICE, "duplicates").total == 0


def test_a_name_as_written_gets_its_instrument_from_the_picker(tab: Open, house: Installation, at: str) -> None:
    window = tab(at, width=390, scheme="dark")
    page = window.open("/integration?queue=instruments", "Dee 17")
    page.get_by_role("link", name="Settle – Dee 17").click()
    window.wait("Seen on")
    page.get_by_role("button", name="It means this").click()
    window.wait("Pick the instrument that is meant first")
    picker = page.get_by_role("textbox", name="Instrument that is meant")
    picker.click()
    picker.press_sequentially("d1")
    page.wait_for_function("document.querySelectorAll('[role=option]').length === 1")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="It means this").click()
    window.wait("All settled")
    assert doubts(house.storage, OFFICE, "instruments").total == 0


def test_a_contradiction_is_settled_by_choosing_a_side(tab: Open, house: Installation, at: str) -> None:
    number = doubts(house.storage, OFFICE, "duplicates").items[0].about_id
    with house.storage.writing() as session:
        session.execute(insert(HarvestSource).values(id=9, name="library", harvester="x", precedence=90, schedule=""))
        row = {"record_id": number, "source_id": 9, "kind": "publication", "position": 0, "keys": [],
               "values": {"year": 2011}, "claimed_at": datetime.now(UTC)}  # fmt: skip
        session.execute(insert(StoredClaim).values(**row))
    window = tab(at)
    page = window.open("/integration?queue=contradictions", "says library")
    page.get_by_role("button", name=f"2011 for {TITLE}").click()
    window.wait("2011 wins over all sources.")
    window.wait("All settled")


def test_nobody_below_the_user_office_finds_the_queue_the_buttons_or_a_count(tab: Open, house: Installation) -> None:
    began(house, counters={"seen": 4711})
    with served(house, Viewer("viewer", "Vera")) as address:
        window = tab(address)
        page = window.open("/sources", "office")
        text = page.inner_text("body")
        assert page.get_by_role("button", name="Harvest now").count() == 0
        assert "4711" not in text.replace("\u202f", "")
        assert "records" not in page.inner_text(".sources")
        assert "Integrate" not in page.inner_text(".menus")
        window.open("/integration", "is for people with the role user office", status=403)
        window.open("/payload/abc", "is for people with the role user office", status=403)
        assert "Correct" not in window.open("/record/1", "Fields").inner_text("#page")
        window.open("/run/1", "What a run counted is told to the user office.")


def test_the_banner_names_the_source_to_who_signed_in_and_only_warns_everybody_else(
    tab: Open, house: Installation
) -> None:
    with house.storage.writing() as session:
        session.execute(update(HarvestSource).values(fresh_at=datetime.now(UTC) - timedelta(days=3)))
    for role, told_of in (("viewer", True), ("anonymous", False)):
        with served(house, Viewer(role, "Vera")) as address:
            page = tab(address).open("/help", "Some numbers may be out of date.")
            assert ("office is 3 days old" in page.inner_text(".banner")) == told_of
            assert page.locator(".banner a").count() == told_of
            assert page.inner_text("footer.bottom").count("3 days old") == 1
    with house.storage.reading() as session:
        assert session.scalar(select(func.count()).select_from(HarvestSource)) == 1
