"""Matches what changed since the last matching, publications and proposals, as long as it is little."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from itertools import chain
from typing import Any
from zlib import crc32

import numpy as np
from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from puma.entities import Affiliation, Dataset, Experiment, Link, Participant, Proposal, Record, Relation
from puma.identifiers import fold_code
from puma.linking.affiliations import resolve_affiliations, store_affiliations
from puma.linking.backdrop import Backdrop
from puma.linking.changes import Changed, Marks, Now, at_a_glance, what_changed
from puma.linking.derived import DERIVED, PROPOSALS, Found, derive, found_of, through
from puma.linking.gather import gather, gather_bids
from puma.linking.held import LEAST, Held, card_with, marks_of, opened, ruled
from puma.linking.named import Named, add_participants, as_stored, works_by_names
from puma.linking.newcomers import find_newcomers, store_newcomers
from puma.linking.people import People
from puma.linking.prepared import Among, Prepared
from puma.linking.store import DECIDED, store_links, tiers
from puma.linking.versions import find_again, store_versions
from puma.linking.world import World
from puma.matching.institutions.index import Level
from puma.matching.links.evidence import Policy, Tier
from puma.matching.links.since import Since, named_by, score_again
from puma.matching.model import Model
from puma.names import parse_name
from puma.resolve import aliases
from puma.settings import Settings
from puma.storage import Storage

SHARE = 0.02  # of the publications, or of the proposals; when more changed, all are matched
FEW = 10  # proposals, experiments and datasets may change whatever share of them that is
REACHED = 0.2  # of the publications; when what changed bears on more of them, all are matched
OLD = timedelta(hours=20)  # a full matching older than this is due again


@dataclass(frozen=True, slots=True)
class Due:
    """What has to be matched again, and what is known of before. marks: of the last matching, full or not.

    works, others: what changed since the last full matching and was matched then: publications, and the rest.
    """

    changed: Changed
    held: Held
    marks: Marks
    since: Since
    works: frozenset[int]
    others: frozenset[int]
    now: Now
    level: Level

    def __bool__(self) -> bool:
        return bool(self.changed.publications or any(self.changed.beside.values()))


def due(
    session: Session, settings: Settings, judge: Model, policy: Policy, at: datetime, now: Now | None = None
) -> Due | None:
    """What has to be matched again; None when all has to be. now: the whole database, else it is looked at a glance.

    A glance sees what came; when it sees nothing, or too much for it, only the whole database can tell what has to be.
    All has to be when there is nothing kept, it is older than `OLD` or of another model or policy, more than a few
    publications, proposals, experiments or datasets changed since, or anything else did: institutions, instruments.
    """
    held = opened(settings)
    if held is None or held.card["model"] != judge.version or held.card["policy"] != ruled(policy, settings):
        return None
    if not timedelta(0) <= at - datetime.fromisoformat(held.card["at"]) < OLD:
        return None
    since, card = held.since()
    marks = marks_of(card, held.marks)
    now = now or at_a_glance(session, marks)
    changed = what_changed(session, marks, now) if now else None
    if now is None or changed is None:
        return None
    works = changed.publications.union(card["works"])
    others = frozenset().union(*changed.beside.values(), card["came"])
    if len(works) > SHARE * len(held.marks.seen) or len(others) > max(SHARE * len(held.links.of_bids.numbers), FEW):
        return None
    return Due(changed, held, marks, since, works, others, now, settings.match.institution_level)


def match_again(storage: Storage, some: Due, judge: Model, policy: Policy, at: datetime) -> dict[str, int] | None:
    """Match what is due. Returns what was counted; None when it turned out that all has to be matched.

    The links, and the versions and suspected duplicates, are those of a full matching with the rarities of the last
    one, so that probabilities may differ by what little changed of these (see `score_again`, `look_again`). Whoever is
    nobody known becomes a person at once (see `find_newcomers`); suspected pairs of persons, and whether those who were
    known before should be put together otherwise, wait for the next full matching.
    """
    held, now = some.held, some.now
    with storage.reading() as session:
        back = held.before(session, now)
        if held.card["grammar"] != back.miner.print or held.card["with_sessions"] != sorted(back.with_sessions):
            return None
        asked = _proposals(session, some.changed)
        newest = session.scalar(_highest()) or 0
        named = held.people.with_more(session, held.marks.top, some.others)
        works = set(some.changed.publications | _works_of(session, some, named, asked))
        if len(works) > max(REACHED * len(held.marks.seen), LEAST):
            return None
        changed: list[dict[str, object]] = []
        counters: dict[str, int] = {}
        if newest > some.marks.affiliation:
            index = held.index(session, some.level)
            changed, counters = resolve_affiliations(session, some.level, works=works, proposals=asked, index=index)
        if any(int(str(row["id"])) <= some.marks.affiliation for row in changed):
            return None
        if not changed:
            people = find_newcomers(session, named, held.lore, works, asked)
    if changed:
        with storage.writing() as session:
            store_affiliations(session, changed)
        with storage.reading() as session:
            people = find_newcomers(session, named, held.lore, works, asked)
    held.let_go()
    with storage.writing() as session:
        counters |= people.counters | store_newcomers(session, people, works, at)
    with storage.reading() as session:
        world = gather(session, people, works, backdrop=back)
        bids = World(with_sessions=back.with_sessions, called=world.called)
        if asked:
            add_participants(session, people, asked)
            gather_bids(session, bids, people, asked)
        versions = find_again(session, held.twins, some.works)
    gone = works - {work.work_id for work in world.works}
    again = score_again(
        held.links, some.since, world.works, gone, bids.bids, asked - {bid.proposal_id for bid in bids.bids},
        least=policy.review, model=judge, called=world.called,
    )  # fmt: skip
    links = [found_of(one, policy) for one in again.scored]
    with storage.writing() as session:
        moved, looked = set(works), (again.pairs, works | asked)
        counted = Counter(
            store_links(session, (PROPOSALS,), links, model=judge.version, at=at, looked=looked, moved=moved)
        )
        moved |= {work for (work,) in _linked_to.of(session, asked)}
        counted.update(_follow(session, moved, people, world, back, judge, policy, at))
        counted.update(store_versions(session, versions, some.works))
    marks = replace(
        some.marks, beside=now.beside, top=now.top, last=now.last, blocks=now.blocks, affiliation=newest,
        decision=max(some.marks.decision, some.changed.decision),
        seen={one: some.marks.seen[one] for one in some.works & some.marks.seen.keys()} | dict(some.changed.seen),
    )  # fmt: skip
    held.go_on(again.since, {**card_with(marks), "works": sorted(some.works), "came": sorted(some.others)})
    return counters | world.counters | {
        "publications_changed": len(some.changed.publications), "proposals_changed": len(asked),
        "pairs_compared": len(again.pairs), **tiers(links), **counted,
    }  # fmt: skip


def _proposals(session: Session, changed: Changed) -> set[int]:
    """The proposals that changed, themselves or by their experiments."""
    ran = _proposals_of.of(session, changed.beside.get("experiment", ()))
    return set(changed.beside.get("proposal", ())) | {number for (number,) in ran if number}


def _works_of(session: Session, some: Due, named: Named, asked: Collection[int]) -> set[int]:
    """The publications that have to be read again because of proposals, datasets and persons that changed.

    They name one of these, or did, or have an author who bears the name of somebody new.
    """
    beside, held = some.changed.beside, some.held
    if not any(beside.values()):
        return set()
    data = beside.get("dataset", ())
    words = {fold_code(code) for (code,) in _codes.of(session, asked)}
    words |= {fold_code(value.partition("/")[2]) for value, one in aliases(session, "proposal").items() if one in asked}
    words |= {doi for (doi,) in _dois.of(session, data) if doi}
    marks = np.array([crc32(word.encode()) for word in words], dtype=np.int64)
    found = set(held.words[np.isin(held.words[:, 0], marks), 1].tolist())
    found |= named_by(held.links, some.since, asked)
    found |= {work for (work,) in chain(_citing.of(session, data), _cited.of(session, data)) if work}
    on_axis = {*held.links.axes.people.tolist(), *some.since.people.tolist()}
    persons, names = set(beside.get("person", ())), set()
    for person, name in _teams.of(session, asked):
        if person is None:
            names.add(parse_name(name))
        elif person not in on_axis:
            persons.add(person)
    return {*found, *works_by_names(session, named, persons, names)}


def _follow(
    session: Session,
    works: Collection[int],
    people: People,
    world: World,
    back: Backdrop,
    judge: Model,
    policy: Policy,
    at: datetime,
) -> dict[str, int]:
    """Write what follows from the proposal links of these publications, as they now are in the database.

    people, world: those that were gathered of some of them; the others are added.
    """
    links, decided = [], {}
    for row in _links_of.of(session, works):
        if row.state in DECIDED:
            decided[row.left_id, row.right_id] = row.state
        tier: Tier = "auto" if row.tier == "auto" else "review"
        links.append(
            Found(row.left_id, row.right_id, PROPOSALS, tier, row.channel, row.score, row.probability, ())
        )  # fmt: skip
    others = set(works) - {work.work_id for work in world.works}
    if others:
        world.add(gather(session, as_stored(session, others), others, backdrop=back))
    proposals = {one.right_id for one in links}
    proposals |= {world.dataset_proposal.get(one, 0) for several in world.data_of.values() for one in several}
    add_participants(session, people, proposals)
    gather_bids(session, world, people, proposals)
    follows = through(links, decided, {bid.proposal_id for bid in world.bids})
    found = derive(world, follows, review=policy.review)
    return store_links(session, DERIVED, found, model=judge.version, at=at, looked=((), works))


# --- what is asked ----------------------------------------------------------------------------------------------------


@cache
def _highest() -> Select[int | None]:
    return select(func.max(Affiliation.id))


@Prepared
def _linked_to(among: Among) -> Select[int]:
    return select(Link.left_id).where(Link.relation == PROPOSALS, among(Link.right_id))


@Prepared
def _proposals_of(among: Among) -> Select[int | None]:
    return select(Experiment.proposal_id).where(among(Experiment.id))


@Prepared
def _codes(among: Among) -> Select[str]:
    return select(Proposal.code).where(among(Proposal.id))


@Prepared
def _dois(among: Among) -> Select[str | None]:
    return select(Dataset.doi).where(among(Dataset.id))


@Prepared
def _citing(among: Among) -> Select[int]:
    return select(Relation.record_id).where(among(Relation.target_id), _is_publication(Relation.record_id))


@Prepared
def _cited(among: Among) -> Select[int | None]:
    return select(Relation.target_id).where(among(Relation.record_id), _is_publication(Relation.target_id))


def _is_publication(column: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    return exists().where(Record.id == column, Record.kind == "publication")  # joined, SQLite goes through all of them


@Prepared
def _teams(among: Among) -> Select[int | None, str]:
    return select(Participant.person_id, Participant.name).where(among(Participant.proposal_id))


@Prepared
def _links_of(among: Among) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Link.left_id, Link.right_id, Link.state, Link.tier, Link.channel, Link.score, Link.probability,
        )
        .where(Link.relation == PROPOSALS, among(Link.left_id))
        .order_by(Link.left_id, Link.right_id)
    )  # fmt: skip
