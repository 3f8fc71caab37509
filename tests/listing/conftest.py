"""Forty publications, four proposals on two instruments, one of them secret, and the links proposed between them."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from puma.access import Viewer
from puma.entities import File, FilePage, Instrument, Link, Participant, Proposal, ProposalTime, Publication, Record
from puma.storage import Storage, insert_rows

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
NINA, BOB = Viewer("scientist", "Nina"), Viewer("scientist", "Bob")
D17, IN5, SECRET = 70, 71, 53
OF_D17 = Viewer("scientist", "Ida", instruments=frozenset({D17}))
PAPERS = range(1, 41)
CODED = {1, 2, 3}  # papers in which the code of proposal 51 was read


def evidence_line(kind: str, points: float, detail: str = "") -> dict[str, Any]:
    return {"kind": kind, "points": points, "detail": detail}


def link_row(left: int, right: int, probability: float, state: str = "candidate") -> dict[str, Any]:
    coded = left in CODED and right == 51
    code = "The proposal's code stands in the full text. Code: MA-51." if left < 3 else "It stands there. Code: ma 51."
    return {
        "left_id": left, "right_id": right, "relation": "publication-proposal", "state": state,
        "tier": "auto" if state == "auto" else "review", "channel": "identifier" if coded else "team", "score": 1.0,
        "probability": probability, "evidence_digest": "0", "model": "m", "found_at": AT,
        "evidence": [evidence_line("prior", -3.0), *([evidence_line("code_in_text", 6.0, code)] if coded else [])],
    }  # fmt: skip


@pytest.fixture
def house(storage: Storage) -> Storage:
    """Forty publications, four proposals on two instruments, one of them secret, and a PDF of the first."""
    kinds = dict.fromkeys(PAPERS, "publication") | dict.fromkeys((51, 52, SECRET, 54), "proposal")
    kinds |= {D17: "instrument", IN5: "instrument", 80: "file"}
    links = [
        link_row(1, 51, 0.9),
        link_row(2, 51, 0.99, "auto"),
        link_row(3, 51, 0.4),
        link_row(4, 51, 0.6),
        link_row(5, SECRET, 0.9),
    ]
    links += [link_row(paper, 52 + 2 * (paper % 2), (paper % 10) / 10 + 0.05) for paper in range(11, 41)]
    text = "We thank the staff of the source for beam time on D17 under proposal MA-\n51, and many others for help."
    with storage.writing() as session:
        records = [
            {"id": n, "kind": kind, "created_at": AT, "changed_at": AT,
             "visibility": "restricted" if n == SECRET else "public"}
            for n, kind in kinds.items()
        ]  # fmt: skip
        insert_rows(session, Record, records)
        insert_rows(session, Instrument, [{"id": D17, "name": "D17"}, {"id": IN5, "name": "IN5"}])
        insert_rows(session, Publication, [{"id": n, "title": f"Paper {n}", "year": 2020 + n % 3} for n in PAPERS])
        insert_rows(session, Proposal, [{"id": n, "title": "t", "code": f"MA-{n}"} for n in (51, 52, SECRET, 54)])
        times = [(51, D17, "D17"), (52, D17, "D17"), (SECRET, IN5, "IN5"), (54, IN5, "IN5")]
        insert_rows(
            session, ProposalTime,
            [{"proposal_id": p, "instrument_id": i, "instrument_name": name} for p, i, name in times],
        )  # fmt: skip
        insert_rows(
            session, Participant,
            [{"proposal_id": p, "position": 1, "name": f"Leader, {p}"} for p in (51, 52, SECRET, 54)],
        )  # fmt: skip
        insert_rows(session, Link, links)
        insert_rows(
            session, File,
            [{"id": 80, "of_id": 1, "name": "p.pdf", "sha256": "0", "state": "text", "path": "x", "url": None}],
        )  # fmt: skip
        insert_rows(session, FilePage, [{"file_id": 80, "page": 1, "text": "Nothing."},
                                        {"file_id": 80, "page": 2, "text": text}])  # fmt: skip
    return storage


@pytest.fixture
def numbers(house: Storage) -> dict[tuple[int, int], int]:
    """The links by their ends."""
    with house.reading() as session:
        return {(left, right): n for n, left, right in session.execute(select(Link.id, Link.left_id, Link.right_id))}
