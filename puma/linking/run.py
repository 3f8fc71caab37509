"""One matching from end to end: each step reads, decides, and writes what changed in one transaction."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from puma.linking.affiliations import resolve_affiliations, store_affiliations
from puma.linking.changes import fingerprint, matched_before, remember_matched
from puma.linking.derived import Found, Through, derive
from puma.linking.gather import gather
from puma.linking.learning import current_model
from puma.linking.people import find_people
from puma.linking.people_rows import store_people
from puma.linking.store import decided_links, follow_merges, store_links, tiers
from puma.linking.versions import find_versions, store_versions
from puma.matching.links.evidence import Policy, tier_of
from puma.matching.links.grids import grids
from puma.matching.links.score import Scored, score_pairs
from puma.settings import Settings
from puma.storage import Storage

PROPOSALS = "publication-proposal"
DERIVED = ("publication-experiment", "publication-instrument", "publication-dataset")
FOLLOWED = 0.2
"""From this probability on an undecided link brings candidates for experiments and instruments with it."""
VALIDATED = 6.0
"""Log-odds that a link decided by a person lends to what follows from it."""

Progress = Callable[[str, int, int], None]
"""Told what is being done, how many steps are done, and of how many."""

STEPS = (
    "affiliations", "people", "publications and proposals", "links", "experiments, instruments and data", "versions"
)  # fmt: skip


@dataclass(slots=True)
class MatchReport:
    """What a matching saw and changed, by name of the counter."""

    model: str = ""
    counters: dict[str, int] = field(default_factory=dict)

    @property
    def changed(self) -> int:
        """How many rows it wrote or removed; 0 for a run with nothing new."""
        return sum(
            count
            for name, count in self.counters.items()
            if name.endswith(("_changed", "_added", "_removed", "_reopened", "_moved"))
        )


def match(
    storage: Storage, settings: Settings, *, at: datetime, progress: Progress, only_if_changed: bool = False
) -> MatchReport:
    """Resolve affiliations and people, score publications against proposals, and store what changed.

    The same database gives the same links, whatever was matched before; decisions of people are never undone.
    only_if_changed: nothing is done when records, files, decisions, model and policy are those of the last matching;
    the report then counts ``unchanged``.
    """
    judge = current_model(settings)
    policy = Policy(settings.match.auto, settings.match.review, settings.match.alone)
    report = MatchReport(judge.version)
    if only_if_changed:
        with storage.reading() as session:
            state = fingerprint(session, judge.version, policy)
        if state == matched_before(settings):
            report.counters["unchanged"] = 1
            return report

    def step(number: int) -> None:
        progress(STEPS[number], number, len(STEPS))

    step(0)
    with storage.reading() as session:
        changed, counters = resolve_affiliations(session)
    report.counters |= counters
    with storage.writing() as session:
        store_affiliations(session, changed)
    step(1)
    with storage.reading() as session:
        people = find_people(session)
    with storage.writing() as session:
        report.counters |= people.counters | store_people(session, people, at)
    step(2)
    with storage.reading() as session:
        world = gather(session, people)
    report.counters |= {"publications": len(world.works), "proposals": len(world.bids)} | world.counters
    step(3)
    m = grids(world.works, world.bids, people.called)
    scored = score_pairs(m, least=policy.review, model=judge)
    report.counters |= m.counters
    links = [_found(one, policy) for one in scored]
    with storage.writing() as session:
        report.counters["links_moved"] = follow_merges(session)
        counted = Counter(store_links(session, (PROPOSALS,), links, model=report.model, at=at))
        decided = decided_links(session)
    report.counters |= tiers(links)
    step(4)
    others = derive(world, _through(links, decided, {bid.proposal_id for bid in world.bids}), review=policy.review)
    with storage.writing() as session:
        counted.update(store_links(session, DERIVED, others, model=report.model, at=at))
    report.counters |= counted
    step(5)
    with storage.reading() as session:
        versions = find_versions(session)
    with storage.writing() as session:
        report.counters |= store_versions(session, versions)
    if only_if_changed:
        with storage.reading() as session:
            remember_matched(settings, fingerprint(session, judge.version, policy))
    progress("done", len(STEPS), len(STEPS))
    return report


def _found(one: Scored, policy: Policy) -> Found:
    tier = tier_of(one.probability, one.ledger, policy, shared=one.shared)
    return Found(one.work_id, one.proposal_id, PROPOSALS, tier, one.channel, one.score, one.probability, one.ledger)


def _through(links: Iterable[Found], decided: dict[tuple[int, int], str], proposals: set[int]) -> Iterable[Through]:
    """The proposal links that experiments and instruments follow from: found and not rejected, or validated."""
    for one in links:
        if (one.left_id, one.right_id) not in decided and one.probability >= FOLLOWED:
            yield Through(one.left_id, one.right_id, one.score, one.tier, one.channel)
    for (left, right), state in sorted(decided.items()):
        if state == "validated" and right in proposals:
            yield Through(left, right, VALIDATED, "auto", "person")
