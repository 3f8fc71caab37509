"""Fit the shipped model of persons on the train parts.

python -m benchmarks.matching.persons_train [--check]

The same data give the same file. --check prints figures of three folds within the train parts and writes nothing.
"""

import argparse
import hashlib
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

import lightgbm
import numpy as np
from numpy.typing import NDArray

from benchmarks.matching.persons_data import Labelled, all_sets, linking
from puma.matching import model as models
from puma.matching.model import Model
from puma.matching.persons.assign import link_rows, possible
from puma.matching.persons.clusters import MODEL, _between, candidate_pairs
from puma.matching.persons.pairs import FEATURES, Sides, pair_rows, rivals, sides_of_groups
from puma.matching.persons.roll import Roll, collapse
from puma.matching.rarity import Places
from puma.matching.trees import Trees

VERSION = "1"
TARGET = Path(models.__file__).parent / "models" / f"{MODEL}.json"
ROUNDS = 250
SETTINGS = {
    "objective": "binary", "num_leaves": 15, "learning_rate": 0.05, "min_data_in_leaf": 40, "feature_fraction": 0.7,
    "bagging_fraction": 0.8, "bagging_freq": 1, "lambda_l2": 5.0, "num_threads": 1, "seed": 1, "deterministic": True,
    "force_row_wise": True, "verbose": -1,
}  # fmt: skip
RISING = {
    "given_relation", "given_similarity", "family_similarity", "place_mass", "place_share", "place_union", "place_best",
    "mates_mass", "mates_share", "mates_best", "words_mass", "words_share", "venue_mass",
}  # fmt: skip
FALLING = {"rivals_most", "rivals_least", "family_common", "given_common", "year_gap"}
GROUPS = ((2.0, 1), (5.0, 2), (15.0, 3))
"""Mean size of the groups that a person's mentions are cut into, to learn from groups as well; and the seed."""
FOLDS = 3
MANY = 10**9  # a known person is known by one mention


@dataclass(slots=True)
class Rows:
    """Pairs with their features, whether they are one person, what they weigh, and the group of the first."""

    features: NDArray[np.float32]
    true: NDArray[np.bool_]
    weight: NDArray[np.float64]
    group: list[str]
    links: NDArray[np.bool_]
    """Which rows are of mentions beside known persons."""


def rows_of(labelled: Labelled) -> Rows:
    """Pairs of mentions, and pairs of groups of mentions, of one set; every kind weighs the same."""
    alike = collapse(Roll.of(labelled.mentions))
    person = np.array([labelled.persons[place] for place in alike.first])
    group = np.array([labelled.groups[place] for place in alike.first])
    one, other = candidate_pairs(alike)
    sides = sides_of_groups(alike)
    rival = rivals(sides, alike.roll.book)
    parts = [_part(sides, one, other, rival, person, group)]
    for mean, seed in GROUPS:
        home = _cut(person, mean, seed)
        pooled = sides.pooled(home)
        first, second = _between(home[one], home[other], len(pooled))
        who, where = np.empty(len(pooled), dtype=person.dtype), np.empty(len(pooled), dtype=group.dtype)
        who[home], where[home] = person, group
        parts.append(_part(pooled, first, second, rival, who, where))
    parts += [_links(labelled, share) for share in (MANY, 10, 3)]
    return Rows(
        np.vstack([p.features for p in parts]),
        np.concatenate([p.true for p in parts]),
        np.concatenate([p.weight for p in parts]),
        [name for p in parts for name in p.group],
        np.concatenate([p.links for p in parts]),
    )


def _links(labelled: Labelled, share: int) -> Rows:
    """Mentions beside known persons."""
    asked = linking(labelled, share)
    alike = collapse(Roll.of(asked.mentions, asked.people))
    answer = np.array([asked.answers[place] or 0 for place in alike.first])
    group_of = dict(zip(labelled.mentions, labelled.groups, strict=True))
    group = np.array([group_of[asked.mentions[place]] for place in alike.first])
    one, other, _ = possible(alike)
    rows = np.vstack([rows for _, rows in link_rows(alike, sides_of_groups(alike, people=True), one, other)])
    weight = np.sqrt(np.minimum(alike.seen, 20))[one]
    _, number = np.unique(group[one], return_inverse=True)
    weight /= np.sqrt(np.bincount(number, weight))[number]
    numbers = np.array([p.person_id for p in asked.people])
    return Rows(rows, answer[one] == numbers[other], weight / weight.sum() * 1e4, list(group[one]),
                np.ones(len(one), dtype=bool))  # fmt: skip


def _part(
    sides: Sides, one: Places, other: Places, rival: NDArray[np.float32], who: NDArray[np.str_], where: NDArray[np.str_]
) -> Rows:
    weight = np.sqrt(np.minimum(sides.seen[one], 20) * np.minimum(sides.seen[other], 20)).astype(float)
    _, number = np.unique(where[one], return_inverse=True)
    weight /= np.sqrt(np.bincount(number, weight))[number]  # a name with many mentions does not outweigh all others
    return Rows(pair_rows(sides, one, other, rival), who[one] == who[other], weight / weight.sum() * 1e4,
                list(where[one]), np.zeros(len(one), dtype=bool))  # fmt: skip


def _cut(person: NDArray[np.str_], mean: float, seed: int) -> Places:
    """Each person's mentions in random groups."""
    chance = np.random.default_rng(seed)
    members: dict[str, list[int]] = defaultdict(list)
    for place, name in enumerate(person.tolist()):
        members[name].append(place)
    home = np.zeros(len(person), dtype=np.int64)
    number = 0
    for name in sorted(members):
        some = chance.permutation(members[name])
        while len(some):
            size = int(chance.geometric(1 / mean))
            home[some[:size]] = number
            some, number = some[size:], number + 1
    return home


def fit(rows: list[Rows], slope: float = 1.0, offset: float = 0.0) -> Model:
    """Trees on all rows."""
    settings = {
        **SETTINGS,
        "monotone_constraints": [1 if f in RISING else -1 if f in FALLING else 0 for f in FEATURES],
    }
    data = lightgbm.Dataset(
        np.vstack([r.features for r in rows]),
        np.concatenate([r.true for r in rows]),
        weight=np.concatenate([r.weight for r in rows]),
        feature_name=list(FEATURES),
    )
    return Model(MODEL, FEATURES, Trees.of(lightgbm.train(settings, data, ROUNDS)), slope, offset, {"version": VERSION})


def fold_of(group: str) -> int:
    """The fold of a group of mentions within the train part."""
    return int(hashlib.sha256(f"fold {group}".encode()).hexdigest(), 16) % FOLDS


def only(rows: Rows, keep: NDArray[np.bool_]) -> Rows:
    """Some of the rows."""
    return Rows(rows.features[keep], rows.true[keep], rows.weight[keep],
                [g for g, kept in zip(rows.group, keep, strict=True) if kept], rows.links[keep])  # fmt: skip


def calibrated(rows: list[Rows]) -> tuple[float, float, tuple[float, float]]:
    """Slope and offset from rows scored by trees that did not see their group; and those of links on top.

    Links are calibrated on the first set alone: the names of the others were chosen because many people have them.
    """
    raw, true, weight, link = [], [], [], []
    for fold in range(FOLDS):
        mine = [np.array([fold_of(g) == fold for g in r.group]) for r in rows]
        trees = fit([only(r, ~m) for r, m in zip(rows, mine, strict=True)])
        for place, some in enumerate(only(r, m) for r, m in zip(rows, mine, strict=True)):
            raw.append(trees.score(some.features))
            true.append(some.true)
            weight.append(some.weight)
            link.append(some.links if place == 0 else np.zeros(len(some.true), dtype=bool))
    scores, labels, weights, links = (np.concatenate(x) for x in (raw, true, weight, link))
    slope, offset = models.calibrate(scores, labels, weights)
    return slope, offset, models.calibrate(slope * scores[links] + offset, labels[links], weights[links])


def main() -> None:
    """Fit and write, or check."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--check", action="store_true")
    check = asked.parse_args().check
    sets = {name: one.part("train") for name, one in all_sets().items()}
    if check:
        from benchmarks.matching.persons import figures_line

        for fold in range(FOLDS):
            kept = {n: s.only(k for k, g in enumerate(s.groups) if fold_of(g) != fold) for n, s in sets.items()}
            left = {n: s.only(k for k, g in enumerate(s.groups) if fold_of(g) == fold) for n, s in sets.items()}
            rows = [rows_of(s) for s in kept.values()]
            slope, offset, links = calibrated(rows)
            made = replace(fit(rows, slope, offset), card={"version": VERSION, "links": links})
            print(
                dict(
                    sorted(
                        zip(FEATURES, made.trees.booster().feature_importance("gain").astype(int), strict=True),
                        key=lambda x: -x[1],
                    )
                )
            )
            for one in left.values():
                print(fold, figures_line(one, made), flush=True)
        return
    rows = [rows_of(one) for one in sets.values()]
    slope, offset, links = calibrated(rows)
    made = fit(rows, slope, offset)
    card = {
        "version": VERSION,
        "links": links,
        "job": "whether two mentions, groups of mentions, or a mention and a known person, are one person",
        "fitted_on": {n: f"{len(s.mentions)} mentions of {len(set(s.persons))} persons" for n, s in sets.items()},
        "not_seen": "the report part (30 % of the names) of each set; figures: benchmarks/matching/persons.py",
        "method": f"LightGBM, {ROUNDS} trees of {SETTINGS['num_leaves']} leaves, monotone; Platt on {FOLDS} folds",
    }
    models.write(Model(MODEL, FEATURES, made.trees, slope, offset, card), TARGET)
    print(f"{TARGET}: {sum(len(r.true) for r in rows)} rows, slope {slope:.3f}, offset {offset:.3f}, links {links}")


if __name__ == "__main__":
    main()
