"""Labelled pairs of publications and whole tables, in the parts that their makers fixed: train, valid."""

import csv
import gzip
import html
import re
from dataclasses import dataclass, field
from pathlib import Path

from puma.matching.duplicates.pairs import Described

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "08_match"
PAIRS = {
    ("dblp-acm", "train"): "dblp_acm/train.txt.gz",
    ("dblp-acm dirty", "train"): "dblp_acm/dirty_train.txt.gz",
    ("dblp-scholar", "train"): "dblp_scholar/train.txt.balance.gz",
    ("dblp-acm", "valid"): "dblp_acm/valid.txt.gz",
    ("dblp-scholar", "valid"): "dblp_scholar/valid.txt.gz",
}
_FIELD = re.compile(r"COL (\w+) VAL(.*?)(?= COL \w+ VAL|$)")


@dataclass(slots=True)
class Pairs:
    """Works, and pairs of them (places) with their label."""

    name: str
    works: list[Described] = field(default_factory=list)
    one: list[int] = field(default_factory=list)
    other: list[int] = field(default_factory=list)
    same: list[bool] = field(default_factory=list)


def read_pairs(name: str, path: Path) -> Pairs:
    """Pairs in the form of Ditto: two serialised records and a label per line."""
    found = Pairs(name)
    known: dict[str, int] = {}
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        for line in lines:
            left, right, label = line.rstrip("\n").split("\t")
            for places, text, side in ((found.one, left, "l"), (found.other, right, "r")):
                key = side + text
                if key not in known:
                    known[key] = len(found.works)
                    found.works.append(described(len(found.works), dict(_FIELD.findall(text))))
                places.append(known[key])
            found.same.append(label == "1")
    return found


def described(number: int, fields: dict[str, str]) -> Described:
    """A record of the Leipzig sets; years come as "2002.0", names as "i cruz"."""
    year = re.match(r"\s*(\d{4})", fields.get("year", ""))
    authors = tuple(name.strip() for name in html.unescape(fields.get("authors", "")).split(",") if name.strip())
    return Described(
        number, html.unescape(fields.get("title", "")).strip(), authors, int(year[1]) if year else None,
        html.unescape(fields.get("venue", "")).strip(),
    )  # fmt: skip


def table(path: Path) -> list[Described]:
    """A whole table with % between the columns."""
    with path.open(encoding="utf-8", newline="") as lines:
        return [described(int(row["id"]), row) for row in csv.DictReader(lines, delimiter="%")]


def pairs(part: str) -> dict[str, Pairs]:
    """All sets that have this part."""
    return {name: read_pairs(name, DATA / path) for (name, of), path in PAIRS.items() if of == part}
