"""Records in which any value may be anything: they are read or skipped, and no run ever ends over one of them."""

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from puma.claims import check
from puma.errors import SkipRecord
from puma.harvesting import harvester

SAMPLES = Path(__file__).parents[2] / "sample_data"
ODD: list[Any] = [None, True, False, 0, -1, 10**30, 1e300, 0.5, "", " ", "\x00", "\ud800", "\u202eabc", "a" * 5000]
ODD += ["0000-00-00", "9999-99-99", [], [None], [[]], [[[]]], [0], [{}], ["a", 1, None, {"a": 1}]]
ODD += [{}, {"$date": {"$date": []}}, {"name": []}, {"id": {}}]
ROUNDS = 400


def sample_records(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for path in sorted((SAMPLES / name).glob("*.json*")):
        if path.name == "expected.json":
            continue
        for text in path.read_text(encoding="utf-8").splitlines() if path.suffix == ".jsonl" else [path.read_text()]:
            try:
                record = json.loads(text)
            except ValueError:
                continue
            record = record.get("message", record) if isinstance(record, dict) else record
            listed = record.get("items", [record]) if isinstance(record, dict) else record
            found += [one for one in listed if isinstance(one, dict)]
    return found


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """(container, key) of every value inside."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield value, key
        yield from places(inner)


@pytest.mark.parametrize("name", ["datacite", "crossref", "scicat", "panosc", "ror"])
def test_a_record_with_odd_values_is_read_or_skipped(name: str) -> None:
    module = harvester(name)
    source = module.Source.model_validate({"name": "x", "harvester": name, "path": "x", "facility": "EPNS"})
    chance = random.Random(f"odd {name}")
    records = sample_records(name)
    assert len(records) >= 5
    read = 0
    for _ in range(ROUNDS):
        record = json.loads(json.dumps(chance.choice(records)))
        for _ in range(chance.choice([1, 2, 8])):
            container, key = chance.choice(list(places(record)))
            container[key] = copy.deepcopy(chance.choice(ODD))
        try:
            for claim in module.read(json.dumps(record).encode(), source):
                json.dumps(check(claim).values, allow_nan=False, ensure_ascii=False).encode()
                read += 1
        except SkipRecord:
            continue
    assert read > ROUNDS / 3
