"""Paging through DataCite, Crossref, SciCat and PaNOSC over real HTTP: complete, resumable, and never fooled."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from json_server import Service, serving

from puma.errors import StopRun
from puma.harvesting import Page, RawRecord, Visit, harvester
from puma.harvesting.transport import Web

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
SINCE = datetime(2026, 2, 1, 12, 30, tzinfo=UTC)


def dois(number: int) -> list[dict[str, Any]]:
    return [
        {"id": f"10.5072/d{n}", "attributes": {"doi": f"10.5072/D{n}", "titles": [{"title": f"Data {n}"}]}}
        for n in range(number)
    ]


def works(number: int) -> list[dict[str, Any]]:
    return [{"DOI": f"10.5555/w{n}", "type": "journal-article", "title": [f"Work {n}"]} for n in range(number)]


def published(number: int) -> list[dict[str, Any]]:
    return [{"doi": f"10.17199/p{n}", "title": f"Data {n}", "creator": ["Ada Lind"]} for n in range(number)]


def documents(number: int) -> list[dict[str, Any]]:
    return [{"pid": f"d{n}", "title": f"Paper {n}", "type": "publication", "isPublic": True} for n in range(number)]


def instruments(number: int) -> list[dict[str, Any]]:
    return [{"pid": f"i{n}", "name": f"BL{n}", "facility": "EPNS"} for n in range(number)]


HELD: dict[str, dict[str, list[dict[str, Any]]]] = {
    "datacite": {"dois": dois(7)},
    "crossref": {"works": works(7)},
    "scicat": {
        "publisheddata": published(6),
        "proposals": [{"proposalId": "P1", "title": "One", "pi_lastname": "Lind"}],
        "instruments": [{"pid": "i1", "name": "BL1"}],
    },
    "panosc": {"Documents": documents(5), "Datasets": [], "Instruments": instruments(3)},
}


def harvest(name: str, service: Service, **visit: Any) -> list[Page]:
    module = harvester(name)
    source = module.Source.model_validate(
        {"name": "x", "harvester": name, "url": service.url, "allow_private": True, "page_size": 3, "timeout_s": 5}
    )
    with Web(source) as web:
        return list(module.fetch(source, Visit(web, NOW, **visit)))


def records(pages: Sequence[Page]) -> list[RawRecord]:
    return [record for page in pages for record in page.records]


@pytest.mark.parametrize("name", HELD)
def test_every_record_is_fetched_once_and_can_be_read(name: str) -> None:
    with serving(Service(HELD[name])) as service:
        found = records(harvest(name, service))
    held = [record for some in HELD[name].values() for record in some]
    assert [json.loads(record.payload) for record in found] == held
    assert len({record.key for record in found}) == len(held)
    module = harvester(name)
    source = module.Source.model_validate({"name": "x", "harvester": name, "url": "http://x", "facility": "EPNS"})
    assert all(list(module.read(record.payload, source)) for record in found)


@pytest.mark.parametrize("name", HELD)
def test_a_run_that_was_cut_off_goes_on_behind_any_page(name: str) -> None:
    with serving(Service(HELD[name])) as service:
        whole = harvest(name, service)
        for number, page in enumerate(whole, start=1):
            rest = records(harvest(name, service, cursor=page.cursor))
            assert rest == records(whole[number:])


@pytest.mark.parametrize("name", HELD)
@pytest.mark.parametrize("fault", ["html", "cut"])
def test_an_answer_that_is_no_json_stops_the_run(name: str, fault: str) -> None:
    with serving(Service(HELD[name], fault)) as service, pytest.raises(StopRun, match="not JSON"):
        harvest(name, service)


@pytest.mark.parametrize("name", HELD)
def test_a_page_that_comes_again_stops_the_run(name: str) -> None:
    with serving(Service(HELD[name], "again")) as service, pytest.raises(StopRun, match="again and again"):
        harvest(name, service)


@pytest.mark.parametrize("name", HELD)
def test_the_same_records_from_files_are_the_same_bytes(name: str, tmp_path: Path) -> None:
    with serving(Service(HELD[name])) as service:
        fetched = records(harvest(name, service))
    for number, some in enumerate(HELD[name].values()):
        (tmp_path / f"{number}.jsonl").write_text("".join(json.dumps(one) + "\n" for one in some) or "[]")
    module = harvester(name)
    source = module.Source.model_validate({"name": "x", "harvester": name, "path": tmp_path})
    with Web(source) as web:
        pages = list(module.fetch(source, Visit(web, NOW)))
    assert records(pages) == fetched


def test_datacite_is_asked_only_for_what_changed_and_never_at_another_host() -> None:
    with serving(Service(HELD["datacite"])) as service:
        harvest("datacite", service, since=SINCE)
    assert len(service.asked) == 3  # the link to the next page led to another host
    assert {asked["query"] for asked in service.asked} == {"updated:[2026-02-01T12:30:00Z TO *]"}


def test_crossref_is_asked_only_for_what_changed_within_the_filter() -> None:
    with serving(Service(HELD["crossref"])) as service:
        module = harvester("crossref")
        source = module.Source.model_validate(
            {
                "name": "x", "harvester": "crossref", "url": service.url, "allow_private": True,
                "filter": "prefix:10.5555", "mailto": "library@example.org",
            }
        )  # fmt: skip
        with Web(source) as web:
            list(module.fetch(source, Visit(web, NOW, since=SINCE)))
    assert service.asked[0]["filter"] == "prefix:10.5555,from-index-date:2026-02-01"
    assert service.asked[0]["mailto"] == "library@example.org"


def test_a_saved_file_goes_on_in_its_middle(tmp_path: Path) -> None:
    lines = [json.dumps(one) for one in works(1203)]
    lines.insert(700, '{"DOI": broken')
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    (tmp_path / "b.json").write_text(json.dumps({"items": works(3)}))
    module = harvester("crossref")
    source = module.Source.model_validate({"name": "x", "harvester": "crossref", "path": tmp_path})
    with Web(source) as web:
        whole = list(module.fetch(source, Visit(web, NOW)))
        assert len(records(whole)) == 1206
        assert [place for page in whole for place, _ in page.skipped] == ["a.jsonl, line 701"]
        for number, page in enumerate(whole, start=1):
            rest = list(module.fetch(source, Visit(web, NOW, cursor=page.cursor)))
            assert records(rest) == records(whole[number:])
            assert [one for p in rest for one in p.skipped] == [one for p in whole[number:] for one in p.skipped]
