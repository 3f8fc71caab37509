"""Suspected duplicates: as the last matching found them, with its points, and what came since of one title."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from puma.access import Viewer
from puma.entities import Authorship, HarvestSource, Publication, PublicationVersion, Record, StoredClaim
from puma.listing.doubts import Doubt, Option, dismissed, listed, told_apart
from puma.matching.duplicates.containers import abbreviated
from puma.names import fold
from puma.storage import chunks
from puma.text import plain
from puma.visibility import exists_for

SHORTEST = 20  # letters of a title that says which publication it is: "Preface" and "Editorial" do not
MOST_OF_A_TITLE = 12  # records of one title that are compared with each other
VERSIONS = frozenset({"PREPRINT", "THESIS"})
COLUMNS = (
    Publication.id, Publication.title, Publication.doi, Publication.year, Publication.type, Publication.journal
)  # fmt: skip
NOT_LETTERS = (*" .,:;-–‐'’\"()/", *(f"<{end}{tag}>" for tag in ("sub", "sup", "i") for end in ("", "/")))
"""What different sources write differently in one title."""


def duplicates(session: Session, viewer: Viewer) -> list[Doubt]:
    """Pairs that are suspected to be one publication, the best supported first."""
    rows = _of_one_title(session, viewer)
    groups: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        groups[row.folded].append(row)
    apart, gone = told_apart(session), dismissed(session)
    found_before = _matched(session, viewer)
    stored = {pair: line for pair, line in found_before.items() if pair not in apart}
    by_title = {
        (one.id, other.id): (one, other)
        for group in groups.values()
        for one, other in combinations(group[:MOST_OF_A_TITLE], 2)
        if _may_be_one(one, other) and (one.id, other.id) not in apart
    }
    matched = {row.id: row for row in _described(session, viewer, sorted({n for pair in stored for n in pair}))}
    pairs = [(matched[a], matched[b]) for a, b in stored if _may_be_one(matched[a], matched[b])]
    pairs += [rows for pair, rows in by_title.items() if pair not in stored]
    numbers = sorted({row.id for pair in pairs for row in pair})
    people, told_by = _families(session, numbers), _sources(session, numbers)
    found = []
    for one, other in pairs:
        ours, theirs = people.get(one.id, set()), people.get(other.id, set())
        line = stored.get((one.id, other.id))
        if line is None and ours and theirs and not ours & theirs:
            continue  # the same title by other people is another publication
        keep, goes = sorted((one, other), key=lambda row: (row.doi is None, -len(told_by[row.id]), row.id))
        key = f"duplicate/{one.id}/{other.id}"
        if key not in gone:
            evidence = _evidence(one, other, ours, theirs)
            found.append(((line or _UNSEEN)[0], len(ours & theirs), Doubt(
                key, "duplicates", plain(keep.title), 2, "", keep.id, evidence=evidence,
                options=tuple(_side(row, people, told_by) for row in (keep, goes)),
                probability=line[0] if line else None, points=line[1] if line else (),
            )))  # fmt: skip
    return [doubt for *_, doubt in sorted(found, key=lambda one: (-one[0], -one[1], one[2].key))]


_UNSEEN: tuple[float, tuple[tuple[str, float], ...]] = (0.0, ())
"""Of a pair that no matching has seen yet."""


def _matched(session: Session, viewer: Viewer) -> dict[tuple[int, int], tuple[float, tuple[tuple[str, float], ...]]]:
    """(probability, points by kind) of the pairs that the last matching suspects, the smaller number first."""
    one, other = aliased(Record), aliased(Record)
    query = (
        select(
            PublicationVersion.publication_id, PublicationVersion.version_of_id, PublicationVersion.probability,
            PublicationVersion.evidence,
        )
        .join(one, one.id == PublicationVersion.publication_id)
        .join(other, other.id == PublicationVersion.version_of_id)
        .where(PublicationVersion.relation == "duplicate", exists_for(viewer, one), exists_for(viewer, other))
    )  # fmt: skip
    found = {}
    for left, right, chance, evidence in session.execute(query):
        points = tuple((line["kind"], line["points"]) for line in evidence or () if line["points"])
        found[min(left, right), max(left, right)] = (chance or 0.0, points)
    return found


def _folded(column: Any) -> ColumnElement[str]:
    """A title without what different sources write differently, folded by the database."""
    folded: Any = func.lower(column)
    for mark in NOT_LETTERS:
        folded = func.replace(folded, mark, "")
    return folded  # type: ignore[no-any-return]  # a function of functions


def _of_one_title(session: Session, viewer: Viewer) -> Sequence[Any]:
    of_all = (
        select(Publication.id, _folded(Publication.title).label("folded"))
        .join(Record, Record.id == Publication.id)
        .where(exists_for(viewer), func.length(Publication.title) >= SHORTEST)
        .subquery()
    )
    several = select(of_all.c.folded).group_by(of_all.c.folded).having(func.count() > 1)
    query = (
        select(*COLUMNS, of_all.c.folded)
        .join(of_all, of_all.c.id == Publication.id)
        .where(of_all.c.folded.in_(several))
        .order_by(Publication.id)
    )
    return session.execute(query).all()


def _described(session: Session, viewer: Viewer, numbers: Sequence[int]) -> list[Any]:
    query = select(*COLUMNS).join(Record, Record.id == Publication.id).where(exists_for(viewer))
    return [row for some in chunks(numbers) for row in session.execute(query.where(Publication.id.in_(some)))]


def _may_be_one(one: Any, other: Any) -> bool:
    if one.doi and other.doi:
        return False  # two DOIs are two publications
    if one.type != other.type and {one.type, other.type} & VERSIONS:
        return False  # another version of a work is related to it, never merged with it
    return not (one.year and other.year) or abs(one.year - other.year) <= 1


def _families(session: Session, numbers: Sequence[int]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    for some in chunks(numbers):
        query = select(Authorship.record_id, Authorship.family_name).where(Authorship.record_id.in_(some))
        for number, family in session.execute(query):
            found[number].add(fold(family))
    return found


def _sources(session: Session, numbers: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for some in chunks(numbers):
        query = (
            select(StoredClaim.record_id, HarvestSource.name)
            .join(HarvestSource, HarvestSource.id == StoredClaim.source_id)
            .where(StoredClaim.record_id.in_(some))
            .distinct()
            .order_by(HarvestSource.name)
        )
        for number, name in session.execute(query):
            found[number].append(name)
    return found


def _evidence(one: Any, other: Any, ours: set[str], theirs: set[str]) -> tuple[str, ...]:
    fewest = min(len(ours), len(theirs))
    lines = ["same title" if fold(plain(one.title)) == fold(plain(other.title)) else "similar titles"]
    lines.append(f"{len(ours & theirs)} of {fewest} authors in common" if fewest else "one names no authors")
    if one.year and other.year:
        lines.append("same year" if one.year == other.year else "a year apart")
    else:
        lines.append("one has no year")
    if one.journal and other.journal:
        lines.append(_journals(fold(one.journal), fold(other.journal)))
    if one.type != other.type:
        lines.append("different types")
    if not (one.doi or other.doi):
        lines.append("neither has a DOI")
    return tuple(lines)


def _journals(one: str, other: str) -> str:
    """What two folded titles of journals say of each other."""
    if one == other:
        return "same journal"
    return "same journal, abbreviated" if abbreviated(one, other) == 1 else "different journals"


def _side(row: Any, people: dict[int, set[str]], told_by: dict[int, list[str]]) -> Option:
    facts: Iterable[tuple[str, Any]] = (
        ("DOI", row.doi), ("Year", row.year), ("Type", row.type), ("Journal", row.journal),
        ("Authors", listed(sorted(word.title() for word in people.get(row.id, ())), 4)),
    )  # fmt: skip
    values = tuple((name, str(value)) for name, value in facts if value)
    return Option(plain(row.title), ", ".join(told_by[row.id]), row.id, values)
