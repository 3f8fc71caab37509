"""Sources and runs as people read them: when a source is in trouble, and what is told to whom."""

import re
import zlib
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import insert

from puma.access import Viewer
from puma.entities import HarvestSource, Payload, RawRecord, Run, SkippedRecord, WantedRun
from puma.errors import NotHere, Refused
from puma.listing import payload, payload_pieces, runs, skipped, sources, with_configured
from puma.listing.sources import trouble
from puma.storage import Storage, now

AT = datetime(2026, 3, 5, 12, tzinfo=UTC)
OFFICE = Viewer("user_office", "Ada")
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("schedule", "age", "words"),
    [
        ("daily", 2 * DAY, ""),
        ("daily", 2 * DAY + timedelta(minutes=1), "is 2 days old"),
        ("hourly", timedelta(hours=3), "is 3 hours old"),
        ("30 2 * * 1", 13 * DAY, ""),
        ("30 2 * * 1", 15 * DAY, "is 15 days old"),
        ("", 30 * DAY, ""),
        ("", 31 * DAY, "is 31 days old"),
    ],
)
def test_a_source_is_stale_after_twice_its_period_and_by_hand_after_thirty_days(
    schedule: str, age: timedelta, words: str
) -> None:
    assert trouble(schedule, AT - age, "done", AT) == words


def test_a_source_whose_last_run_ended_badly_is_in_trouble_however_fresh_it_is() -> None:
    assert [trouble("daily", AT, state, AT) for state in ("failed", "stopped", "refused", "skipped some", "")] == [
        "failed in its last run", "was stopped in its last run", "was refused in its last run", "", "",
    ]  # fmt: skip
    assert trouble("daily", None, "", AT) == ""


def add_run(storage: Storage, number: int, source: int, state: str, began: datetime, **more: Any) -> None:
    ended = None if state == "running" else began + timedelta(seconds=30)
    row = {"id": number, "kind": "harvest", "source_id": source, "state": state, "started_at": began,
           "heartbeat_at": ended or now(), "ended_at": ended, "counters": {"seen": 100 + number}, "message": "",
           **more}  # fmt: skip
    with storage.writing() as session:
        session.execute(insert(Run).values(**row))


@pytest.fixture
def library(storage: Storage) -> Storage:
    """Two sources: one with three harvests, one going on, one request; and one that was never harvested."""
    with storage.writing() as session:
        session.execute(
            insert(HarvestSource),
            [
                {"id": 1, "name": "library", "harvester": "oai_pmh", "precedence": 1, "schedule": "daily",
                 "fresh_at": now() - DAY, "leased_by": 4, "leased_until": now() + DAY},
                {"id": 2, "name": "office", "harvester": "tables", "precedence": 2, "schedule": "",
                 "fresh_at": None, "leased_by": None, "leased_until": None},
            ],
        )  # fmt: skip
        row = {"id": 1, "source_id": 1, "key": "k", "payload_sha256": "0", "fetched_at": AT, "run_id": 1}
        session.execute(insert(RawRecord).values(**row))
        session.execute(insert(WantedRun).values(source_id=2, kind="reread", asked_by="Ada", asked_at=AT))
    add_run(storage, 1, 1, "done", now() - 3 * DAY)
    add_run(storage, 2, 1, "failed", now() - 2 * DAY)
    add_run(storage, 3, 1, "skipped some", now() - DAY, left_over={"590": 7}, message="secret 7-01-001")
    add_run(storage, 4, 1, "running", now(), worker="elsewhere:1:x", total=400)
    return storage


def test_a_source_tells_of_its_lease_its_trend_and_what_waits(library: Storage) -> None:
    one, other = sources(library, OFFICE)
    assert (one.name, one.records, one.trend) == ("library", 1, (101, 103))
    assert one.running is not None
    assert (one.running.id, one.running.total, one.running.counters) == (4, 400, {"seen": 104})
    assert one.last_run is not None
    assert (one.last_run.id, one.trouble) == (3, "")
    assert one.due_at is not None
    assert one.sentence == f"library: {now() - DAY:%-d %B %Y}, 1 day old"
    assert [(waiting.kind, waiting.asked_by) for waiting in other.waiting] == [("reread", "Ada")]
    assert other.sentence == "office: never harvested"


def test_a_run_whose_worker_is_dead_is_not_alive(library: Storage) -> None:
    add_run(library, 5, 2, "running", now())  # nobody's
    assert [run.alive for run in runs(library, 2, OFFICE)] == [False, True]


def test_who_may_not_know_every_record_is_told_no_count_and_no_message(library: Storage) -> None:
    for role in ("anonymous", "viewer", "scientist"):
        viewer = Viewer(role, "Eve")
        told = sources(library, viewer), runs(library, 10, viewer)
        shown = re.sub(r"datetime\([^)]*\)", "", str(told))  # the digits of moments say nothing
        assert not [word for word in ("101", "103", "104", "400", "590", "7-01-001", "skipped some") if word in shown]
        assert all(run.state != "skipped some" and not run.counters for run in told[1])
        with pytest.raises(Refused):
            skipped(library, viewer, 3)
        with pytest.raises(Refused):
            payload(library, viewer, "0")
        with pytest.raises(Refused):
            payload_pieces(library, viewer, "0")


def test_configured_sources_are_listed_before_their_first_harvest_and_removed_ones_say_so(library: Storage) -> None:
    paragraphs = [{"name": "library", "harvester": "oai_pmh"}, {"name": "zenodo", "harvester": "datacite"}]
    found = {one.name: one for one in with_configured(sources(library, OFFICE), paragraphs)}
    assert {name: one.configured for name, one in found.items()} == {"library": True, "office": False, "zenodo": True}
    assert found["zenodo"].fresh_at is None


def test_a_payload_is_shown_from_its_beginning_and_downloaded_whole(library: Storage) -> None:
    body = b"\xef\xbb\xbf<record>\xff" + b"x" * 300_000
    digest = sha256(body).hexdigest()
    with library.writing() as session:
        session.execute(insert(Payload).values(sha256=digest, size_bytes=len(body), body=zlib.compress(body)))
        rows = [{"run_id": 3, "key": f"k{n}", "reason": "no title", "payload_sha256": d}
                for n, d in enumerate((digest, "gone", None))]  # fmt: skip
        session.execute(insert(SkippedRecord), rows)
    page = skipped(library, OFFICE, 3, limit=2)
    assert (page.total, [row.payload for row in page.rows]) == (3, [digest, ""])
    shown = payload(library, OFFICE, digest)
    assert (shown.size_bytes, shown.cut, shown.text[:9]) == (len(body), True, "<record>\ufffd")
    assert len(shown.text) < 70_000
    assert b"".join(payload_pieces(library, OFFICE, digest)) == body
    with pytest.raises(NotHere):
        payload(library, OFFICE, "abc")
    with pytest.raises(NotHere):
        skipped(library, OFFICE, 999)
