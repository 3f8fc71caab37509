"""What follows from a proposal's link: sessions, instruments and datasets of a publication, each with its evidence."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import get_args

from puma.linking.world import World
from puma.matching.links.evidence import Evidence, Policy, Tier, probability, tier_of
from puma.matching.links.reuse import SENTENCES, use_of_data
from puma.matching.links.score import Scored
from puma.matching.miner.mine import Hit
from puma.matching.miner.raw_tables import Said

PROPOSALS = "publication-proposal"
DERIVED = ("publication-experiment", "publication-instrument", "publication-dataset")
FOLLOWED = 0.2
"""From this probability on an undecided link brings candidates for experiments and instruments with it."""
VALIDATED = 6.0
"""Log-odds that a link decided by a person lends to what follows from it."""

WEIGHTS = {
    "instrument_stated": 3.0,
    "instrument_in_raw_data_table": 3.0,
    "instrument_in_text": 1.5,
    "another_instrument_named": -2.5,
    "dataset_supplement": 6.0,
    "dataset_cited": 5.0,
    "data_of_the_session": 2.0,
}
"""Points for what links a publication with something other than a proposal."""
TELLING = {
    "through_proposal": "The publication is linked to the proposal of this beam time.",
    "instrument_stated": "The source names this instrument.",
    "instrument_in_raw_data_table": "The table of raw data names this instrument: beamline {}, detector {}, "
    "wavelength {} Å.",
    "instrument_in_text": "The text names this instrument near words of the facility.",
    "another_instrument_named": "The publication names another of its instruments.",
    "dataset_supplement": "It is data of the publication.",
    "dataset_cited": "The publication cites it.",
    "data_of_the_session": "Data of this session is cited.",
}
"""The sentence of each; {} stands for what was read."""


@dataclass(slots=True, unsafe_hash=True)  # not frozen, which takes four times as long: there are many
class Found:
    """A link to be stored."""

    left_id: int
    right_id: int
    relation: str
    tier: Tier
    channel: str
    score: float
    probability: float
    ledger: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Through:
    """A publication-proposal link that holds: found, or decided by a person."""

    work_id: int
    proposal_id: int
    score: float
    tier: Tier
    channel: str


def found_of(one: Scored, policy: Policy) -> Found:
    """A scored pair as the link that is to be stored."""
    tier = tier_of(one.probability, one.ledger, policy, signing=one.signing)
    return Found(one.work_id, one.proposal_id, PROPOSALS, tier, one.channel, one.score, one.probability, one.ledger)


def through(
    links: Iterable[Found], decided: Mapping[tuple[int, int], str], proposals: Collection[int]
) -> list[Through]:
    """The proposal links that experiments and instruments follow from: found and not rejected, or validated."""
    found = [
        Through(one.left_id, one.right_id, one.score, one.tier, one.channel)
        for one in links
        if (one.left_id, one.right_id) not in decided and one.probability >= FOLLOWED
    ]
    return found + [
        Through(left, right, VALIDATED, "auto", "person")
        for (left, right), state in sorted(decided.items())
        if state == "validated" and right in proposals
    ]


def derive(world: World, through: Iterable[Through], *, review: float) -> list[Found]:
    """Links to experiments, instruments and datasets, sorted."""
    links = list(through)
    _name_by_experiment(world, links)
    best: dict[tuple[int, int], tuple[Through, list[Evidence]]] = {}
    found = [_found(*one, review=review) for one in _sessions(world, links, best)]
    found += [_found(*one, review=review) for one in _instruments(world, best)]
    found += _datasets(world, {(one.work_id, one.proposal_id) for one in links if one.tier == "auto"})
    return sorted((one for one in found if one is not None), key=lambda one: (one.left_id, one.relation, one.right_id))


def _name_by_experiment(world: World, links: Iterable[Through]) -> None:
    """Of instruments that had one name one after the other, a publication names the one of its experiment."""
    for one in links:
        named = world.named_instruments.get(one.work_id, {})
        ran = {session.instrument_id for session in world.sessions.get(one.proposal_id, ())}
        for number in [number for number in named if number not in ran]:
            for other in sorted(world.namesakes.get(number, frozenset()) & ran):
                named[other] = named.pop(number)
                break


Draft = tuple[int, int, str, Tier, str, list[Evidence]]


def _through(one: Through) -> Evidence:
    return Evidence("through_proposal", one.score, TELLING["through_proposal"])


def _sessions(
    world: World, links: list[Through], best: dict[tuple[int, int], tuple[Through, list[Evidence]]]
) -> Iterable[Draft]:
    days = {work.work_id: work.day for work in world.works}
    instruments_of = {bid.proposal_id: bid.instruments for bid in world.bids}
    for one in links:
        day = days.get(one.work_id)
        named = world.named_instruments.get(one.work_id, {})
        data = {world.dataset_session.get(dataset) for dataset in world.data_of.get(one.work_id, {})} - {None}
        sessions = [s for s in world.sessions.get(one.proposal_id, ()) if not (day and s.day and s.day > day)]
        credited = {s.instrument_id for s in sessions} - {None}
        for session in sessions:
            ledger = [_through(one)]
            if session.experiment_id in data:
                ledger.append(_line("data_of_the_session"))
            elif named and session.instrument_id not in named and credited & named.keys():
                ledger.append(_line("another_instrument_named"))
            tier: Tier = one.tier if ledger[-1].points > 0 or len(ledger) == 1 else "review"
            yield one.work_id, session.experiment_id, "publication-experiment", tier, one.channel, ledger
            if session.instrument_id:
                _keep(best, one, session.instrument_id, tier, ledger)
        if not sessions:
            for instrument in sorted(instruments_of.get(one.proposal_id, ())):
                _keep(best, one, instrument, one.tier, [_through(one)])


def _keep(
    best: dict[tuple[int, int], tuple[Through, list[Evidence]]],
    one: Through,
    instrument: int,
    tier: Tier,
    ledger: list[Evidence],
) -> None:
    key = (one.work_id, instrument)
    held = best.get(key)
    if held is None or sum(e.points for e in ledger) > sum(e.points for e in held[1]):
        best[key] = (Through(one.work_id, one.proposal_id, one.score, tier, one.channel), list(ledger))


def _instruments(world: World, best: dict[tuple[int, int], tuple[Through, list[Evidence]]]) -> Iterable[Draft]:
    keys = set(best) | {(work, number) for work, named in world.named_instruments.items() for number in named}
    rivals: dict[int, int] = defaultdict(int)
    for work, _ in keys:
        rivals[work] += 1
    for work, instrument in sorted(keys):
        one, ledger = best.get((work, instrument), (None, []))
        ledger = list(ledger)
        how = world.named_instruments.get(work, {}).get(instrument)
        if how == "stated":
            ledger.append(_line("instrument_stated"))
        elif how == "table":
            ledger.append(_line("instrument_in_raw_data_table", *_table(world.hits.get(work, ()))))
        elif how == "text":
            ledger.append(_line("instrument_in_text"))
        tier: Tier = one.tier if one else "review"
        yield work, instrument, "publication-instrument", tier, one.channel if one else "text", ledger


def _table(hits: Iterable[Hit]) -> list[str]:
    """What tables of raw data say: instruments, detectors and wavelengths, each in the order of the text."""
    return [" / ".join(dict.fromkeys(hit.value for hit in hits if hit.kind == kind)) for kind in get_args(Said)]


def _datasets(world: World, linked: set[tuple[int, int]]) -> list[Found | None]:
    places = {work.work_id: work.institutions for work in world.works}
    signed = {work.work_id for work in world.works if work.authors}
    homes = {bid.proposal_id: bid.institutions for bid in world.bids}
    authors = {work.work_id: {p for one in work.authors for p, chance in one if chance >= 0.5} for work in world.works}
    team = {bid.proposal_id: bid.team | bid.local_contacts for bid in world.bids}
    found = []
    for work, data in world.data_of.items():
        for dataset, how in data.items():
            if how == "documented":
                continue
            ledger = [_line(f"dataset_{how}")]
            proposal = world.dataset_proposal.get(dataset)
            if proposal:
                use = use_of_data(
                    authors.get(work, set()), team.get(proposal, frozenset()), linked=(work, proposal) in linked,
                    signed=work in signed,
                    places=places.get(work, frozenset()), team_places=homes.get(proposal, frozenset()),
                )  # fmt: skip
                if use:
                    ledger.append(Evidence(use, 0.0, SENTENCES[use]))
            found.append(_found(work, dataset, "publication-dataset", "auto", "identifier", ledger, review=0.0))
    return found


def _line(kind: str, *read: str) -> Evidence:
    return Evidence(kind, WEIGHTS[kind], TELLING[kind].format(*read))


def _found(
    left: int, right: int, relation: str, tier: Tier, channel: str, ledger: list[Evidence], *, review: float
) -> Found | None:
    score = round(sum(line.points for line in ledger), 3)
    chance = round(probability(score), 6)
    if chance < review:
        return None
    return Found(left, right, relation, tier, channel, score, chance, tuple(ledger))
