"""One doubt of the integration queue: something imported that a person has to settle before it counts rightly."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from puma.decisions import log
from puma.entities import Decision

KINDS = ("duplicates", "persons", "institutions", "affiliations", "instruments", "contradictions", "references", "lags",
         "disagreements")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Option:
    """One way to settle a doubt, as its sources put it. record_id: of a side, or of the record whose value it is."""

    label: str
    said_by: str
    record_id: int = 0
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that a person is to settle.

    key: stable name by which it is dismissed. title: as written. records: how many it concerns. detail: where and
    when. about_id: a record on which it is seen. facility: code of the facility where it was written, may be empty.
    probability, points: of a pair that matching found, that it is one, and by kind of evidence what speaks for it.
    """

    key: str
    kind: str
    title: str
    records: int
    detail: str
    about_id: int
    facility: str = ""
    evidence: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    probability: float | None = None
    points: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class DoubtPage:
    """A piece of the queue of one kind, and how long it is."""

    total: int
    items: list[Doubt]


def dismissed(session: Session) -> set[str]:
    """The keys of what somebody said needs nobody."""
    values = session.scalars(select(Decision.value).where(Decision.verdict == "dismiss", log.stands()))
    return {str(one.get("subject")) for value in values for one in value}


def told_apart(session: Session) -> set[tuple[int, int]]:
    """The pairs of records that somebody said are two, or took apart, the smaller number first."""
    apart = Decision.verdict.in_(("distinct", "split"))
    pairs = select(Decision.left_id, Decision.right_id).where(apart, log.stands())
    return {(min(left, right or 0), max(left, right or 0)) for left, right in session.execute(pairs)}


def plural(count: int, what: str) -> str:
    """``1 dataset``, ``3 datasets``."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def listed(words: Iterable[str], most: int = 3) -> str:
    """The first words, and how many more there are."""
    found = list(dict.fromkeys(word for word in words if word))
    more = f" and {len(found) - most} more" if len(found) > most else ""
    return ", ".join(found[:most]) + more
