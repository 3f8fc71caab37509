"""Few changed publications, scored against what a full matching kept, get what scoring everything would give."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random

import numpy as np
import pytest

from benchmarks.matching.scale_data import Made, invent
from puma.matching.links.grids import Grids, grids
from puma.matching.links.kept import Kept, card_of, keep, load_kept, score_again
from puma.matching.links.score import NAME, Scored, compare, score_compared, score_pairs
from puma.matching.links.works import Work
from puma.matching.model import load

LEAST = 0.02
NOTHING = np.zeros(0, dtype=np.int64)
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
    again = score_again(kept, works, gone, NOTHING, least=LEAST, model=load(NAME))
    after = {pair: one for pair, one in before.items() if pair not in again.pairs} | by_pair(again.scored)
    outdated = {*gone, *(one.work_id for one in works)}
    now = [one for one in made.works[:300] if one.work_id not in outdated] + works
    everything = by_pair(score_pairs(grids(now, made.bids, {1: "Curie, Marie"}, kept.axes), least=LEAST))
    assert after == everything
    assert after != before


def test_what_a_change_changed_is_changed_back_when_it_is_taken_back(made: Made, kept: Kept, before: Links) -> None:
    one = made.works[300]
    first = score_again(kept, [one], [], NOTHING, least=LEAST, model=load(NAME))
    assert {pair for pair in first.pairs if pair[0] != one.work_id}
    second = score_again(kept, [], [], first.touched, least=LEAST, model=load(NAME))
    again = by_pair(second.scored)
    assert {pair for pair in first.pairs if pair[0] != one.work_id} <= second.pairs
    assert {pair: before.get(pair) for pair in second.pairs} == {pair: again.get(pair) for pair in second.pairs}


def test_nothing_changed_is_nothing_to_do(kept: Kept) -> None:
    again = score_again(kept, [], [], NOTHING, least=LEAST, model=load(NAME))
    assert (again.scored, again.pairs, len(again.touched)) == ([], frozenset(), 0)


def test_a_publication_with_nothing_in_it_changes_nothing_of_others(kept: Kept) -> None:
    again = score_again(kept, [Work(99, "")], [], NOTHING, least=LEAST, model=load(NAME))
    assert again.pairs == frozenset()


def test_what_is_kept_replaces_what_was_kept(full: Grids, tmp_path: Path) -> None:
    assert card_of(tmp_path / "matching") is None
    for number in (1, 2):
        keep(tmp_path / "matching", Kept.of(full, compare(full)), {"number": number})
        assert card_of(tmp_path / "matching") == {"number": number}
    assert [path.name for path in tmp_path.iterdir()] == ["matching"]
