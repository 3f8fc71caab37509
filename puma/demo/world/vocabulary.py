"""Reads the vocabulary of the sample facility (names, institutions, journals, topics, sentences) from its files."""

import csv
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[3] / "sample_data" / "facility"


@dataclass(frozen=True, slots=True)
class Institution:
    """A real organisation: facts taken from ROR (CC0)."""

    ror: str
    name: str
    aliases: tuple[str, ...]
    acronyms: tuple[str, ...]
    country: str
    city: str
    latitude: float
    longitude: float
    sector: str
    parent: str
    rank: int
    decoy: bool


@dataclass(frozen=True, slots=True)
class Journal:
    """A real journal; `prefix` is the invented DOI prefix its invented papers get."""

    title: str
    abbreviation: str
    issn: str
    short: str
    publisher: str
    prefix: str
    fields: frozenset[str]
    weight: float
    open_access: str
    since: int
    high_impact: bool


@dataclass(frozen=True, slots=True)
class Technique:
    key: str
    probe: str
    name: str
    short: str
    panet: str
    panet_label: str


@dataclass(frozen=True, slots=True)
class Phenomenon:
    names: tuple[str, ...]
    findings: tuple[str, ...]
    questions: tuple[str, ...]
    headlines: tuple[str, ...]
    samples: tuple[int, ...]
    """Positions in the topic's samples for which it makes sense."""
    techniques: tuple[str, ...]
    """Keys of the techniques that can see it, the usual one first."""
    preposition: str


@dataclass(frozen=True, slots=True)
class Topic:
    key: str
    area: str
    field: str
    techniques: tuple[str, ...]
    keywords: tuple[str, ...]
    samples: tuple[tuple[str, ...], ...]
    """Names of each sample, the usual one first."""
    since: tuple[int, ...]
    """Year from which each sample was studied; nobody measured it before."""
    phenomena: tuple[Phenomenon, ...]
    conditions: tuple[tuple[str, str | None], ...]
    context: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Culture:
    """Name lists of one language area, most frequent first."""

    key: str
    surnames: tuple[str, ...]
    given: tuple[tuple[str, ...], tuple[str, ...]]


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rows(name: str) -> list[dict[str, str]]:
    """The rows of one CSV of the vocabulary, as written."""
    return _rows(name)


def _values(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(";") if part)


@cache
def institutions() -> tuple[Institution, ...]:
    """All organisations, decoys (similar names, never an affiliation here) included."""
    return tuple(
        Institution(
            ror=row["ror"],
            name=row["name"],
            aliases=_values(row["aliases"]),
            acronyms=_values(row["acronyms"]),
            country=row["country"],
            city=row["city"],
            latitude=float(row["latitude"]),
            longitude=float(row["longitude"]),
            sector=row["sector"],
            parent=row["parent"],
            rank=int(row["rank"]),
            decoy=row["decoy"] == "1",
        )
        for row in _rows("institutions.csv")
    )


@cache
def journals() -> tuple[Journal, ...]:
    return tuple(
        Journal(
            title=row["title"],
            abbreviation=row["abbreviation"],
            issn=row["issn"],
            short=row["short"],
            publisher=row["publisher"],
            prefix=row["prefix"],
            fields=frozenset(_values(row["fields"])),
            weight=float(row["weight"]),
            open_access=row["open_access"],
            since=int(row["since"]),
            high_impact=row["high_impact"] == "1",
        )
        for row in _rows("journals.csv")
    )


@cache
def techniques() -> dict[str, Technique]:
    return {row["key"]: Technique(**row) for row in _rows("techniques.csv")}


@cache
def topics() -> tuple[Topic, ...]:
    found: list[Topic] = []
    for path in sorted((FOLDER / "topics").glob("*.json")):
        for raw in json.loads(path.read_text(encoding="utf-8")):
            everything = tuple(range(len(raw["samples"])))
            found.append(
                Topic(
                    key=raw["key"],
                    area=raw["area"],
                    field=raw["field"],
                    techniques=tuple(raw["techniques"]),
                    keywords=tuple(raw["keywords"]),
                    samples=tuple(tuple(names) for names in raw["samples"]),
                    since=tuple(raw["since"]),
                    phenomena=tuple(
                        Phenomenon(
                            names=tuple(one["n"]),
                            findings=tuple(one["f"]),
                            questions=tuple(one["q"]),
                            headlines=tuple(one["h"]),
                            samples=tuple(one.get("for", everything)),
                            techniques=tuple(one["by"]),
                            preposition=one.get("prep", "in"),
                        )
                        for one in raw["phenomena"]
                    ),
                    conditions=tuple((phrase, noun) for phrase, noun in raw["conditions"]),
                    context=tuple(raw["context"]),
                )
            )
    return tuple(found)


@cache
def sentences() -> dict[str, tuple[str, ...]]:
    raw = json.loads((FOLDER / "sentences.json").read_text(encoding="utf-8"))
    flat = {key: tuple(value) for key, value in raw.items() if isinstance(value, list)}
    for area, phrases in raw["complementary"].items():
        flat[f"complementary/{area}"] = tuple(phrases)
    return flat


@cache
def respelled() -> dict[str, str]:
    """Another spelling of a name, as transliteration or habit has it."""
    found: dict[str, str] = json.loads((FOLDER / "respelled.json").read_text(encoding="utf-8"))
    return found


@cache
def cultures() -> dict[str, tuple[Culture, ...]]:
    """Cultures by country code; a country may have several (Switzerland has two)."""
    raw = json.loads((FOLDER / "names.json").read_text(encoding="utf-8"))

    def names(text: str) -> tuple[str, ...]:
        return tuple(word.replace("_", " ") for word in text.split())

    found: dict[str, list[Culture]] = {}
    for key, entry in raw.items():
        culture = Culture(key, names(entry["surnames"]), (names(entry["female"]), names(entry["male"])))
        for country in entry["countries"]:
            found.setdefault(country, []).append(culture)
    return {country: tuple(several) for country, several in found.items()}
