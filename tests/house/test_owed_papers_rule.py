"""The rule of owed papers, told in plain words, against what the metric makes of two hundred proposals."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from puma.access import EVERYTHING
from puma.claims import Claim
from puma.entities import Link
from puma.measuring import Question, records_behind
from puma.storage import insert_rows
from tests.house.conftest import AT, facts
from tests.resolve.desk import Desk, experiment, proposal, publication

MONTH = timedelta(days=365.25 / 12)


def link(desk: Desk, pairs: Sequence[tuple[str, str, str]]) -> None:
    """Publications by DOI with proposals by code, in a state."""
    rows = [
        {
            "left_id": desk.number("publication", "doi", doi), "right_id": desk.number("proposal", "code", code),
            "relation": "publication-proposal", "state": state, "tier": "review", "channel": "identifier",
            "score": 1.0, "probability": 0.95, "evidence": [], "evidence_digest": "", "model": "", "found_at": AT,
        }
        for doi, code, state in pairs
    ]  # fmt: skip
    with desk.storage.writing() as session:
        insert_rows(session, Link, rows)


def owes(kind: str, since: datetime, states: Sequence[str]) -> bool:
    """The rule in plain words: beam time more than 24 months ago, a type that owes, and no counted paper."""
    exempt = kind in ("proprietary", "industry", "industrial", "commissioning", "training", "cancelled")
    return not exempt and AT - since > 24 * MONTH and not {"auto", "validated"} & set(states)


def test_of_two_hundred_proposals_exactly_those_owe_a_paper_that_the_rule_names(desk: Desk, tmp_path: Path) -> None:
    chance = Random(200)
    claims: list[Claim] = []
    papers, pairs, expected = [], [], set()
    for number in range(200):
        months = 10 if number < 20 else chance.choice((3, 12, 23, 25, 30, 47, 80, 150))
        since = (AT - months * MONTH).replace(hour=8)
        kind = chance.choice(("public", "public", "inhouse", "rapid", "proprietary", "commissioning", "training"))
        states = chance.choice(((), (), ("auto",), ("validated", "candidate"), ("candidate",), ("rejected",)))
        claims.append(proposal(f"P-{number}", decision="accepted", type=kind, deposited_on=f"{since:%Y-%m-%d}"))
        claims.append(experiment(
            f"E{number}", proposal_code=f"P-{number}", instrument_name="D1", starts_at=since.isoformat(),
            ends_at=(since + timedelta(days=2)).isoformat(), delivered_hours=48,
        ))  # fmt: skip
        for state in states:
            doi = f"10.1/{len(papers)}"
            papers.append(publication(
                ("doi", doi), title=f"Paper {doi}", type="JOURNAL_ARTICLE", published_on="2024-05-20", year=2024
            ))  # fmt: skip
            pairs.append((doi, f"EPNS/p{number}", state))
        if owes(kind, since, states):
            expected.add(number)
    desk.hand_in("office", *claims)
    desk.hand_in("library", *papers)
    link(desk, pairs)
    found = records_behind(facts(desk, tmp_path), EVERYTHING, Question("publication_debt"), part="numerator")
    assert set(found) == {desk.number("proposal", "code", f"EPNS/p{number}") for number in expected}
    assert 20 < len(expected) < 100
    assert not expected & set(range(20)), "beam time ten months ago"
