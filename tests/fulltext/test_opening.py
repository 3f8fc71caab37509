"""Opening a file at a page: the right file, the right page, for whoever may see the record, and nobody else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import insert, select, update

from dashboards.frame.state import State
from dashboards.page import Desk
from dashboards.pages.search import results
from puma import listing
from puma.access import Viewer
from puma.api.app import make_app
from puma.entities import File, Publication, Record
from puma.harvesting import harvester
from puma.installation import Installation
from puma.runs.files import read_files
from puma.runs.harvest import harvest
from puma.settings import AccessSettings, DatabaseSettings, Settings
from puma.storage import now
from tests.dashboards.spoken import components
from tests.fulltext.conftest import drawn

VIEWER, OFFICE = Viewer("viewer"), Viewer("user_office")
PAPER, SECRET = 9_000_001, 9_000_002


def silent(what: str, done: int, total: int | None) -> None:
    """No progress is shown in tests."""


def opened(folder: Path, role: str) -> Installation:
    settings = Settings(
        home=folder,
        database=DatabaseSettings(url="sqlite:///puma.db"),
        access=AccessSettings(local_role=role),
    )
    return Installation(settings)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Installation]:
    """A public paper with two files of three and two pages, and a secret record with one."""
    house = opened(tmp_path, "viewer")
    house.prepare()
    folder = tmp_path / "pdfs"
    folder.mkdir()
    drawn(folder / "a.pdf", ["ice one"], [], ["ice three"])
    drawn(folder / "b.pdf", ["water one"], ["water two"])
    drawn(folder / "secret.pdf", ["industrial secret"])
    source = harvester("pdf_folder").Source(name="pdfs", harvester="pdf_folder", path=folder)
    harvest(house.storage, source, full=True, progress=silent)
    read_files(house.storage, house.settings, silent)
    at = now()
    with house.storage.writing() as session:
        for number, visibility in ((PAPER, "public"), (SECRET, "restricted")):
            record = {"id": number, "kind": "publication", "created_at": at, "changed_at": at}
            session.execute(insert(Record).values(**record, visibility=visibility))
            session.execute(insert(Publication).values(id=number, title="Ice", type="OTHER"))
        for name, owner in (("a.pdf", PAPER), ("b.pdf", PAPER), ("secret.pdf", SECRET)):
            session.execute(update(File).where(File.name == name).values(of_id=owner))
        files = select(File.id).where(File.of_id == PAPER)
        session.execute(update(Record).where(Record.id.in_(files)).values(visibility="internal"))
    yield house
    house.close()


def number_of(house: Installation, name: str) -> int:
    with house.storage.reading() as session:
        return session.scalar(select(File.id).where(File.name == name)) or 0


def client(house: Installation) -> TestClient:
    return TestClient(make_app(house), base_url="http://127.0.0.1")


def highlights(house: Installation, typed: str) -> list[tuple[str, str]]:
    """(address, words) of the links of highlights on the search page."""
    found: list[Any] = [*components(results(Desk(house, VIEWER, State.read(f"?q={typed}"))))]
    return [(one.href, one.children) for one in found if getattr(one, "className", "") == "where"]


def test_pages_as_search_counts_them_open_the_file_that_holds_them(house: Installation) -> None:
    first, second = sorted((number_of(house, "a.pdf"), number_of(house, "b.pdf")))
    texts = [text for _, _, text in listing.page_texts(house.storage, VIEWER, PAPER)]
    links = listing.page_links(house.storage, VIEWER, {PAPER: range(1, 7), SECRET: [1], 77: [1]})
    places = [(file, page) for file, page, _ in listing.page_texts(house.storage, VIEWER, PAPER)]
    assert {file for file, _ in places} == {first, second}
    assert links == {
        (PAPER, number): f"/file/{file}.pdf#page={page}" for number, (file, page) in enumerate(places, start=1)
    }
    assert len(texts) == 5


def test_pages_of_files_that_fewer_may_read_are_counted_after_the_others_and_by_them_only(house: Installation) -> None:
    closed, free = number_of(house, "a.pdf"), number_of(house, "b.pdf")
    with house.storage.writing() as session:
        session.execute(update(Record).where(Record.id == free).values(visibility="public"))
    house.index(silent)
    wanted = {PAPER: range(1, 7)}
    free_ones = {(PAPER, page): f"/file/{free}.pdf#page={page}" for page in (1, 2)}
    closed_ones = {(PAPER, page + 2): f"/file/{closed}.pdf#page={page}" for page in (1, 2, 3)}
    assert listing.page_links(house.storage, Viewer("anonymous"), wanted) == free_ones
    assert listing.page_links(house.storage, VIEWER, wanted) == {**free_ones, **closed_ones}
    (hit,) = house.search(VIEWER, "three").hits
    assert [piece.page for piece in hit.snippets] == [5]
    assert house.search(Viewer("anonymous"), "three").total == 0
    assert [house.search(Viewer("anonymous"), typed).total for typed in ("ice -three", "water")] == [1, 1]
    assert highlights(house, "three") == [(f"/file/{closed}.pdf#page=3", "page 3")], "as the file counts"
    answer = client(house).get(f"/file/{closed}.pdf")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")


def test_who_may_not_see_a_record_is_led_nowhere(house: Installation) -> None:
    wanted = {PAPER: [1], SECRET: [1]}
    assert listing.page_links(house.storage, Viewer("anonymous"), wanted) == {}
    assert set(listing.page_links(house.storage, VIEWER, wanted)) == {(PAPER, 1)}
    assert set(listing.page_links(house.storage, OFFICE, wanted)) == {(PAPER, 1), (SECRET, 1)}
    assert list(listing.page_texts(house.storage, VIEWER, SECRET)) == []
    assert listing.texts_of_files(house.storage, VIEWER, SECRET) == []


def test_a_file_opens_in_the_browser_as_what_it_is_and_may_do_nothing_there(house: Installation) -> None:
    number = number_of(house, "a.pdf")
    answer = client(house).get(f"/file/{number}.pdf")
    assert answer.status_code == 200
    assert answer.content.startswith(b"%PDF-")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == 'inline; filename="a.pdf"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "script" not in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"].startswith("private")
    assert client(house).head(f"/file/{number}.pdf").headers["content-length"] == answer.headers["content-length"]


def test_a_reader_may_fetch_a_part(house: Installation) -> None:
    address = f"/file/{number_of(house, 'a.pdf')}.pdf"
    whole = client(house).get(address).content
    part = client(house).get(address, headers={"Range": "bytes=5-9"})
    assert (part.status_code, part.content) == (206, whole[5:10])
    assert part.headers["content-range"] == f"bytes 5-9/{len(whole)}"
    assert client(house).get(address, headers={"Range": f"bytes={len(whole)}-"}).status_code == 416


def test_a_secret_file_and_a_missing_one_give_the_same_answer(house: Installation, tmp_path: Path) -> None:
    secret = number_of(house, "secret.pdf")
    answers = [client(house).get(f"/file/{number}.pdf") for number in (secret, 8_888_888)]
    assert [answer.status_code for answer in answers] == [404, 404]
    said = [{k: v for k, v in answer.json().items() if k != "request_id"} for answer in answers]
    assert said[0] == said[1]
    assert answers[0].headers["content-type"] == "application/problem+json"
    office = opened(tmp_path, "user_office")
    assert client(office).get(f"/file/{secret}.pdf").status_code == 200
    office.close()


def test_whoever_did_not_sign_in_gets_no_file(house: Installation, tmp_path: Path) -> None:
    stranger = opened(tmp_path, "anonymous")
    assert client(stranger).get(f"/file/{number_of(house, 'a.pdf')}.pdf").status_code == 404
    stranger.close()


@pytest.mark.parametrize("number", ["0", "-1", "1.5", "abc", "%2e%2e", "..%2f..%2fetc%2fpasswd", "9" * 40, "١"])
def test_no_word_of_the_asker_becomes_a_path(house: Installation, number: str) -> None:
    assert client(house).get(f"/file/{number}.pdf").status_code == 404


def test_a_file_of_a_record_that_is_gone_is_gone(house: Installation) -> None:
    number = number_of(house, "a.pdf")
    with house.storage.writing() as session:
        session.execute(update(Record).where(Record.id == PAPER).values(deleted_at=now()))
    assert client(house).get(f"/file/{number}.pdf").status_code == 404


def test_what_is_no_pdf_is_handed_out_to_be_saved_and_never_shown(house: Installation, tmp_path: Path) -> None:
    number = number_of(house, "a.pdf")
    (tmp_path / "pdfs" / "a.pdf").write_text("<html><script>alert(1)</script>")
    with house.storage.writing() as session:
        session.execute(update(File).where(File.id == number).values(media_type="text/html"))
    answer = client(house).get(f"/file/{number}.pdf")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_link_put_in_the_place_of_a_file_is_not_followed(house: Installation, tmp_path: Path) -> None:
    number = number_of(house, "a.pdf")
    (tmp_path / "pdfs" / "a.pdf").unlink()
    assert client(house).get(f"/file/{number}.pdf").status_code == 404
    (tmp_path / "pdfs" / "a.pdf").symlink_to("/etc/passwd")
    assert client(house).get(f"/file/{number}.pdf").status_code == 404


def test_a_file_that_only_its_source_has_opens_there_and_odd_addresses_nowhere(house: Installation) -> None:
    number = number_of(house, "b.pdf")
    for address, opens in (("https://example.org/b.pdf", "https://example.org/b.pdf"), ("javascript:alert(1)", "")):
        with house.storage.writing() as session:
            session.execute(update(File).where(File.id == number).values(path=None, url=address))
        (view,) = [file for file in listing.texts_of_files(house.storage, VIEWER, PAPER) if file.id == number]
        assert (view.url, view.held) == (opens, False)
        assert client(house).get(f"/file/{number}.pdf").status_code == 404


def test_a_file_tells_its_source_size_pages_and_what_it_says_of_itself(house: Installation) -> None:
    files = listing.texts_of_files(house.storage, VIEWER, PAPER)
    (first,) = [file for file in files if file.name == "a.pdf"]
    assert (first.state, first.pages, first.read_pages, first.sources) == ("text", 3, 3, ("pdfs",))
    assert first.about is not None
    assert first.about.title == "Made for a test"
    assert first.extractor.startswith("2 pypdfium2-")
    assert (first.size_bytes or 0) > 500
