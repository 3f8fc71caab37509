"""Harvesting from a repository that misbehaves: nothing is lost, repeated or taken in part without a word."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from faulty.library import BOMB, ENVELOPE, HTML, Library, Listing
from faulty.modes import any_page, modes
from faulty.server import Fault

from harvesters import oai_pmh
from puma.errors import SkipRecord, TryLater
from puma.harvesting import Page, Visit
from puma.harvesting.transport import Web

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
Start = Callable[..., Library]


def source(library: Library, **settings: Any) -> oai_pmh.Source:
    given = {"name": "library", "harvester": "oai_pmh", "url": library.url, "allow_private": True, "timeout_s": 5.0}
    return oai_pmh.Source(**{**given, **settings})


def harvest(library: Library, *, waits: list[float] | None = None, **settings: Any) -> list[Page]:
    given = source(library, **settings)
    with Web(given, pause=(waits if waits is not None else []).append) as web:
        return list(oai_pmh.fetch(given, Visit(web, NOW)))


def keys(pages: Sequence[Page]) -> list[str]:
    return [record.key for page in pages for record in page.records]


ALL = [f"oai:test:{number}" for number in range(20)]


def test_all_pages_are_read_in_order_and_every_record_can_be_read(repository: Start) -> None:
    well = repository()
    pages = harvest(well)
    assert keys(pages) == ALL
    assert [len(page.records) for page in pages] == [5, 5, 5, 5]
    claims = [oai_pmh.read(record.payload, source(well))[0] for page in pages for record in page.records]
    assert claims[4].keys == (("doi", "10.5555/ice.4"), ("source", "library:oai:test:4"))
    assert claims[4].values["title"] == "Record 4 on ice"


def test_a_second_harvest_gives_equal_bytes_although_every_datestamp_is_new(repository: Start) -> None:
    well = repository()
    first = harvest(well)
    for item in well.items:
        item.stamp = "2026-03-01"
    second = harvest(well)
    assert [page.records for page in first] == [page.records for page in second]


def test_a_list_that_never_ends_goes_on_only_as_long_as_it_is_asked(repository: Start) -> None:
    bad = repository(modes()["never ends, no total"])
    given = source(bad, expect_max=40)
    with Web(given) as web:
        pages = oai_pmh.fetch(given, Visit(web, NOW))
        for _ in range(9):
            next(pages)  # the run stops at expect_max, and no page is fetched before it is wanted
    assert len(bad.asked) == 9


def test_the_source_is_asked_again_when_it_said_it_would_be_ready(repository: Start) -> None:
    waits: list[float] = []
    harvest(repository(replace(modes()["503, in 7 s"], times=2)), waits=waits)
    assert waits == [7.0, 7.0]


def test_a_source_that_wants_an_hour_is_left_in_peace(repository: Start) -> None:
    bad = repository(modes()["429, in an hour"])
    with pytest.raises(TryLater, match="3600 s"):
        harvest(bad)
    assert len(bad.asked) == 2


def test_bad_records_in_a_good_page_are_skipped_with_their_reason(repository: Start) -> None:
    def broken(page: Listing, library: Library) -> None:
        page.entries[1] = "<record><header><identifier>oai:test:6</identifier></header></record>"
        page.entries[2] = "<record><header><datestamp>2024-01-01</datestamp></header></record>"

    bad = repository(Fault(broken))
    pages = harvest(bad)
    assert keys(pages) == [key for key in ALL if key != "oai:test:7"]
    assert [reason for page in pages for _, reason in page.skipped] == ["it has no identifier"]
    with pytest.raises(SkipRecord, match="no metadata"):
        oai_pmh.read(pages[1].records[1].payload, source(bad))


def test_deleted_records_are_told(repository: Start) -> None:
    well = repository()
    well.item(3).deleted = True
    pages = harvest(well)
    assert [record.key for page in pages for record in page.records if record.deleted] == ["oai:test:3"]


@pytest.mark.parametrize("status", [200, 422])
def test_nothing_new_is_no_error_also_with_an_error_status(repository: Start, status: int) -> None:
    well = repository(Fault(wire=lambda wire, body: wire.send(body, status=status), hits=any_page))
    well.items = []
    assert keys(harvest(well)) == []


def test_an_incremental_run_asks_from_the_day_before_the_last_one(repository: Start) -> None:
    well = repository()
    given = source(well, set="publications", metadata_prefix="marcxml")
    with Web(given) as web:
        list(oai_pmh.fetch(given, Visit(web, NOW, since=datetime(2024, 1, 2, 5, 0, tzinfo=UTC))))
    first = {"verb": "ListRecords", "metadataPrefix": "marcxml", "set": "publications", "from": "2024-01-01"}
    assert well.asked[0] == first
    assert well.asked[1] == {"verb": "ListRecords", "resumptionToken": "2024-01-01~~5"}


def test_a_resumed_run_goes_on_behind_each_page(repository: Start) -> None:
    well = repository()
    given = source(well)
    pages = harvest(well)
    for number, page in enumerate(pages):
        with Web(given) as web:
            rest = list(oai_pmh.fetch(given, Visit(web, NOW, cursor=page.cursor)))
        assert keys(rest) == keys(pages[number + 1 :])


def test_a_token_that_expired_while_the_run_was_down_starts_the_list_again(repository: Start) -> None:
    well = repository()
    page = harvest(well)[0]
    given = source(repository(replace(modes()["token expires"], times=1)))
    with Web(given) as web:
        assert keys(list(oai_pmh.fetch(given, Visit(web, NOW, cursor=page.cursor)))) == ALL


def test_a_restarted_list_asks_from_the_day_that_the_interrupted_run_asked_from(repository: Start) -> None:
    well = repository(replace(modes()["token expires"], times=1))
    given = source(well)
    cursor = {"from": "2026-01-15", "token": "~~5", "read": 5, "total": 20}
    with Web(given) as web:
        list(oai_pmh.fetch(given, Visit(web, NOW, since=datetime(2026, 3, 1, tzinfo=UTC), cursor=cursor)))
    assert well.asked[1]["from"] == "2026-01-15"


def test_broken_saved_files_are_named_and_the_others_are_read(tmp_path: Path) -> None:
    good = Library()
    (tmp_path / "1.xml").write_bytes(good.listing({}).body())
    (tmp_path / "2.xml").write_bytes(good.listing({"resumptionToken": "~~5"}).body()[:900])
    (tmp_path / "3.html").write_bytes(HTML)
    (tmp_path / "4.xml").write_text(ENVELOPE.format(doctype=BOMB, body="<ListRecords/>"))
    (tmp_path / "5.xml").write_bytes(
        b"  \n<!-- saved on Monday -->\n" + good.listing({"resumptionToken": "~~10"}).body()
    )
    given = oai_pmh.Source(name="library", harvester="oai_pmh", path=tmp_path)
    with Web(given) as web:
        pages = list(oai_pmh.fetch(given, Visit(web, NOW)))
    assert keys(pages) == ALL[:5] + ALL[10:15]
    assert [name for page in pages for name, _ in page.skipped] == ["2.xml", "3.html", "4.xml"]


def test_a_comment_that_swallows_a_record_is_not_forgiven(tmp_path: Path) -> None:
    marc = '<record xmlns="http://www.loc.gov/MARC21/slim"><controlfield tag="001">1</controlfield></record>'
    (tmp_path / "a.xml").write_text(f"<collection><!-- a -- > {marc} <!-- b --></collection>")
    given = oai_pmh.Source(name="library", harvester="oai_pmh", path=tmp_path)
    with Web(given) as web:
        (page,) = oai_pmh.fetch(given, Visit(web, NOW))
    assert not page.records
    assert "no well-formed XML" in page.skipped[0][1]
