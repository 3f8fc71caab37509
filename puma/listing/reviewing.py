"""How a reviewer gets on, and what accepting all pairs above a probability would do: numbers, a sample, the error."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median

from sqlalchemy import select

from puma.access import Viewer
from puma.decisions.log import stands
from puma.decisions.two_persons import MEANT, STATE_AFTER, state_met
from puma.entities import Decision, Link
from puma.evaluation import Share
from puma.listing.candidates import links_seen
from puma.listing.queue import AUDITED_RELATION
from puma.matching.sampling import in_audit, lot
from puma.storage import Storage

PAUSE_S = 300.0  # a longer one is a pause, not a slow decision
LIKELY = 0.5
STEPS = (0.99, 0.98, 0.95, 0.9, 0.8, 0.7, 0.5)
"""Probabilities from which on pairs can be accepted together."""
SAMPLE = 8


@dataclass(frozen=True, slots=True)
class Pace:
    """What one person decided today. agreed: as the model thought likelier; seconds: a decision took, None before two
    of them."""

    done: int
    agreed: int
    judged: int
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Heap:
    """The undecided pairs from a probability on. sample: links to look at, drawn by lot; promised: expected share of
    wrong ones by the model's own probabilities; measured: right ones among the decided pairs of the random audit that
    the model gave at least as much."""

    least: float
    links: tuple[int, ...]
    sample: tuple[int, ...]
    promised: float | None
    measured: Share


def pace(storage: Storage, viewer: Viewer, at: datetime) -> Pace:
    """What the viewer decided on the (UTC) day of ``at``; decisions taken back do not count."""
    viewer.must_be("scientist", "Reviewing links")
    midnight = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    with storage.reading() as session:
        rows = session.execute(
            select(Decision.verdict, Decision.probability, Decision.decided_at)
            .where(
                Decision.decided_by == (viewer.name or viewer.role), Decision.decided_at >= midnight,
                Decision.verdict.in_((*STATE_AFTER, *MEANT)), stands(),
            )
            .order_by(Decision.id)
        ).all()  # fmt: skip
    return pace_of([(MEANT.get(verdict, verdict), chance, moment) for verdict, chance, moment in rows])


def pace_of(rows: Sequence[tuple[str, float | None, datetime]]) -> Pace:
    """The pace from (verdict, probability shown, moment) in the order of the decisions; pure."""
    judged = [(verdict, chance) for verdict, chance, _ in rows if chance is not None]
    agreed = sum((verdict == "accept") == (chance >= LIKELY) for verdict, chance in judged)
    moments = sorted({moment for *_, moment in rows})  # those decided together share one
    gaps = [(after - before).total_seconds() for before, after in zip(moments, moments[1:], strict=False)]
    quick = [gap for gap in gaps if gap <= PAUSE_S]
    return Pace(len(rows), agreed, len(judged), median(quick) if quick else None)


def heaps(
    storage: Storage,
    viewer: Viewer,
    *,
    instrument: int | None = None,
    years: tuple[int | None, int | None] = (None, None),
    steps: Sequence[float] = STEPS,
) -> list[Heap]:
    """For each probability the undecided pairs of proposals from there on, with what accepting them would cost.

    Pairs of the random audit are left out: they are decided one by one, or they would measure nothing.
    """
    viewer.must_be("scientist", "Reviewing links")
    seen = links_seen(viewer, (AUDITED_RELATION,), instrument, years)
    drawn = in_audit(Link.left_id, Link.right_id)
    with storage.reading() as session:
        rows = session.execute(
            seen.where(state_met(session, viewer) == "candidate", ~drawn, Link.probability >= min(steps))
            .with_only_columns(Link.id, Link.probability, Link.left_id, Link.right_id)
            .order_by(Link.probability.desc(), Link.id)
        ).all()
        audited = session.execute(
            seen.where(Link.state.in_(("validated", "rejected")), drawn).with_only_columns(Link.probability, Link.state)
        ).all()
    found = []
    for least in steps:
        some = [row for row in rows if row.probability >= least]
        by_lot = sorted(some, key=lambda row: lot("order", row.left_id, row.right_id))
        right = [state == "validated" for chance, state in audited if chance >= least]
        promised = sum(1 - row.probability for row in some) / len(some) if some else None
        ids, shown = tuple(row.id for row in some), tuple(row.id for row in by_lot[:SAMPLE])
        found.append(Heap(least, ids, shown, promised, Share(sum(right), len(right))))
    return found
