"""The wide link policy by hand: a publication that rests on candidates counts their greatest probability, not 1."""

import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from puma.access import EVERYTHING
from puma.entities import Link
from puma.facts import Snapshot, refresh
from puma.measuring import Question, ask, balance, collaboration, metrics, records_behind
from puma.measuring.definition import POLICIES, WHOLE
from puma.measuring.matrices import shared
from puma.measuring.receipts import facts_behind, value_of
from puma.measuring.technique_shares import technique_shares
from puma.measuring.topic_shares import topic_shares
from puma.storage import Storage, insert_rows
from tests.resolve.desk import Desk, experiment, instrument, proposal, publication

AT = datetime(2024, 6, 1, tzinfo=UTC)
SPLIT = 0.97 / 1.87
"""Of the third paper, 0.97 in all: for each of its candidates their part of 0.90 + 0.97."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Six papers of 2020, by hand:

    | paper | D17            | D33            | countries of authors | citations | open |
    | 1     | auto           |                | FR                   | 10        | yes  |
    | 2     | candidate 0.95 |                | FR; DE               | 20        | yes  |
    | 3     | candidate 0.90 | candidate 0.97 | DE                   | 100       | no   |
    | 4     | validated      | candidate 0.92 | none known           | 0         | no   |
    | 5     |                | candidate 0.89 | FR                   | 1000      | yes  |
    | 6     | rejected 0.99  |                | FR                   | 1000      | yes  |
    """
    storage = Storage(f"sqlite:///{tmp_path_factory.mktemp('wide') / 'puma.db'}")
    storage.migrate()
    made = Desk(storage, {"office": 10, "library": 30})
    made.hand_in("office", instrument("D17"), instrument("D33"))
    told: tuple[tuple[tuple[str, ...], int, str, dict[str, tuple[str, float]]], ...] = (
        (("FR",), 10, "gold", {"d17": ("auto", 0.5)}),
        (("FR", "DE"), 20, "gold", {"d17": ("candidate", 0.95)}),
        (("DE",), 100, "bronze", {"d17": ("candidate", 0.9), "d33": ("candidate", 0.97)}),
        ((), 0, "bronze", {"d17": ("validated", 1.0), "d33": ("candidate", 0.92)}),
        (("FR",), 1000, "gold", {"d33": ("candidate", 0.89)}),
        (("FR",), 1000, "gold", {"d17": ("rejected", 0.99)}),
    )
    for number, (countries, citations, access, links) in enumerate(told, start=1):
        authors = [
            {"name": f"A{place}", "affiliations": [{"text": f"Univ. {country}", "country": country}]}
            for place, country in enumerate(countries)
        ]
        values = {"type": "JOURNAL_ARTICLE", "year": 2020, "citations": citations, "open_access": access}
        made.hand_in("library", publication(("doi", f"10.1/{number}"), title=f"P{number}", authors=authors, **values))
        for name, (state, probability) in links.items():
            _link(made, number, made.number("instrument", "name", f"EPNS/{name}"), state, probability)
    return made


@pytest.fixture(scope="module")
def snapshot(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return refresh(desk.storage, tmp_path_factory.mktemp("facts"), AT)


def _link(desk: Desk, paper: int, right: int, state: str, probability: float, of: str = "instrument") -> None:
    row = {
        "left_id": desk.number("publication", "doi", f"10.1/{paper}"), "right_id": right,
        "relation": f"publication-{of}", "state": state, "tier": "review", "score": 1.0, "channel": "identifier",
        "probability": probability, "evidence": [], "evidence_digest": "", "model": "", "found_at": AT,
    }  # fmt: skip
    with desk.storage.writing() as session:
        insert_rows(session, Link, [row])


def rows(snapshot: Snapshot, slug: str, cut: str, **more: Any) -> dict[str, float]:
    table = ask(snapshot, EVERYTHING, Question(slug, (cut,), policy="wide", **more)).table
    return dict(zip(table[cut], table["value"], strict=True))


def test_candidates_count_their_greatest_probability_and_counted_links_one(snapshot: Snapshot) -> None:
    totals = [ask(snapshot, EVERYTHING, Question("publications", policy=policy)).total for policy in POLICIES]
    assert totals == [1, 2, 1 + 0.95 + 0.97 + 1]
    wide = ask(snapshot, EVERYTHING, Question("publications", policy="wide"))
    assert any("weighted by it: an estimate, in no report" in note for note in wide.footnotes)
    assert len(records_behind(snapshot, EVERYTHING, Question("publications", policy="wide"))) == 4


def test_an_instrument_is_credited_the_probability_of_its_own_link(snapshot: Snapshot) -> None:
    assert rows(snapshot, "publications", "instrument") == {"D17": 1 + 0.95 + 0.9 + 1, "D33": 1.89}
    split = rows(snapshot, "publications", "instrument", counting="fractional")
    assert split == pytest.approx(
        {"D17": 1 + 0.95 + 0.9 * SPLIT + 1 / 1.92, "D33": 0.97 * SPLIT + 0.92 / 1.92}, abs=1e-9
    )
    assert math.isclose(sum(split.values()), 3.92, abs_tol=1e-9), "the shares sum to the publications"


def test_a_click_on_a_row_gives_the_number_of_the_row_and_its_list_sums_to_it(snapshot: Snapshot) -> None:
    for cut in ("instrument", "country", "type", "group", "facility"):
        for value, number in rows(snapshot, "publications", cut).items():
            clicked = Question("publications", filters={cut: (value,)}, policy="wide")
            assert ask(snapshot, EVERYTHING, clicked).total == number
            behind = facts_behind(snapshot, EVERYTHING, clicked)
            assert sum(behind["weight"].to_pylist()) == pytest.approx(number)
            assert sorted(behind["record"].to_pylist()) == records_behind(snapshot, EVERYTHING, clicked)
    within = rows(snapshot, "publications", "country", filters={"instrument": ("D33",)})
    assert within == {"DE": 0.97, "unknown": 0.92}
    split = rows(snapshot, "publications", "country", filters={"instrument": ("D17",)}, counting="fractional")
    assert split == pytest.approx({"FR": 1 + 0.95 / 2, "DE": 0.95 / 2 + 0.9, "unknown": 1})


def test_countries_and_pairs_of_countries_are_weighted(snapshot: Snapshot) -> None:
    assert rows(snapshot, "publications", "country") == {"FR": 1.95, "DE": 1.92, "unknown": 1}
    split = rows(snapshot, "publications", "country", counting="fractional")
    assert split == pytest.approx({"FR": 1.475, "DE": 0.475 + 0.97, "unknown": 1})
    pairs = collaboration(snapshot, EVERYTHING, {}, policy="wide").itertuples(index=False)
    assert [tuple(pair) for pair in pairs] == [("FR", "FR", 1), ("DE", "DE", 0.97), ("FR", "DE", 0.95)]
    sure = collaboration(snapshot, EVERYTHING, {})
    assert [tuple(pair) for pair in sure.itertuples(index=False)] == [("FR", "FR", 1)]
    assert sure["value"].dtype.kind == "i"
    told = balance(snapshot, EVERYTHING, (2020, 2020), policy="wide").table.set_index("unit")
    assert told["papers"].to_dict() == {"FR": 1.95, "DE": 1.92, "unknown": 1}


def test_shared_publications_techniques_and_topics_are_weighted(snapshot: Snapshot) -> None:
    found = shared(snapshot, EVERYTHING, "instrument", (2020, 2020), policy="wide")
    cells = {(row.one, row.other): row.value for row in found.cells.itertuples()}
    assert cells == {("D17", "D17"): 1.95, ("D17", "D33"): 0.9 + 0.92, ("D33", "D17"): 0.9 + 0.92}
    assert found.publications == 3.92
    credit = found.credit.set_index("unit")
    assert credit["whole"].to_dict() == {"D17": 3.85, "D33": 1.89}
    assert credit["alone"].to_dict() == {"D17": 1.95, "D33": 0}
    assert credit["fractional"].sum() == pytest.approx(3.92)
    for told in (
        technique_shares(snapshot, EVERYTHING, {}, policy="wide"),
        topic_shares(snapshot, EVERYTHING, {}, "", policy="wide"),
    ):
        assert (told["whole"].sum(), told["fractional"].sum()) == (3.92, 3.92), "none is known of any"


def test_rates_and_sums_of_publications_are_weighted(snapshot: Snapshot) -> None:
    share = ask(snapshot, EVERYTHING, Question("open_access_share", policy="wide"))
    assert (share.numerator, share.denominator) == (1.95, 3.92)
    assert ask(snapshot, EVERYTHING, Question("citations", policy="wide")).total == 10 + 0.95 * 20 + 0.97 * 100
    international = ask(snapshot, EVERYTHING, Question("international_share", policy="wide"))
    assert (international.numerator, international.denominator) == (0.95, 1 + 0.95 + 0.97)


def test_where_a_part_of_a_candidate_makes_no_sense_it_counts_whole_and_that_is_said(snapshot: Snapshot) -> None:
    whole = {slug for slug, one in metrics().items() if one.candidates_whole}
    assert whole == {
        "cross_facility_authors_share", "h_index", "publication_debt", "time_to_publication",
        "yield_2_years", "yield_3_years", "yield_5_years",
    }  # fmt: skip
    answer = ask(snapshot, EVERYTHING, Question("h_index", policy="wide"))
    assert answer.total == 3
    assert WHOLE in answer.footnotes
    assert WHOLE not in ask(snapshot, EVERYTHING, Question("h_index")).footnotes
    told = {slug for slug, one in metrics().items() if one.follows_links and not one.weighed} - whole
    assert told == {"papers_per_proposal", "papers_per_proposal_split"}, "whose facts hold sums of weights"


def test_the_value_of_the_rows_kept_is_the_number_and_rows_of_before_the_weights_count_whole(
    snapshot: Snapshot,
) -> None:
    question, connection = Question("publications", policy="wide"), duckdb.connect()
    behind = facts_behind(snapshot, EVERYTHING, question)
    for name, table, value in (("now", behind, 3.92), ("before", behind.drop_columns(["weight"]), 4)):
        connection.register(name, table)
        assert value_of(connection, metrics()["publications"], "wide", name).value == value


def test_papers_of_proposals_are_weighted(tmp_path: Path) -> None:
    """On a desk of its own: two proposals, a candidate of both, a counted paper of one."""
    storage = Storage(f"sqlite:///{tmp_path / 'puma.db'}")
    storage.migrate()
    own = Desk(storage, {"office": 10, "library": 30})
    for code in ("P-1", "P-2"):
        own.hand_in("office", proposal(code))
        start = {"starts_at": "2015-03-01T08:00:00+00:00", "ends_at": "2015-03-02T08:00:00+00:00"}
        own.hand_in("office", experiment(f"S{code}", proposal_code=code, delivered_hours=24, **start))
    for number in (1, 2):
        own.hand_in("library", publication(("doi", f"10.1/{number}"), title=f"P{number}", type="THESIS", year=2017))
    first, second = (own.number("proposal", "code", f"EPNS/p{number}") for number in (1, 2))
    _link(own, 1, first, "candidate", 0.9, "proposal")
    _link(own, 1, second, "candidate", 0.95, "proposal")
    _link(own, 2, first, "auto", 0.5, "proposal")
    facts = refresh(storage, tmp_path / "facts", AT)
    told = {
        slug: ask(facts, EVERYTHING, Question(slug, policy="wide")).numerator
        for slug in ("papers_per_proposal", "papers_per_proposal_split")
    }
    assert told == {"papers_per_proposal": 2.85, "papers_per_proposal_split": 1.95}
