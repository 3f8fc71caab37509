"""Reports: the figures of the screen on paper, whole in themselves, for whoever may know them."""

import io
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pypdfium2
import pytest
from lxml import etree
from python_calamine import CalamineWorkbook

from puma.access import EVERYTHING, Viewer
from puma.errors import NotHere, WrongUsage
from puma.installation import Installation
from puma.measuring import Question, asked_years, with_years
from puma.measuring.spelling import amount
from puma.reports import FORMATS, KINDS, Report, make_report, recipe, write_report
from puma.reports.charts import drawn
from puma.reports.picture import bars
from puma.settings import load_settings

OF_SOURCES = [kind for kind in KINDS if kind != "collection"]
"""What sources bring; of collections, which people make, `tests/keeping/test_collection_reports.py` knows."""


@pytest.fixture(scope="module")
def full(sample: Path) -> Installation:
    return Installation(load_settings(sample / "puma.toml"))


def made(full: Installation, kind: str, viewer: Viewer = EVERYTHING, years: tuple[int, int] | None = None) -> Report:
    """The report of the first subject of a kind that has publications."""
    name = ""
    if kind != "facility":
        table = full.ask(EVERYTHING, Question("publications", (kind,))).table
        name = next(str(value) for value in table[kind] if value != "unknown")
    return make_report(full.storage, full.snapshot(), viewer, kind, name, facility="EPNS", years=years)


def sheets(report: Report) -> dict[str, list[list[Any]]]:
    """The cells of a report's workbook, as a program reads them that is not the one that wrote them."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(write_report(report, "xlsx")))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


@pytest.mark.parametrize("kind", OF_SOURCES)
def test_the_figures_on_paper_are_those_of_the_screen(full: Installation, kind: str) -> None:
    report = made(full, kind, years=(2012, 2020))
    page = etree.fromstring(write_report(report, "html"), etree.HTMLParser())
    heads, texts = ([part.text or "" for part in page.iter(name)] for name in ("dt", "dd"))
    shown = dict(zip(heads, texts, strict=True))
    for answer in report.numbers:
        again = full.ask(EVERYTHING, answer.question)
        assert again.total == answer.total
        assert shown[answer.metric.label].startswith(amount(again.total, answer.metric.unit))
    assert len(report.numbers) >= 6
    assert len(report.sections) >= 4


@pytest.mark.parametrize("kind", OF_SOURCES)
def test_the_workbook_holds_the_same_numbers_with_their_types(full: Installation, kind: str) -> None:
    report = made(full, kind)
    book = sheets(report)
    values = {row[0]: row[1] for row in book["Numbers"][4:]}
    for answer in report.numbers:
        assert values[answer.metric.label] == pytest.approx(answer.total)
    assert len(book["Publications"]) == report.known + 1
    rules = " ".join(str(row[1]) for row in book["Definitions"])
    assert all(answer.metric.counts in rules for answer in report.numbers)


def test_the_pdf_repeats_its_heads_and_numbers_its_pages(full: Installation) -> None:
    document = pypdfium2.PdfDocument(write_report(made(full, "facility"), "pdf"))
    pages = [page.get_textpage().get_text_range() for page in document]
    assert len(pages) >= 3
    assert all(re.search(rf"{number} ?/ ?{len(pages)}", text) for number, text in enumerate(pages, start=1))
    assert sum("Title" in text and "Citations" in text for text in pages) >= len(pages) // 2


@pytest.mark.parametrize("kind", ["facility", "country"])
def test_the_first_page_of_a_pdf_holds_the_numbers_and_the_first_table_whole(full: Installation, kind: str) -> None:
    report = made(full, kind, years=(2014, 2024))
    document = pypdfium2.PdfDocument(write_report(report, "pdf"))
    first = document[0].get_textpage().get_text_range()
    assert all(answer.metric.label.split()[0] in first for answer in report.numbers)
    assert report.sections[0].title in first
    assert "All, each once" in first


def test_a_report_needs_nothing_but_itself(full: Installation) -> None:
    text = write_report(made(full, "country"), "html").decode()
    assert not re.search(r"(?:src|href)=|url\((?!#)|@import|<script|https?://(?!www\.w3\.org)", text)


def test_who_may_not_know_refused_proposals_reads_a_report_without_them(full: Installation) -> None:
    report = made(full, "facility", Viewer("anonymous"))
    slugs = {answer.metric.slug for answer in report.numbers}
    assert "publications" in slugs
    assert not slugs & {"acceptance_rate", "oversubscription", "users", "allocated_hours"}
    assert b"Refused" not in write_report(report, "html")


def test_text_that_looks_like_a_formula_or_markup_stays_text(full: Installation) -> None:
    report = made(full, "country")
    report.publications.loc[0, "Title"] = '=cmd|" /C calc"!A0'
    report.publications.loc[1, "Title"] = "<script>alert(1)</script> & co"
    assert sheets(report)["Publications"][1][0] == '=cmd|" /C calc"!A0'
    assert b"<script" not in write_report(report, "html")


def test_what_is_not_there_is_said_with_what_is(full: Installation) -> None:
    with pytest.raises(NotHere, match="Known are"):
        make_report(full.storage, full.snapshot(), EVERYTHING, "instrument", "NOSUCH", facility="EPNS")
    for words in (("galaxy", "X"), ("country", "FR")):
        with pytest.raises(WrongUsage):
            make_report(full.storage, full.snapshot(), EVERYTHING, *words, facility="EPNS", policy="generous")
    with pytest.raises(WrongUsage, match=", ".join(FORMATS)):
        write_report(made(full, "country"), "docx")
    with pytest.raises(NotHere, match="puma harvest"):
        make_report(full.storage, None, EVERYTHING, "facility", "", facility="EPNS")


def ending_early(full: Installation) -> tuple[str, int, int]:
    """An instrument whose publications begin after those of the facility and end before this year; both years."""
    whole = full.ask(EVERYTHING, Question("publications", ("year",))).table["year"].dropna()
    table = full.ask(EVERYTHING, Question("publications", ("instrument", "year"))).table
    for name, part in table.dropna().groupby("instrument"):
        first, last = int(part["year"].min()), int(part["year"].max())
        if first > whole.min() + 1 and last < whole.max() - 1:
            return str(name), first, last
    raise AssertionError("the sample has none")


def test_a_year_that_was_asked_for_has_its_place_though_nothing_came_of_it(full: Installation) -> None:
    name, first, last = ending_early(full)
    years = [*range(first - 2, last + 3)]
    report = make_report(full.storage, full.snapshot(), EVERYTHING, "instrument", name, facility="EPNS",
                         years=(years[0], years[-1]))  # fmt: skip
    papers = report.sections[0]
    page = etree.fromstring(write_report(report, "html"), etree.HTMLParser())
    (section,) = [one for one in page.iter("section") if one.findtext("h2") == papers.title]
    rows = {cells[0]: cells[1:] for cells in ([cell.text or "" for cell in row] for row in section.iter("tr"))}
    axis = [int(one.text or "") for one in section.iter("text") if re.fullmatch(r"\d{4}", one.text or "")]
    assert [year for year in rows if year.isdigit()] == [str(year) for year in years]
    assert set(rows[str(years[-1])]) == {"–"}
    assert axis == years[:: max(1, -(-len(years) // 12))]
    sheet = next(rows for name, rows in sheets(report).items() if name.startswith("1 "))
    assert [row[0] for row in sheet[4:]] == years
    shown = drawn(report.tongue, papers)
    assert shown is not None
    assert shown.names == [str(year) for year in years]


def test_years_of_which_nobody_could_have_anything_are_not_drawn(full: Installation) -> None:
    snapshot = full.snapshot()
    assert snapshot is not None
    whole = full.ask(EVERYTHING, Question("publications", ("year",))).table["year"].dropna()
    wide = Question("publications", ("year",), {"year": ("1900-2199",)})
    assert asked_years(snapshot, EVERYTHING, wide) == [*range(int(whole.min()), snapshot.as_of.year + 1)]
    two = Question("publications", ("year",), {"year": ("2013", "2010-2011")})
    assert asked_years(snapshot, EVERYTHING, two) == [2010, 2011, 2013]
    assert asked_years(snapshot, EVERYTHING, Question("publications", ("year",))) == []


def test_an_empty_year_is_nought_of_counts_and_says_nothing_of_rates(full: Installation) -> None:
    datasets = full.ask(EVERYTHING, Question("datasets", ("year",)))
    table = pd.DataFrame({"Year": [2019, None], "Datasets": [2.0, 1.0]})
    assert with_years(table, [2019, 2020], datasets)["Datasets"].tolist() == [2.0, 0.0, 1.0]
    rate = full.ask(EVERYTHING, Question("yield_3_years", ("year",)))
    assert pd.isna(with_years(table, [2018, 2019], rate)["Datasets"][0])


def test_the_same_snapshot_prints_the_same_bytes(full: Installation) -> None:
    assert write_report(made(full, "instrument"), "html") == write_report(made(full, "instrument"), "html")


@pytest.mark.parametrize("most", [1, 3, 9, 41, 183, 366, 12_345])
def test_a_mark_of_a_printed_axis_stands_where_its_number_is(most: int) -> None:
    drawn = bars(pd.DataFrame({"year": [2019, 2020], "publications": [most, 1]}), "Publications", "year")
    found = re.findall(r'y="([\d.]+)" text-anchor="end">([^<]+)<', drawn)
    marks = [(float(y), int(re.sub(r"\D", "", words))) for y, words in found]
    heights = [(marks[0][0] - y) / mark for y, mark in marks[1:]]
    assert heights == pytest.approx([heights[0]] * len(heights), abs=0.2 / marks[1][1])
    assert most <= marks[-1][1] <= 2 * most
    assert len(marks) >= min(most, 3) + 1
    tallest = max(float(one) for one in re.findall(r'height="([\d.]+)" fill="#0072B2" stroke', drawn))
    assert tallest / most == pytest.approx(heights[-1], rel=0.02)


def test_the_parts_of_a_printed_stack_are_hatched_each_in_its_own_way_and_a_single_one_is_plain() -> None:
    table = pd.DataFrame({"year": [2019, 2020], **{name: [2, 1] for name in "abcdefg"}})
    drawn = bars(table, "Publications", "type")
    tiles = dict(re.findall(r'<pattern id="([^"]+)".*?<path d="([^"]+)"', drawn))
    used = re.findall(r'fill="url\(#([^)]+)\)"', drawn)
    assert len(set(tiles.values())) == len(tiles) == 6, "all but the first of seven"
    assert {one: used.count(one) for one in used} == dict.fromkeys(tiles, 2), "its bars, and its square in the legend"
    assert drawn.count("<title>") == 1 + 2 * 7, "each bar still says its number"
    assert "pattern" not in bars(table[["year", "a"]], "Publications", "year")


def test_years_are_put_in_order_and_what_is_none_is_refused() -> None:
    for written in ("2019-2023", "2023-2019", "2019–2023", " 2019 - 2023 "):
        asked = recipe("facility", filters={"year": [written]})
        assert (asked.filters["year"], asked.span) == (("2019-2023",), "2019–2023")
    assert recipe("facility", filters={"year": ["2019-2019"]}).span == "2019"
    for nonsense in ("2019-20", "19", "all", "²019", "2019-2020-2021"):
        with pytest.raises(WrongUsage, match="A year is written 2019 or 2015-2018"):
            recipe("facility", filters={"year": [nonsense]})
