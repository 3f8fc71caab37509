"""ROR records in the three forms of its dumps: one institution, whatever the form."""

import gzip
import json
import threading
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from harvesters import ror
from puma.claims import check
from puma.errors import SkipRecord, StopRun
from puma.harvesting import Page, Visit
from puma.harvesting.transport import Web

SOURCE = ror.Source(name="ror", harvester="ror", path=Path("x"))
ID, PARENT, SUCCESSOR = "https://ror.org/012a77v79", "https://ror.org/05a28rw58", "https://ror.org/02feahw73"
V2 = {
    "id": ID,
    "status": "active",
    "established": 1666,
    "types": ["education", "funder"],
    "names": [
        {"value": "LU", "types": ["acronym"]},
        {"value": "Lund University", "types": ["ror_display", "label"]},
        {"value": "Lunds universitet", "types": ["label"]},
        {"value": "Universitas Lundensis", "types": ["alias"]},
    ],
    "locations": [{"geonames_details": {"name": "Lund", "country_code": "SE", "lat": 55.7, "lng": 13.2}}],
    "links": [{"type": "wikipedia", "value": "https://w"}, {"type": "website", "value": "https://lu.se"}],
    "relationships": [{"type": "child", "id": SUCCESSOR}, {"type": "parent", "id": PARENT}],
    "admin": {"last_modified": {"date": "2024-02-03"}},
}
V1 = {
    "id": ID,
    "name": "Lund University",
    "status": "active",
    "established": 1666,
    "types": ["Education"],
    "labels": [{"label": "Lunds universitet", "iso639": "sv"}],
    "aliases": ["Universitas Lundensis"],
    "acronyms": ["LU"],
    "addresses": [{"lat": 55.7, "lng": 13.2, "city": "Lund"}],
    "country": {"country_code": "SE"},
    "links": ["https://lu.se"],
    "relationships": [{"type": "Child", "id": SUCCESSOR}, {"type": "Parent", "id": PARENT}],
}
COMPACT = {
    "id": ID,
    "name": "Lund University",
    "status": "active",
    "cc": "SE",
    "country": "Sweden",
    "city": "Lund",
    "names": [
        ["LU", "acronym"],
        ["Lund University", "display"],
        ["Lunds universitet", "label"],
        ["Universitas Lundensis", "alias"],
    ],
    "types": ["education", "funder"],
    "rel": [["child", SUCCESSOR], ["parent", PARENT]],
}


def read(record: dict[str, Any]) -> dict[str, Any]:
    (claim,) = ror.read(json.dumps(record).encode(), SOURCE)
    assert claim.keys[0][0] == "ror"
    return dict(check(claim).values)


def fetch(path: Path) -> list[Page]:
    source = ror.Source(name="ror", harvester="ror", path=path)
    with Web(source) as web:
        return list(ror.fetch(source, Visit(web, datetime(2026, 3, 2, tzinfo=UTC))))


@pytest.mark.parametrize("record", [V2, V1, COMPACT], ids=["v2", "v1", "compact"])
def test_every_form_gives_the_same_institution(record: dict[str, Any]) -> None:
    values = read(record)
    assert (values["name"], values["city"], values["country"], values["sector"]) == (
        "Lund University",
        "Lund",
        "SE",
        "education",
    )
    assert {(one["name"], one["kind"]) for one in values["names"]} == {
        ("LU", "acronym"),
        ("Lunds universitet", "label"),
        ("Universitas Lundensis", "alias"),
    }
    assert values["parent_ror"].endswith("05a28rw58")
    assert values["successor_ror"] is None
    if record is not COMPACT:
        assert (values["latitude"], values["longitude"], values["url"]) == (55.7, 13.2, "https://lu.se")
        assert values["established_on"] == "1666-01-01"


def test_an_organisation_that_ended_names_its_successor_and_the_day_it_was_known() -> None:
    gone = {**V2, "status": "withdrawn", "relationships": [{"type": "successor", "id": SUCCESSOR}]}
    values = read(gone)
    assert values["successor_ror"].endswith("02feahw73")
    assert values["closed_on"] is None
    assert read({**V2, "status": "inactive"})["closed_on"] == "2024-02-03"
    assert read(V2)["closed_on"] is None


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({**V2, "status": "withdrawn"}, "withdrawn"),
        ({**V2, "id": "https://ror.org/012a77v78"}, "ROR id"),
        ({**V2, "names": []}, "name"),
        ({"id": None}, "ROR id"),
    ],
)
def test_what_should_not_be_used_is_skipped_with_a_reason(record: dict[str, Any], reason: str) -> None:
    with pytest.raises(SkipRecord, match=reason):
        read(record)


def test_coordinates_off_the_globe_and_unknown_countries_are_left_out() -> None:
    place = [{"geonames_details": {"name": "Nowhere", "country_code": "??", "lat": 95, "lng": 13.2}}]
    values = read({**V2, "locations": place})
    assert (values["latitude"], values["longitude"], values["country"]) == (None, None, None)


def test_a_dump_is_read_from_every_container(tmp_path: Path) -> None:
    body = json.dumps([V2, COMPACT])
    (tmp_path / "list.json").write_text(body)
    (tmp_path / "lines.jsonl").write_text(json.dumps(V2) + "\n" + json.dumps(COMPACT) + "\n")
    (tmp_path / "list.json.gz").write_bytes(gzip.compress(body.encode()))
    with zipfile.ZipFile(tmp_path / "v2-ror-data.zip", "w") as archive:
        archive.writestr("v2-ror-data.json", body)
        archive.writestr("v2-ror-data.csv", "id,name\n")
    for name in ("list.json", "lines.jsonl", "list.json.gz", "v2-ror-data.zip"):
        pages = fetch(tmp_path / name)
        assert [len(page.records) for page in pages] == [2], name
        assert not any(page.skipped for page in pages), name


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder, and the address on loopback at which its files lie."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield tmp_path, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def fetch_url(url: str, cursor: dict[str, int] | None = None) -> list[Page]:
    source = ror.Source(name="ror", harvester="ror", url=url, allow_private=True, max_answer_mb=0.02)
    with Web(source) as web:
        return list(ror.fetch(source, Visit(web, datetime(2026, 3, 2, tzinfo=UTC), cursor=cursor)))


def test_a_dump_over_the_network_is_read_packed_or_not_and_goes_on_where_it_was_cut(site: tuple[Path, str]) -> None:
    folder, url = site
    body = json.dumps([{"id": number} for number in range(1200)])
    (folder / "a.json").write_text(body)
    (folder / "a.json.gz").write_bytes(gzip.compress(body.encode()))
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("v2.json", body)
        archive.writestr("v2.csv", "id\n")
    for name in ("a.json", "a.json.gz", "a.zip"):
        first, second = fetch_url(f"{url}/{name}")
        assert (len(first.records), len(second.records)) == (1000, 200), name
        assert fetch_url(f"{url}/{name}", dict(first.cursor)) == [second]
        assert fetch_url(f"{url}/{name}", dict(second.cursor)) == []


def test_a_bomb_and_a_broken_archive_stop_the_run(site: tuple[Path, str]) -> None:
    folder, url = site
    (folder / "bomb.json.gz").write_bytes(gzip.compress(b"[" + b" " * 1_000_000))
    (folder / "broken.zip").write_bytes(b"PK\x03\x04 no archive")
    with pytest.raises(StopRun, match="more than"):
        fetch_url(f"{url}/bomb.json.gz")
    with pytest.raises(StopRun, match="cannot be unpacked"):
        fetch_url(f"{url}/broken.zip")


@pytest.mark.parametrize(
    ("body", "records", "reason"),
    [
        (b'[{"id": "a"}, {"id": "b"}', 2, "cut off"),
        (b'[{"id": "a"}, {"id": "b', 1, "no JSON"),
        (b'[{"id": "a"}, 7, {"id": "b"}]', 2, "no JSON object"),
        (b"[", 0, "cut off"),
        (b"<html>", 0, "no JSON"),
    ],
)
def test_a_dump_that_is_cut_says_so(tmp_path: Path, body: bytes, records: int, reason: str) -> None:
    (tmp_path / "a.json").write_bytes(body)
    pages = fetch(tmp_path)
    assert sum(len(page.records) for page in pages) == records
    assert [reason in why for page in pages for _, why in page.skipped] == [True]
