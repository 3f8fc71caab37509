"""Slides of a report: the figures of the page, charts that can be edited, nothing over its edge, the same again."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from fastapi.testclient import TestClient
from lxml import etree
from PIL import ImageFont
from pptx import Presentation
from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE
from pptx.util import Pt
from python_calamine import CalamineWorkbook

from puma import reports
from puma.access import EVERYTHING, Viewer
from puma.api import make_app
from puma.errors import NotHere
from puma.installation import Installation
from puma.measuring import Question
from puma.reports import Report, Section, make, recipe, write_report
from puma.reports.charts import BARS
from puma.reports.typeface import cut, largest, lines, pieces, width
from puma.settings import load_settings

WIDTH, HEIGHT = Pt(960), Pt(540)
BODY, NOTES = 12, 9
NO_BODY = ("Footnote", "Link", "Footer", "Slide Number")
"""How shapes are called whose letters may be smaller than those of the body."""


@pytest.fixture(scope="module")
def full(sample: Path) -> Installation:
    return Installation(load_settings(sample / "puma.toml"))


@cache
def made(full: Installation, kind: str, *, language: str = "en", years: str = "") -> Report:
    """The report of the first subject of a kind that has publications, made once; nobody changes it."""
    name = ""
    if kind != "facility":
        table = full.ask(EVERYTHING, Question("publications", (kind,))).table
        name = next(str(value) for value in table[kind] if value != "unknown")
    asked = recipe(kind, name, {"year": (years,)} if years else {}, language=language)
    return make(full.storage, full.snapshot(), EVERYTHING, asked, facility="EPNS")


def opened(report: Report) -> Any:
    return Presentation(io.BytesIO(write_report(report, "pptx")))


def titled(deck: Any) -> Iterator[tuple[str, Any]]:
    """The slides, each with its title without the number of its part."""
    for slide in deck.slides:
        yield re.sub(r" \(\d+/\d+\)$", "", slide.shapes.title.text_frame.text), slide


def rows_of(deck: Any, title: str) -> list[list[str]]:
    """The rows of all tables under a title, in order, without their repeated heads and what is empty at their ends."""
    found: list[list[str]] = []
    for shape in (one for said, slide in titled(deck) if said == title for one in slide.shapes if one.has_table):
        rows = [[cell.text for cell in row.cells if not cell.is_spanned] for row in shape.table.rows]
        rows = [row if row[-1] else row[: row.index("")] for row in rows]
        found += rows if not found else rows[1:]
    return found


def charts(deck: Any) -> dict[str, Any]:
    return {title: shape.chart for title, slide in titled(deck) for shape in slide.shapes if shape.has_chart}


def plotted(section: Section) -> list[list[float | None]]:
    """What the chart of a section has to show, by series, of the table that the workbook holds."""
    table = section.crossed()
    if section.answer.question.by[0] == "year":
        table = table[table.iloc[:, 0].notna()]
        years = table.iloc[:, 0].astype(int)
        table = table.set_axis(years).reindex(range(years.min(), years.max() + 1))
        columns = [one for one in table.columns[1:] if one not in ("numerator", "denominator")]
        wide = [table[one].astype("float64") for one in columns[:6]]
        if columns[6:]:
            wide.append(table[columns[6:]].astype("float64").sum(axis=1, min_count=1))
    else:
        wide = [table.iloc[:, 1].dropna().astype("float64").head(BARS)]
    return [[None if pd.isna(value) else value for value in column] for column in wide]


@pytest.mark.parametrize(("kind", "language"), [("country", "en"), ("country", "fr"), ("instrument", "en")])
def test_all_numbers_of_the_slides_are_those_of_the_page(full: Installation, kind: str, language: str) -> None:
    report = made(full, kind, language=language)
    deck, page = opened(report), etree.fromstring(write_report(report, "html"), etree.HTMLParser())
    cards = ["".join(part.itertext()) for part in page.iter("dt", "dd")]
    texts = [shape.text_frame.text for slide in deck.slides for shape in slide.shapes if shape.has_text_frame]
    found = [text.replace("\n", "") for text in texts]
    for label, value in zip(cards[::2], cards[1::2], strict=True):
        assert any(one.startswith(label) and one.endswith(value) for one in found), f"{label}: {value}"
    shown = 0
    for part in page.iter("section"):
        table = part.find("table")
        if table is None or table.get("class") == "papers":
            continue
        title = "".join(part.find("h2").itertext())  # type: ignore[union-attr]  # each section has a title
        on_page = [["".join(cell.itertext()) for cell in row] for row in table.iter("tr")]
        assert rows_of(deck, title) == on_page
        shown += 1
    assert shown == len(report.sections) + (not report.together.empty) >= 6


@pytest.mark.parametrize("kind", ["country", "instrument"])
def test_a_chart_shows_the_values_of_the_workbook_and_can_be_edited(full: Installation, kind: str) -> None:
    report = made(full, kind)
    found = charts(opened(report))
    assert found.keys() == {section.title for section in report.sections}
    for section in report.sections:
        chart = found[section.title]
        wanted = plotted(section)
        assert [list(series.values) for series in chart.plots[0].series] == wanted
        book = CalamineWorkbook.from_filelike(io.BytesIO(chart.part.chart_workbook.xlsx_part.blob))
        cells = book.get_sheet_by_name("Sheet1").to_python()
        behind = [[row[place] if row[place] != "" else None for row in cells[1:]] for place in range(1, len(cells[0]))]
        assert behind == [pytest.approx(one) for one in wanted]
        assert [row[0] for row in cells[1:]] == list(chart.plots[0].categories)


def test_every_chart_and_table_carries_its_rule_policy_counting_moment_and_what_is_unresolved(
    full: Installation,
) -> None:
    report = made(full, "country")
    notes: dict[str, list[str]] = {}
    for title, slide in titled(opened(report)):
        below = [shape.text_frame.text for shape in slide.shapes if shape.name == "Footnote"]
        notes.setdefault(title, []).extend(below)
    unresolved = 0
    for section in report.sections:
        said = " ".join(section.notes())
        assert len(notes[section.title]) >= 2  # the chart and its table
        assert all(one.startswith(said) for one in notes[section.title])
        assert f"version {report.version}." in said
        unresolved += bool(section.answer.unresolved) and section.answer.unresolved[1:] in said
    assert unresolved >= 2


def test_cards_are_equally_high_and_axes_end_at_a_round_step_above_the_highest_bar(full: Installation) -> None:
    deck = opened(made(full, "facility"))
    cards = [
        one for title, slide in titled(deck) if title == "Key figures" for one in slide.shapes if one.has_text_frame
    ]
    cards = [one for one in cards if one.text_frame.auto_size == MSO_AUTO_SIZE.NONE]
    assert len(cards) > 6
    assert len({one.height for one in cards}) == 1
    axis = charts(deck)["Publications per year, by type"].value_axis
    series = plotted(made(full, "facility").sections[0])
    highest = max(sum(value or 0 for value in column) for column in zip(*series, strict=True))
    assert highest <= axis.maximum_scale <= 2 * highest
    assert axis.maximum_scale / axis.major_unit in (3, 4, 5)


def test_the_first_slide_says_what_of_whom_when_and_how_fresh(full: Installation) -> None:
    report = made(full, "country", years="2016")
    first = " ".join(shape.text_frame.text for shape in opened(report).slides[0].shapes if shape.has_text_frame)
    for words in (report.title, "EPNS", "2016", "standard link policy", "as of ", *report.sources):
        assert words in first
    rules = " ".join(" ".join(row) for row in rows_of(opened(report), "Definitions"))
    assert all(answer.metric.counts in rules for answer in report.numbers)


def test_what_is_not_shown_on_the_page_is_in_no_chart_and_no_table(full: Installation) -> None:
    report = made(full, "instrument")
    visits = next(one for one in report.sections if one.answer.metric.slug == "user_visits")
    hidden = set(visits.crossed().loc[lambda table: table.iloc[:, 1].isna()].iloc[:, 0])
    assert hidden
    deck = opened(report)
    names = list(charts(deck)[visits.title].plots[0].categories)
    assert len(names) == min(len(visits.crossed()) - len(hidden), BARS)
    assert sum(row[1] == "–" for row in rows_of(deck, visits.title)) == len(hidden)


def test_text_that_looks_like_a_formula_stays_text_in_tables_and_behind_charts(full: Installation) -> None:
    report, evil = made(full, "country"), '=cmd|" /C calc"!A0'
    place, section = next((n, one) for n, one in enumerate(report.sections) if "journal" in one.answer.question.by)
    table = section.answer.table.assign(journal=[evil, "<b>&", *section.answer.table["journal"][2:]])
    told = replace(section, answer=replace(section.answer, table=table))
    deck = opened(replace(report, sections=[*report.sections[:place], told, *report.sections[place + 1 :]]))
    assert rows_of(deck, section.title)[1][0] == evil
    chart = charts(deck)[section.title]
    assert list(chart.plots[0].categories)[0] == evil
    with zipfile.ZipFile(io.BytesIO(chart.part.chart_workbook.xlsx_part.blob)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml")
        assert b"<f>" not in sheet
        assert evil.split('"')[0].encode() in book.read("xl/sharedStrings.xml")


# -- how it looks


@cache
def letters(size: float) -> Callable[[str], float]:
    """How wide text is, as the letters measure that Pillow brings: about as wide as those of the slides."""
    large = ImageFont.load_default(200)  # small letters are set on whole dots, which slides do not
    return lambda text: large.getlength(text) * size / 200


def broken(text: str, room: float, size: float) -> int:
    """Into how many lines text breaks, measured letter by letter of a real typeface."""
    count = 0
    for paragraph in text.split("\n"):
        count, used = count + 1, 0.0
        for word in paragraph.split(" "):
            long = letters(size)(f"{word} ")
            count, used = (count, used + long) if used + long <= room + letters(size)(" ") else (count + 1, long)
    return count


def points(length: int) -> float:
    return length / 12_700


def over(frame: Any, across: float) -> float:
    """How high the text of a frame stands, in points."""
    high = 0.0
    for paragraph in frame.paragraphs:
        size = max((run.font.size.pt for run in paragraph.runs if run.font.size), default=BODY)
        text = "".join(run.text for run in paragraph.runs)
        high += broken(text, across, size) * size * 1.16 + (paragraph.space_after.pt if paragraph.space_after else 0)
    return high


def faults(deck: Any) -> Iterator[str]:
    """What stands over the edge of a slide, or is higher than its place, or in letters that are too small."""
    for number, slide in enumerate(deck.slides, start=1):
        bottom = 0.0
        for shape in sorted(slide.shapes, key=lambda one: one.top):
            if min(shape.left, shape.top) < 0 or shape.left + shape.width > WIDTH or shape.top + shape.height > HEIGHT:
                yield f"{number}: {shape.name} is over the edge"
            if shape.has_text_frame:
                frame = shape.text_frame
                beside = 0 if shape.is_placeholder else points(frame.margin_left + frame.margin_right)
                if over(frame, points(shape.width) - beside) > points(shape.height) + 0.5:
                    yield f"{number}: {shape.name} is too full: {frame.text[:60]}"
                sizes = [run.font.size.pt for one in frame.paragraphs for run in one.runs if run.font.size]
                small = any(words in shape.name for words in NO_BODY) or shape.name.startswith("TextBox")
                if min(sizes, default=BODY) < (NOTES if small else BODY):
                    yield f"{number}: {shape.name} has letters of {min(sizes)}"
            if shape.name == "Footnote":
                if bottom > points(shape.top):
                    yield f"{number}: the table runs into its footnote"
                if shape.text_frame.vertical_anchor != MSO_ANCHOR.BOTTOM:
                    yield f"{number}: the footnote hangs"
            if shape.has_table or shape.has_chart:
                bottom = max(bottom, points(shape.top + shape.height))
            if shape.has_table:
                wide = [points(column.width) for column in shape.table.columns]
                for row in shape.table.rows:
                    for cell, across in zip(row.cells, wide, strict=True):
                        spans = sum(wide[1:]) if cell.is_merge_origin else across
                        if over(cell.text_frame, spans - 12) + 4 > points(row.height) + 0.5:
                            yield f"{number}: a cell is too full: {cell.text[:60]}"


@pytest.mark.parametrize(("kind", "language"), [("facility", "de"), ("country", "fr"), ("instrument", "en")])
def test_nothing_is_over_its_edge_or_too_small(full: Installation, kind: str, language: str) -> None:
    assert list(faults(opened(made(full, kind, language=language)))) == []


def test_long_names_many_columns_and_hundreds_of_rows_run_over_nothing(full: Installation) -> None:
    report = made(full, "country")
    longest = "Institute of Extraordinarily Long and Winding Names of the Universities of Somewhere " * 5
    names = [
        longest,
        "中性子科学センター" * 12,
        "Pneumonoultramicroscopicsilicovolcanoconiosis" * 4,
        "A\x0bB",
        *map(str, range(200)),
    ]
    sections = []
    for section in report.sections:
        answer, by = section.answer, section.answer.question.by
        if by == ("institution",):
            told = pd.DataFrame({"institution": names, "value": [float(n) for n in range(len(names), 0, -1)]})
            why = {f"were left out because of reason {n}, which takes quite some words": n for n in range(1, 30)}
            answer = replace(answer, table=told, left_out_of=partial(dict, why))
        elif by == ("year", "type"):
            cuts = [(year, f"TYPE_{n} of it") for year in range(1955, 2026) for n in range(17)]
            told = pd.DataFrame(cuts, columns=["year", "type"]).assign(value=12_345.0)
            answer = replace(answer, table=told)
        sections.append(replace(section, answer=answer))
    chosen = [f"Institution: {longest}"] * 4
    sources = {f"source number {n}": report.as_of for n in range(60)}
    deck = opened(replace(report, sections=sections, chosen=chosen, sources=sources, facility=longest[:200]))
    assert list(faults(deck)) == []
    rules = " ".join(" ".join(row) for row in rows_of(deck, "Definitions"))
    assert "reason 29, which" in rules  # what no footnote has room for
    assert "Source source number 59" in rules
    years = [row[0] for row in rows_of(deck, sections[0].title)]
    assert {str(year) for year in range(1955, 2026)} <= set(years)


def test_an_empty_report_says_so(full: Installation) -> None:
    nothing = replace(made(full, "country"), numbers=[], sections=[], together=pd.DataFrame())
    texts = [shape.text_frame.text for one in opened(nothing).slides for shape in one.shapes if shape.has_text_frame]
    assert "None is counted under these rules." in texts


def test_text_is_measured_as_it_breaks() -> None:
    words = "Proposals with a publication within 3 years, by year of first session"
    assert lines("", 100, 12) == 1
    assert width(words, 12, bold=True) > width(words, 12) >= letters(12)(words)
    assert width("中性子", 12) >= 36
    assert lines(words, 100, 12) >= broken(words, 100, 12) > lines(words, 400, 12)
    assert lines("x" * 100, 50, 12) >= 12
    assert largest(words, 300, (40, 20, 10), 2) == 10
    assert "".join(pieces(words * 3, 100, 12, 2)).replace(" ", "") == (words * 3).replace(" ", "")
    assert all(lines(f"{one} …", 100, 12) <= 2 for one in pieces(words, 100, 12, 2)[:-1])
    assert cut("short", 100, 12, 1) == "short"


# -- the same again


def test_the_same_facts_make_the_same_slides(full: Installation) -> None:
    first, second = (write_report(made.__wrapped__(full, "country", years="2016"), "pptx") for _ in range(2))
    assert first == second


def test_frozen_slides_stay_as_they_are(own_copy: Installation) -> None:
    reader = Viewer("viewer", "Vera")
    asked = recipe("country", "FR", {"year": ("2012-2019",)})
    number = reports.freeze(own_copy.storage, own_copy.snapshot(), reader, asked, facility="EPNS")
    before = reports.frozen_file(own_copy.storage, reader, number, "pptx")
    own_copy.refresh_facts()
    assert reports.frozen_file(own_copy.storage, reader, number, "pptx") == before
    page = reports.frozen_file(own_copy.storage, reader, number, "html").decode()
    (cell,) = {row[1] for row in rows_of(Presentation(io.BytesIO(before)), "Publications per year, by type")[-1:]}
    assert f">{cell}</td></tr></tfoot>" in page
    with pytest.raises(NotHere, match="no format"):
        reports.frozen_file(own_copy.storage, reader, number, "docx")


def test_a_report_that_was_frozen_before_there_were_slides_says_so(
    own_copy: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Viewer("viewer", "Vera")
    asked = recipe("country", "FR", {"year": ("2016",)})
    monkeypatch.setattr("puma.reports.kept.SLIDES", "another.pptx")
    number = reports.freeze(own_copy.storage, own_copy.snapshot(), reader, asked, facility="EPNS")
    monkeypatch.undo()
    with pytest.raises(NotHere, match="before reports had slides"):
        reports.frozen_file(own_copy.storage, reader, number, "pptx")
    assert reports.frozen_file(own_copy.storage, reader, number, "xlsx")


def test_the_command_line_and_the_doors_give_slides(
    own_copy: Installation, puma: Callable[..., Any], tmp_path: Path
) -> None:
    file, config = tmp_path / "council.pptx", own_copy.settings.home / "puma.toml"
    done = puma("--config", config, "report", "country", "FR", "--years", "2016", "--language", "fr", "-o", file)
    assert done.returncode == 0, done.stderr
    assert "Chiffres clés" in [title for title, _ in titled(Presentation(str(file)))]
    door = TestClient(make_app(own_copy), base_url="http://localhost:8050", client=("127.0.0.1", 1))
    sent = door.get("/api/v1/reports/country.pptx?name=FR&year=2016&language=fr")
    assert sent.headers["content-disposition"].endswith('.pptx"')
    assert sent.content == file.read_bytes()
