"""One matching from end to end: each step reads, decides, and writes what changed in one transaction."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from puma.linking.affiliations import resolve_affiliations, store_affiliations
from puma.linking.again import due, match_again
from puma.linking.changes import as_it_is, fingerprint, marks, matched_before, remember_matched
from puma.linking.derived import DERIVED, PROPOSALS, derive, found_of, through
from puma.linking.gather import gather, texts_of_all
from puma.linking.held import remember
from puma.linking.institutions_alike import find_alike, store_alike
from puma.linking.learning import current_model
from puma.linking.named import written
from puma.linking.people import find_people
from puma.linking.people_rows import store_people
from puma.linking.store import decided_links, follow_merges, store_links, tiers
from puma.linking.versions import as_rows, described, store_versions
from puma.matching.duplicates.kept import look
from puma.matching.links.evidence import Policy
from puma.matching.links.grids import begin_reading, grids
from puma.matching.links.kept import Kept
from puma.matching.links.score import WORTH_SHARING, compare, score_compared
from puma.matching.model import Model
from puma.matching.persons.by_names import keyed
from puma.settings import Settings
from puma.storage import Storage
from puma.work import Hands, Own, give_back, hands, uncollected

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
    the report then counts ``unchanged``. When only few publications, or proposals with their experiments and datasets,
    changed, only they are matched, with the rarities of people and words of the last full matching, and so are their
    authors, versions and duplicates; the report then counts ``publications_changed`` and ``proposals_changed``.
    """
    judge = current_model(settings)
    policy = Policy(settings.match.auto, settings.match.review, settings.match.alone)
    report = MatchReport(judge.version)
    if only_if_changed:
        print_now = ""
        with storage.reading() as session:
            some = due(session, settings, judge, policy, at)
            if not some:
                state = as_it_is(session)
                print_now = fingerprint(state, judge.version, policy, settings.match)
                if print_now == matched_before(settings):
                    report.counters["unchanged"] = 1
                    return report
                some = due(session, settings, judge, policy, at, state)
        if some is not None and not some:
            remember_matched(settings, print_now)  # all that is new is what the last matching made
            report.counters["unchanged"] = 1
            return report
        if some is not None:
            with uncollected():
                counted = match_again(storage, some, judge, policy, at)
            if counted is not None:
                report.counters |= counted
                remember_matched(settings, print_now)  # it writes nothing that counts there; "" after a glance
                return report
    with hands(settings.work) as who, uncollected():
        _match_all(storage, settings, judge, policy, report, who, at=at, progress=progress)
    if only_if_changed:
        with storage.reading() as session:
            remember_matched(settings, fingerprint(as_it_is(session), judge.version, policy, settings.match))
    progress("done", len(STEPS), len(STEPS))
    return report


def _match_all(
    storage: Storage,
    settings: Settings,
    judge: Model,
    policy: Policy,
    report: MatchReport,
    who: Hands,
    *,
    at: datetime,
    progress: Progress,
) -> None:
    def step(number: int) -> None:
        progress(STEPS[number], number, len(STEPS))

    step(0)
    with storage.reading() as session:
        changed, counters = resolve_affiliations(session, settings.match.institution_level, who)
        twins = find_alike(session)
        works = described(session)
        able = who if len(works) >= WORTH_SHARING else Own()
        versions = able.beside(look, works)  # they need nothing of what follows
        words = begin_reading(*texts_of_all(session), able) if able.count > 1 else {}
    del works
    report.counters |= counters
    with storage.writing() as session:
        store_affiliations(session, changed)
        report.counters |= {"institutions_alike": len(twins), "institutions_alike_changed": store_alike(session, twins)}
    step(1)
    with storage.reading() as session:
        people = find_people(session, who)
    give_back()
    with storage.writing() as session:
        report.counters |= people.counters | store_people(session, people, at)
    step(2)
    with storage.reading() as session:
        now = marks(session)
        world = gather(session, people, mined=settings.files_folder / "mined", hands=who)
        index = able.beside(keyed, written(session, world.called.keys(), people.numbers - world.called.keys()))
    lore = people.lore
    del people  # it is in the world, and in the database
    give_back()
    report.counters |= {"publications": len(world.works), "proposals": len(world.bids)} | world.counters
    step(3)
    m = grids(world.works, world.bids, world.called, hands=who, begun=words)
    del words
    world.forget_texts()
    give_back()
    pairs = compare(m, who)
    report.counters |= m.counters
    links = [found_of(one, policy) for one in score_compared(m, pairs, least=policy.review, model=judge, hands=who)]
    with storage.writing() as session:
        report.counters["links_moved"] = follow_merges(session)
        counted = Counter(store_links(session, (PROPOSALS,), links, model=report.model, at=at))
        decided = decided_links(session)
    report.counters |= tiers(links)
    step(4)
    follows = through(links, decided, {bid.proposal_id for bid in world.bids})
    links.clear()
    give_back()
    others = derive(world, follows, review=policy.review)
    with storage.writing() as session:
        counted.update(store_links(session, DERIVED, others, model=report.model, at=at))
    report.counters |= counted
    step(5)
    with storage.reading() as session:
        same, shelf = versions()
        relations = as_rows(session, same)
    with storage.writing() as session:
        report.counters |= store_versions(session, relations)
    remember(settings, Kept.of(m, pairs), shelf, now, index, lore, world, judge, policy, at)
