"""What happened to pairs of records since a moment: only decisions on some of them, or more than that."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from puma.entities import Decision
from puma.storage import changed

ON_PAIRS = ("accept", "reject", "for", "against")
LOOKED = 128  # newest decisions that are looked at; more at once count as more than decisions
Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment: what ``changed`` says of pairs, and the newest decisions, the newest first: (number, moment in µs)."""

    changes: int
    decisions: tuple[tuple[int, int], ...]

    def is_after(self, other: "Mark") -> bool:
        """Whether it is later than another one of the same database."""
        return (self.changes, self.decisions[:1]) > (other.changes, other.decisions[:1])


def mark(session: Session) -> Mark:
    """The moment of a transaction that reads one state."""
    newest = session.execute(select(Decision.id, Decision.decided_at).order_by(Decision.id.desc()).limit(LOOKED))
    return Mark(changed(session, "pairs"), tuple((number, round(at.timestamp() * 1e6)) for number, at in newest))


def decided(session: Session, since: Mark | None, until: Mark) -> dict[Pair, str] | None:
    """The pairs that were decided or taken back between two moments, each with the state that it had before.

    None when more than that may have happened to pairs: then all of them are to be read anew.
    """
    if since is None or since.changes != until.changes:
        return None
    known = set(since.decisions)
    fresh = [one for one in until.decisions if one not in known]
    if known and since.decisions[0] not in until.decisions:  # too many, or a backup was put back
        return None
    if len(fresh) == LOOKED or (fresh and known and min(fresh) < max(known)):  # too many, or one that ended late
        return None
    found = _states_before(session, [number for number, _ in fresh])
    return None if "" in found.values() else found


def _states_before(session: Session, decisions: Sequence[int]) -> dict[Pair, str]:
    """The pairs that these decisions are about, each with the state before the first of them; "" where none is kept."""
    if not decisions:
        return {}
    undone = aliased(Decision)
    rows = session.execute(
        select(Decision.left_id, Decision.right_id, Decision.state_before, Decision.verdict, undone.verdict)
        .outerjoin(undone, undone.id == Decision.undoes_id)
        .where(Decision.id.in_(decisions))
        .order_by(Decision.id)
    )
    found: dict[Pair, str] = {}
    for left, right, before, verdict, other in rows:
        if verdict in ON_PAIRS or (verdict == "undo" and other in ON_PAIRS):
            found.setdefault((left, right or 0), before or "")
    return found
