"""PDFs by their records' links: fetched once, kept under names that say whose they are, read like any other."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import select

from puma.entities import File, FilePage, Publication, SkippedRecord
from puma.installation import Installation
from puma.runs.sources import configured_sources
from puma.settings import load_settings

SETTINGS = """
[[source]]
name = "library"
harvester = "tables"
url = "{url}"
allow_private = true
fetch_pdfs = true
"""
PUBLICATIONS = """source_id,doi,title,pdf
1,10.5555/ice,Ice under pressure,{url}/ice.pdf
2,,A thesis without DOI,{url}/thesis.pdf
3,10.5555/wall,Behind a wall,{url}/wall.pdf
4,,No link,
"""


def pdf(words: str) -> bytes:
    body = BytesIO()
    page = Canvas(body)
    page.drawString(72, 700, words)
    page.save()
    return body.getvalue()


def silent(what: str, done: int, total: int | None) -> None:
    """No progress is shown in tests."""


@pytest.fixture
def library() -> Iterator[tuple[str, list[str]]]:
    """(address, paths that were asked for) of a library with two PDFs and a page that pretends to be one."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            url = f"http://127.0.0.1:{self.server.server_address[1]}"
            answers = {
                "/publications.csv": PUBLICATIONS.format(url=url).encode(),
                "/ice.pdf": pdf("ice seven under pressure"),
                "/thesis.pdf": pdf("words of a thesis"),
                "/wall.pdf": b"<html>Please pay</html>",
            }
            body = answers.get(self.path)
            self.send_response(200 if body else 404)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", asked
    server.shutdown()


def test_linked_pdfs_are_fetched_once_and_their_text_belongs_to_the_record(
    library: tuple[str, list[str]], tmp_path: Path
) -> None:
    url, asked = library
    (tmp_path / "puma.toml").write_text(SETTINGS.format(url=url), "utf-8")
    house = Installation(load_settings(tmp_path / "puma.toml"))
    house.prepare()
    source = configured_sources(house.settings)[0]
    assert house.harvest(source, silent).state == "done"
    house.read_files(silent)
    query = (
        select(Publication.title, FilePage.text)
        .join(File, File.of_id == Publication.id)
        .join(FilePage, FilePage.file_id == File.id)
        .order_by(Publication.title)
    )
    with house.storage.reading() as session:
        found = [(title, text.strip()) for title, text in session.execute(query)]
    assert found == [
        ("A thesis without DOI", "words of a thesis"),
        ("Ice under pressure", "ice seven under pressure"),
    ]
    kept = sorted(path.name for path in (house.settings.files_folder / "pdfs" / "library").iterdir())
    assert kept == ["10.5555%2Fice.pdf", "10.5555%2Fwall.pdf.failed", "source=library%3A2.pdf"]
    first = [path for path in asked if path.endswith(".pdf")]
    house.harvest(source, silent, full=True)
    assert [path for path in asked if path.endswith(".pdf")] == first
    with house.storage.reading() as session:
        assert session.scalars(select(File.id)).all() != []
        skipped = session.execute(select(SkippedRecord.key, SkippedRecord.reason)).all()
    assert [(key.rpartition("/")[2], "no PDF" in reason) for key, reason in skipped] == [("wall.pdf", True)]
    house.close()
