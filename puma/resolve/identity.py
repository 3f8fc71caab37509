"""Which record a claim is about: by its identifiers, the strongest first; two different DOIs are never one record."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from sqlalchemy import and_, case, or_, select
from sqlalchemy.orm import Session, aliased

from puma.claims import Claim, Key
from puma.entities import Decision, Identifier, Record
from puma.resolve.taken_apart import Half
from puma.storage import chunks

Names = dict[tuple[str, str, str], int]  # (kind, scheme, value) -> record number

DISTINCT = frozenset({"doi", "orcid", "ror"})
"""Schemes whose different values always mean different things."""

_undoing = aliased(Decision)
_UNDONE = select(_undoing.id).where(_undoing.undoes_id == Decision.id).exists()
_JOINED = select(Decision.id).where(Decision.verdict == "join", Decision.right_id == Record.id, ~_UNDONE).exists()
_ITS_OWN = or_(Record.merged_into_id.is_(None), and_(Record.kind == "institution", _JOINED))
"""A record that stands for itself; made once, because every page of a harvest asks for it several times."""


@dataclass(frozen=True, slots=True)
class Match:
    """Where a claim belongs: a record, and whether it was made for it."""

    record_id: int
    new: bool


def known_names(session: Session, wanted: Iterable[tuple[str, str, str]]) -> Names:
    """The records that carry any of these identifiers: one query per kind and scheme.

    A merged one leads on; not an institution that a person put together with another: that is told of by itself.
    """
    by_scheme: dict[tuple[str, str], set[str]] = defaultdict(set)
    for kind, scheme, value in wanted:
        by_scheme[kind, scheme].add(value)
    names: Names = {}
    for (kind, scheme), values in by_scheme.items():
        for some in chunks(sorted(values)):
            rows = session.execute(
                select(Identifier.value, case((_ITS_OWN, Record.id), else_=Record.merged_into_id))
                .join(Record, Record.id == Identifier.record_id)
                .where(Identifier.kind == kind, Identifier.scheme == scheme, Identifier.value.in_(some))
            )
            names.update(((kind, scheme, value), record_id) for value, record_id in rows)
    return names


def distinct_identifiers(session: Session, record_ids: Sequence[int]) -> dict[int, set[Key]]:
    """The DOIs, ORCIDs and RORs that records already carry."""
    carried: dict[int, set[Key]] = defaultdict(set)
    for some in chunks(sorted(record_ids)):
        rows = session.execute(
            select(Identifier.record_id, Identifier.scheme, Identifier.value).where(
                Identifier.record_id.in_(some), Identifier.scheme.in_(DISTINCT)
            )
        )
        for record_id, scheme, value in rows:
            carried[record_id].add((scheme, value))
    return carried


def assign(
    claims: Sequence[Claim],
    names: Names,
    carried: dict[int, set[Key]],
    next_number: Callable[[], int],
    halves: Sequence[Half | None] = (),
) -> list[Match]:
    """The record of each claim, in order; a claim whose identifiers nobody knows gets a new number.

    ``names`` and ``carried`` are kept up to date, so that a later claim of the batch finds an earlier one. halves: of
    each claim where a person put it who took its record apart.
    """
    matches = []
    for claim, half in zip_longest(claims, halves[: len(claims)]):
        record_id = next(
            (
                found
                for scheme, value in claim.keys
                if (found := names.get((claim.kind, scheme, value))) is not None
                and not conflicts(claim.keys, carried.get(found, set()))
                and not (half and found in half.away)
            ),
            half.home if half else None,
        )
        new = record_id is None
        if record_id is None:
            record_id = next_number()
        matches.append(Match(record_id, new))
        for scheme, value in claim.keys:
            names.setdefault((claim.kind, scheme, value), record_id)
            if scheme in DISTINCT:
                carried.setdefault(record_id, set()).add((scheme, value))
    return matches


def conflicts(keys: Iterable[Key], carried: set[Key]) -> bool:
    """Whether a claim carries a DOI, ORCID or ROR while the record carries only different ones of that scheme."""
    for scheme, value in keys:
        if scheme in DISTINCT:
            there = {other for other_scheme, other in carried if other_scheme == scheme}
            if there and value not in there:
                return True
    return False
