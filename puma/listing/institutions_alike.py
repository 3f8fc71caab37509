"""Institutions side by side: which may be one, what would move, what is taken apart, and what people decided."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from puma.access import Viewer
from puma.decisions import log
from puma.decisions.institutions import means, written_on
from puma.entities import Affiliation, Decision, HarvestSource, Institution, InstitutionPair, Record, StoredClaim
from puma.listing.doubts import Doubt, Option, dismissed
from puma.listing.person import Act
from puma.listing.record import Named
from puma.listing.suspected import Pair, suspected
from puma.storage import Storage, chunks
from puma.visibility import exists_for

ROLE = "user_office"
AFFILIATION_SHOWN = 80  # letters of one in a sentence


@dataclass(frozen=True, slots=True)
class Bulk:
    """What hangs on institutions: affiliations as written (distinct), publications and proposals they stand on."""

    affiliations: int
    publications: int
    proposals: int


@dataclass(frozen=True, slots=True)
class Standing:
    """An institution in a preview. said_by: the sources that tell of it, or who made it here."""

    institution: Named
    ror: str
    city: str
    country: str
    said_by: str
    bulk: Bulk


@dataclass(frozen=True, slots=True)
class OneInstitution:
    """What two institutions made one would be. both: the counts of the kept one afterwards, each record once."""

    keep: Standing
    other: Standing
    both: Bulk


@dataclass(frozen=True, slots=True)
class AlikeInstitution:
    """An institution that may be the same one. evidence: (kind, points) that sum to the log-odds."""

    institution: Named
    bulk: Bulk
    probability: float
    evidence: tuple[tuple[str, float], ...]


def one_institution(storage: Storage, viewer: Viewer, keep_id: int, other_id: int) -> OneInstitution | None:
    """What would come of making two institutions one; None when there are no two such."""
    viewer.must_be(ROLE, "Putting institutions together")
    with storage.reading() as session:
        sides = [_standing(session, viewer, number) for number in (keep_id, other_id)]
        keep, other = sides
        if keep is None or other is None or keep.institution.record_id == other.institution.record_id:
            return None
        if other.ror and not keep.ror:
            keep, other = other, keep
        both = bulk(session, viewer, means([keep.institution.record_id or 0, other.institution.record_id or 0]))
        return OneInstitution(keep, other, both)


def bulk_of(storage: Storage, viewer: Viewer, affiliations: Collection[int]) -> Bulk:
    """What hangs on these affiliations and all that are written like one of them."""
    viewer.must_be(ROLE, "Taking an institution apart")
    with storage.reading() as session:
        texts: set[str] = set()
        for some in chunks(sorted(set(affiliations))):
            texts.update(session.scalars(select(Affiliation.text).where(Affiliation.id.in_(some))))
        return bulk(session, viewer, Affiliation.text.in_(sorted(texts)))


def bulk(session: Session, viewer: Viewer, which: ColumnElement[bool]) -> Bulk:
    """What hangs on the affiliations for which ``which`` holds, as far as the viewer may know of it."""
    written = written_on(which).subquery()
    record, affiliation = written.c
    counted = dict(
        session.execute(
            select(Record.kind, func.count(record.distinct()))
            .join(Record, Record.id == record)
            .where(exists_for(viewer))
            .group_by(Record.kind)
        ).all()
    )
    texts = session.scalar(
        select(func.count(Affiliation.text.distinct()))
        .join(written, affiliation == Affiliation.id)
        .join(Record, Record.id == record)
        .where(exists_for(viewer))
    )
    return Bulk(texts or 0, counted.get("publication", 0), counted.get("proposal", 0))


def _standing(session: Session, viewer: Viewer, number: int) -> Standing | None:
    query = select(Institution).join(Record, Record.id == Institution.id)
    row = session.scalar(query.where(Institution.id == number, exists_for(viewer)))
    if row is None:
        return None
    where = ", ".join(word for word in (row.city, row.country) if word)
    named = Named(row.name, row.id, where, "institution")
    said_by = _sources(session, [row.id]).get(row.id, "made here")
    hangs = bulk(session, viewer, means([row.id]))
    return Standing(named, row.ror or "", row.city or "", row.country or "", said_by, hangs)


def _sources(session: Session, numbers: Sequence[int]) -> dict[int, str]:
    found: dict[int, list[str]] = {}
    for some in chunks(numbers):
        query = (
            select(StoredClaim.record_id, HarvestSource.name)
            .join(HarvestSource, HarvestSource.id == StoredClaim.source_id)
            .where(StoredClaim.record_id.in_(some))
            .distinct()
            .order_by(HarvestSource.name)
        )
        for number, name in session.execute(query):
            found.setdefault(number, []).append(name)
    return {number: ", ".join(names) for number, names in found.items()}


def _pairs(session: Session, viewer: Viewer, number: int | None = None) -> list[Pair]:
    return suspected(session, viewer, InstitutionPair, number)


def alike_institutions(storage: Storage, viewer: Viewer, institution_id: int) -> list[AlikeInstitution]:
    """Institutions that may be the same one, the likeliest first; for who may decide on it."""
    viewer.must_be(ROLE, "Deciding on institutions")
    with storage.reading() as session:
        found = []
        for one, other, chance, evidence in _pairs(session, viewer, institution_id)[:20]:
            side = _standing(session, viewer, other if one == institution_id else one)
            if side is not None:
                found.append(AlikeInstitution(side.institution, side.bulk, chance, evidence))
        return found


def institutions(session: Session, viewer: Viewer) -> list[Doubt]:
    """Pairs of institutions that may be one, the likeliest first, for the integration queue."""
    gone = dismissed(session)
    pairs = [pair for pair in _pairs(session, viewer) if f"institutions/{pair[0]}/{pair[1]}" not in gone]
    numbers = sorted({number for one, other, *_ in pairs for number in (one, other)})
    rows: dict[int, Institution] = {}
    for some in chunks(numbers):
        rows |= {row.id: row for row in session.scalars(select(Institution).where(Institution.id.in_(some)))}
    told_by, counts = _sources(session, numbers), _affiliations(session, viewer, numbers)
    found = []
    for one, other, chance, points in pairs:
        keep, goes = sorted((rows[one], rows[other]), key=lambda row: (row.ror is None, -counts.get(row.id, 0), row.id))
        sides = tuple(
            Option(row.name, told_by.get(row.id, "a person"), row.id, tuple(
                (name, str(value))
                for name, value in (("Name", row.name), ("ROR", row.ror), ("City", row.city), ("Country", row.country),
                                    ("Affiliations", counts.get(row.id, 0)))
                if value
            ))
            for row in (keep, goes)
        )  # fmt: skip
        found.append(Doubt(
            f"institutions/{one}/{other}", "institutions", keep.name, counts.get(one, 0) + counts.get(other, 0), "",
            keep.id, options=sides, probability=chance, points=points,
        ))  # fmt: skip
    return found


def _affiliations(session: Session, viewer: Viewer, numbers: Sequence[int]) -> dict[int, int]:
    """How many affiliations as written mean each of these, on records that the viewer may know of."""
    found: dict[int, int] = {}
    for some in chunks(numbers):
        written = written_on(Affiliation.institution_id.in_(some)).subquery()
        record, affiliation = written.c
        query = (
            select(Affiliation.institution_id, func.count(Affiliation.text.distinct()))
            .join(written, affiliation == Affiliation.id)
            .join(Record, Record.id == record)
            .where(exists_for(viewer))
            .group_by(Affiliation.institution_id)
        )
        found |= {number or 0: count for number, count in session.execute(query)}
    return found


SAID = {
    "join": "put {other} together with this institution",
    "split": "took {other} apart from this institution",
    "distinct": "said that this and {other} are two institutions",
    "resolve": "said that “{text}” is this institution",
    "correct": "set what is known of it",
}


def institution_acts(storage: Storage, viewer: Viewer, institution_id: int) -> list[Act]:
    """What was decided on an institution, newest first, with what can still be taken back."""
    if not viewer.at_least("scientist"):
        return []
    with storage.reading() as session:
        pair = or_(Decision.left_id == institution_id, Decision.right_id == institution_id)
        query = (
            select(Decision, log.stands())
            .where(pair, Decision.verdict.in_(sorted(SAID)))
            .order_by(Decision.id.desc())
            .limit(50)
        )
        found = []
        for row, stands in session.execute(query):
            number = row.right_id if row.left_id == institution_id else row.left_id
            beside = session.get(Institution, number) if number else None
            here = session.scalar(select(Record.id).where(Record.id == number, exists_for(viewer))) if number else None
            text = str(row.value[0].get("text", "")) if row.value else ""
            short = text if len(text) <= AFFILIATION_SHOWN else f"{text[:AFFILIATION_SHOWN]}…"
            words = SAID[row.verdict].format(other=beside.name if beside else "another", text=short)
            if row.verdict == "correct":
                words = f"set {', '.join(str(one.get('field')) for one in row.value)} to " + ", ".join(
                    repr(one.get("value")) for one in row.value
                )
            undo = row.id if stands and viewer.at_least(ROLE) else 0
            said = words + ("" if stands else " (taken back)")
            found.append(Act(said, row.decided_by, row.decided_at, row.reason, undo, here))
        return found
