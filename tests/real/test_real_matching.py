"""Recorded figures of persons and duplicates on labelled sets may not fall; no tree was fitted on these parts."""

from pathlib import Path

import pytest

pytest.importorskip("lightgbm")

from benchmarks.matching.duplicates import (
    judged_couples,
    on_pairs,
    ours,
    ours_on_pairs,
    whole,
)
from benchmarks.matching.duplicates_data import DATA as PAIRS
from benchmarks.matching.duplicates_data import pairs
from benchmarks.matching.persons import FIRST, judged, linked
from benchmarks.matching.persons_data import DATA, all_sets, linking
from puma.matching.persons.clusters import cluster_mentions

HERE = (Path(DATA) / "08_match").is_dir() and PAIRS.is_dir()
pytestmark = pytest.mark.skipif(not HERE, reason="the real records of ../shared/data are not here")

CLUSTERS = {"inspire": 0.965, "qian": 0.82, "aminer": 0.80}
LINKS = {"inspire": (0.945, 0.93), "qian": (0.69, 0.42)}
DUPLICATES = {"dblp-acm": 0.982, "dblp-scholar": 0.935}
WHOLE = {"dblp-acm": 0.985, "dblp-scholar": 0.93}


@pytest.mark.parametrize("name", CLUSTERS)
def test_mentions_are_put_together_as_well_as_recorded(name: str) -> None:
    part = all_sets()[name].part("report")
    assert judged(part, cluster_mentions(part.mentions))["f1"] >= CLUSTERS[name]


@pytest.mark.parametrize("name", LINKS)
def test_mentions_find_the_known_person_as_well_as_recorded(name: str) -> None:
    found = linked(linking(all_sets()[name].part("report"), FIRST))
    f1, recall = LINKS[name]
    assert found["f1"] >= f1
    assert found["recall at precision .975"] >= recall


@pytest.mark.parametrize("name", DUPLICATES)
def test_pairs_are_told_apart_as_well_as_recorded(name: str) -> None:
    some = pairs("valid")[name]
    assert on_pairs(some, ours_on_pairs(some))["f1"] >= DUPLICATES[name]


@pytest.mark.parametrize("name", WHOLE)
def test_whole_tables_are_joined_as_well_as_recorded(name: str) -> None:
    left, right, couples, judged_works = whole(name)
    assert judged_couples(ours(left, right), couples, judged_works)["f1"] >= WHOLE[name]
