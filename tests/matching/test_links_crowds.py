"""The work of link matching stays bounded where everything looks alike, and odd records break nothing."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from benchmarks.matching.scale_data import NONE, crowd, invent
from puma.matching.links.evidence import Policy, tier_of
from puma.matching.links.grids import (
    PERSON_CAP,
    TEAM_TOP,
    TEXT_TOP,
    TEXT_TOP_ALONE,
    WORD_CAP,
    begin_reading,
    candidates,
    grids,
)
from puma.matching.links.score import score_pairs
from puma.matching.links.words import titles_and_texts
from puma.matching.links.works import Bid, Work
from puma.work import Own

MOST = TEAM_TOP + TEXT_TOP_ALONE


def test_twenty_thousand_publications_of_one_author_and_one_word_have_bounded_candidates() -> None:
    m = grids(*crowd(20_000, 10_000))
    rows, _ = candidates(m)
    assert len(rows) <= 20_000 * MOST
    assert m.counters["people_too_common"] == 1


def test_one_word_and_one_person_below_the_caps_still_give_each_publication_few_candidates() -> None:
    works, bids = crowd(3000, PERSON_CAP)
    strangers = [Bid(5000 + n, f"Q-{n}", f"Topic{n} of film{n}") for n in range(8000)]
    rows, _ = candidates(grids(works, [*bids, *strangers]))
    assert len(rows)
    assert np.bincount(rows).max() <= TEAM_TOP + TEXT_TOP


def test_a_word_leads_only_to_the_proposals_in_which_it_weighs_most_and_that_is_counted() -> None:
    bids = [Bid(n, f"P-{n}", f"skyrmion phase{n} of compound{n}") for n in range(1, WORD_CAP + 101)]
    others = [Bid(5000 + n, f"Q-{n}", f"topic{n} of film{n}") for n in range(9000)]
    m = grids([Work(1, "Skyrmion")], [*bids, *others])
    assert m.finder.by_word[list(m.axes.words).index("skyrmion")].nnz == WORD_CAP
    assert m.counters["words_too_common"] == 1
    assert len(candidates(m)[0]) == TEXT_TOP_ALONE


def test_texts_that_changed_since_somebody_began_to_read_them_are_read_again() -> None:
    made = invent(20, 40, seed=3)
    changed = [*made.works[1:], replace(made.works[0], text="zeolite imbibition")]
    for works in (made.works, changed, []):
        begun = begin_reading(titles_and_texts(made.bids), titles_and_texts(made.works), Own())
        found, told = grids(works, made.bids, begun=begun), grids(works, made.bids)
        assert found.axes.words.tolist() == told.axes.words.tolist()
        assert (found.of_works.texts != told.of_works.texts).nnz == 0
        assert bool(begun) == (works is not made.works), "what still holds is taken from those who read it"
    nothing = begin_reading([], [], Own())
    assert not grids([], [], begun=nothing).of_works.texts.nnz


def test_the_number_of_candidates_grows_with_the_publications() -> None:
    each = []
    for size in (1000, 4000):
        made = invent(size // 2, size, seed=3)
        rows, columns = candidates(grids(made.works, made.bids))
        each.append(len(rows) / size)
        near = set(zip(rows.tolist(), columns.tolist(), strict=True))
        true = [(row, bid) for row, bid in enumerate(made.truth.tolist()) if bid != NONE]
        assert sum(pair in near for pair in true) / len(true) >= 0.97
    assert each[1] <= 1.5 * each[0]


ODD = [
    Work(1, ""),
    Work(1, "   \u200b "),
    Work(1, "?!", text="\x00\x01"),
    Work(1, "nan", text="NaN"),
    Work(1, "Skyrmion lattices", day=date(1, 1, 1)),
    Work(1, "Skyrmion lattices", day=date(9999, 12, 31)),
    Work(1, "Skyrmion lattices", authors=((),) * 3000),
    Work(1, "Skyrmion lattices", authors=tuple(((n, 1.0),) for n in range(3000))),
    Work(1, "Skyrmion lattices", authors=(((1, 1.0),),) * 3000),
    Work(1, "Skyrmion lattices", authors=(((1, 0.5), (2, 0.5)),)),
    Work(1, "Skyrmion lattices", stated=frozenset({999_999})),
    Work(1, "Skyrmion lattices", institutions=frozenset({7}), instruments=frozenset({8}), orcids=frozenset({9})),
    Work(1, "x" * 100_000),
    Work(1, "磁性スキルミオン格子"),
]  # fmt: skip


@pytest.mark.parametrize("work", ODD, ids=lambda one: f"{one.title[:12]!r} {len(one.authors)} authors {one.day}")
def test_odd_publications_break_nothing_and_are_no_link_without_evidence(work: Work) -> None:
    bids = [
        Bid(10, "MA-10", "Skyrmion lattices", team=frozenset({1, 2, 3}), leader=1, first_day=date(2018, 4, 1)),
        Bid(11, "MA-11", "", team=frozenset(), first_day=None),
        Bid(12, "", "nan", team=frozenset({4}), first_day=date(1, 1, 1)),
    ]
    found = score_pairs(grids([work, replace(work, work_id=2)], bids), least=0.0)
    assert all(np.isfinite(one.score) for one in found)
    identified = {one.proposal_id for one in found if one.probability >= 0.95}
    assert not identified - {10}


def test_equal_scores_everywhere_choose_nobody() -> None:
    works = [Work(n, "Skyrmion lattices", day=date(2020, 1, 1), authors=(((1, 1.0),),)) for n in range(1, 6)]
    bids = [Bid(n, f"P-{n}", "Skyrmion lattices", team=frozenset({1}), first_day=date(2018, 1, 1)) for n in range(9)]
    found = score_pairs(grids(works, bids), least=0.0)
    assert len({one.probability for one in found}) == 1
    trusting = Policy(alone=0.9)
    assert {tier_of(one.probability, one.ledger, trusting, signing=one.signing) for one in found} == {"review"}
