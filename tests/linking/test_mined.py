"""Texts are mined once: again only when a text changed, or what is known of the codes in it."""

from pathlib import Path

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from puma.entities import File, FilePage, Publication, Record
from puma.linking import mined
from puma.linking.mined import Texts
from puma.matching.miner.mine import FacilityGrammar, Miner
from puma.matching.miner.parts import Mined
from puma.storage import Storage, insert_rows
from puma.work import Own
from tests.linking.test_match import AT

SAID = "We thank the ILL for beam time (proposal 8-02-889 on D22; see also MA-1234)."
KNOWN = FacilityGrammar("ill", "Institut Laue-Langevin", ("8-02-889", "MA-1000"), ("D22",))


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mined, "LEAST", 1)


@pytest.fixture
def house(storage: Storage) -> Storage:
    """Two publications, the first with a page."""
    seen = {"visibility": "public", "created_at": AT, "changed_at": AT}
    with storage.writing() as session:
        insert_rows(session, Record, [{"id": n, "kind": "publication", **seen} for n in (1, 2)])
        insert_rows(session, Publication, [{"id": n, "type": "OTHER", "title": f"Paper {n}"} for n in (1, 2)])
        insert_rows(session, Record, [{"id": 3, "kind": "file", **seen}])
        insert_rows(session, File, [{"id": 3, "of_id": 1, "name": "a.pdf", "sha256": "a", "state": "text", "pages": 1}])
        insert_rows(session, FilePage, [{"file_id": 3, "page": 1, "text": SAID}])
    return storage


def mine(
    session: Session, folder: Path | None, *, grammar: FacilityGrammar = KNOWN, title: str = "Paper 1"
) -> tuple[dict[int, Mined], int]:
    """What is found, and how many publications were read for it."""
    texts = Texts(Miner([grammar]), folder)
    found = next(texts.of(session, [{1: title, 2: "Paper 2"}], Own()))
    texts.keep(found)
    return found, texts.read


def test_what_did_not_change_is_not_read_again_and_says_the_same(house: Storage, tmp_path: Path) -> None:
    with house.reading() as session:
        plain, _ = mine(session, None)
        first, read = mine(session, tmp_path)
        again, read_again = mine(session, tmp_path)
    assert {hit.value for hit in first[1].hits if hit.kind == "proposal"} == {"802889"}
    assert first[1].has_text
    assert not first[2].has_text
    assert plain == first == again
    assert (read, read_again) == (2, 0)


def test_a_text_is_read_again_when_title_or_file_changed(house: Storage, tmp_path: Path) -> None:
    with house.reading() as session:
        mine(session, tmp_path)
        assert mine(session, tmp_path, title="Another title")[1] == 1
    with house.writing() as session:
        session.execute(update(File).values(sha256="b"))
        session.execute(update(FilePage).values(text="Nothing."))
    with house.reading() as session:
        found, read = mine(session, tmp_path, title="Another title")
    assert read == 1
    assert found[1].hits == ()


def test_a_file_without_a_print_is_always_read(house: Storage, tmp_path: Path) -> None:
    with house.writing() as session:
        session.execute(update(File).values(sha256=None))
    with house.reading() as session:
        mine(session, tmp_path)
        assert mine(session, tmp_path)[1] == 1


def test_a_code_that_became_known_or_unknown_is_looked_for_where_it_was_seen(house: Storage, tmp_path: Path) -> None:
    more = FacilityGrammar(KNOWN.code, KNOWN.name, (*KNOWN.proposal_codes, "MA-1234"), KNOWN.instruments)
    fewer = FacilityGrammar(KNOWN.code, KNOWN.name, ("8-02-880", "MA-1000"), KNOWN.instruments)
    with house.reading() as session:
        mine(session, tmp_path)
        for grammar, values in ((more, {"802889", "ma1234"}), (fewer, set())):
            found, read = mine(session, tmp_path, grammar=grammar)
            assert read == 1
            assert {hit.value for hit in found[1].hits if hit.kind == "proposal"} == values
            assert found == mine(session, None, grammar=grammar)[0]


def test_another_grammar_reads_all_again(house: Storage, tmp_path: Path) -> None:
    other = FacilityGrammar(KNOWN.code, KNOWN.name, KNOWN.proposal_codes, ("D22", "D33"))
    with house.reading() as session:
        mine(session, tmp_path)
        assert mine(session, tmp_path, grammar=other)[1] == 2


def test_what_is_gone_or_damaged_leaves_no_trace(house: Storage, tmp_path: Path) -> None:
    with house.reading() as session:
        mine(session, tmp_path)
        (tmp_path / "0.json").write_bytes(b'{"of": [')
        assert mine(session, tmp_path)[1] == 2
        texts = Texts(Miner([KNOWN]), tmp_path)
        texts.keep(next(texts.of(session, [{2: "Paper 2"}], Own())))
        assert b"802889" not in (tmp_path / "0.json").read_bytes()
        (tmp_path / "7.json").write_bytes(b"{}")
        texts.keep(next(texts.of(session, [{2: "Paper 2"}], Own())))
    assert [path.name for path in tmp_path.glob("*.json")] == ["0.json"]


def test_a_text_that_was_taken_away_is_no_longer_mined(house: Storage, tmp_path: Path) -> None:
    with house.reading() as session:
        mine(session, tmp_path)
    with house.writing() as session:
        session.execute(update(Record).where(Record.id == 3).values(deleted_at=AT))
    with house.reading() as session:
        assert session.scalars(select(FilePage.id)).all()
        assert mine(session, tmp_path)[0][1].hits == ()
    with house.writing() as session:
        session.execute(delete(FilePage))
