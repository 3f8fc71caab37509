"""Match quality: how many publications are linked and how surely, what waits for people, and what they found."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, not_, select
from sqlalchemy.orm import aliased

from puma.access import Viewer
from puma.entities import (
    Affiliation,
    Authorship,
    AuthorshipAffiliation,
    Decision,
    Link,
    Publication,
    Record,
    Run,
)
from puma.evaluation import Share
from puma.matching.sampling import in_audit
from puma.matching.shelf import NAME, Card, cards, shelf_in, shipped_text, text_of
from puma.storage import Storage
from puma.visibility import exists_for

PROPOSALS = "publication-proposal"
STATES = ("validated", "auto", "candidate", "rejected", "none")
"""The best link of a publication with a proposal decides: whoever has a validated one is no candidate any more."""
QUOTABLE = 200  # audited links from which on a facility may quote their precision (K18)
BINS = 10
WEEKS = 26


@dataclass(frozen=True, slots=True)
class LinkedYear:
    """Publications of a year by the state of their best link with a proposal. year: None for undated ones."""

    year: int | None
    counts: dict[str, int]

    @property
    def total(self) -> int:
        """All publications of the year."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class QueueAge:
    """Links that wait for a person: how many, and for how many days half and nine tenths of them at most do."""

    open: int
    p50_days: float | None
    p90_days: float | None


@dataclass(frozen=True, slots=True)
class PromiseBin:
    """Decided pairs of similar probability: what was promised on average, and how many were accepted."""

    promised: float
    true: Share


@dataclass(frozen=True, slots=True)
class Promise:
    """Promised probabilities beside what people found. ece: expected calibration error; None without decisions."""

    decisions: int
    ece: float | None
    bins: tuple[PromiseBin, ...]


@dataclass(frozen=True, slots=True)
class Week:
    """What was decided on links in the week from this Monday on; ``by``: decisions of each person, undone ones too."""

    monday: date
    accepted: int = 0
    rejected: int = 0
    undone: int = 0
    by: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unsettled:
    """What nobody could place, as shares.

    affiliations: of those as written. no_institution: of the authorships that state an affiliation. silent: authorships
    that state none, of all. no_person: of all authorships.
    """

    affiliations: Share
    no_institution: Share
    silent: Share
    no_person: Share


@dataclass(frozen=True, slots=True)
class ModelAct:
    """When which model began to judge, and who let it; ``said`` is empty for who may not know."""

    at: datetime
    kind: str
    version: str
    before: str
    said: str


def linked_years(storage: Storage, viewer: Viewer) -> list[LinkedYear]:
    """All publications by year and state of their best link with a proposal; undated ones last."""
    best = _best(viewer)
    query = (
        select(Publication.year, best.c.state, func.count())
        .join(Record, Record.id == Publication.id)
        .outerjoin(best, best.c.left_id == Publication.id)
        .where(exists_for(viewer))
        .group_by(Publication.year, best.c.state)
    )
    found: dict[int | None, dict[str, int]] = defaultdict(lambda: dict.fromkeys(STATES, 0))
    with storage.reading() as session:
        for year, place, count in session.execute(query):
            found[year][STATES[4 if place is None else place]] += count
    return [LinkedYear(year, found[year]) for year in sorted(found, key=lambda year: year or 9999)]


def publications_linked(storage: Storage, viewer: Viewer, states: Sequence[str], year: int | None = None) -> list[int]:
    """The publications behind a number of ``linked_years``; of all years without one."""
    best = _best(viewer)
    query = (
        select(Publication.id)
        .join(Record, Record.id == Publication.id)
        .outerjoin(best, best.c.left_id == Publication.id)
        .where(exists_for(viewer), func.coalesce(best.c.state, 4).in_([STATES.index(state) for state in states]))
        .order_by(Publication.id)
    )
    with storage.reading() as session:
        return list(session.scalars(query if year is None else query.where(Publication.year == year)))


def _best(viewer: Viewer) -> Any:
    """(left_id, state): the place in STATES of the best link of each publication that the viewer may know of."""
    right = aliased(Record)
    places = case({state: place for place, state in enumerate(STATES)}, value=Link.state)
    return (
        select(Link.left_id, func.min(places).label("state"))
        .join(right, right.id == Link.right_id)
        .where(Link.relation == PROPOSALS, exists_for(viewer, right))
        .group_by(Link.left_id)
        .subquery()
    )


def queue_age(storage: Storage, viewer: Viewer, at: datetime) -> QueueAge:
    """How long proposed links with proposals wait for a person, at an instant."""
    waiting = _links(viewer, Link.found_at).where(Link.state == "candidate")
    with storage.reading() as session:
        count = session.scalar(select(func.count()).select_from(waiting.subquery())) or 0
        newest_first = waiting.order_by(Link.found_at.desc())

        def days(share: float) -> float | None:
            if not count:
                return None
            found = session.scalar(newest_first.offset(min(int(share * count), count - 1)).limit(1))
            return max((at - found).total_seconds(), 0.0) / 86_400 if found else None

        return QueueAge(count, days(0.5), days(0.9))


def promise(storage: Storage, viewer: Viewer, *, audited: bool) -> Promise:
    """The probability that people saw beside what they decided, of standing decisions. audited: of the sample only."""
    undoing = aliased(Decision)
    undone = select(undoing.id).where(undoing.undoes_id == Decision.id).exists()
    query = (
        _links(viewer, Decision.left_id, Decision.right_id, Decision.probability, Decision.verdict)
        .join(Decision, (Decision.left_id == Link.left_id) & (Decision.right_id == Link.right_id))
        .where(Decision.verdict.in_(("accept", "reject")), ~undone, Decision.probability.is_not(None))
        .order_by(Decision.id)
    )
    if audited:
        query = query.where(in_audit(Link.left_id, Link.right_id))
    with storage.reading() as session:
        rows = session.execute(query).all()
    stands = {(left, right): (chance, verdict == "accept") for left, right, chance, verdict in rows}
    return promised(list(stands.values()))


def promised(pairs: Sequence[tuple[float, bool]]) -> Promise:
    """(probability, whether it was accepted) in ten equal bins; pure."""
    bins: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for chance, accepted in pairs:
        bins[min(int(chance * BINS), BINS - 1)].append((chance, accepted))
    found = tuple(
        PromiseBin(sum(c for c, _ in some) / len(some), Share(sum(a for _, a in some), len(some)))
        for _, some in sorted(bins.items())
    )
    error = sum(abs(one.promised - (one.true.value or 0.0)) * one.true.of for one in found)
    return Promise(len(pairs), error / len(pairs) if pairs else None, found)


def weeks(storage: Storage, viewer: Viewer, today: date) -> list[Week]:
    """Decisions on links of the last half year by week, empty weeks too. Who decided is told to the user office."""
    this = today - timedelta(days=today.weekday())
    first = this - timedelta(weeks=WEEKS - 1)
    undoing = aliased(Decision)
    query = (
        _links(viewer, Decision.verdict, Decision.decided_at, Decision.decided_by, undoing.id)
        .join(Decision, (Decision.left_id == Link.left_id) & (Decision.right_id == Link.right_id))
        .outerjoin(undoing, undoing.undoes_id == Decision.id)
        .where(Decision.verdict.in_(("accept", "reject")), Decision.decided_at >= datetime.combine(first, time(), UTC))
    )
    found: dict[date, Counter[str]] = defaultdict(Counter)
    people: dict[date, Counter[str]] = defaultdict(Counter)
    with storage.reading() as session:
        for verdict, at, by, taken_back in session.execute(query):
            monday = at.date() - timedelta(days=at.weekday())
            found[monday]["undone" if taken_back else verdict] += 1
            people[monday][by] += 1
    named = viewer.at_least("user_office")
    mondays = [first + timedelta(weeks=place) for place in range(WEEKS)] if found else []
    return [
        Week(
            monday, found[monday]["accept"], found[monday]["reject"], found[monday]["undone"],
            dict(people[monday].most_common()) if named else {},
        )
        for monday in mondays
    ]  # fmt: skip


def unsettled(storage: Storage, viewer: Viewer) -> Unsettled:
    """Shares of what nobody could place: of affiliations as written, and of authorships of publications."""
    with storage.reading() as session:
        counts = select(func.count(Affiliation.institution_id), func.count(Affiliation.id))
        known, all_of = session.execute(counts).one()
        people, authors = session.execute(_authors(viewer, func.count(Authorship.person_id), func.count())).one()
        stating = session.scalar(_authors(viewer, func.count()).where(_states())) or 0
        placed = session.scalar(_authors(viewer, func.count()).where(_states(placed=True))) or 0
    return Unsettled(
        Share(all_of - known, all_of),
        Share(stating - placed, stating),
        Share(authors - stating, authors),
        Share(authors - people, authors),
    )


def publications_unsettled(storage: Storage, viewer: Viewer, what: str) -> list[int]:
    """The publications behind a number of ``unsettled``: no_institution, silent or no_person."""
    which = {
        "no_institution": and_(_states(), not_(_states(placed=True))),
        "silent": not_(_states()),
        "no_person": Authorship.person_id.is_(None),
    }[what]
    query = _authors(viewer, Authorship.record_id).where(which).distinct().order_by(Authorship.record_id)
    with storage.reading() as session:
        return list(session.scalars(query))


def judged_by(storage: Storage, viewer: Viewer) -> dict[str, int]:
    """How many undecided links each version of the model judged."""
    query = _links(viewer, Link.model, func.count()).where(Link.state.in_(("auto", "candidate")))
    with storage.reading() as session:
        return dict(session.execute(query.group_by(Link.model).order_by(Link.model)).all())


def model_cards(files_folder: Path) -> list[Card]:
    """The shipped model and the learnt ones, with what each was fitted on."""
    return cards(shelf_in(files_folder))


def outdated_models(files_folder: Path) -> frozenset[str]:
    """The versions that learnt from other measures than are taken now, and so cannot judge any more."""
    folder = shelf_in(files_folder)
    learnt = [one.version for one in cards(folder) if one.learnt]
    return frozenset(one for one in learnt if _measures(text_of(folder, one)) != _measures(shipped_text()))


def _measures(model: str) -> list[str]:
    return list(json.loads(model)["kinds"])


def model_acts(storage: Storage, viewer: Viewer, limit: int = 10) -> list[ModelAct]:
    """When another model began to judge, newest first."""
    query = select(Run).where(Run.kind.in_(("learn", "model"))).order_by(Run.id.desc())
    with storage.reading() as session:
        runs = [run for run in session.scalars(query) if "version" in run.counters][:limit]
    may = viewer.at_least("user_office")
    return [
        ModelAct(
            run.started_at, run.kind, f"{NAME}-{run.counters['version']}", f"{NAME}-{run.counters['before']}",
            run.message if may else "",
        )
        for run in runs
    ]  # fmt: skip


def _links(viewer: Viewer, *what: Any) -> Select[Any]:
    """A question about links of publications with proposals, both of which the viewer may know of."""
    left, right = aliased(Record), aliased(Record)
    return (
        select(*what)
        .select_from(Link)
        .join(left, left.id == Link.left_id)
        .join(right, right.id == Link.right_id)
        .where(Link.relation == PROPOSALS, exists_for(viewer, left), exists_for(viewer, right))
    )


def _authors(viewer: Viewer, *what: Any) -> Select[Any]:
    """A question about authorships of publications that the viewer may know of."""
    which = exists_for(viewer), Record.kind == "publication"
    return select(*what).select_from(Authorship).join(Record, Record.id == Authorship.record_id).where(*which)


def _states(*, placed: bool = False) -> ColumnElement[bool]:
    """SQL that is true for authorships that state an affiliation. placed: one whose institution is known."""
    stated = select(AuthorshipAffiliation.id).where(
        AuthorshipAffiliation.record_id == Authorship.record_id,
        AuthorshipAffiliation.position == Authorship.position,
    )
    if placed:
        stated = stated.join(Affiliation, Affiliation.id == AuthorshipAffiliation.affiliation_id)
        stated = stated.where(Affiliation.institution_id.is_not(None))
    return stated.exists()
