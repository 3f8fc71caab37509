"""A real paper of two columns, drawn across the page as scanners do, keeps its sentences."""

from pathlib import Path

import pytest

from puma.fulltext.extract import Limits, read
from tests.fulltext.conftest import extracted
from tests.fulltext.test_columns import in_columns, runs_of_words

REAL = Path(__file__).parents[3] / "shared" / "data" / "07_pdf" / "misc" / "1001._0908.0054.pdf"


def test_a_real_two_column_paper_set_line_by_line_keeps_its_sentences(tmp_path: Path) -> None:
    """The words of a real paper of two columns, drawn as word processors and scanners do: across the page."""
    if not REAL.exists():
        pytest.skip("The real PDFs are not beside this project (../shared/data/07_pdf).")
    lines = [line for line in read(REAL, "pdfium", Limits(), 30).pages[1].splitlines() if 35 < len(line) < 60]
    lines = [line.encode("latin-1", "ignore").decode("latin-1") for line in lines][:80]
    half = len(lines) // 2
    path = in_columns(tmp_path / "paper.pdf", lines[:half], lines[half:], row_by_row=True, size=8.5)
    meant = runs_of_words(lines)
    kept = {
        name: len(meant & runs_of_words(pages[0].splitlines())) / len(meant)
        for name, pages in (
            ("pdfium alone", read(path, "pdfium", Limits(), 30).pages),
            ("pipeline", extracted(path)["paper.pdf"].pages),
        )
    }
    print(kept)
    assert kept["pdfium alone"] < 0.6
    assert kept["pipeline"] > 0.95
