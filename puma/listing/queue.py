"""The review queue kept in memory: how long it is and its order; a decision moves its pair, all else reads it anew."""

from bisect import bisect_left, insort
from collections import Counter, OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import inf
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, Select, and_, case, func, not_, select
from sqlalchemy.orm import Session, aliased

from puma.access import Viewer
from puma.decisions.settling import settled_with
from puma.entities import Link, Participant, ProposalTime, Publication
from puma.listing.order import BANDS, Waiting, band_of, in_order
from puma.matching.sampling import in_audit, lot
from puma.pairs import Mark, decided, mark
from puma.storage import Storage, chunks

AUDITED_RELATION = "publication-proposal"
HELD = 600_000  # places of pairs that are kept in memory, of all questions together; about 150 bytes each
QUESTIONS = 64  # that are kept: by who may know what, and by instrument and years

Place = tuple[Any, ...]
"""What a pair is ordered by; its number comes last."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a queue is about: the links that are seen, and in which state the asker meets them; see ``state_met``."""

    seen: Select[Any]
    state: Any

    @property
    def waiting(self) -> Select[Any]:
        """The undecided ones."""
        return self.seen.where(self.state == "candidate")


@dataclass
class Queue:
    """The links that one question is about, as they are at a mark; used by one thread at a time.

    states: how many are in each state; drawn: of these in the random audit; sizes: how many undecided others each band
    of probability holds; said: those about which the asker had a word that waits for another person.
    """

    lock: Lock = field(default_factory=Lock)
    mark: Mark | None = None
    states: Counter[str] = field(default_factory=Counter)
    drawn: Counter[str] = field(default_factory=Counter)
    sizes: list[int] = field(default_factory=list)
    said: set[int] = field(default_factory=set)
    _by_lot: list[Place] | None = None
    _bands: dict[int, list[Place]] = field(default_factory=dict)

    @property
    def held(self) -> int:
        """How many places of pairs it keeps."""
        return len(self._by_lot or ()) + sum(map(len, list(self._bands.values())))

    def read(self, session: Session, asked: Asked, at: Mark) -> None:
        """Count the links anew; their order is read when somebody asks for it."""
        self.mark, self._by_lot, self._bands = None, None, {}
        self.states, self.drawn, self.sizes = Counter(), Counter(), [0] * (len(BANDS) + 1)
        band = case(*((Link.probability >= bound, place) for place, bound in enumerate(BANDS)), else_=len(BANDS))
        state, one = asked.state.label("met"), case((sample(), 1), else_=0)
        counted = asked.seen.with_only_columns(state, band.label("band"), func.count(), func.sum(one))
        for state, place, count, some in session.execute(counted.group_by("met", "band")):
            self.states[state] += count
            self.drawn[state] += int(some or 0)
            self.sizes[place] += count - int(some or 0) if state == "candidate" else 0
        said = asked.seen.where(asked.state == "said").with_only_columns(Link.id)
        self.said = set(session.scalars(said)) if self.states["said"] else set()
        self.mark = at

    def follow(self, session: Session, asked: Asked, at: Mark) -> bool:
        """Move the pairs that were decided since; whether that was all that happened."""
        before = decided(session, self.mark, at)
        if before is None:
            return False
        self.mark = None
        if before:
            lefts, rights = ({pair[side] for pair in before} for side in (0, 1))
            there = _keyed(asked.seen.where(Link.left_id.in_(lefts), Link.right_id.in_(rights)))
            for row in session.execute(there.add_columns(asked.state, Link.left_id, Link.right_id, Link.relation)):
                *key, state, left, right, relation = row
                if (left, right) not in before:
                    continue
                was = "said" if key[0] in self.said else before[left, right]
                if was != state and not self._move(key, was, state, left, right, relation):
                    return False
        self.mark = at
        return True

    def _move(self, key: Sequence[Any], was: str, state: str, left: int, right: int, relation: str) -> bool:
        """Let a link be in another state; whether it stood where it should."""
        of_audit = relation == AUDITED_RELATION and in_audit(left, right)
        number, probability, *_ = key
        (self.said.add if state == "said" else self.said.discard)(number)
        band = band_of(probability)
        order = self._by_lot if of_audit else self._bands.get(band)
        place = (lot("order", left, right), number) if of_audit else _place(*key)
        for one, step in ((was, -1), (state, 1)):
            self.states[one] += step
            self.drawn[one] += step if of_audit else 0
            if one != "candidate":
                continue
            self.sizes[band] += 0 if of_audit else step
            if order is not None and step > 0:
                insort(order, place)
            elif order is not None:
                at = bisect_left(order, place)
                if order[at : at + 1] != [place]:
                    return False
                del order[at]
        return True

    def by_lot(self, session: Session, asked: Asked, piece: range) -> list[int]:
        """The undecided pairs of the random audit at these places of their order."""
        if self._by_lot is None:
            waiting = asked.waiting.where(sample())
            rows = session.execute(waiting.with_only_columns(Link.id, Link.left_id, Link.right_id))
            self._by_lot = sorted((lot("order", left, right), number) for number, left, right in rows)
        return [number for _, number in self._by_lot[piece.start : piece.stop]]

    def grouped(self, session: Session, viewer: Viewer, asked: Asked, piece: range) -> list[Waiting]:
        """The undecided pairs that are not of the random audit at these places of the grouped order.

        Only the bands that the piece reaches are read, and of these only the groups that it reaches are looked at for
        what they settle.
        """
        found: list[Waiting] = []
        begin = 0
        for place, size in enumerate(self.sizes):
            first, last = max(piece.start - begin, 0), min(piece.stop - begin, size)
            begin += size
            if first >= last:
                continue
            keys = self._band(session, asked, place)
            start, stop = bisect_left(keys, keys[first][:3]), bisect_left(keys, (*keys[last - 1][:3], inf))
            reached = waiting_pairs(session, viewer, [key[3] for key in keys[start:stop]])
            found += in_order(reached)[first - start : last - start]
        return found

    def _band(self, session: Session, asked: Asked, place: int) -> list[Place]:
        if place not in self._bands:
            upper = [Link.probability < BANDS[place - 1]] if place else []
            lower = [Link.probability >= BANDS[place]] if place < len(BANDS) else []
            others = asked.waiting.where(not_(sample()), *upper, *lower)
            words: dict[str, str] = {}  # each of them is held once
            self._bands[place] = sorted(
                _place(number, 0.0, words.setdefault(name or "", name or ""), year, words.setdefault(team or "", team))
                for number, _, name, year, team in session.execute(_keyed(others))
            )
        return self._bands[place]


_queues: WeakKeyDictionary[Storage, OrderedDict[Any, Queue]] = WeakKeyDictionary()
_lock = Lock()


@contextmanager
def standing(storage: Storage, session: Session, asked: Asked, *, keep: bool = True) -> Iterator[Queue]:
    """The queue of the links that are asked for, as the transaction of ``session`` sees it.

    It is kept for the next one who asks the very same: the key is the question itself as the database gets it, with all
    that it says of who may know what. keep: whether it is worth that.
    """
    at = mark(session)
    if not keep:
        own = Queue()
        own.read(session, asked, at)
        yield own
        return
    told = asked.seen.with_only_columns(Link.id, asked.state)
    question = told.compile(session.get_bind(), compile_kwargs={"render_postcompile": True})
    with _lock:
        queues = _queues.setdefault(storage, OrderedDict())
        key = (str(question), repr(sorted(question.params.items())))
        queue = queues.setdefault(key, Queue())
        queues.move_to_end(key)
        while len(queues) > 1 and (len(queues) > QUESTIONS or sum(one.held for one in queues.values()) > HELD):
            queues.popitem(last=False)
    with queue.lock:
        if queue.mark is not None and queue.mark.is_after(at):
            queue = Queue()  # this transaction began before what is kept there
        if not queue.follow(session, asked, at):
            queue.read(session, asked, at)
        yield queue


def sample() -> ColumnElement[bool]:
    """SQL that is true for links of the random audit."""
    return and_(Link.relation == AUDITED_RELATION, in_audit(Link.left_id, Link.right_id))


def waiting_pairs(session: Session, viewer: Viewer, numbers: Sequence[int]) -> list[Waiting]:
    """These links with what they are ordered by: instrument, year, team, and what their codes settle."""
    found: list[Waiting] = []
    for some in chunks(sorted(numbers)):
        coded = session.scalars(select(Link).where(Link.id.in_(some), Link.channel == "identifier")).all()
        settles = settled_with(session, viewer, coded)
        keyed = session.execute(_keyed(select(Link).where(Link.id.in_(some)).order_by(Link.id)))
        found += [
            Waiting(number, chance, name or "", year, f"team of {team}" if team else "", len(settles.get(number, ())))
            for number, chance, name, year, team in keyed
        ]
    return found


def _place(number: int, _chance: float, name: str | None, year: int | None, team: str | None) -> Place:
    """Where a pair stands in its band, as far as its group."""
    return name or "", -(year or 0), team or "", number


def _keyed(links: Select[Any]) -> Select[Any]:
    """Of these links: number, probability, instrument, year of the publication, who leads the team."""
    machine = (
        select(func.min(ProposalTime.instrument_name))
        .where(ProposalTime.proposal_id == Link.right_id)
        .scalar_subquery()
    )
    first = aliased(Participant)
    before = select(func.min(Participant.position)).where(Participant.proposal_id == Link.right_id).scalar_subquery()
    return (
        links.outerjoin(Publication, Publication.id == Link.left_id)
        .outerjoin(first, and_(first.proposal_id == Link.right_id, first.position == before))
        .with_only_columns(Link.id, Link.probability, machine, Publication.year, first.name)
    )
