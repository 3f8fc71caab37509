"""Evaluation counts true and false links per tier, with intervals, and says in one sentence what a table lacks."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from puma.access import EVERYTHING
from puma.entities import Decision, Identifier, Link, Proposal, Publication, Record
from puma.errors import WrongUsage
from puma.evaluation import Share, audit, evaluate
from puma.listing import candidates
from puma.storage import Storage, insert_rows

AT = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    """Papers 1 to 4, proposals 11 to 13; 1-11 auto and true, 1-12 candidate and false, 2-12 candidate and true."""
    storage = Storage(f"sqlite:///{tmp_path / 'puma.db'}")
    storage.migrate()
    with storage.writing() as session:
        kinds = dict.fromkeys((1, 2, 3, 4), "publication") | dict.fromkeys((11, 12, 13), "proposal")
        insert_rows(
            session, Record, [{"id": n, "kind": k, "created_at": AT, "changed_at": AT} for n, k in kinds.items()]
        )
        insert_rows(session, Publication, [{"id": n, "title": "t"} for n in (1, 2, 3, 4)])
        insert_rows(session, Proposal, [{"id": n, "title": "t", "code": f"MA-{n}"} for n in (11, 12, 13)])
        names = [(n, "publication", "doi", f"10.1000/{n}") for n in (1, 2, 3, 4)]
        names += [(n, "proposal", "code", f"EPNS/ma{n}") for n in (11, 12, 13)]
        insert_rows(
            session,
            Identifier,
            [dict(zip(("record_id", "kind", "scheme", "value"), one, strict=True)) for one in names],
        )
        rows = [
            (1, 11, "auto", 0.99, "code_stated"),
            (1, 12, "candidate", 0.6, "team_share"),
            (2, 12, "candidate", 0.7, "team_share"),
            (2, 13, "rejected", 0.9, "team_share"),
            (3, 13, "candidate", 0.3, "team_share"),
        ]
        insert_rows(
            session,
            Link,
            [
                {
                    "left_id": left, "right_id": right, "relation": "publication-proposal", "state": state,
                    "tier": "auto" if state == "auto" else "review", "channel": "team", "score": 1.0, "probability": p,
                    "evidence": [{"kind": kind, "points": 1.0, "detail": ""}], "evidence_digest": "0", "model": "m",
                    "found_at": AT,
                }
                for left, right, state, p, kind in rows
            ],
        )  # fmt: skip
    return storage


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "truth.csv"
    path.write_text(text, encoding="utf-8")
    return path


TRUTH = "proposal,publication_doi\nMA-11,10.1000/1\nma 12,https://doi.org/10.1000/2\n,10.1000/3\nMA-13,10.1000/99\n"


def test_precision_recall_and_f1_are_counted_by_tier(storage: Storage, tmp_path: Path) -> None:
    found = evaluate(storage, table(tmp_path, TRUTH))
    assert (found.pairs, found.publications, found.publications_unknown) == (3, 4, 1)
    assert (found.tier("auto").precision.right, found.tier("auto").precision.of) == (1, 1)
    assert (found.tier("auto").recall.right, found.tier("auto").recall.of) == (1, 3)
    assert (found.tier("review").precision.right, found.tier("review").precision.of) == (1, 3)
    answers = found.tier("probability >= 0.5")
    assert (answers.precision.right, answers.precision.of) == (2, 3)
    assert answers.f1 == pytest.approx(2 * 2 / (3 + 3))
    assert (found.tier("without any identifier").recall.right, found.tier("without any identifier").recall.of) == (1, 2)
    assert (found.none_recall.right, found.none_recall.of) == (1, 1)


def test_the_calibration_error_weighs_each_bin_by_its_links(storage: Storage, tmp_path: Path) -> None:
    found = evaluate(storage, table(tmp_path, TRUTH))
    assert found.ece == pytest.approx((abs(0.99 - 1) + abs(0.6 - 0) + abs(0.7 - 1) + abs(0.3 - 0)) / 4)
    assert sum(one.links for one in found.bins) == 4


def test_the_table_and_the_json_say_the_same(storage: Storage, tmp_path: Path) -> None:
    found = evaluate(storage, table(tmp_path, TRUTH))
    lines = found.table()
    assert "3 true pairs of 4 publications" in lines[0]
    assert any(line.startswith("auto") and "1 of 1" in line for line in lines)
    assert found.as_json()["tiers"]["auto"]["precision"]["value"] == 1.0


def test_wilsons_interval_is_as_published() -> None:
    low, high = Share(198, 200).interval or (0, 0)
    assert (round(low, 3), round(high, 3)) == (0.964, 0.997)
    assert Share(0, 0).interval is None
    assert Share(0, 0).value is None


def test_a_table_without_links_in_the_database_gives_zero_recall(tmp_path: Path) -> None:
    storage = Storage(f"sqlite:///{tmp_path / 'empty.db'}")
    storage.migrate()
    found = evaluate(storage, table(tmp_path, TRUTH))
    assert found.tier("auto").recall.value == 0.0
    assert found.ece is None
    assert found.table()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("proposal,doi\nMA-1,10.1000/1\n", "publication_doi"),
        ("publication_doi\n10.1000/1\n", "proposal"),
        ("", "publication_doi"),
        ("proposal,publication_doi\nMA-1,none\n", "names no publication"),
    ],
)
def test_a_table_that_lacks_something_is_refused_in_one_sentence(
    storage: Storage, tmp_path: Path, text: str, words: str
) -> None:
    with pytest.raises(WrongUsage, match=words) as caught:
        evaluate(storage, table(tmp_path, text))
    assert str(caught.value).count("\n") == 0


def test_a_missing_file_is_refused_in_one_sentence(storage: Storage, tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match="cannot be read"):
        evaluate(storage, tmp_path / "nowhere.csv")


def decide(storage: Storage, verdicts: dict[tuple[int, int], str]) -> None:
    """Set links to validated or rejected as a person would, with a row in the log."""
    with storage.writing() as session:
        for (left, right), verdict in verdicts.items():
            link = session.scalars(select(Link).where(Link.left_id == left, Link.right_id == right)).one()
            row = {"verdict": verdict, "left_id": left, "right_id": right, "state_before": link.state, "value": []}
            insert_rows(session, Decision, [{**row, "reason": "", "decided_by": "anna", "decided_at": AT}])
            link.state = "validated" if verdict == "accept" else "rejected"


def queue_of_audit(storage: Storage) -> list[int]:
    return [one.link_id for one in candidates(storage, EVERYTHING, audit=True, limit=1000).items]


@pytest.fixture
def many(tmp_path: Path) -> Storage:
    """200 automatic links, of which every tenth is false, and 200 candidates, of which every fourth is true."""
    storage = Storage(f"sqlite:///{tmp_path / 'many.db'}")
    storage.migrate()
    with storage.writing() as session:
        insert_rows(
            session,
            Record,
            [
                {"id": n, "kind": "publication" if n <= 400 else "proposal", "created_at": AT, "changed_at": AT}
                for n in range(1, 402)
            ],
        )
        insert_rows(session, Publication, [{"id": n, "title": "t"} for n in range(1, 401)])
        insert_rows(session, Proposal, [{"id": 401, "title": "t", "code": "MA-401"}])
        link = {
            "right_id": 401, "relation": "publication-proposal", "channel": "team", "score": 1.0, "probability": 0.5,
            "evidence": [], "evidence_digest": "0", "model": "m", "found_at": AT,
        }  # fmt: skip
        insert_rows(
            session,
            Link,
            [
                {**link, "left_id": n, "state": state, "tier": "auto" if state == "auto" else "review"}
                for n, state in zip(range(1, 401), ["auto"] * 200 + ["candidate"] * 200, strict=True)
            ],
        )  # fmt: skip
    return storage


def test_the_audit_estimates_precision_and_recall_from_the_sample_alone(many: Storage) -> None:
    assert audit(many).recall is None
    waiting = queue_of_audit(many)
    assert audit(many).open == len(waiting)
    assert 0.1 * 400 < len(waiting) < 0.3 * 400
    with many.reading() as session:
        lefts = dict(session.execute(select(Link.id, Link.left_id)).all())
    sample = [lefts[number] for number in waiting]
    others = [n for n in range(1, 401) if n not in sample]
    decide(many, {(n, 401): "accept" if (n % 10 if n <= 200 else n % 4 == 0) else "reject" for n in sample})
    decide(many, {(n, 401): "reject" for n in others[:50]})  # what is decided outside the sample changes nothing
    found = audit(many)
    assert found.open == 0
    right = sum(n % 10 != 0 for n in sample if n <= 200)
    assert (found.precision.right, found.precision.of) == (right, sum(n <= 200 for n in sample))
    assert found.recall is not None
    assert found.recall_interval is not None
    assert found.recall_interval[0] <= found.recall <= found.recall_interval[1]
    assert found.recall_interval[0] <= 180 / (180 + 50) <= found.recall_interval[1]


def test_the_order_of_the_audit_says_nothing_about_the_links(many: Storage) -> None:
    waiting = queue_of_audit(many)
    assert len(waiting) > 20
    assert waiting != sorted(waiting)
    assert waiting == queue_of_audit(many)
