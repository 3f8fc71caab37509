"""Labelled authorships as mentions with the number of their true person, in fixed parts: train, report."""

import gzip
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from puma.matching.persons.mentions import KnownPerson, Mention, mate_names, short_name
from puma.names import fold, parse_name

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
INSPIRE = "08_match/persons/inspire_signatures.jsonl.gz"
QIAN = ("04_works/truth_authors/s2and_qian_signatures.json", "04_works/truth_authors/s2and_qian_clusters.json")
AMINER = "04_works/truth_authors/aminer_names"
PARTS = ("train", "report")


@dataclass(slots=True)
class Labelled:
    """Mentions and the person of each; mentions of one group (all of one name in AMiner) are clustered together.

    authors: all authors of the work of each mention, where the set has them.
    """

    name: str
    mentions: list[Mention] = field(default_factory=list)
    persons: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)

    def part(self, wanted: str) -> "Labelled":
        """The groups of one part: train 70 %, report 30 %, by the hash of the group's name."""
        kept = [place for place, group in enumerate(self.groups) if part_of(group) == wanted]
        return self.only(kept)

    def only(self, places: Iterable[int]) -> "Labelled":
        """These mentions."""
        kept = list(places)
        return Labelled(
            self.name,
            [self.mentions[place] for place in kept],
            [self.persons[place] for place in kept],
            [self.groups[place] for place in kept],
        )


def part_of(group: str) -> str:
    """The part that a group of mentions belongs to, for ever."""
    digit = int(hashlib.sha256(group.encode()).hexdigest(), 16) % 10
    return "train" if digit < 7 else "report"


def inspire(path: Path) -> Labelled:
    """INSPIRE signatures, one JSON list [name, affiliation, author] per line; every signature is a work of its own."""
    found = Labelled(path.name.split(".")[0])
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            text, affiliation, person = json.loads(line)
            name = parse_name(text)
            found.mentions.append(Mention(number, 1, name, affiliation=affiliation or ""))
            found.persons.append(str(person))
    # A person's name has several spellings: the block is that of the person's first mention.
    block: dict[str, str] = {}
    for mention, person in zip(found.mentions, found.persons, strict=True):
        block.setdefault(person, f"{fold(mention.name.family).replace(' ', '')} {fold(mention.name.given)[:1]}")
    found.groups = [block[person] for person in found.persons]
    return found


def qian(signatures: Path, clusters: Path) -> Labelled:
    """The Qian set in the form of S2AND, without the works: names and affiliations."""
    found = Labelled("qian")
    person = {
        number: name
        for name, cluster in json.loads(clusters.read_text("utf-8")).items()
        for number in cluster["signature_ids"]
    }
    for number, one in json.loads(signatures.read_text("utf-8")).items():
        info = one["author_info"]
        given = " ".join(info[part] for part in ("first", "middle") if info[part])
        name = parse_name(f"{info['last']}, {given}")
        affiliation = "; ".join(info["affiliations"])
        found.mentions.append(Mention(one["paper_id"], info["position"] or 0, name, affiliation=affiliation))
        found.persons.append(person[number])
        found.groups.append(info["block"])
    return found


def written_out(labelled: Labelled) -> Labelled:
    """The mentions whose given name is written out, among which the plain name is hard to beat.

    The set of INSPIRE's authors called Wang is of this kind. It is held out (``wang`` reads it); this stands for it.
    """
    found = labelled.only(
        place for place, one in enumerate(labelled.mentions) if len(fold(one.name.given).split(" ")[0]) > 1
    )
    found.name = f"{labelled.name}, full"
    return found


def wang(folder: Path) -> Labelled:
    """All signatures of INSPIRE called Wang, as Beard publishes them; the whole set is held out."""
    found = Labelled("wang")
    person = {
        signature: name
        for name, signatures in json.loads((folder / "wang_clusters.json").read_text("utf-8")).items()
        for signature in signatures
    }
    for one in json.loads((folder / "wang_signatures.json").read_text("utf-8")):
        if one["signature_id"] in person:
            name = parse_name(one["author_name"])
            where = one["author_affiliation"] or ""
            found.mentions.append(Mention(one["publication_id"], 1, name, affiliation=where))
            found.persons.append(person[one["signature_id"]])
            found.groups.append(short_name(name))
    return found


def aminer(folder: Path) -> Labelled:
    """AMiner: one file per ambiguous name; works with co-authors, venue, year, title, organisation."""
    found = Labelled("aminer")
    work = 0
    for file in sorted(folder.glob("*.xml")):
        root = etree.fromstring(
            re.sub(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]", b"", file.read_bytes()), etree.XMLParser(recover=True)
        )
        own = parse_name(file.stem.replace("_", " "))
        for one in root.iter("publication"):
            work += 1
            text = {child.tag: (child.text or "").strip() for child in one}
            authors = [parse_name(a) for a in text.get("authors", "").split(",") if a.strip()]
            mine = next((a for a in authors if a == own), own)
            others = frozenset(word for a in authors if a != mine for word in mate_names(a))
            organisation = "" if text.get("organization") in (None, "null") else text["organization"]
            year = text.get("year", "")
            found.mentions.append(
                Mention(
                    work, 1, mine, affiliation=organisation, coauthors=others, title=text.get("title", ""),
                    venue=text.get("jconf", ""), year=int(year) if year.isdigit() else None,
                )
            )  # fmt: skip
            found.persons.append(f"{file.stem} {text['label']}")
            found.groups.append(file.stem)
    return found


@dataclass(slots=True)
class Asked:
    """A linking task: known persons, mentions, and of each the known person or None."""

    people: list[KnownPerson]
    mentions: list[Mention]
    answers: list[int | None]


def linking(labelled: Labelled, share: int = 10) -> Asked:
    """7 of 10 persons are known, by every tenth (`share`) of their mentions and at least one; the rest is asked."""
    names = {name: number for number, name in enumerate(sorted(set(labelled.persons)), start=1)}
    known = {n for n in names if int(hashlib.sha256(f"known {n}".encode()).hexdigest(), 16) % 10 < 7}
    profile: dict[str, list[Mention]] = defaultdict(list)
    asked = Asked([], [], [])
    for mention, person in zip(labelled.mentions, labelled.persons, strict=True):
        place = int(hashlib.sha256(f"{mention.work_id} {person}".encode()).hexdigest(), 16) % share
        if person in known and (not place or not profile[person]):
            profile[person].append(mention)
        else:
            asked.mentions.append(mention)
            asked.answers.append(names[person] if person in known else None)
    for person, some in profile.items():
        years = [m.year for m in some if m.year]
        asked.people.append(
            KnownPerson(
                names[person],
                tuple(dict.fromkeys(m.name for m in some)),
                affiliations=tuple(sorted({m.affiliation for m in some if m.affiliation})),
                coauthors=frozenset(name for m in some for name in m.coauthors),
                titles=tuple(m.title for m in some if m.title),
                venues=tuple(m.venue for m in some if m.venue),
                years=(min(years), max(years)) if years else None,
            )
        )
    return asked


def all_sets(data: Path = DATA) -> dict[str, Labelled]:
    """The three sets that developers have."""
    return {
        "inspire": inspire(data / INSPIRE),
        "qian": qian(data / QIAN[0], data / QIAN[1]),
        "aminer": aminer(data / AMINER),
    }
