"""Matches what changed since the last matching, publications and proposals, as long as it is little."""

from collections import ChainMap, Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from puma.entities import Affiliation, Dataset, Experiment, Institution, Link, Participant, Proposal, Record, Relation
from puma.identifiers import fold_code
from puma.linking.affiliations import institution_index, resolve_affiliations, store_affiliations
from puma.linking.backdrop import Backdrop
from puma.linking.changes import Changed, Marks, Now, what_changed
from puma.linking.derived import DERIVED, PROPOSALS, Found, derive, found_of, through
from puma.linking.gather import gather, gather_bids
from puma.linking.named import Named, add_participants, as_stored, name_index, works_by_names
from puma.linking.naming import among
from puma.linking.newcomers import find_newcomers, store_newcomers
from puma.linking.people import People
from puma.linking.store import DECIDED, store_links, tiers
from puma.linking.versions import find_again, store_versions
from puma.linking.world import World
from puma.matching.duplicates.kept import Kept as KeptTwins
from puma.matching.duplicates.kept import keep as keep_twins
from puma.matching.duplicates.kept import load_kept as load_twins
from puma.matching.institutions.index import InstitutionIndex, Level
from puma.matching.links.evidence import Policy, Tier
from puma.matching.links.kept import CARD, Kept, card_of, keep, keep_small, load_kept, load_small
from puma.matching.links.since import Since, named_by, score_again
from puma.matching.model import Model
from puma.names import parse_name
from puma.resolve import aliases
from puma.settings import Settings
from puma.storage import Storage, chunks

LEAST = 200  # publications; fewer are matched in full as quickly
SHARE = 0.02  # of the publications, or of the proposals; when more changed, all are matched
FEW = 10  # proposals, experiments and datasets may change whatever share of them that is
REACHED = 0.2  # of the publications; when what changed bears on more of them, all are matched
FEW_INSTITUTIONS = 30_000  # whose index a process keeps in memory
OLD = timedelta(hours=20)  # a full matching older than this is due again
NAMES = "names.npy"
WORDS = "words.npy"
TWINS = "twins.npz"
SINCE = "since"


@dataclass(slots=True)
class Held:
    """What is kept of the last full matching, opened, and what came since. people: the persons by their names.

    words: checksums of the codes and DOIs of data that publications name, each with the publication, sorted.
    """

    folder: Path
    card: Mapping[str, Any]
    marks: Marks
    links: Kept
    people: Named
    words: np.ndarray[Any, np.dtype[np.int64]]
    twins: KeptTwins
    backdrop: tuple[object, Backdrop] | None = None
    """As the database has it, and what proposals, experiments and datasets were like then."""

    institutions: InstitutionIndex | None = None
    came: tuple[tuple[int, int], Since, Mapping[str, Any]] | None = None
    """What came since, with its card, as the file of this moment of writing has it."""

    def since(self) -> tuple[Since, Mapping[str, Any]]:
        """What came since, and its card: of others too, who may have matched meanwhile."""
        written = _written(self.folder / SINCE)
        if self.came is None or self.came[0] != written:
            self.came = written, *load_small(self.folder / SINCE, Since)
        return self.came[1:]

    def go_on(self, since: Since, card: Mapping[str, Any]) -> None:
        """Keep what came since."""
        keep_small(self.folder / SINCE, since, card)
        self.came = _written(self.folder / SINCE), since, card

    def index(self, session: Session, level: Level) -> InstitutionIndex:
        """The institutions by their names: kept as the backdrop is, unless there are too many to be kept for long."""
        found = self.institutions or institution_index(session, level)
        if (session.scalar(select(func.count()).select_from(Institution)) or 0) <= FEW_INSTITUTIONS:
            self.institutions = found
        return found

    def before(self, session: Session, now: Now) -> Backdrop:
        """What publications are looked at before: the same until proposals, experiments or datasets change."""
        beside = {kind: told for kind, told in now.beside.items() if kind != "person"}
        if self.backdrop is None or self.backdrop[0] != beside:
            self.backdrop = beside, Backdrop.of(session)
        return self.backdrop[1]


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


def due(session: Session, settings: Settings, now: Now, judge: Model, policy: Policy, at: datetime) -> Due | None:
    """What has to be matched again; None when all has to be.

    All has to be when there is nothing kept, it is older than `OLD` or of another model or policy, more than a few
    publications, proposals, experiments or datasets changed since, or anything else did: institutions, instruments.
    """
    folder = settings.files_folder / "matching"
    if not (folder / SINCE).exists():  # it is written last
        return None
    held = _opened(folder, _written(folder / CARD))
    if held.card["model"] != judge.version or held.card["policy"] != _said(policy, settings):
        return None
    if not timedelta(0) <= at - datetime.fromisoformat(held.card["at"]) < OLD:
        return None
    since, card = held.since()
    marks = _marks(card, held.marks)
    changed = what_changed(session, marks, now)
    if changed is None:
        return None
    works = changed.publications.union(card["works"])
    others = frozenset().union(*changed.beside.values(), card["came"])
    if len(works) > SHARE * len(held.marks.seen) or len(others) > max(SHARE * len(held.links.of_bids.numbers), FEW):
        return None
    return Due(changed, held, marks, since, works, others, now, settings.match.institution_level)


def _written(path: Path) -> tuple[int, int]:
    """The moment of writing of a file, so that who reads it again and again opens it once."""
    found = path.stat()
    return found.st_ino, found.st_mtime_ns


@lru_cache(maxsize=1)
def _opened(folder: Path, written: tuple[int, int]) -> Held:
    card = card_of(folder) or {}
    people, words = (np.load(folder / name) for name in (NAMES, WORDS))
    return Held(folder, card, _marks(card), load_kept(folder), Named(people), words, load_twins(folder / TWINS))


def _marks(card: Mapping[str, Any], before: Marks | None = None) -> Marks:
    """The marks as a card has them; of publications it may have only what is different from before."""
    seen, blocks = ({int(number): value for number, value in card[name].items()} for name in ("seen", "blocks"))
    several = ChainMap(seen, dict(before.seen)) if before else seen
    return Marks(card["others"], card["beside"], card["top"], card["decision"], card["affiliation"], several, blocks)


def _card(marks: Marks) -> dict[str, Any]:
    return {
        "others": marks.others, "beside": dict(marks.beside), "top": marks.top, "decision": marks.decision,
        "affiliation": marks.affiliation, "seen": dict(marks.seen), "blocks": dict(marks.blocks),
    }  # fmt: skip


def remember(
    session: Session,
    settings: Settings,
    kept: Kept,
    twins: KeptTwins,
    before: Marks,
    people: People,
    world: World,
    judge: Model,
    policy: Policy,
    at: datetime,
) -> None:
    """Keep what a full matching found out, for those that follow. before: the marks when it gathered the records."""
    if len(kept.of_works.numbers) < LEAST:
        return
    folder = settings.files_folder / "matching"
    card = {
        "model": judge.version, "policy": _said(policy, settings), "at": at.isoformat(), "grammar": world.grammar,
        "with_sessions": sorted(world.with_sessions), **_card(before),
    }  # fmt: skip
    keep(folder, kept, card)
    made = {one.number for one in people.made if one.number is not None} - world.called.keys()
    np.save(folder / NAMES, name_index(session, world.called.keys(), made), allow_pickle=False)
    words = sorted((crc32(word.encode()), work) for word, work in world.words)
    np.save(folder / WORDS, np.array(words, dtype=np.int64).reshape(-1, 2), allow_pickle=False)
    keep_twins(folder / TWINS, twins)
    nothing = {**_card(before), "seen": {}, "works": [], "came": []}
    keep_small(folder / SINCE, Since.nothing(kept), nothing)


def _said(policy: Policy, settings: Settings) -> list[float | str]:
    return [policy.auto, policy.alone, policy.review, settings.match.institution_level]


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
        newest = session.scalar(select(func.max(Affiliation.id))) or 0
        top = session.scalar(select(func.max(Record.id))) or 0
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
    if changed:
        with storage.writing() as session:
            store_affiliations(session, changed)
    with storage.reading() as session:
        people = find_newcomers(session, named, works, asked)
    (held.folder / SINCE).unlink()  # until it is written again, nobody goes on from what is only half stored
    with storage.writing() as session:
        counters |= people.counters | store_newcomers(session, people, works, at)
    with storage.reading() as session:
        world = gather(session, people, works, backdrop=back)
        bids = World(with_sessions=back.with_sessions, called=world.called)
        if asked:
            add_participants(session, people, asked)
            gather_bids(session, bids, people, asked)
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
        beside = select(Link.left_id).where(Link.relation == PROPOSALS, Link.right_id.in_(asked))
        moved |= set(session.scalars(beside)) if asked else set()
    counted.update(_follow(storage, moved, people, world, back, judge, policy, at))
    with storage.reading() as session:
        versions = find_again(session, held.twins, some.works)
    with storage.writing() as session:
        counted.update(store_versions(session, versions, some.works))
    marks = replace(
        some.marks, beside=now.beside, top=top, blocks=now.blocks, affiliation=newest,
        decision=max(some.marks.decision, some.changed.decision),
        seen={one: some.marks.seen[one] for one in some.works & some.marks.seen.keys()} | dict(some.changed.seen),
    )  # fmt: skip
    held.go_on(again.since, {**_card(marks), "works": sorted(some.works), "came": sorted(some.others)})
    return counters | world.counters | {
        "publications_changed": len(some.changed.publications), "proposals_changed": len(asked),
        "pairs_compared": len(again.pairs), **tiers(links), **counted,
    }  # fmt: skip


def _proposals(session: Session, changed: Changed) -> set[int]:
    """The proposals that changed, themselves or by their experiments."""
    found = set(changed.beside.get("proposal", ()))
    for some in chunks(sorted(changed.beside.get("experiment", ()))):
        of = select(Experiment.proposal_id).where(Experiment.id.in_(some))
        found |= {number for number in session.scalars(of) if number}
    return found


def _works_of(session: Session, some: Due, named: Named, asked: Collection[int]) -> set[int]:
    """The publications that have to be read again because of proposals, datasets and persons that changed.

    They name one of these, or did, or have an author who bears the name of somebody new.
    """
    beside, held = some.changed.beside, some.held
    if not any(beside.values()):
        return set()
    data = sorted(beside.get("dataset", ()))
    words = {fold_code(code) for code in session.scalars(select(Proposal.code).where(Proposal.id.in_(asked)))}
    words |= {fold_code(value.partition("/")[2]) for value, one in aliases(session, "proposal").items() if one in asked}
    words |= {doi for doi in session.scalars(select(Dataset.doi).where(Dataset.id.in_(data))) if doi}
    marks = np.array([crc32(word.encode()) for word in words], dtype=np.int64)
    found = set(held.words[np.isin(held.words[:, 0], marks), 1].tolist())
    found |= named_by(held.links, some.since, asked)
    for one, other in ((Relation.record_id, Relation.target_id), (Relation.target_id, Relation.record_id)):
        cited = select(one).join(Record, Record.id == one).where(other.in_(data), Record.kind == "publication")
        found |= set(session.scalars(cited))
    on_axis = {*held.links.axes.people.tolist(), *some.since.people.tolist()}
    persons, names = set(beside.get("person", ())), set()
    for person, name in session.execute(
        select(Participant.person_id, Participant.name).where(Participant.proposal_id.in_(asked))
    ):
        if person is None:
            names.add(parse_name(name))
        elif person not in on_axis:
            persons.add(person)
    return {*found, *works_by_names(session, named, persons, names)}


def _follow(
    storage: Storage,
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
            world.add(gather(session, as_stored(session, others), others, backdrop=back))
        proposals = {one.right_id for one in links}
        proposals |= {world.dataset_proposal.get(one, 0) for several in world.data_of.values() for one in several}
        add_participants(session, people, proposals)
        gather_bids(session, world, people, proposals)
    follows = through(links, decided, {bid.proposal_id for bid in world.bids})
    found = derive(world, follows, review=policy.review)
    with storage.writing() as session:
        return store_links(session, DERIVED, found, model=judge.version, at=at, looked=((), works))
