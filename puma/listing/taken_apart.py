"""A publication and what each source record tells of it: what each half would be when it is taken apart."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from puma.access import Viewer
from puma.claims import Key, settle
from puma.decisions import log, names_that_go
from puma.entities import Decision, File, RawRecord, Record, Relation
from puma.listing.person import Act
from puma.listing.provenance import Ranked, ranked_claims
from puma.listing.record import Named, linked
from puma.storage import Storage
from puma.text import plain
from puma.visibility import exists_for

SAID = {"merge": "made {other} one with this", "split": "took {other} apart from this",
        "distinct": "said that this and {other} are two publications"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Telling:
    """What one raw record of a source tells of a publication. authors: how many; keys: its identifiers."""

    raw_record_id: int
    source: str
    key: str
    title: str
    type: str
    year: int | None
    container: str
    first_author: str
    authors: int
    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Tellings:
    """All that is told of a publication, the winning source first. shared: identifiers that several of them name."""

    record_id: int
    sources: tuple[Telling, ...]
    shared: tuple[Key, ...]
    links: tuple[Named, ...]
    acts: tuple[Act, ...]


@dataclass(frozen=True, slots=True)
class Parted:
    """What a publication would be once it is taken apart or put together. doi: empty for none. sources: that tell of
    it; names: its identifiers; files, cited_by: how many it would have."""

    title: str
    type: str
    year: int | None
    container: str
    doi: str
    authors: tuple[str, ...]
    sources: tuple[str, ...]
    names: tuple[Key, ...]
    files: int
    cited_by: int


def tellings(storage: Storage, viewer: Viewer, record_id: int) -> Tellings | None:
    """What each source record tells of a publication; None when there is no such publication."""
    viewer.must_be("user_office", "Taking publications apart")
    with storage.reading() as session:
        if not _is_there(session, viewer, record_id):
            return None
        claims = [one for one in ranked_claims(session, record_id) if not one[2].claimed_by]
        raw = [claim.raw_record_id for _, _, claim in claims]
        keys = dict(session.execute(select(RawRecord.id, RawRecord.key).where(RawRecord.id.in_(raw))).all())
        told = tuple(
            Telling(
                claim.raw_record_id or 0, source, keys.get(claim.raw_record_id or 0, ""),
                plain(str(claim.values.get("title") or "")), str(claim.values.get("type") or ""),
                claim.values.get("year"), str(claim.values.get("journal") or ""),
                next((str(one["name"]) for one in claim.values.get("authors") or ()), ""),
                len(claim.values.get("authors") or ()), tuple((scheme, value) for scheme, value in claim.keys),
            )
            for _, source, claim in claims
        )  # fmt: skip
        times = Counter(name for one in told for name in set(one.keys))
        shared = tuple(sorted(name for name, count in times.items() if count > 1))
        return Tellings(record_id, told, shared, tuple(linked(session, viewer, record_id)), _acts(session, record_id))


def parted(
    storage: Storage, viewer: Viewer, record_id: int, raw_records: Collection[int], taking: Collection[Key] = ()
) -> tuple[Parted, Parted]:
    """What would stay, and what would be the new publication, when these raw records are taken apart from it.

    taking: identifiers that both name and that would be the new one's. A half of which nobody tells is empty.
    """
    viewer.must_be("user_office", "Taking publications apart")
    with storage.reading() as session:
        claims = ranked_claims(session, record_id) if _is_there(session, viewer, record_id) else []
        going = [one for one in claims if not one[2].claimed_by and one[2].raw_record_id in raw_records]
        staying = [one for one in claims if one not in going]
        names = names_that_go(keys_of(going), keys_of(staying), taking)
        left = (keys_of(going) | keys_of(staying)) - names
        return (
            _half(session, record_id, staying, left, keys_of(going)), _half(session, record_id, going, names, left)
        )  # fmt: skip


def _half(session: Session, record_id: int, claims: Ranked, names: set[Key], others: set[Key]) -> Parted:
    of = or_(False, *((File.of_scheme == scheme) & (File.of_value == value) for scheme, value in sorted(names)))
    to = or_(False, *((Relation.scheme == scheme) & (Relation.value == value) for scheme, value in sorted(names)))
    files = count_of(session, File, File.of_id == record_id, of)
    half = as_told(claims, names, files, count_of(session, Relation, Relation.target_id == record_id, to))
    by_hand = any(claim.claimed_by and claim.values.get("doi") for _, _, claim in claims)
    gone = not by_hand and ("doi", half.doi) not in names and ("doi", half.doi) in others
    return replace(half, doi="") if gone else half


def as_told(claims: Ranked, names: set[Key], files: int, cited_by: int) -> Parted:
    """What these claims make of a publication; pure."""
    values, _ = settle([(bool(claim.claimed_by), claim.values) for _, _, claim in claims])
    return Parted(
        plain(str(values.get("title") or "")), str(values.get("type") or "OTHER"), values.get("year"),
        str(values.get("journal") or ""), str(values.get("doi") or ""),
        tuple(str(one["name"]) for one in values.get("authors") or ()),
        tuple(dict.fromkeys(source for _, source, _ in claims if source)), tuple(sorted(names)), files, cited_by,
    )  # fmt: skip


def keys_of(claims: Ranked) -> set[Key]:
    """The identifiers that claims name."""
    return {(scheme, value) for _, _, claim in claims for scheme, value in claim.keys}


def _is_there(session: Session, viewer: Viewer, record_id: int) -> bool:
    which = select(Record.id).where(Record.id == record_id, Record.kind == "publication", exists_for(viewer))
    return session.scalar(which) is not None


def _acts(session: Session, record_id: int) -> tuple[Act, ...]:
    rows: Iterable[Sequence[object]]
    rows = session.execute(
        select(Decision, log.stands())
        .where(or_(Decision.left_id == record_id, Decision.right_id == record_id), Decision.verdict.in_(sorted(SAID)))
        .order_by(Decision.id.desc())
        .limit(50)
    )
    found = []
    for row, stands in rows:
        assert isinstance(row, Decision)
        other = (row.right_id if row.left_id == record_id else row.left_id) or 0
        there = session.get(Record, other)
        words = SAID[row.verdict].format(other=f"record {other}") + ("" if stands else " (taken back)")
        alive = there is not None and there.deleted_at is None
        undo = row.id if stands else 0
        found.append(Act(words, row.decided_by, row.decided_at, row.reason, undo, other if alive else None))
    return tuple(found)


def count_of(session: Session, entity: type, *which: object) -> int:
    """How many rows of a table these conditions leave."""
    return session.scalar(select(func.count()).select_from(entity).where(*which)) or 0  # type: ignore[arg-type]  # SQL
