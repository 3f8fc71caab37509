"""Reports and plain pages speak the reader's language: in the language for looking no text of the program is left."""

import io

import pytest
from pptx import Presentation
from python_calamine import CalamineWorkbook

from puma import reports
from puma.access import EVERYTHING, Viewer
from puma.installation import Installation
from puma.languages import LANGUAGES, tongue
from puma.measuring import Question
from puma.reports import Report, make, recipe, write_report
from puma.reports.in_words import number
from tests.accounts.browser import Browser
from tests.dashboards.spoken import keys, left_over, outside

FRENCH = {"Accept-Language": "fr-CH, en;q=0.5"}
ADA = Viewer("admin", "Ada Example")
PLAIN = ("/sign-in", "/sign-in?next=/review", "/signed-in", "/no-digest/nothing", "/answer/nothing", "/public",
         "/public/publications", "/public/publications?country=France", "/public/publications?q=nothing-of-the-kind",
         "/public/embed/publications", "/public/chart/publications?by=year,type")  # fmt: skip


def made(house: Installation, kind: str, language: str) -> Report:
    """A report under a filter that most of its numbers follow and some do not."""
    name = ""
    if kind != "facility":
        table = house.ask(EVERYTHING, Question("publications", (kind,))).table
        name = next(str(value) for value in table[kind] if value != "unknown")
    asked = recipe(kind, name, {"open_access": ("gold", "closed", "green")}, language=language)
    return make(house.storage, house.snapshot(), EVERYTHING, asked, facility="EPNS")


def on_slides(report: Report) -> set[str]:
    """All that stands on its slides: titles, texts, cells, and the names beside and below charts."""
    found: set[str] = set()
    for slide in Presentation(io.BytesIO(write_report(report, "pptx"))).slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                found |= {paragraph.text for paragraph in shape.text_frame.paragraphs}
            if shape.has_table:
                found |= {cell.text for row in shape.table.rows for cell in row.cells}
            if shape.has_chart:
                found |= {*shape.chart.plots[0].categories, *(one.name for one in shape.chart.plots[0].series)}
    return found


@pytest.mark.parametrize("kind", ["facility", "instrument", "group", "country"])
def test_a_report_leaves_no_text_of_the_program_in_english(full: Installation, kind: str) -> None:
    report = made(full, kind, "qps")
    page = write_report(report, "html")
    assert b'<html lang="qps">' in page
    assert left_over(page) == []
    book = CalamineWorkbook.from_filelike(io.BytesIO(write_report(report, "xlsx")))
    sheets = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    cells = [cell for rows in sheets.values() for row in rows for cell in row if isinstance(cell, str)]
    papers = {value for column in ("Title", "Journal") for value in report.publications[column]}
    assert [key for cell in {*cells} - papers for key in keys(outside(cell))] == []
    assert [key for text in on_slides(report) for key in keys(outside(text))] == []
    numbers = next(rows for name, rows in sheets.items() if "Numbers" in name)
    assert all(isinstance(row[1], float | int) for row in numbers[4:])


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_figures_are_the_same_in_every_language_and_written_as_it_writes_them(
    full: Installation, code: str
) -> None:
    report = made(full, "facility", code)
    page, say = write_report(report, "html").decode(), tongue(code)
    for answer in report.numbers:
        assert f"<dd>{number(say, answer.total, answer.metric.unit)}" in page
    assert say.day(report.as_of) in page
    assert [one.total for one in report.numbers] == [one.total for one in made(full, "facility", "en").numbers]


def test_a_frozen_report_keeps_its_language_and_its_bytes(full: Installation) -> None:
    asked = recipe("facility", language="de")
    frozen = reports.freeze(full.storage, full.snapshot(), ADA, asked, facility="EPNS")
    try:
        one = reports.frozen_report(full.storage, ADA, frozen)
        shown = reports.frozen_file(full.storage, ADA, frozen, "html")
        assert (one.recipe.language, one.title) == ("de", "EPNS, all years")
        assert shown == reports.frozen_file(full.storage, ADA, frozen, "html")
        assert '<html lang="de">' in shown.decode()
        assert "Publikationen" in shown.decode()
    finally:
        reports.delete_frozen(full.storage, ADA, frozen)


@pytest.fixture(scope="module")
def visitor(full: Installation) -> Browser:
    """Somebody who is not signed in, at all doors of the program."""
    return Browser(full)


@pytest.mark.parametrize("path", PLAIN)
def test_a_plain_page_leaves_no_text_of_the_program_in_english(visitor: Browser, path: str) -> None:
    answer = visitor.get(path, headers={"Cookie": "puma_language=qps"})
    assert b"[" in answer.content
    assert b"problem" not in answer.headers["content-type"].encode()
    assert left_over(answer.content) == []
    assert b'lang="qps"' in answer.content or b"<svg" in answer.content


def test_an_address_may_ask_for_a_language_and_keeps_it_on_the_way(visitor: Browser) -> None:
    plain = visitor.get("/public/publications", headers=FRENCH)
    assert '<html lang="fr">' in plain.text
    assert "Cookie" in plain.headers["vary"]
    asked = visitor.get("/public/publications?lang=de", headers=FRENCH)
    assert '<html lang="de">' in asked.text
    assert "/public/embed/publications?lang=de" in asked.text
    assert '"/public#instruments"' not in asked.text
    assert "Publikationen" in visitor.get("/public/publications.rss?lang=de").text


def test_what_goes_wrong_is_told_in_the_language_of_who_asked(visitor: Browser) -> None:
    assert visitor.get("/api/v1/reports/facility.docx").json()["title"] == "Not found"
    french = visitor.get("/api/v1/reports/facility.docx", headers=FRENCH)
    assert (french.json()["title"], french.headers["content-language"]) == ("Introuvable", "fr")


@pytest.mark.parametrize(("more", "code"), [("", "fr"), ("?language=de", "de")])
def test_a_report_speaks_as_its_reader_unless_its_address_says_otherwise(
    visitor: Browser, more: str, code: str
) -> None:
    assert f'lang="{code}"' in visitor.get(f"/api/v1/reports/facility.html{more}", headers=FRENCH).text[:60]


def test_a_program_that_asks_for_no_language_is_answered_in_english(visitor: Browser) -> None:
    assert 'lang="en"' in visitor.get("/public").text[:60]
