"""What a PDF says of itself: kept by its bytes, in order, without the placeholders of programs."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from puma.fulltext.about import About, about, day_of, keep_about, kept_at, told

SHA = "ab" * 32


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("D:20090827210229+02'00'", datetime(2009, 8, 27, 19, 2, 29, tzinfo=UTC)),
        ("D:20161214022844Z", datetime(2016, 12, 14, 2, 28, 44, tzinfo=UTC)),
        ("D:20240103", datetime(2024, 1, 3, tzinfo=UTC)),
        ("D:2024", datetime(2024, 1, 1, tzinfo=UTC)),
        ("20220811010456-07'00'", datetime(2022, 8, 11, 8, 4, 56, tzinfo=UTC)),
        ("D:20241399", None),
        ("yesterday", None),
        ("D:00000000000000", None),
        ("D:99991231235959-99'99'", None),
        ("", None),
    ],
)
def test_dates_of_pdfs_are_instants_or_nothing(written: str, at: datetime | None) -> None:
    assert day_of(written) == at


def test_placeholders_of_programs_are_no_titles() -> None:
    said = told({"Title": "untitled", "Author": " Ada  Lovelace ", "Producer": "pdfTeX", "CreationDate": 7})
    assert said == About(author="Ada Lovelace", producer="pdfTeX")


def test_it_is_kept_by_the_digest_and_read_again(tmp_path: Path) -> None:
    keep_about(tmp_path, SHA, {"Title": "Ice under pressure \ud800"})
    assert about(tmp_path, SHA).title == "Ice under pressure ?"
    assert about(tmp_path, "cd" * 32) == About()


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "AB" * 32, "ab" * 31])
def test_what_is_no_digest_names_no_file(digest: str, tmp_path: Path) -> None:
    assert kept_at(tmp_path, digest, ".json") is None
    keep_about(tmp_path, digest, {"Title": "x"})
    assert not list(tmp_path.rglob("*.json"))


def test_a_kept_file_that_is_damaged_says_nothing(tmp_path: Path) -> None:
    keep_about(tmp_path, SHA, {"Title": "x"})
    path = kept_at(tmp_path, SHA, ".json")
    assert path is not None
    for damage in (b"{", b"[1]", b"\xff"):
        path.write_bytes(damage)
        assert about(tmp_path, SHA) == About()
