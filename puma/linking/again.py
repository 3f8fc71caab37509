"""Matches the few publications that changed since the last full matching, with the rarities and persons of that one."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from puma.entities import Affiliation, Institution, Link
from puma.linking.affiliations import institution_index, resolve_affiliations, store_affiliations
from puma.linking.backdrop import Backdrop
from puma.linking.changes import Marks, Now, changed_publications
from puma.linking.derived import DERIVED, PROPOSALS, Found, derive, found_of, through
from puma.linking.gather import gather, gather_bids
from puma.linking.naming import among
from puma.linking.newcomers import Keys, add_participants, find_newcomers, name_index, store_newcomers
from puma.linking.people import People
from puma.linking.store import DECIDED, store_links, tiers
from puma.linking.versions import find_again, store_versions
from puma.linking.world import World
from puma.matching.duplicates.kept import Kept as KeptTwins
from puma.matching.duplicates.kept import keep as keep_twins
from puma.matching.duplicates.kept import load_kept as load_twins
from puma.matching.institutions.index import InstitutionIndex, Level
from puma.matching.links.evidence import Policy, Tier
from puma.matching.links.kept import CARD, Kept, card_of, keep, load_kept, score_again
from puma.matching.model import Model
from puma.settings import Settings
from puma.storage import Storage

LEAST = 200  # publications; fewer are matched in full as quickly
SHARE = 0.02  # of the publications; when more changed, all are matched
FEW_INSTITUTIONS = 30_000  # whose index a process keeps in memory
OLD = timedelta(hours=20)  # a full matching older than this is due again
NAMES = "names.npy"
TWINS = "twins.npz"
TOUCHED = "touched.npy"
EMPTY = np.zeros(0, dtype=np.int64)


@dataclass(slots=True)
class Held:
    """What is kept of the last full matching, opened. people: the persons by the keys of their names."""

    folder: Path
    card: Mapping[str, Any]
    marks: Marks
    links: Kept
    people: Keys
    twins: KeptTwins
    backdrop: Backdrop | None = None
    """As the database has it; read once, when it is first asked for."""

    institutions: InstitutionIndex | None = None

    def index(self, session: Session, level: Level) -> InstitutionIndex:
        """The institutions by their names: kept as the backdrop is, unless there are too many to be kept for long."""
        found = self.institutions or institution_index(session, level)
        if (session.scalar(select(func.count()).select_from(Institution)) or 0) <= FEW_INSTITUTIONS:
            self.institutions = found
        return found

    def before(self, session: Session) -> Backdrop:
        """What publications are looked at before: the same until the next full matching, for any change asks for it."""
        self.backdrop = self.backdrop or Backdrop.of(session)
        return self.backdrop


@dataclass(frozen=True, slots=True)
class Due:
    """What has to be matched again: publications, and what is kept of the last full matching."""

    works: frozenset[int]
    held: Held
    level: Level


def due(session: Session, settings: Settings, now: Now, judge: Model, policy: Policy, at: datetime) -> Due | None:
    """The publications that have to be matched again; None when all have to be.

    All have to be when there is nothing kept, it is older than `OLD` or of another model or policy, more than `SHARE`
    of the publications changed, or anything else did: proposals, persons, institutions, instruments, datasets.
    """
    folder = settings.files_folder / "matching"
    if not (folder / TOUCHED).exists():  # it is written last
        return None
    written = (folder / CARD).stat()
    held = _opened(folder, (written.st_ino, written.st_mtime_ns))
    if held.card["model"] != judge.version or held.card["policy"] != _said(policy, settings):
        return None
    if not timedelta(0) <= at - datetime.fromisoformat(held.card["at"]) < OLD:
        return None
    works = changed_publications(session, held.marks, now)
    if works is None or len(works) > SHARE * len(held.marks.seen):
        return None
    return Due(frozenset(works), held, settings.match.institution_level)


@lru_cache(maxsize=1)
def _opened(folder: Path, written: tuple[int, int]) -> Held:
    """What is kept there, of this moment of writing: a process that matches again and again opens it once."""
    card = card_of(folder) or {}
    seen, blocks = ({int(number): value for number, value in card[name].items()} for name in ("seen", "blocks"))
    marked = Marks(card["others"], card["decision"], card["affiliation"], seen, blocks)
    return Held(folder, card, marked, load_kept(folder), np.load(folder / NAMES), load_twins(folder / TWINS))


def remember(
    session: Session,
    settings: Settings,
    kept: Kept,
    twins: KeptTwins,
    before: Marks,
    judge: Model,
    policy: Policy,
    at: datetime,
) -> None:
    """Keep what a full matching found out, for those that follow. before: the marks when it gathered the records."""
    if len(kept.of_works.numbers) < LEAST:
        return
    folder = settings.files_folder / "matching"
    card = {
        "model": judge.version, "policy": _said(policy, settings), "at": at.isoformat(), "others": before.others,
        "decision": before.decision, "affiliation": before.affiliation, "seen": dict(before.seen),
        "blocks": dict(before.blocks),
    }  # fmt: skip
    keep(folder, kept, card)
    np.save(folder / NAMES, name_index(session, kept.axes.people.tolist()), allow_pickle=False)
    keep_twins(folder / TWINS, twins)
    np.save(folder / TOUCHED, EMPTY, allow_pickle=False)


def _said(policy: Policy, settings: Settings) -> list[float | str]:
    return [policy.auto, policy.alone, policy.review, settings.match.institution_level]


def match_again(storage: Storage, some: Due, judge: Model, policy: Policy, at: datetime) -> dict[str, int] | None:
    """Match what is due. Returns what was counted; None when it turned out that all has to be matched.

    The links, and the versions and suspected duplicates, are those of a full matching with the rarities of the last
    one, so that probabilities may differ by what few publications change of these (see `score_again`, `look_again`).
    Persons are those known by then: whoever is none of them waits for the next full matching. The work grows with what
    changed since the last full matching, not since the last matching: what came together is judged together.
    """
    held = some.held
    with storage.reading() as session:
        newest = session.scalar(select(func.max(Affiliation.id))) or 0
        resolved = newest > held.marks.affiliation
        changed, counters = (
            resolve_affiliations(session, some.level, works=some.works, index=held.index(session, some.level))
            if resolved
            else ([], {})
        )
    if any(int(str(row["id"])) <= held.marks.affiliation for row in changed):
        return None
    if changed:
        with storage.writing() as session:
            store_affiliations(session, changed)
    with storage.reading() as session:
        people = find_newcomers(session, held.people, some.works)
        world = gather(session, people, some.works, backdrop=held.before(session))
    gone = some.works - {work.work_id for work in world.works}
    again = score_again(held.links, world.works, gone, np.load(held.folder / TOUCHED), least=policy.review, model=judge)
    links = [found_of(one, policy) for one in again.scored]
    with storage.writing() as session:
        counters |= people.counters | store_newcomers(session, people)
        moved, looked = set(some.works), (again.pairs, some.works)
        counted = Counter(
            store_links(session, (PROPOSALS,), links, model=judge.version, at=at, looked=looked, moved=moved)
        )
    counted.update(_follow(storage, moved, people, world, held, judge, policy, at))
    with storage.reading() as session:
        versions = find_again(session, held.twins, some.works)
    with storage.writing() as session:
        counted.update(store_versions(session, versions, some.works))
    np.save(held.folder / TOUCHED, again.touched, allow_pickle=False)
    return counters | world.counters | {
        "publications_changed": len(some.works), "pairs_compared": len(again.pairs), **tiers(links), **counted
    }  # fmt: skip


def _follow(
    storage: Storage,
    works: Collection[int],
    people: People,
    world: World,
    held: Held,
    judge: Model,
    policy: Policy,
    at: datetime,
) -> dict[str, int]:
    """Write what follows from the proposal links of these publications, as they now are in the database.

    people, world: those that were gathered of some of them; the others are added.
    """
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
        others = set(works) - {work.work_id for work in world.works}
        if others:
            world.add(
                gather(session, find_newcomers(session, held.people, others), others, backdrop=held.before(session))
            )
        proposals = {one.right_id for one in links}
        proposals |= {world.dataset_proposal.get(one, 0) for several in world.data_of.values() for one in several}
        add_participants(session, people, proposals)
        gather_bids(session, world, people, proposals)
    follows = through(links, decided, {bid.proposal_id for bid in world.bids})
    found = derive(world, follows, review=policy.review)
    with storage.writing() as session:
        return store_links(session, DERIVED, found, model=judge.version, at=at, looked=((), works))
