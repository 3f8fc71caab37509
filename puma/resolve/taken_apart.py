"""Publications that people took apart: which record a source's telling stays with, whatever identifiers it shares."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from puma.claims import Key
from puma.entities import Decision, Identifier, Record
from puma.resolve.persons import merged_persons

_undoing = aliased(Decision)
_UNDONE = select(_undoing.id).where(_undoing.undoes_id == Decision.id).exists()


@dataclass(frozen=True, slots=True)
class Half:
    """Where what a source tells belongs, and the records from which it was taken apart.

    home: the record that it joins when its own identifiers lead nowhere else; away: those that it never joins.
    """

    home: int
    away: frozenset[int]


@dataclass(frozen=True, slots=True)
class Halves:
    """All that people took apart: by raw record the keys that its telling had, and its half, the latest last."""

    told: Mapping[int, Sequence[tuple[frozenset[Key], int, int]]]
    records: frozenset[int]

    def of(self, raw_record_id: int, keys: Iterable[Key]) -> Half | None:
        """The half of what a raw record tells under these keys; None where nobody took it apart."""
        own = set(keys)
        met = [(home, away) for before, home, away in self.told.get(raw_record_id, ()) if own & before]
        return Half(met[-1][0], frozenset(away for _, away in met) - {met[-1][0]}) if met else None


def halves(session: Session) -> Halves:
    """What the standing decisions say. Records that were put together again since are one: nothing is apart there."""
    rows = session.execute(
        select(Decision.left_id, Decision.right_id, Decision.value)
        .join(Record, Record.id == Decision.left_id)
        .where(Decision.verdict == "split", Record.kind == "publication")
        .where(~_UNDONE)
        .order_by(Decision.id)
    ).all()
    if not rows:
        return Halves({}, frozenset())
    became = merged_persons(session, "publication")
    told: dict[int, list[tuple[frozenset[Key], int, int]]] = defaultdict(list)
    records: set[int] = set()
    for left, right, value in rows:
        old, new = became.get(left, left), became.get(right, right)
        if old == new:
            continue
        records |= {old, new}
        for name, home, away in (("going", new, old), ("staying", old, new)):
            for raw_record_id, keys in value[0][name]:
                told[raw_record_id].append((frozenset((scheme, said) for scheme, said in keys), home, away))
    return Halves(told, frozenset(records))


def held_by_another(session: Session, record_id: int, doi: str) -> bool:
    """Whether a DOI names another publication that stands."""
    holder = (
        select(Identifier.record_id)
        .join(Record, Record.id == Identifier.record_id)
        .where(Identifier.kind == "publication", Identifier.scheme == "doi", Identifier.value == doi)
        .where(Record.deleted_at.is_(None), Identifier.record_id != record_id)
    )
    return session.scalar(holder.limit(1)) is not None
