"""Real PDFs (papers, scans, broken, encrypted, right-to-left, CJK): every file gets a state and none harms the pool."""

from collections import Counter
from pathlib import Path

import pytest

from puma.fulltext import Extraction, State, extract_all

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "07_pdf"


@pytest.fixture(scope="module")
def found() -> dict[str, Extraction]:
    """What the pool says of every real PDF, by folder and name."""
    paths = sorted(FOLDER.glob("**/*.pdf"))
    if not paths:
        pytest.skip("The real PDFs are not beside this project (../shared/data/07_pdf).")
    extractions = {str(extraction.path.relative_to(FOLDER)): extraction for extraction in extract_all(paths)}
    assert len(extractions) == len(paths)
    return extractions


def test_every_real_pdf_gets_a_state_and_no_reader_dies(found: dict[str, Extraction]) -> None:
    print(dict(Counter(extraction.state.value for extraction in found.values())))
    assert not [name for name, extraction in found.items() if "the reader" in extraction.reason]
    assert not [name for name, e in found.items() if e.state in (State.TIMED_OUT, State.TOO_LARGE)]
    for extraction in found.values():
        assert (extraction.state is State.TEXT) == any(c.isalnum() for page in extraction.pages for c in page)


def test_every_published_paper_has_text_on_every_page(found: dict[str, Extraction]) -> None:
    papers = {name: extraction for name, extraction in found.items() if name.startswith("jose/")}
    assert papers
    for name, extraction in papers.items():
        assert extraction.state is State.TEXT, name
        assert extraction.page_count == len(extraction.pages)
        assert all(len(page) > 20 for page in extraction.pages), name


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("ocrmypdf/poster.pdf", State.NO_TEXT),
        ("ocrmypdf/invalid.pdf", State.BROKEN),
        ("pdfminer/rc4-128.pdf", State.ENCRYPTED),
        ("pdfminer/rc4-40.pdf", State.ENCRYPTED),
        ("misc/ZFN-A-054-0304-0272.pdf", State.TEXT),
    ],
)
def test_scans_damaged_and_locked_files_say_so(found: dict[str, Extraction], name: str, state: State) -> None:
    assert found[name].state is state


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("pdfjs/ArabicCIDTrueType.pdf", "انواع الخطوط العربية"),
        ("pdfjs/noembed-sjis.pdf", "あいうえお"),
        ("misc/1001._0908.0054.pdf", "Departamento de Física"),
        ("misc/1605.03814.pdf", "supersymmetric"),
        ("misc/ZFN-A-054-0304-0272.pdf", "general fifth-order shallow water-wave models"),
    ],
)
def test_words_of_real_pages_are_found_as_one_would_type_them(
    found: dict[str, Extraction], name: str, words: str
) -> None:
    assert words in " ".join(" ".join(found[name].pages).split())
