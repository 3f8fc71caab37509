"""What a PDF says of itself: in order, without the placeholders of programs."""

from datetime import UTC, datetime

import pytest

from puma.fulltext.about import About, day_of, storable, told


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


def test_what_no_database_takes_is_replaced() -> None:
    assert storable({"Title": "Ice under pressure \ud800", "Author\0": "A\0da"}) == {
        "Title": "Ice under pressure ?", "Author": "Ada",
    }  # fmt: skip
