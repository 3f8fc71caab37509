"""The table of pairs: what becomes of each, and why."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from puma.matching.links.evidence import Policy, tier_of
from puma.matching.links.grids import grids
from puma.matching.links.score import score_pairs
from puma.matching.links.works import Bid, Work

CASES = tomllib.loads((Path(__file__).parent / "pair_cases.toml").read_text("utf-8"))["case"]
TITLES = {
    "same": "Skyrmion lattice of copper oxoselenite in electric fields",
    "other": "Milk proteins in infant food after heating",
    "": "",
}
OWN = frozenset({10})


def made(case: dict[str, Any]) -> tuple[Work, list[Bid]]:
    """The publication of a case, its proposal (number 10) and those of strangers."""
    told, asked = case["work"], case.get("bid", {})
    chances = told.get("chances", [told.get("chance", 1.0)] * len(told["people"]))
    people = [((one, chance),) for one, chance in zip(told["people"], chances, strict=True)]
    people += [((1000 + one, 1.0),) for one in range(told.get("crowd", 0))]
    work = Work(
        1,
        TITLES[told["title"]],
        day=told.get("day", date(2020, 5, 1)),
        authors=tuple(people),
        orcids=frozenset(told.get("orcids", ())),
        stated=OWN if told.get("stated") else frozenset({900}) if told.get("other") else frozenset(),
        thanked=OWN if told.get("thanked") else frozenset(),
        mentioned=OWN if told.get("mentioned") else frozenset(),
        supplements=OWN if told.get("supplements") else frozenset(),
        cites_data_of=OWN if told.get("cites_data") else frozenset(),
        names_unknown_codes=told.get("unknown", False),
        names_elsewhere=told.get("elsewhere", False),
        instruments=frozenset(told.get("instruments", ())),
    )
    team = frozenset(asked.get("team", (1, 2, 3)))
    own = Bid(
        10, "MA-10", "Skyrmion lattice in Cu2OSeO3 under electric fields", team=team, leader=1 if team else None,
        local_contacts=frozenset(asked.get("contacts", ())),
        instruments=frozenset(asked.get("instruments", ())), first_day=date(2018, 4, 1), last_day=date(2018, 4, 5),
        had_beam=asked.get("had_beam", True),
    )  # fmt: skip
    strangers = [
        Bid(
            900 + n, f"CH-{n}", f"Hydrogen storage in alloy {n}", team=frozenset({2000 + n, 3000 + n}),
            leader=2000 + n, first_day=date(2018, 4, 1), last_day=date(2018, 4, 5),
        )
        for n in range(29)
    ]  # fmt: skip
    return work, [own, *strangers]


@pytest.mark.parametrize("case", CASES, ids=[case["reason"][:70] for case in CASES])
def test_the_pair_becomes_what_the_table_says(case: dict[str, Any]) -> None:
    work, bids = made(case)
    policy = Policy(auto=0.9, alone=0.9)
    found = [one for one in score_pairs(grids([work], bids), least=0.0) if one.proposal_id == 10]
    tier = tier_of(found[0].probability, found[0].ledger, policy, signing=found[0].signing) if found else "low"
    chance = found[0].probability if found else 0.0
    reached = {tier} | ({"not auto"} if tier != "auto" else set())
    reached |= {"likely"} if chance >= 0.5 else {"unlikely"}
    assert case["expected"] in reached, f"{case['reason']}: {tier}, {chance:.3f}"


def test_the_tables_hold_at_least_150_cases_with_a_reason_each() -> None:
    texts = (Path(__file__).parent / "cases.csv").read_text("utf-8").splitlines()[1:]
    assert len(CASES) + len(texts) >= 150
    assert all(len(case["reason"]) > 10 for case in CASES)
    assert all(row.rsplit(",", 1)[1].strip() for row in texts)
