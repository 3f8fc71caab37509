"""Figures that facilities published, and a rule told in plain words, against what the metrics make of their input."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from puma.access import EVERYTHING
from puma.claims import Claim
from puma.entities import Link
from puma.facts import Snapshot, refresh
from puma.measuring import Answer, Question, ask, records_behind
from puma.storage import Storage, insert_rows
from tests.resolve.desk import Desk, experiment, instrument, person, proposal, publication

AT = datetime(2024, 6, 1, tzinfo=UTC)
MONTH = timedelta(days=365.25 / 12)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    storage = Storage(f"sqlite:///{tmp_path / 'puma.db'}")
    storage.migrate()
    made = Desk(storage, {"office": 10, "library": 30})
    made.hand_in("office", instrument("D1"))
    return made


def facts(desk: Desk, folder: Path) -> Snapshot:
    return refresh(desk.storage, folder / "facts", AT)


def told(snapshot: Snapshot, slug: str, **filters: str) -> Answer:
    return ask(snapshot, EVERYTHING, Question(slug, filters={name: (value,) for name, value in filters.items()}))


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


def test_the_acceptance_of_three_years_is_the_one_that_was_published(desk: Desk, tmp_path: Path) -> None:
    """ESRF 2002 to 2004: 748 of 1,489 proposals, 769 of 1,622, 786 of 1,675."""
    published = {2002: (748, 1489, 0.5024), 2003: (769, 1622, 0.4741), 2004: (786, 1675, 0.4693)}
    desk.hand_in("office", *(
        proposal(f"P{year}{number:04}", decision="accepted" if number < accepted else "refused",
                 deposited_on=f"{year}-03-01")
        for year, (accepted, submitted, _) in published.items() for number in range(submitted)
    ))  # fmt: skip
    snapshot = facts(desk, tmp_path)
    for year, (accepted, submitted, share) in published.items():
        found = told(snapshot, "acceptance_rate", year=str(year))
        assert (found.numerator, found.denominator) == (accepted, submitted)
        assert found.total == pytest.approx(share, abs=5e-5)


@pytest.mark.parametrize(
    ("requested", "given", "times", "share"), [(24_252, 15_413, 1.5735, 0.6355), (7_259, 3_425, 2.1194, 0.4718)]
)
def test_beam_time_asked_for_and_given_is_the_one_that_was_published(
    desk: Desk, tmp_path: Path, requested: int, given: int, times: float, share: float
) -> None:
    """Diamond 2022/23 and ALS 2023-1, in shifts."""
    asked = {"instrument": "D1", "requested": requested, "allocated": given, "unit": "shift"}
    desk.hand_in("office", proposal("P-1", decision="accepted", deposited_on="2022-03-01", times=[asked]))
    snapshot = facts(desk, tmp_path)
    assert told(snapshot, "oversubscription").total == pytest.approx(times, abs=5e-5)
    hours = [told(snapshot, slug).total or 0 for slug in ("allocated_hours", "requested_hours")]
    assert hours[0] / hours[1] == pytest.approx(share, abs=5e-5)


def test_visits_on_site_and_remote_are_those_that_were_published(desk: Desk, tmp_path: Path) -> None:
    """Diamond 2022/23: 5,279 on site and 3,914 remote."""
    people, modes = 100, ["on-site"] * 5279 + ["remote"] * 3914
    claims = [person(f"u{who}") for who in range(people)]
    for number, start in enumerate(range(0, len(modes), people)):
        came = [
            {"person": ["source", f"office:u{who}"], "mode": mode}
            for who, mode in enumerate(modes[start : start + people])
        ]
        claims.append(experiment(
            f"E{number}", instrument_name="D1", starts_at="2022-11-01T08:00:00+00:00", delivered_hours=8,
            participants=came,
        ))  # fmt: skip
    desk.hand_in("office", *claims)
    snapshot = facts(desk, tmp_path)
    assert told(snapshot, "user_visits").total == 9193
    remote = told(snapshot, "remote_share")
    assert (remote.numerator, remote.denominator) == (3914, 9193)
    assert remote.total == pytest.approx(0.4258, abs=5e-5)


def test_each_author_is_one_share_that_the_countries_of_the_author_split(desk: Desk, tmp_path: Path) -> None:
    """Three authors: France; France and Germany; nowhere known."""
    countries = (["FR"], ["FR", "DE"], [])
    authors = [
        {"name": f"A{place}", "affiliations": [{"text": f"Lab {one}", "country": one} for one in several]}
        for place, several in enumerate(countries)
    ]
    desk.hand_in("office", proposal("P-1", decision="accepted"))
    desk.hand_in(
        "library", publication(("doi", "10.1/1"), title="P", type="JOURNAL_ARTICLE", year=2020, authors=authors)
    )
    link(desk, [("10.1/1", "EPNS/p1", "auto")])
    question = Question("publications", ("country",), counting="fractional")
    table = ask(facts(desk, tmp_path), EVERYTHING, question).table
    shares = dict(zip(table["country"], table["value"], strict=True))
    assert {name: round(float(share), 4) for name, share in shares.items()} == {
        "FR": 0.5, "DE": 0.1667, "unknown": 0.3333,
    }  # fmt: skip


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
