"""What is reckoned by arrays for many persons at once is what is reckoned by hand for each."""

from collections import Counter
from itertools import combinations
from random import Random

import numpy as np
import pytest
from scipy import sparse
from scipy.cluster.hierarchy import fcluster, linkage

from puma.matching.lexicon import Lexicon
from puma.matching.persons import clusters
from puma.matching.persons import roll as roll_room
from puma.matching.persons.assign import assign_and_learn, within_reach
from puma.matching.persons.clusters import cluster_mentions
from puma.matching.persons.mentions import Mention, mate_names
from puma.matching.persons.pairs import all_pairs, rivals, sides_of_groups
from puma.matching.persons.roll import Roll, coauthors_of, collapse
from puma.matching.rarity import FEW, Bags, weigh_bags
from puma.matching.shared import shared
from puma.names import parse_name


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("cap", [1.0, 0.01])
def test_a_word_weighs_by_how_many_distinct_sets_have_it(seed: int, cap: float) -> None:
    rng = Random(seed)
    sets = [{f"w{min(rng.randrange(60), rng.randrange(60))}" for _ in range(rng.randrange(7))} for _ in range(1500)]
    found = weigh_bags(Bags.of(sets), cap=cap)
    distinct = {frozenset(some) for some in sets}
    held = Counter(word for some in distinct for word in some)
    total = max(len(distinct), FEW)
    kept = sorted(word for word in held if held[word] <= cap * total)
    for row, some in zip(found.rows, sets, strict=True):
        assert [kept[place] for place in row.indices] == sorted(some & set(kept))
    wanted = [np.float32(np.log1p(total / held[word])) / np.log1p(total) for word in kept] or [0.0]
    assert found.weight.tolist() == wanted


@pytest.mark.parametrize("seed", range(4))
def test_rows_share_the_same_entries_whether_few_or_many_pairs_are_looked_at(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(seed)
    left, right = (sparse.random(12, 30, 0.4, "csr", random_state=rng) for _ in range(2))
    right.data[::5] = 0.0  # what is written as nought is shared by nobody
    one, other = rng.integers(12, size=(2, 200))
    few = shared(left, right, one, other)
    monkeypatch.setattr("puma.matching.shared.FEW", 0)
    many = shared(left, right, one, other)
    for name in ("pair", "column", "value", "starts"):
        assert getattr(few, name).tolist() == getattr(many, name).tolist()
    product = left[one].multiply(right[other])
    assert few.summed(few.value).tolist() == np.asarray(product.sum(axis=1)).ravel().tolist()
    assert few.most(few.value).tolist() == product.max(axis=1).toarray().ravel().astype(np.float32).tolist()


@pytest.mark.parametrize("cap", [1.0, 0.05])
def test_few_sets_weigh_beside_each_other_as_they_did_among_all(cap: float) -> None:
    rng = Random(1)
    sets = [{f"w{min(rng.randrange(60), rng.randrange(60))}" for _ in range(rng.randrange(7))} for _ in range(1500)]
    every = weigh_bags(Bags.of(sets), cap=cap)
    few = list(range(0, 1500, 50))
    found = Lexicon.of_all(every).weighed_bags(Bags.of(sets[place] for place in few))
    assert found.mass.tolist() == every.mass[few].tolist()
    one, other = np.triu_indices(len(few), 1)
    places = np.array(few)
    for mine, theirs in zip(found.together(one, other), every.together(places[one], places[other]), strict=True):
        assert mine.tolist() == theirs.tolist()
    assert Lexicon.of_all(every).weights(["never seen"]).tolist() == [1.0]


def test_of_no_sets_and_of_empty_ones_nothing_weighs() -> None:
    assert weigh_bags(Bags.of([])).rows.shape == (0, 1)
    assert weigh_bags(Bags.of([[], []])).mass.tolist() == [0.0, 0.0]
    assert Lexicon.of_all(weigh_bags(Bags.of([]))).weighed_bags(Bags.of([[], ["a"]])).mass.tolist() == [0.0, 1.0]


@pytest.mark.parametrize("seed", range(6))
def test_parts_of_the_graph_are_joined_as_the_whole_of_it_would_be(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(seed)
    total = 60
    pairs = [pair for pair in combinations(range(total), 2) if rng.random() < 0.08]
    one, other = np.array(pairs, dtype=np.int64).T
    chance = rng.random(len(pairs))  # all different: equal ones may be joined in either order
    apart = np.ones((total, total))
    apart[one, other] = apart[other, one] = 1 - chance
    condensed = apart[np.triu_indices(total, 1)]
    for most in (600, 2):  # as it is, and as if every part were a crowd
        monkeypatch.setattr(clusters, "BLOCK_CAP", most)
        for least in (0.9, 0.5, 0.35):
            whole = fcluster(linkage(condensed, "average"), 1 - least, "distance")
            joined = clusters._join(one, other, chance, total, least)
            assert {tuple(np.flatnonzero(joined == n)) for n in joined} == {
                tuple(np.flatnonzero(whole == n)) for n in whole
            }


@pytest.mark.parametrize("seed", range(6))
def test_every_pair_of_a_block_comes_once(seed: int) -> None:
    rng = Random(seed)
    blocks = [[rng.randrange(40) for _ in range(rng.randrange(9))] for _ in range(30)]
    wanted = sorted({pair for block in blocks for pair in combinations(sorted(set(block)), 2)})
    assert list(zip(*(side.tolist() for side in all_pairs(blocks, 40)), strict=True)) == wanted
    assert [len(side) for side in all_pairs([], 40)] == [0, 0]


def test_coauthors_are_all_others_of_the_work_without_ones_own_name() -> None:
    names = [parse_name(text) for text in ("Li, Yan", "Li, Y.", "Quetzal, Ximena")]
    found = coauthors_of([Mention(1, place, name) for place, name in enumerate(names)] + [Mention(2, 1, names[0])])
    assert found[0] == mate_names(names[2])
    assert found[2] == mate_names(names[0]) | mate_names(names[1])
    assert found[3] == frozenset()


def test_the_coauthors_of_all_mentions_at_once_are_those_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roll_room, "CROWD", 4)
    rng = Random(3)
    texts = ("Li, Yan", "Li, Y.", "Quetzal, Ximena", "Lopez, A.", "Müller, Jörg", "The HELIX Collaboration")
    mentions = [
        Mention(
            work, place, parse_name(rng.choice(texts)), coauthors=frozenset({"x y"} if rng.random() < 0.1 else ())
        )
        for work in range(60)
        for place in range(rng.randrange(1, 7))
    ]  # fmt: skip
    roll = Roll.of(mentions)
    rows = roll.mates(np.arange(len(mentions)))
    found = [frozenset(roll.own_mates.words[place] for place in row.indices) for row in rows]
    assert found == coauthors_of(mentions)
    assert len(set(found)) > 10


def test_an_initial_has_as_many_rivals_as_there_are_first_names_that_contradict_each_other() -> None:
    names = [parse_name(text) for text in ("Li, Y.", "Li, Yan", "Li, Yong", "Li, Yan", "Quetzal, X.", "Quetzal, Xu")]
    mentions = [Mention(place, 1, name) for place, name in enumerate(names)]
    roll = Roll.of(mentions)
    found = rivals(sides_of_groups(collapse(roll)), roll.book)
    assert dict(zip((f"{n.family}, {n.given}" for n in roll.book.names), found.tolist(), strict=True)) == {
        "Li, Y.": 2, "Li, Yan": 1, "Li, Yong": 1, "Quetzal, X.": 1, "Quetzal, Xu": 1,
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_who_cannot_be_one_with_the_asked_ones_changes_nothing_for_them(seed: int) -> None:
    rng = Random(seed)
    givens = ("Yan", "Yong", "Y.", "Yan Bo", "Xu", "Xiao", "X.", "Ying")
    names = [parse_name(f"{rng.choice(('Li', 'Quetzal', 'Lopez Li'))}, {rng.choice(givens)}") for _ in range(90)]
    words = [f"w{n}" for n in range(400)]
    mentions = [
        Mention(
            work, 1, name, year=1990 + rng.randrange(30), affiliation=" ".join(rng.sample(words, 4)),
            title=" ".join(rng.sample(words[:60], 6)), coauthors=frozenset(rng.sample(words[:40], 5)),
        )
        for work, name in enumerate(names)
    ]  # fmt: skip
    asked, (_, lore) = 4, assign_and_learn(mentions, [])
    among_all = cluster_mentions(mentions)
    reached = within_reach(set(names[:asked]), {work: [name] for work, name in enumerate(names)})
    few = [*range(asked), *sorted(reached - set(range(asked)))]
    found = cluster_mentions([mentions[work] for work in few], known=lore.unknown, asked=asked)
    for place, cluster in enumerate(found[:asked]):
        mine = {few[other] for other, one in enumerate(found) if one == cluster}
        assert mine == {work for work, one in enumerate(among_all) if one == among_all[place]}
    assert any(found.count(one) > 1 for one in found[:asked])
    assert len(few) < len(mentions)
