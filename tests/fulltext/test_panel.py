"""What the record page says of a file: each state in words, whatever came of it."""

import pytest

from dashboards.record.fulltext import BADGES, said
from puma.entities.works import FILE_STATES
from puma.listing import FileView


def view(state: str, *, reason: str = "", pages: int | None = None, read: int = 0, held: bool = True) -> FileView:
    return FileView(1, "a.pdf", state, reason, pages, "/file/1.pdf", read_pages=read, held=held)


def test_every_state_has_a_badge_and_a_sentence_of_its_own() -> None:
    assert set(BADGES) == set(FILE_STATES)
    sentences = {said(view(state, reason="larger than 200 MiB")) for state in FILE_STATES}
    assert len(sentences) == len(FILE_STATES)
    assert all(sentence.endswith(".") for sentence in sentences)


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (view("text", pages=12, read=12), "The text of 12 pages can be searched."),
        (
            view("text", pages=5, read=5, reason="2 of 5 pages cannot be read"),
            "The text of 5 pages can be searched. 2 of 5 pages cannot be read.",
        ),
        (
            view("too large", pages=812, read=500, reason="has more than 500 pages"),
            "It has more than 500 pages. Only the first 500 of 812 pages can be searched.",
        ),
        (
            view("too large", reason="larger than 200 MiB"),
            "Larger than 200 MiB. Nothing in it can be searched.",
        ),
        (
            view("timed out", pages=90, read=7, reason="not read in time: 7 pages are"),
            "Reading it takes too long. Only the first 7 of 90 pages can be searched.",
        ),
        (view("broken", reason="not a readable PDF"), "It cannot be read: not a readable PDF."),
        (view("not read"), "It has not been read yet: the next harvest does that."),
        (
            view("not read", held=False),
            "Only its address is known: it was not fetched, so nothing in it can be searched.",
        ),
    ],
)
def test_a_sentence_says_what_can_be_searched_and_why_the_rest_cannot(file: FileView, sentence: str) -> None:
    assert said(file) == sentence
