"""Real PDFs (papers, scans, damaged, locked, right to left, Chinese and Japanese): the state each class must get."""

import subprocess
import sys
from pathlib import Path

import pytest

from puma.fulltext import Extraction, State, extract_all

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "07_pdf"
PAPERS = ("jose/", "misc/")
ODD = ("ocrmypdf/", "pdfjs/", "pdfminer/", "pypdf/")
"""Scans, forms, fuzzed and damaged files, odd fonts, encryption: what pdfium or pdfminer alone read less of."""


@pytest.fixture(scope="module")
def found() -> dict[str, Extraction]:
    """What the pipeline says of every real PDF, by folder and name."""
    paths = sorted(FOLDER.rglob("*.pdf"))
    if not paths:
        pytest.skip("The real PDFs are not beside this project (../shared/data/07_pdf).")
    extractions = {str(extraction.path.relative_to(FOLDER)): extraction for extraction in extract_all(paths)}
    assert len(extractions) == len(paths)
    return extractions


def has_text(pages: tuple[str, ...]) -> bool:
    return any(character.isalnum() for page in pages for character in page)


def test_every_paper_has_its_text_page_by_page_and_its_metadata(found: dict[str, Extraction]) -> None:
    papers = {name: one for name, one in found.items() if name.startswith(PAPERS)}
    assert len(papers) > 20
    for name, one in papers.items():
        assert (one.state, one.reader) == (State.TEXT, "pdfium"), name
        assert one.page_count == len(one.pages), name
        assert one.metadata, name


@pytest.mark.parametrize(
    ("state", "names"),
    [
        (State.NO_TEXT, ("ocrmypdf/poster.pdf", "ocrmypdf/epson.pdf", "ocrmypdf/ccitt.pdf", "ocrmypdf/jbig2.pdf",
                         "ocrmypdf/cardinal.pdf", "pypdf/grayscale-image.pdf", "pdfjs/jbig2_file_header.pdf")),
        (State.ENCRYPTED, ("pdfminer/rc4-40.pdf", "pdfminer/rc4-128.pdf")),
        (State.BROKEN, ("ocrmypdf/invalid.pdf",)),
        (State.TEXT, ("pdfminer/zen_of_python_corrupted.pdf", "pdfminer/issue-625-identity-cmap.pdf",
                      "pdfminer/issue-791-non-unicode-cmap.pdf", "ocrmypdf/graph_ocred.pdf", "ocrmypdf/tagged.pdf")),
        (State.TEXT, ("pdfjs/ArabicCIDTrueType.pdf", "pypdf/habibi-rotated.pdf")),
        (State.TEXT, ("pdfjs/noembed-sjis.pdf", "pdfjs/noembed-eucjp.pdf", "pdfjs/cid_cff.pdf")),
    ],
    ids=["scans", "locked", "damaged", "damaged or odd with text", "right to left", "Chinese and Japanese"],
)  # fmt: skip
def test_each_class_gets_its_state(found: dict[str, Extraction], state: State, names: tuple[str, ...]) -> None:
    assert {name: found[name].state for name in names} == dict.fromkeys(names, state)


def test_a_scan_tells_how_many_pages_it_has(found: dict[str, Extraction]) -> None:
    assert found["ocrmypdf/cardinal.pdf"].page_count == 4


@pytest.mark.parametrize(
    ("name", "page", "words"),
    [
        ("pdfjs/ArabicCIDTrueType.pdf", 1, "انواع الخطوط العربية"),
        ("pdfjs/noembed-sjis.pdf", 1, "あいうえお"),
        ("misc/1605.03814.pdf", 2, "Event selection and signal regions definitions"),
        ("misc/ZFN-A-054-0304-0272.pdf", 2, "helps us to obtain a new family of exact solitary-wave solutions"),
        ("pypdf/multicolumn.pdf", 2, "Suspendisse vel felis. Ut lorem lorem, interdum eu"),
    ],
)
def test_words_stand_on_their_page_in_reading_order(
    found: dict[str, Extraction], name: str, page: int, words: str
) -> None:
    assert words in " ".join(found[name].pages[page - 1].split())


_ALONE: dict[str, str] = {
    "pdfium": """
import pypdfium2, sys
for path in sys.argv[1:]:
    try:
        document = pypdfium2.PdfDocument(path)
        print(any(c.isalnum() for n in range(len(document)) for c in document[n].get_textpage().get_text_range()))
    except Exception:
        print(False)
""",
    "pdfminer": """
import logging, re, sys
from pdfminer.high_level import extract_text
logging.disable()
for path in sys.argv[1:]:
    try:
        print(any(c.isalnum() for c in re.sub(r"\\(cid:\\d+\\)", "", extract_text(path))))
    except Exception:
        print(False)
""",
}


def test_text_is_found_in_as_many_odd_files_as_by_the_better_reader_alone(found: dict[str, Extraction]) -> None:
    odd = sorted(name for name in found if name.startswith(ODD))
    counts = {"pipeline": sum(has_text(found[name].pages) for name in odd)}
    for reader, script in _ALONE.items():
        command = [sys.executable, "-c", script, *(str(FOLDER / name) for name in odd)]
        said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.split()
        assert len(said) == len(odd)
        counts[reader] = said.count("True")
    print(counts, "of", len(odd))
    assert counts["pipeline"] >= max(counts["pdfium"], counts["pdfminer"]) > 0


def test_no_page_of_any_real_file_holds_what_cannot_be_shown(found: dict[str, Extraction]) -> None:
    strange = {
        (name, character)
        for name, one in found.items()
        for page in one.pages
        for character in set(page) - {"\n", "\u2028", "\u2029"}
        if not character.isprintable()
    }
    assert not strange
