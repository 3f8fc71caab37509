"""Labelled affiliations and the ROR registry, as training and evaluation read them; the splits are stated here."""

import gzip
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TypedDict

from puma.matching.institutions.index import NameRow

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
FOLDS = 5

TRAIN = {"aps_tr": 0.4, "crossref_tr": 0.7, "logs_tr": 3.0, "rorapi_2019": 2.5, "s2aff_train": 2.5}
"""The parts that the model is fitted on, and how much a pair of each weighs (APS: 3-4 % of its labels are wrong)."""
VALID = ("s2aff_val", "crossref_va", "logs_va", "aps_va")
"""The parts that figures are given for: nothing is fitted or chosen on them. Tuning uses FOLDS folds of TRAIN."""

BY_INSTITUTION = ("aps_tr",)
"""Parts whose folds, like their valid parts, share no institution: what is learnt of one is not asked about it."""

CLOSED = date(2024, 1, 1)
"""The day for all inactive organisations: the file does not say it, and the affiliations have no day."""

_WORD = re.compile(r"\w+")
_KINDS = {"display": "label", "acronym": "acronym"}
_SECTORS = ("education", "healthcare", "government", "company", "facility", "nonprofit", "archive", "other")


class Organisation(TypedDict):
    """One organisation of the registry file."""

    id: str
    name: str
    names: list[tuple[str, str]]
    status: str
    cc: str
    city: str | None
    types: list[str]
    rel: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Case:
    """An affiliation and the organisations that it names (numbers in the registry).

    fold: by its words; in the parts BY_INSTITUTION by its organisation.
    """

    text: str
    truth: frozenset[int]
    fold: int


def registry() -> list[Organisation]:
    """All organisations; their place is their number."""
    packed = (DATA / "06_reference/ror/ror_registry.json.gz").read_bytes()
    held: list[Organisation] = json.loads(gzip.decompress(packed))
    return held


def numbers(held: list[Organisation]) -> dict[str, int]:
    """The number of each ROR id."""
    return {one["id"]: place for place, one in enumerate(held)}


def bare(number: dict[str, int]) -> dict[str, int]:
    """The same by the bare id, as PUMA keeps it."""
    return {ror.rpartition("/")[2]: place for ror, place in number.items()}


def name_rows(held: list[Organisation]) -> Iterator[NameRow]:
    """Names as the ROR harvester stores them: withdrawn organisations only where another one followed."""
    number = numbers(held)
    for place, one in enumerate(held):
        kin: dict[str, int] = {}
        for kind, other in one["rel"]:
            if other in number:
                kin.setdefault(kind, number[other])
        if one["status"] == "withdrawn" and "successor" not in kin:
            continue
        sector = next((kind for kind in _SECTORS if kind in one["types"]), None)
        closed = CLOSED if one["status"] == "inactive" else None
        for name, kind in sorted(one["names"], key=lambda pair: pair[1] != "display"):
            yield NameRow(
                place, name, _KINDS.get(kind, "alias"), one["cc"], one["city"], kin.get("parent"), sector,
                closed, kin.get("successor") if one["status"] != "active" else None,
            )  # fmt: skip


def key(text: str) -> str:
    """The words of an affiliation: what is equal in them is one affiliation for the splits."""
    return " ".join(_WORD.findall(text.lower()))


def cases(part: str, number: dict[str, int]) -> list[Case]:
    """The cases of one part, such as "train.aps_tr". Organisations that are not in the registry stay as -1."""
    lines = gzip.decompress((DATA / f"08_match/affiliation/{part}.jsonl.gz").read_bytes()).splitlines()
    found = []
    for line in lines:
        row = json.loads(line)
        named = min(row["ror_ids"], default="") if part.removeprefix("train.") in BY_INSTITUTION else row["affiliation"]
        fold = int(hashlib.md5(key(named).encode()).hexdigest(), 16) % FOLDS
        found.append(Case(row["affiliation"], frozenset(number.get(one, -1) for one in row["ror_ids"]), fold))
    return found


def unseen_pairs(number: dict[str, int]) -> list[Case]:
    """Publishers' pairs of 04_works whose affiliation is in no train or valid part: looked at, never fitted on."""
    seen = {key(case.text) for part in TRAIN for case in cases(f"train.{part}", number)}
    seen |= {key(case.text) for part in VALID for case in cases(f"valid.{part}", number)}
    rows = json.loads(gzip.decompress((DATA / "04_works/affiliation_ror_pairs.json.gz").read_bytes()))
    return [
        Case(row["input"], frozenset(number.get(one, -1) for one in row["output"]), 0)
        for row in rows
        if key(row["input"]) not in seen
    ]


def training(held: list[Organisation], number: dict[str, int]) -> dict[str, list[Case]]:
    """The parts to fit on, without the affiliations that occur in a part that figures are given for."""
    followed = {
        number[one["id"]]: number[other]
        for one in held
        for kind, other in one["rel"]
        if one["status"] == "withdrawn" and kind == "successor" and other in number
    }
    kept_out = {key(case.text) for part in VALID for case in cases(f"valid.{part}", number)}
    found = {}
    for part in TRAIN:
        some = [case for case in cases(f"train.{part}", number) if key(case.text) not in kept_out]
        found[part] = [replace(case, truth=frozenset(followed.get(one, one) for one in case.truth)) for case in some]
    return found
