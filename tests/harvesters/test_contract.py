"""The contract of every harvester, on the answers recorded in ``sample_data/<harvester>/``.

A harvester that reads several formats has more folders: ``sample_data/<harvester>.<format>/``.

``source.toml`` holds the settings without name, harvester and address; ``expected.json`` what must come out:
{"records": raw records, "skipped": those left out while cutting or reading, "claims": {kind: number}}; every other
file is a payload.
"""

import ast
import importlib
import inspect
import json
import shutil
import socket
import tomllib
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import pytest

from puma.claims import PARTS, Claim, check
from puma.errors import SkipRecord
from puma.harvesting import Page, Source, Visit, harvester, harvester_names
from puma.text import clean_text

SAMPLES = Path(__file__).parents[2] / "sample_data"
NOT_PAYLOADS = {"source.toml", "expected.json", "README.md"}
NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
HAVE_SAMPLES = sorted(
    folder.name for folder in SAMPLES.iterdir() if folder.is_dir() and folder.name.split(".")[0] in harvester_names()
)


class NoWayOut:
    """A transport that must not be used."""

    def get(self, url: str, params: object = None, *, headers: object = None) -> bytes:
        raise AssertionError(f"asked {url} although the payloads are saved")

    def post(self, url: str, *, json: object, headers: object = None) -> bytes:
        raise AssertionError(f"asked {url} although the payloads are saved")


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **named: object) -> NoReturn:
        raise AssertionError("a harvester opened a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(params=HAVE_SAMPLES)
def folder(request: pytest.FixtureRequest) -> Path:
    name: str = request.param
    return SAMPLES / name


@pytest.fixture
def source(folder: Path, tmp_path: Path) -> Source:
    payloads = tmp_path / "payloads"
    shutil.copytree(folder, payloads, ignore=lambda _, names: NOT_PAYLOADS.intersection(names))
    settings = tomllib.loads((folder / "source.toml").read_text()) if (folder / "source.toml").exists() else {}
    name = folder.name.split(".")[0]
    return harvester(name).Source(name="sample", harvester=name, path=payloads, **settings)


def pages_of(source: Source, cursor: Any = None) -> list[Page]:
    return list(harvester(source.harvester).fetch(source, Visit(NoWayOut(), NOW, cursor=cursor)))


def read_all(source: Source, pages: list[Page]) -> tuple[list[Claim], list[tuple[str, str]]]:
    """All claims, and (key, reason) of all that was skipped."""
    claims: list[Claim] = []
    skipped = [told for page in pages for told in page.skipped]
    for page in pages:
        for record in page.records:
            if record.deleted:
                continue
            try:
                claims += list(harvester(source.harvester).read(record.payload, source))
            except SkipRecord as error:
                skipped.append((record.key, str(error)))
    return claims, skipped


def test_every_harvester_has_recorded_answers() -> None:
    assert sorted({name.split(".")[0] for name in HAVE_SAMPLES}) == harvester_names()


def test_keys_of_records_are_unique_and_stable(source: Source) -> None:
    keys = [record.key for page in pages_of(source) for record in page.records]
    assert keys
    assert [key for key, times in Counter(keys).items() if times > 1] == []
    assert all(key and len(key) <= 500 and key == key.strip() for key in keys)
    assert keys == [record.key for page in pages_of(source) for record in page.records]


def test_claims_name_only_known_kinds_and_fields(source: Source) -> None:
    claims, _ = read_all(source, pages_of(source))
    for claim in claims:
        check(claim)
        for part, columns in PARTS.get(claim.kind, {}).items():
            for item in claim.values.get(part) or ():
                if columns:
                    assert set(item) <= set(columns), (claim.kind, part, item)
                else:
                    assert isinstance(item, str), (claim.kind, part, item)


def test_claims_are_clean_and_fit_into_json(source: Source) -> None:
    claims, _ = read_all(source, pages_of(source))
    for claim in claims:
        assert json.loads(json.dumps(claim.values, allow_nan=False)) == claim.values
        assert all(len(key) == 2 and all(isinstance(part, str) and part for part in key) for key in claim.keys)
        for name, value in claim.values.items():
            if isinstance(value, str):
                assert value == clean_text(value), (claim.kind, name)


def test_people_that_are_pointed_at_are_claimed_by_the_same_record(source: Source) -> None:
    module = harvester(source.harvester)
    for record in (record for page in pages_of(source) for record in page.records if not record.deleted):
        try:
            claims = list(module.read(record.payload, source))
        except SkipRecord:
            continue
        known = {key for claim in claims if claim.kind == "person" for key in claim.keys}
        pointed = [item["person"] for claim in claims for item in claim.values.get("participants") or ()]
        assert {tuple(key) for key in pointed} <= known


def test_the_broken_record_is_skipped_with_a_reason_and_the_rest_goes_on(source: Source) -> None:
    claims, skipped = read_all(source, pages_of(source))
    assert claims
    assert skipped
    assert all(place and len(reason) > 5 for place, reason in skipped)


def test_the_recorded_answers_give_what_is_expected(source: Source, folder: Path) -> None:
    pages = pages_of(source)
    claims, skipped = read_all(source, pages)
    found = {
        "records": sum(len(page.records) for page in pages),
        "skipped": len(skipped),
        "claims": dict(sorted(Counter(claim.kind for claim in claims).items())),
    }
    assert found == json.loads((folder / "expected.json").read_text())


def test_reading_twice_gives_equal_bytes_and_claims(source: Source) -> None:
    first, second = pages_of(source), pages_of(source)
    assert first == second
    assert read_all(source, first) == read_all(source, second)


def test_a_run_that_stopped_behind_any_page_goes_on_to_the_same_end(source: Source) -> None:
    pages = pages_of(source)
    for number, page in enumerate(pages):
        rest = pages_of(source, json.loads(json.dumps(page.cursor)))
        assert [record for p in rest for record in p.records] == [
            record for p in pages[number + 1 :] for record in p.records
        ]


@pytest.mark.parametrize("name", harvester_names())
def test_a_harvester_says_what_it_is_and_what_its_source_holds(name: str) -> None:
    module = importlib.import_module(f"harvesters.{name}")
    first_line = (ast.get_docstring(ast.parse(inspect.getsource(module))) or "").partition("\n")[0]
    assert len(first_line) > 20
    assert issubclass(module.Source, Source)
    assert module.Source.__doc__ != Source.__doc__
    assert callable(module.fetch)
    assert callable(module.read)
    assert all(field.description for field in module.Source.model_fields.values())
