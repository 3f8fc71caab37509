"""Two columns: prose that was read across them is told apart, and put right where that costs no words."""

from pathlib import Path

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from puma.fulltext.children import better
from puma.fulltext.columns import is_woven
from puma.fulltext.extract import Limits, Reading, State, read
from tests.fulltext.conftest import extracted

LEFT = [f"the left column tells of neutrons, line {n}" for n in range(30)]
RIGHT = [f"on the right photons are told of, line {n}" for n in range(30)]


def in_columns(path: Path, left: list[str], right: list[str], *, row_by_row: bool, size: float = 9.0) -> Path:
    """A page of two columns of prose, drawn one column after the other, or line by line across both."""
    canvas = Canvas(str(path), pagesize=A4)
    canvas.setFont("Helvetica", size)
    lines = [(x, 780 - 1.3 * size * n, words) for x, side in ((50, left), (310, right)) for n, words in enumerate(side)]
    for x, y, words in sorted(lines, key=lambda line: -line[1]) if row_by_row else lines:
        canvas.drawString(x, y, words)
    canvas.save()
    return path


def test_columns_that_are_drawn_line_by_line_are_read_one_after_the_other(tmp_path: Path) -> None:
    path = in_columns(tmp_path / "rows.pdf", LEFT, RIGHT, row_by_row=True)
    assert read(path, "pdfium", Limits(), 30).pages[0].splitlines()[0] == f"{LEFT[0]} {RIGHT[0]}"
    extraction = extracted(path)["rows.pdf"]
    assert [line for line in extraction.pages[0].splitlines() if line] == LEFT + RIGHT


def test_columns_that_are_drawn_one_after_the_other_are_left_to_pdfium(tmp_path: Path) -> None:
    path = in_columns(tmp_path / "columns.pdf", LEFT, RIGHT, row_by_row=False)
    reading = read(path, "pdfium", Limits(), 30)
    assert reading.woven_pages == ()
    assert reading.pages[0].splitlines() == LEFT + RIGHT


def test_a_table_is_read_row_by_row(tmp_path: Path) -> None:
    names = [f"sample {n}" for n in range(30)]
    values = [f"{n}.{n} K" for n in range(30)]
    path = in_columns(tmp_path / "table.pdf", names, values, row_by_row=True)
    assert read(path, "pdfium", Limits(), 30).woven_pages == ()


def test_few_lines_side_by_side_are_no_columns() -> None:
    lines = [(50.0, 700.0 - 12 * n, 300.0, 710.0 - 12 * n) for n in range(40)]
    pair = [(50.0, 100.0, 280.0, 110.0), (310.0, 100.0, 540.0, 110.0)]
    assert not is_woven([*lines, *pair, *pair], 595.0)
    assert is_woven(pair * 20, 595.0)


def test_of_woven_pages_alone_another_reading_is_taken_and_only_where_it_loses_no_words() -> None:
    first = Reading(State.TEXT, "pdfium", ("one left here", "two right there"), 2, {}, 0, (2,))
    apart = Reading(State.TEXT, "pdfminer", ("o n e", "right there two"), 2)
    assert better(first, apart).pages == ("one left here", "right there two")
    torn = Reading(State.TEXT, "pdfminer", ("one left here", "ri ght the re t w o"), 2)
    assert better(first, torn).pages == first.pages
    cut = Reading(State.TIMED_OUT, "pdfminer", ("one left here",), None)
    assert better(first, cut).pages == first.pages


def runs_of_words(lines: list[str]) -> set[tuple[str, ...]]:
    """All runs of six words: most lead over the end of a line."""
    words = " ".join(lines).split()
    return {tuple(words[start : start + 6]) for start in range(len(words) - 5)}
