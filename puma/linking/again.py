"""Matches the few publications that changed since the last full matching, with the rarities and persons of that one."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from puma.entities import Affiliation, Link
from puma.linking.affiliations import resolve_affiliations, store_affiliations
from puma.linking.changes import Marks, changed_publications
from puma.linking.derived import DERIVED, PROPOSALS, Found, derive, found_of, through
from puma.linking.gather import gather, gather_bids
from puma.linking.naming import among
from puma.linking.newcomers import add_participants, find_newcomers, name_index, store_newcomers
from puma.linking.store import DECIDED, store_links, tiers
from puma.matching.institutions.index import Level
from puma.matching.links.evidence import Policy, Tier
from puma.matching.links.kept import Kept, card_of, keep, load_kept, score_again
from puma.matching.model import Model
from puma.settings import Settings
from puma.storage import Storage, chunks

LEAST = 200  # publications; fewer are matched in full as quickly
SHARE = 0.02  # of the publications; when more changed, all are matched
OLD = timedelta(hours=20)  # a full matching older than this is due again
NAMES = "names.npy"
TOUCHED = "touched.npy"
EMPTY = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Due:
    """What has to be matched again: publications, and what is kept of the last full matching."""

    works: frozenset[int]
    folder: Path
    affiliation: int
    level: Level


def due(session: Session, settings: Settings, judge: Model, policy: Policy, at: datetime) -> Due | None:
    """The publications that have to be matched again; None when all have to be.

    All have to be when there is nothing kept, it is older than `OLD` or of another model or policy, more than `SHARE`
    of the publications changed, or anything else did: proposals, persons, institutions, instruments, datasets.
    """
    folder = settings.files_folder / "matching"
    card = card_of(folder)
    if card is None or card["model"] != judge.version or card["policy"] != _said(policy, settings):
        return None
    if not timedelta(0) <= at - datetime.fromisoformat(card["at"]) < OLD:
        return None
    seen = {int(number): value for number, value in card["seen"].items()}
    works = changed_publications(session, Marks(card["others"], card["decision"], card["affiliation"], seen))
    if works is None or len(works) > SHARE * len(seen):
        return None
    return Due(frozenset(works), folder, card["affiliation"], settings.match.institution_level)


def remember(
    session: Session, settings: Settings, kept: Kept, before: Marks, judge: Model, policy: Policy, at: datetime
) -> None:
    """Keep what a full matching found out, for those that follow. before: the marks when it gathered the records."""
    if len(kept.of_works.numbers) < LEAST:
        return
    folder = settings.files_folder / "matching"
    card = {
        "model": judge.version, "policy": _said(policy, settings), "at": at.isoformat(), "others": before.others,
        "decision": before.decision, "affiliation": before.affiliation, "seen": dict(before.seen),
    }  # fmt: skip
    keep(folder, kept, card)
    np.save(folder / NAMES, name_index(session, kept.axes.people.tolist()), allow_pickle=False)
    np.save(folder / TOUCHED, EMPTY, allow_pickle=False)


def _said(policy: Policy, settings: Settings) -> list[float | str]:
    return [policy.auto, policy.alone, policy.review, settings.match.institution_level]


def match_again(storage: Storage, some: Due, judge: Model, policy: Policy, at: datetime) -> dict[str, int] | None:
    """Match what is due. Returns what was counted; None when it turned out that all has to be matched.

    The links are those of a full matching with the rarities of the last one. Persons are those known by then: whoever
    is none of them waits for the next full matching.
    """
    with storage.reading() as session:
        newest = session.scalar(select(func.max(Affiliation.id))) or 0
        changed, counters = resolve_affiliations(session, some.level) if newest > some.affiliation else ([], {})
    if any(int(str(row["id"])) <= some.affiliation for row in changed):
        return None
    with storage.writing() as session:
        store_affiliations(session, changed)
    with storage.reading() as session:
        people = find_newcomers(session, np.load(some.folder / NAMES), some.works)
        world = gather(session, people, some.works)
    gone = some.works - {work.work_id for work in world.works}
    again = score_again(
        load_kept(some.folder), world.works, gone, np.load(some.folder / TOUCHED), least=policy.review, model=judge
    )
    links = [found_of(one, policy) for one in again.scored]
    with storage.writing() as session:
        counters |= people.counters | store_newcomers(session, people)
        before = _strengths(session, {left for left, _ in again.pairs} | some.works)
        seen = again.pairs | {pair for pair in before if pair[0] in some.works}
        counted = Counter(store_links(session, (PROPOSALS,), links, model=judge.version, at=at, seen=seen))
        now = _strengths(session, {left for left, _ in seen})
    moved = some.works | {pair[0] for pair in seen if before.get(pair) != now.get(pair)}
    counted.update(_follow(storage, moved, some.folder, judge, policy, at))
    np.save(some.folder / TOUCHED, again.touched, allow_pickle=False)
    return counters | world.counters | {
        "publications_changed": len(some.works), "pairs_compared": len(again.pairs), **tiers(links), **counted
    }  # fmt: skip


def _strengths(session: Session, works: Collection[int]) -> dict[tuple[int, int], tuple[str, str, float]]:
    """State, tier and score of every proposal link of these publications."""
    wide = select(Link.left_id, Link.right_id, Link.state, Link.tier, Link.score).where(Link.relation == PROPOSALS)
    return {
        (left, right): (state, tier, score)
        for some in chunks(sorted(works))
        for left, right, state, tier, score in session.execute(wide.where(Link.left_id.in_(some)))
    }


def _follow(
    storage: Storage, works: Collection[int], folder: Path, judge: Model, policy: Policy, at: datetime
) -> dict[str, int]:
    """Write what follows from the proposal links of these publications, as they now are in the database."""
    with storage.reading() as session:
        links, decided = [], {}
        for row in session.scalars(
            select(Link)
            .where(Link.relation == PROPOSALS, among(Link.left_id, works))
            .order_by(Link.left_id, Link.right_id)
        ):
            if row.left_id not in works:
                continue
            if row.state in DECIDED:
                decided[row.left_id, row.right_id] = row.state
            tier: Tier = "auto" if row.tier == "auto" else "review"
            links.append(
                Found(row.left_id, row.right_id, PROPOSALS, tier, row.channel, row.score, row.probability, ())
            )  # fmt: skip
        people = find_newcomers(session, np.load(folder / NAMES), works)
        world = gather(session, people, works)
        proposals = {one.right_id for one in links}
        proposals |= {world.dataset_proposal.get(one, 0) for several in world.data_of.values() for one in several}
        add_participants(session, people, proposals)
        gather_bids(session, world, people, proposals)
    follows = through(links, decided, {bid.proposal_id for bid in world.bids})
    found = derive(world, follows, review=policy.review)
    with storage.writing() as session:
        return store_links(session, DERIVED, found, model=judge.version, at=at, works=works)
