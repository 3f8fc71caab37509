"""Files made to hurt: each gets a state of its own within the limits and the pool goes on."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption

from puma.fulltext import Limits, State
from tests.fulltext.conftest import (
    assembled,
    character_map_bomb,
    drawn,
    endless_cross_reference,
    endless_operators,
    extracted,
    flate_bomb,
    form_bomb,
    glyph_width_bomb,
    many_pages,
    one_page,
    stream,
    with_pages_entry,
)

Write = Callable[[str, bytes], Path]
SHORT = Limits(wall_s=3.0, cpu_s=3)


@pytest.mark.parametrize(
    ("hostile", "most_bytes", "states"),
    [
        (endless_cross_reference(), 130, {State.TIMED_OUT}),
        (form_bomb(depth=12, calls=12), 4_000, {State.TIMED_OUT}),
        (form_bomb(depth=30, calls=2), 6_000, {State.TIMED_OUT}),
        (flate_bomb(2000), 4_000, {State.TOO_LARGE, State.TIMED_OUT}),
        (character_map_bomb(), 1_600, {State.NO_TEXT}),
        (glyph_width_bomb(), 1_600, {State.NO_TEXT}),
        (endless_operators(), 30_000, {State.NO_TEXT}),
        (with_pages_entry(b"<< /Type /Pages /Kids [3 0 R] /Count 2000000000 >>"), 400, {State.NO_TEXT}),
        (with_pages_entry(b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>"), 400, {State.NO_TEXT}),
        (with_pages_entry(b"<< /Type /Pages /Kids [] /Count 0 >>"), 400, {State.NO_TEXT}),
    ],
    ids=[
        "128 bytes",
        "forms wide",
        "forms deep",
        "flate",
        "character map",
        "widths",
        "operators",
        "count",
        "loop",
        "none",
    ],
)
def test_a_hostile_file_gets_its_state_and_the_next_file_is_read(
    hostile: bytes, most_bytes: int, states: set[State], written: Write, tmp_path: Path
) -> None:
    assert len(hostile) <= most_bytes
    sound = drawn(tmp_path / "sound.pdf", ["still here"])
    found = extracted(written("hostile.pdf", hostile), sound, limits=SHORT)
    assert found["hostile.pdf"].state in states
    assert found["sound.pdf"].pages == ("still here",)


def test_memory_bombs_stay_within_the_promised_memory(written: Write, tmp_path: Path) -> None:
    bombs = [
        written("flate.pdf", flate_bomb(2000)),
        written("widths.pdf", glyph_width_bomb()),
    ]
    # A fresh interpreter: the system counts a child's peak from its parent's size at the start.
    script = (
        "import resource, sys; from pathlib import Path; from puma.fulltext import extract_all\n"
        "print(len(list(extract_all(map(Path, sys.argv[1:])))))\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    output = subprocess.run(
        [sys.executable, "-c", script, *map(str, bombs)], capture_output=True, text=True, check=True
    ).stdout.split()
    assert int(output[0]) == 2
    peak_kib = int(output[1])
    assert 100 * 1024 < peak_kib <= 512 * 1024  # the bombs did go off, within the limit


def test_scripts_and_attachments_of_a_pdf_are_neither_run_nor_read(written: Write) -> None:
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>"
    )
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /OpenAction 6 0 R /Names << /EmbeddedFiles << /Names [(a) 7 0 R] >> >> >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        page,
        stream(b"BT /F1 12 Tf 72 720 Td (only this is text) Tj ET"),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
        b"<< /S /JavaScript /JS (while \\(true\\) {} app.launchURL\\('http://127.0.0.1/secret'\\)) >>",
        b"<< /Type /Filespec /F (evil.exe) /EF << /F 8 0 R >> >>",
        stream(b"words of an attachment", b"/Type /EmbeddedFile "),
    ]
    extraction = extracted(written("scripted.pdf", assembled(objects)))["scripted.pdf"]
    assert (extraction.state, extraction.pages, extraction.reason) == (State.TEXT, ("only this is text",), "")


def test_a_million_pages_cost_no_more_than_the_limit(written: Write) -> None:
    page = b"<< /Type /Pages /Kids [" + b"3 0 R " * 50_000 + b"] /Count 50000 >>"
    extraction = extracted(written("long.pdf", with_pages_entry(page)), limits=Limits(max_pages=100))["long.pdf"]
    assert extraction.state in (State.TOO_LARGE, State.NO_TEXT)
    assert len(extraction.pages) <= 100


def test_a_pool_that_met_every_kind_of_hostile_file_still_reads_the_sound_ones(written: Write, tmp_path: Path) -> None:
    hostile = [endless_cross_reference(), form_bomb(depth=30, calls=2), flate_bomb(500), glyph_width_bomb(), b"", b"PK"]
    paths: list[Path] = []
    for number, body in enumerate(hostile):
        paths += [written(f"hostile{number}.pdf", body), drawn(tmp_path / f"sound{number}.pdf", [f"sound {number}"])]
    found = extracted(*paths, limits=Limits(wall_s=2.0, cpu_s=2), workers=2)
    assert {name: one.pages for name, one in found.items() if name.startswith("sound")} == {
        f"sound{number}.pdf": (f"sound {number}",) for number in range(len(hostile))
    }


def test_files_that_are_no_sound_pdf_are_broken_each_with_a_reason(written: Write, tmp_path: Path) -> None:
    whole = many_pages(3, 500)
    os.mkfifo(tmp_path / "fifo.pdf")
    (tmp_path / "folder.pdf").mkdir()
    found = extracted(
        written("empty.pdf", b""),
        written("text.pdf", b"Dear reviewers, this is no PDF.\n" * 50),
        written("zip.pdf", b"PK\x03\x04" + bytes(200)),
        written("header.pdf", whole[:60]),
        tmp_path / "fifo.pdf",
        tmp_path / "folder.pdf",
        tmp_path / "missing.pdf",
    )
    assert {extraction.state for extraction in found.values()} == {State.BROKEN}
    assert all(extraction.reason and not extraction.pages for extraction in found.values())
    assert found["fifo.pdf"].reason == found["folder.pdf"].reason == "not a file"
    assert found["missing.pdf"].reason == "the file cannot be read: No such file or directory"


def test_a_truncated_file_gives_what_is_left_of_it(written: Write) -> None:
    whole = many_pages(3, 500)
    end = whole.index(b"startxref")
    found = extracted(written("cut.pdf", whole[:end]), written("half.pdf", whole[: len(whole) // 2]))
    assert found["half.pdf"].state is State.BROKEN
    assert [page.splitlines()[0] for page in found["cut.pdf"].pages] == ["neutron scattering at low temperature"] * 3


def test_a_file_under_password_is_encrypted_and_one_only_restricted_is_read(tmp_path: Path) -> None:
    locked = drawn(tmp_path / "locked.pdf", ["secret"], password=StandardEncryption("word", strength=128))
    restricted = drawn(
        tmp_path / "restricted.pdf", ["public"], password=StandardEncryption("", "owner", canCopy=0, strength=128)
    )
    found = extracted(locked, restricted)
    assert found["locked.pdf"].state is State.ENCRYPTED
    assert found["locked.pdf"].pages == ()
    assert found["restricted.pdf"].pages == ("public",)


def test_a_scan_has_no_text_but_its_pages_are_counted(written: Write) -> None:
    image = b"q 612 0 0 792 0 0 cm BI /W 8 /H 8 /BPC 8 /CS /G ID %s EI Q" % bytes(range(32, 96))
    extraction = extracted(written("scan.pdf", one_page(stream(image))))["scan.pdf"]
    assert (extraction.state, extraction.page_count, extraction.pages) == (State.NO_TEXT, 1, ("",))


def test_too_many_pages_are_cut_and_said(written: Write) -> None:
    extraction = extracted(written("long.pdf", many_pages(5, 100)), limits=Limits(max_pages=3))["long.pdf"]
    assert (extraction.state, len(extraction.pages), extraction.page_count) == (State.TOO_LARGE, 3, 5)
    assert extraction.reason == "has more than 3 pages"


def test_too_much_text_is_cut_and_said(written: Write) -> None:
    extraction = extracted(written("wordy.pdf", many_pages(200, 10_000)), limits=Limits(max_text_mb=1))["wordy.pdf"]
    assert extraction.state is State.TOO_LARGE
    assert 900_000 < sum(len(page.encode()) for page in extraction.pages) <= 1024 * 1024
    assert extraction.reason == "has more than 1 MiB of text"


def test_a_file_too_large_is_not_opened_and_one_that_fits_is_known_by_its_bytes(tmp_path: Path) -> None:
    large = tmp_path / "large.pdf"
    with large.open("wb") as file:
        file.truncate(1024 * 1024 + 1)
    sound = drawn(tmp_path / "sound.pdf", ["small"])
    found = extracted(large, sound, limits=Limits(max_file_mb=1))
    assert (found["large.pdf"].state, found["large.pdf"].sha256) == (State.TOO_LARGE, "")
    assert found["sound.pdf"].sha256 == hashlib.sha256(sound.read_bytes()).hexdigest()
