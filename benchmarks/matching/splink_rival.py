"""Splink as the rival of the duplicate and person benchmarks; optional: `pip install 'puma-cris[bench]'`.

It is given what its manual advises: prepared columns, several blocking rules, term frequencies, training by random
sampling and expectation maximisation. Nothing of it is fitted on labels; the cut is chosen by the caller.
"""

import logging
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from typing import Any

import pandas as pd

from puma.matching.duplicates.pairs import Described, title_of
from puma.matching.persons.mentions import Mention
from puma.names import fold

INSTALLED = find_spec("splink") is not None
PAIRS = 1e6  # random pairs from which it learns how often strangers agree

Weighed = tuple[int, int, float]


def publication_pairs(left: Sequence[Described], right: Sequence[Described]) -> list[Weighed]:
    """Pairs of numbers of two tables, with its probability that both are one publication."""
    import splink.comparison_library as cl
    from splink import block_on

    comparisons = [
        cl.JaroWinklerAtThresholds("title", [0.97, 0.9, 0.8]),
        cl.JaroWinklerAtThresholds("authors", [0.95, 0.85, 0.7]),
        cl.LevenshteinAtThresholds("year", 1),
        cl.JaroWinklerAtThresholds("container", [0.9, 0.7]),
    ]
    rules = [
        block_on("title_start"), block_on("title_end", "year"), block_on("first_author", "year"),
        block_on("long_word", "first_author"), block_on("long_word", "year"),
    ]  # fmt: skip
    training = [block_on("title"), block_on("first_author", "year")]
    tables = [pd.DataFrame([_publication(one) for one in some]) for some in (left, right)]
    return _linked(tables, "link_only", comparisons, rules, training, [block_on("title", "year")])


def _publication(one: Described) -> dict[str, Any]:
    words = fold(title_of(one.title)).split()
    names = [fold(name).split()[-1] for name in one.authors if fold(name)]
    title = " ".join(words)
    return {
        "unique_id": one.work_id, "title": title or None, "title_start": title[:15] or None,
        "title_end": title[-15:] or None, "long_word": max(words, key=len, default=None),
        "authors": " ".join(names) or None, "first_author": names[0] if names else None,
        "year": str(one.year) if one.year else None, "container": fold(one.container) or None,
    }  # fmt: skip


def mention_pairs(mentions: Sequence[Mention], known: Sequence[Mention] = ()) -> list[Weighed]:
    """Pairs of places of mentions of one surname and initial, with its probability that both are one person.

    known: what is known of each person; then pairs are of a mention and of a place among the known ones.
    """
    import splink.comparison_library as cl
    from splink import block_on

    comparisons = [
        cl.JaroWinklerAtThresholds("given", [0.95, 0.88]).configure(term_frequency_adjustments=True),
        cl.JaroWinklerAtThresholds("family", [0.95, 0.88]).configure(term_frequency_adjustments=True),
        cl.JaroWinklerAtThresholds("affiliation", [0.9, 0.75]),
        cl.ArrayIntersectAtSizes("mates", [3, 2, 1]),
    ]
    rules = [block_on("family", "initial")]
    training = [block_on("family", "given"), block_on("affiliation")]
    certain = [block_on("family", "given", "affiliation")]
    count = len(mentions)
    table, other = (
        pd.DataFrame([_mention(place, one) for place, one in enumerate(some, start)])
        for some, start in ((mentions, 0), (known, count))
    )
    if not known:
        return _linked([table], "dedupe_only", comparisons, rules, training, certain)
    found = _linked([table, other], "link_only", comparisons, rules, training, certain)
    return [(min(a, b), max(a, b) - count, chance) for a, b, chance in found]


def _mention(place: int, one: Mention) -> dict[str, Any]:
    given = fold(one.name.given)
    return {
        "unique_id": place, "family": fold(one.name.family) or None, "given": given or None,
        "initial": given[:1] or None, "affiliation": fold(one.affiliation)[:200] or None,
        "mates": sorted(one.coauthors),
    }  # fmt: skip


def _linked(
    tables: Sequence[pd.DataFrame],
    kind: str,
    comparisons: Sequence[Any],
    rules: Sequence[Any],
    training: Sequence[Any],
    certain: Sequence[Any],
) -> list[Weighed]:
    from splink import DuckDBAPI, Linker, SettingsCreator

    logging.getLogger("splink").setLevel(logging.ERROR)
    database = DuckDBAPI()
    linker = Linker(
        [database.register(table) for table in tables],
        SettingsCreator(
            link_type=kind,  # type: ignore[arg-type]  # one of its words
            comparisons=list(comparisons),
            blocking_rules_to_generate_predictions=list(rules),
            retain_matching_columns=False,
        ),
        log_level=logging.ERROR,
    )
    linker.training.estimate_probability_two_random_records_match(list(certain), recall=0.6)
    linker.training.estimate_u_using_random_sampling(max_pairs=PAIRS, seed=1)
    for rule in training:
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    found = linker.inference.predict(threshold_match_probability=0.01).as_pandas_dataframe()
    columns = (found["unique_id_l"], found["unique_id_r"], found["match_probability"])
    return [(int(a), int(b), float(p)) for a, b, p in zip(*columns, strict=True)]


def components(count: int, pairs: Iterable[tuple[int, int]]) -> list[int]:
    """Connected components, as the lowest place of each."""
    home = list(range(count))

    def root(place: int) -> int:
        while home[place] != place:
            home[place] = home[home[place]]
            place = home[place]
        return place

    for one, other in pairs:
        a, b = sorted((root(one), root(other)))
        home[b] = a
    return [root(place) for place in range(count)]
