"""The ledger of a pair adds up to its score, identifiers alone make a link automatic, and look-alikes never do."""

from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

import numpy as np
import pytest

from puma.matching.links.evidence import HELD_BACK, IDENTIFIERS, KINDS, TWO, Evidence, Policy, probability, tier_of
from puma.matching.links.grids import candidates, grids
from puma.matching.links.score import score_pairs
from puma.matching.links.works import Bid, Work
from puma.settings import MatchSettings

Thing = TypeVar("Thing", Work, Bid)
TEAM = frozenset({1, 2, 3})


def work(number: int, people: tuple[int, ...] = (1, 2), **more: Any) -> Work:
    values: dict[str, Any] = {
        "title": "Skyrmion lattice of copper oxoselenite in electric fields",
        "day": date(2020, 5, 1),
        "authors": tuple(((one, 1.0),) for one in people),
    }
    return Work(number, **(values | more))


def bid(number: int, **more: Any) -> Bid:
    values: dict[str, Any] = {
        "code": f"MA-{number}",
        "title": "Skyrmion lattice in Cu2OSeO3 under electric fields",
        "team": TEAM,
        "leader": 1,
        "first_day": date(2018, 4, 1),
    }
    return Bid(number, **(values | more))


STRANGERS = [
    bid(900 + n, title=f"Hydrogen storage in alloy {n}", team=frozenset({900 + n, 950 + n}), leader=900 + n)
    for n in range(30)
]


def scored(works: list[Work], bids: list[Bid]) -> dict[tuple[int, int], tuple[float, tuple[Evidence, ...]]]:
    found = score_pairs(grids(works, [*bids, *STRANGERS]), least=0.0)
    return {(one.work_id, one.proposal_id): (one.probability, one.ledger) for one in found}


def changed(one: Thing, values: dict[str, Any]) -> Thing:
    return replace(one, **values)


def chance(one: Work, other: Bid) -> float:
    return scored([one], [other]).get((one.work_id, other.proposal_id), (0.0, ()))[0]


def test_the_points_of_a_ledger_add_up_to_the_score() -> None:
    found = score_pairs(
        grids([work(1), work(2, (1, 7), stated=frozenset({10}))], [bid(10), bid(11), *STRANGERS]), least=0.0
    )
    assert found
    for one in found:
        assert sum(line.points for line in one.ledger) == pytest.approx(one.score, abs=1e-9)
        assert probability(one.score) == pytest.approx(one.probability, abs=1e-6)


def test_every_kind_has_a_sentence_for_and_one_against() -> None:
    for kind in KINDS:
        for sentence in (kind.favour, kind.against):
            assert sentence.endswith(".")
            assert len(sentence) > 20
    assert len({kind.name for kind in KINDS}) == len(KINDS)


MORE = [
    ("code stated", {"stated": frozenset({10})}, {}),
    ("code thanked", {"thanked": frozenset({10})}, {}),
    ("data supplement", {"supplements": frozenset({10})}, {}),
    ("data cited", {"cites_data_of": frozenset({10})}, {}),
    ("instrument named", {"instruments": frozenset({5})}, {"instruments": frozenset({5})}),
    ("same words", {"text": "skyrmion lattice chirality"}, {"text": "skyrmion lattice chirality"}),
    ("same institution", {"institutions": frozenset({3})}, {"institutions": frozenset({3})}),
]


@pytest.mark.parametrize(("what", "of_work", "of_bid"), MORE)
def test_more_evidence_never_makes_a_pair_less_likely(
    what: str, of_work: dict[str, Any], of_bid: dict[str, Any]
) -> None:
    assert chance(changed(work(1), of_work), changed(bid(10), of_bid)) >= chance(work(1), bid(10)), what


LESS = [
    ("before the experiment", {"day": date(2017, 9, 1)}, {}),
    ("no beam time", {}, {"had_beam": False}),
    ("another topic", {"title": "Milk proteins in infant food"}, {}),
    ("strangers", {"authors": (((77, 1.0),),)}, {}),
    ("names other proposals", {"stated": frozenset({900})}, {}),
]


@pytest.mark.parametrize(("what", "of_work", "of_bid"), LESS)
def test_evidence_against_makes_a_pair_less_likely(what: str, of_work: dict[str, Any], of_bid: dict[str, Any]) -> None:
    assert chance(changed(work(1), of_work), changed(bid(10), of_bid)) < chance(work(1), bid(10)), what


NEVER_MORE = [
    ("other instruments", {"instruments": frozenset({6})}, {"instruments": frozenset({5})}),
    ("full text without the facility", {"has_text": True}, {}),
    ("measured elsewhere", {"names_elsewhere": True}, {}),
]


@pytest.mark.parametrize(("what", "of_work", "of_bid"), NEVER_MORE)
def test_weak_evidence_against_never_makes_a_pair_likelier(
    what: str, of_work: dict[str, Any], of_bid: dict[str, Any]
) -> None:
    assert chance(changed(work(1), of_work), changed(bid(10), of_bid)) <= chance(work(1), bid(10)), what


def test_nothing_is_automatic_without_an_identifier_unless_a_facility_says_so() -> None:
    everything_else = [Evidence("team_share", 20.0, ""), Evidence("text", 20.0, "")]
    chosen = MatchSettings()
    assert tier_of(1.0, everything_else, Policy(), signing=9) == "review"
    assert tier_of(1.0, everything_else, Policy(chosen.auto, chosen.review, chosen.alone), signing=9) == "review"


def test_only_an_identifier_or_two_surely_shared_people_without_contradiction_make_a_link_automatic() -> None:
    team, code = Evidence("team_share", 9.0, ""), Evidence("code_stated", 9.0, "")
    policy = Policy(auto=0.95, review=0.2, alone=0.97)
    assert tier_of(0.96, [code], policy) == "auto"
    assert tier_of(0.96, [team], policy, signing=3) == "review"
    assert tier_of(0.98, [team], policy, signing=2) == "auto"
    assert tier_of(0.999, [team], policy, signing=1) == "review"
    assert tier_of(0.999, [team], policy, signing=TWO) == "auto"
    assert tier_of(0.999, [team, Evidence("elsewhere", -1.0, "")], policy, signing=3) == "review"
    assert tier_of(0.999, [team], Policy(alone=2.0), signing=9) == "review"
    assert tier_of(0.1, [code], policy) == "low"
    assert {"code_stated", "data_cited", "data_supplement", "code_in_acknowledgement"} <= IDENTIFIERS


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("other_code", {"stated": frozenset({900})}),
        ("other_code", {"names_unknown_codes": True}),
        ("too_early", {"day": date(2017, 9, 1)}),
        ("data_of_few", {"cites_data_of": frozenset({10}), "authors": tuple(((one, 1.0),) for one in (1, 71, 72))}),
        ("data_of_others", {"cites_data_of": frozenset({10}), "authors": (((70, 1.0),),)}),
    ],
)
def test_what_identifiers_say_against_a_pair_forbids_it_whatever_a_model_says(kind: str, more: dict[str, Any]) -> None:
    found = score_pairs(grids([work(1, (1, 2, 3), **more)], [bid(10), *STRANGERS]), least=0.0)
    ledger = next(one.ledger for one in found if one.proposal_id == 10)
    assert any(line.kind == kind and line.points <= -0.3 for line in ledger)
    praise = [line if line.kind == kind else replace(line, points=9.0) for line in ledger]
    for alone in (0.5, 0.95):
        assert tier_of(1.0, praise, Policy(auto=0.5, alone=alone), signing=9) == "review"


def test_a_code_makes_up_for_data_that_hardly_anybody_of_the_team_cites() -> None:
    doubt, cited, code = (
        Evidence("data_of_few", -2.0, ""),
        Evidence("data_cited", 9.5, ""),
        Evidence("code_stated", 12.0, ""),
    )
    assert tier_of(0.99, [cited], Policy()) == "auto"
    assert tier_of(0.99, [cited, doubt], Policy()) == "review"
    assert tier_of(0.99, [cited, doubt, code], Policy()) == "auto"


def test_a_stated_code_is_enough_where_no_team_is_known() -> None:
    one, other = work(1, (), authors=(), stated=frozenset({10})), bid(10, team=frozenset(), leader=None)
    assert chance(one, other) >= 0.95


def test_a_paper_that_reuses_open_data_of_strangers_is_not_their_paper() -> None:
    assert chance(work(1, (70, 71), cites_data_of=frozenset({10})), bid(10)) < 0.5
    assert chance(work(1, (1, 71), cites_data_of=frozenset({10})), bid(10)) > 0.95


def test_of_two_proposals_of_one_team_the_nearer_words_win() -> None:
    near, far = bid(10, text="skyrmion lattice"), bid(11, title="Spin waves in garnet films", text="magnon garnet")
    found = scored([work(1, text="skyrmion lattice")], [near, far])
    assert found[1, 10][0] > found[1, 11][0]


def test_equal_proposals_get_equal_probabilities_and_none_is_chosen() -> None:
    found = scored([work(1)], [bid(10), bid(11)])
    assert found[1, 10][0] == found[1, 11][0]


def test_the_order_of_works_and_proposals_changes_nothing() -> None:
    works = [work(number, (1, number)) for number in range(1, 6)]
    bids = [bid(number, first_day=date(2015 + number % 4, 3, 1)) for number in range(10, 16)]
    assert scored(works, bids) == scored(works[::-1], bids[::-1])


def test_a_person_on_all_proposals_makes_no_quadratic_number_of_candidates() -> None:
    bids = [bid(number, team=frozenset({1}), title=f"Study number {number}") for number in range(1000)]
    works = [work(number, (1,), title=f"Paper {number}") for number in range(300)]
    rows, _ = candidates(grids(works, bids))
    assert len(rows) <= 300 * 60


def test_nothing_to_compare_gives_nothing() -> None:
    assert score_pairs(grids([], []), least=0.0) == []
    assert score_pairs(grids([work(1)], []), least=0.0) == []
    assert score_pairs(grids([], [bid(1)]), least=0.0) == []


def test_empty_titles_and_unknown_dates_break_nothing() -> None:
    found = score_pairs(grids([work(1, title="", day=None)], [bid(10, title="", first_day=None)]), least=0.0)
    assert all(np.isfinite(one.score) for one in found)


def test_what_can_be_seen_is_told_as_it_is_whichever_way_its_points_go() -> None:
    late, unsigned, mine = date(2031, 5, 1), work(3, people=()), frozenset({1, 2, 3, 4})
    works = [work(1, people=(1, 2, 3)), work(2, people=(1, 51, 52, 53), day=late), unsigned, work(4, day=None)]
    found = score_pairs(grids(works, [bid(10, team=mine, local_contacts=frozenset({3})), *STRANGERS]), least=0.0)
    told = {one.work_id: {line.kind: line.detail for line in one.ledger} for one in found if one.proposal_id == 10}
    assert told[1]["team_share"].startswith("Members of the proposal's team sign the publication")
    assert told[1]["team_share"].endswith(" 3 of 4 shared.")
    less = "Less than half of the proposal's team signs the publication. 1 of 4 shared."
    assert told[2]["team_share"] == f"{less} {HELD_BACK}"
    assert told[3]["team_share"].endswith(" 0 of 4 shared.")
    assert [told[n]["author_share"].split()[0] for n in (1, 2, 3)] == ["Half", "Less", "Less"]
    assert told[3]["no_shared_author"] == "None of the authors is known to have been on the proposal's team."
    assert told[1]["lag"].endswith(" is a usual one. It is 2.1 years after the beam time.")
    assert told[2]["lag"].startswith("The time from beam time to publication is unusual. It is 13.1 years after")
    assert told[4]["lag"] == "The time from beam time to publication is not known."
    assert told[1]["local_contact"] == "The proposal's local contact is an author."


def test_the_detail_of_shared_authors_names_them() -> None:
    found = score_pairs(grids([work(1)], [bid(10), *STRANGERS], {1: "Curie, Marie", 2: "Bohr, Niels"}), least=0.0)
    line = next(line for line in found[0].ledger if line.kind == "team_share")
    assert "Curie, Marie" in line.detail
    assert "Bohr, Niels" in line.detail


@pytest.mark.parametrize(
    ("signing", "authors", "more", "contacts"),
    [
        (1.0, ((1, 1.0),), {}, ()),
        (2.0, ((1, 1.0), (2, 1.0)), {}, ()),
        (1.0, ((1, 1.0), (2, 0.4)), {}, ()),
        (1.6, ((1, 1.0), (2, 0.6)), {}, ()),
        (2.0, ((1, 1.0), (7, 1.0)), {}, (7,)),
        (2.0, ((1, 1.0),), {"orcids": frozenset({1})}, ()),
        (1.0, ((1, 1.0),), {}, (1,)),
    ],
)
def test_people_sign_by_their_probability_and_the_ledger_says_when_fewer_than_two_do(
    signing: float, authors: tuple[tuple[int, float], ...], more: dict[str, Any], contacts: tuple[int, ...]
) -> None:
    paper = work(1, authors=tuple(((one, chance),) for one, chance in authors), **more)
    own = bid(10, local_contacts=frozenset(contacts))
    found = next(one for one in score_pairs(grids([paper], [own, *STRANGERS]), least=0.0) if one.proposal_id == 10)
    assert found.signing == signing
    said = [line.detail for line in found.ledger if line.kind == "team_share"]
    assert all((HELD_BACK in one) == (signing < TWO) for one in said)
