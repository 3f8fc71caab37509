"""Few changed publications, scored against what a full matching kept, get what scoring everything would give."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random

import pytest

from benchmarks.matching.scale_data import Made, invent
from puma.matching.links.grids import Grids, grids
from puma.matching.links.kept import Kept, card_of, keep, keep_small, load_kept, load_small
from puma.matching.links.score import NAME, Scored, compare, score_compared, score_pairs
from puma.matching.links.since import Since, as_it_is, score_again
from puma.matching.links.works import Bid, Work
from puma.matching.model import load

LEAST = 0.02
Links = dict[tuple[int, int], Scored]


@pytest.fixture(scope="module")
def made() -> Made:
    return invent(150, 320, seed=5)


@pytest.fixture(scope="module")
def full(made: Made) -> Grids:
    return grids(made.works[:300], made.bids, {1: "Curie, Marie"})


@pytest.fixture(scope="module")
def kept(full: Grids, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    folder = tmp_path_factory.mktemp("kept") / "matching"
    keep(folder, Kept.of(full, compare(full)), {"of": "a test"})
    return load_kept(folder)


def by_pair(found: Sequence[Scored]) -> Links:
    return {(one.work_id, one.proposal_id): one for one in found}


@pytest.fixture(scope="module")
def before(full: Grids) -> Links:
    return by_pair(score_compared(full, compare(full), least=LEAST))


def changed(rng: Random, works: Sequence[Work], fresh: Sequence[Work]) -> tuple[list[Work], list[int]]:
    """Some publications new, corrected, or gone."""
    chosen = rng.sample(range(len(works)), 6)
    corrected = [
        replace(works[chosen[0]], title="Something else altogether"),
        replace(works[chosen[1]], day=date(1890, 1, 1)),
        replace(works[chosen[2]], authors=works[chosen[3]].authors),
        replace(works[chosen[3]], thanked=frozenset({rng.randrange(1, 150)}), has_text=True, names_facility=True),
    ]
    return [*corrected, *rng.sample(fresh, 3)], [works[chosen[4]].work_id, works[chosen[5]].work_id]


@pytest.mark.parametrize("seed", range(8))
def test_scoring_only_what_changed_gives_what_scoring_everything_gives(
    made: Made, kept: Kept, before: Links, seed: int
) -> None:
    works, gone = changed(Random(seed), made.works[:300], made.works[300:])
    again = score_again(kept, Since.nothing(kept), works, gone, least=LEAST, model=load(NAME))
    after = {pair: one for pair, one in before.items() if pair not in again.pairs} | by_pair(again.scored)
    outdated = {*gone, *(one.work_id for one in works)}
    now = [one for one in made.works[:300] if one.work_id not in outdated] + works
    everything = by_pair(score_pairs(grids(now, made.bids, {1: "Curie, Marie"}, kept.axes), least=LEAST))
    assert after == everything
    assert after != before


def test_what_a_change_changed_is_changed_back_when_it_is_taken_back(made: Made, kept: Kept, before: Links) -> None:
    one = made.works[300]
    first = score_again(kept, Since.nothing(kept), [one], least=LEAST, model=load(NAME))
    assert {pair for pair in first.pairs if pair[0] != one.work_id}
    second = score_again(kept, first.since, gone=[one.work_id], least=LEAST, model=load(NAME))
    again = by_pair(second.scored)
    assert {pair for pair in first.pairs if pair[0] != one.work_id} <= second.pairs
    assert {pair: before.get(pair) for pair in second.pairs} == {pair: again.get(pair) for pair in second.pairs}


@pytest.mark.parametrize("seed", range(4))
def test_proposals_that_come_change_and_go_one_by_one_give_what_scoring_everything_gives(
    made: Made, tmp_path: Path, seed: int
) -> None:
    rng = Random(seed)
    works, bids = list(made.works), {one.proposal_id: one for one in made.bids}
    new = rng.sample(sorted(bids), 5)
    first = grids(works[:300], [one for one in made.bids if one.proposal_id not in new])
    keep(tmp_path / "matching", Kept.of(first, compare(first)), {})
    kept, judge = load_kept(tmp_path / "matching"), load(NAME)
    now = by_pair(score_compared(first, compare(first), least=LEAST))
    gone = rng.choice([one for one in bids if one not in new])
    other = rng.choice([one for one in bids if one not in (*new, gone)])
    bids[other] = replace(bids[other], team=bids[new[0]].team | bids[other].team, first_day=date(2005, 1, 1))
    people = set(first.axes.people.tolist())
    steps: list[tuple[list[Work], list[Bid], list[int]]] = [([], [bids[number]], []) for number in (*new, other)]
    steps += [([works[300]], [], []), ([], [], [gone]), ([works[301]], [bids[new[0]]], [])]
    rng.shuffle(steps)
    since, there = Since.nothing(kept), works[:300]
    for fresh, came, went in steps:
        team = {p for bid in came for p in bid.team | bid.local_contacts}
        strange = team - people  # whose publications are read again
        people |= strange
        there += fresh
        again = [one for one in there if strange & {p for author in one.authors for p, _ in author}]
        done = score_again(kept, since, [*again, *fresh], [], came, went, least=LEAST, model=judge)
        keep_small(tmp_path / "since", done.since, {"of": "a test"})
        since, card = load_small(tmp_path / "since", Since)
        now = {pair: one for pair, one in now.items() if pair not in done.pairs} | by_pair(done.scored)
    assert card == {"of": "a test"}
    everything = by_pair(score_pairs(as_it_is(kept, since, there), least=LEAST))
    assert now == everything
    assert {pair for pair in everything if pair[1] in new}
    assert not {pair for pair in now if pair[1] == gone}


def test_nothing_changed_is_nothing_to_do(kept: Kept) -> None:
    again = score_again(kept, Since.nothing(kept), least=LEAST, model=load(NAME))
    assert (again.scored, again.pairs, len(again.since.void)) == ([], frozenset(), 0)


def test_a_publication_with_nothing_in_it_changes_nothing_of_others(kept: Kept) -> None:
    again = score_again(kept, Since.nothing(kept), [Work(99, "")], least=LEAST, model=load(NAME))
    assert again.pairs == frozenset()


def test_what_is_kept_replaces_what_was_kept(full: Grids, tmp_path: Path) -> None:
    assert card_of(tmp_path / "matching") is None
    for number in (1, 2):
        keep(tmp_path / "matching", Kept.of(full, compare(full)), {"number": number})
        assert card_of(tmp_path / "matching") == {"number": number}
    assert [path.name for path in tmp_path.iterdir()] == ["matching"]
