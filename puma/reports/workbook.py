"""A report as a workbook: one sheet per table with typed cells, the publications, and a sheet of definitions."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Any

import pandas as pd
import xlsxwriter

from puma.dimensions import DIMENSIONS
from puma.languages import Tongue
from puma.reports.content import Report, Section, notes_of
from puma.reports.in_words import valued

SAFE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
LONGEST = 32_767  # characters of a cell
PALE = "#E9EDF2"  # behind the heads, as on slides
NARROW, BROAD = 12, 60  # characters across of a column of a table
UPRIGHT = 104  # characters across up to which a sheet is printed upright


def workbook(report: Report) -> bytes:
    """The bytes of the workbook; text that looks like a formula stays text."""
    file, say = BytesIO(), report.tongue
    with xlsxwriter.Workbook(file, SAFE) as book:
        about = {"title": _title(say, report), "author": report.facility}
        book.set_properties({**about, "created": report.as_of.replace(tzinfo=None)})  # the same report, the same bytes
        look = {
            "head": book.add_format({"bold": True, "bottom": 1, "bg_color": PALE}),
            "numbers": book.add_format({"bold": True, "bottom": 1, "bg_color": PALE, "align": "right"}),
            "year": book.add_format({"align": "left"}),
            "title": book.add_format({"bold": True, "font_size": 14}),
            "share": book.add_format({"num_format": "0.0%"}),
            "day": book.add_format({"num_format": "yyyy-mm-dd", "align": "left"}),
            "count": book.add_format({"num_format": "#,##0"}),
            "part": book.add_format({"num_format": "#,##0.00"}),
            "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        }
        _numbers(say, book, report, look)
        for place, section in enumerate(report.sections, start=1):
            table, cuts = _in_words(say, section), len(section.answer.question.by)
            shares = (len(table.columns) - 1 if cuts == 2 else 1) if section.answer.metric.unit == "share" else 0
            note = [say(section.title), say("Total, each once:")]
            name = _name(say, section, place)
            _table(book, name, table, note, section.answer.total, look, shares=shares)
        if not report.together.empty:
            note = [say("Who publishes with whom")]
            pairs = _pairs(say, report)
            _table(book, say("Pairs of countries"), pairs, note, None, look, wide=("", say("Other authors")))
        papers = report.publications.rename(columns={head: say(head) for head in report.publications.columns})
        wide, years = (say("Title"), say("Journal"), say("DOI")), (say("Year"),)
        _table(book, say("Publications"), papers, [], None, look, wide=wide, years=years)
        _definitions(say, book, report, look)
    return file.getvalue()


def _named(words: str) -> str:
    """A name that a sheet may have."""
    return re.sub(r"[][:*?/\\]", "", words)[:31]


def _name(say: Tongue, section: Section, place: int) -> str:
    """``3 Publications, country``: what is counted and by what, and a number because two may be cut alike."""
    cut = f", {say.within(DIMENSIONS[section.answer.question.by[-1]].label)}"
    label = say(section.answer.metric.label)
    room = 31 - len(f"{place} {cut}")
    return f"{place} {label if len(label) <= room else label[: max(room - 1, 4)] + '…'}{cut}"


def _printed(sheet: Any, head: int, about: str, widths: Sequence[float]) -> None:
    """Columns so many characters wide, and how the sheet is printed: A4, as wide as one page, the head of its table on
    each, and what it is below."""
    for place, width in enumerate(widths):
        sheet.set_column(place, place, width)
    if sum(widths) > UPRIGHT:
        sheet.set_landscape()
    sheet.hide_gridlines(2)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(head)
    sheet.set_footer(f"&L{about.replace('&', '&&')[:200]}&R&P / &N")


def _title(say: Tongue, report: Report) -> str:
    return f"{report.titled(say)}, {say(report.span)}"


def _in_words(say: Tongue, section: Section) -> pd.DataFrame:
    """The table of a section with heads and values as they are read; years and numbers keep their types."""
    table, by = section.crossed(), section.answer.question.by
    heads = {"numerator": say("Counted"), "denominator": say("Out of")}
    if len(by) == 2:
        heads = {head: valued(say, by[1], head) for head in table.columns[1:]}
    first = table.columns[0]
    if by[0] != "year":
        table = table.assign(**{first: [valued(say, by[0], value) for value in table[first]]})
    return table.rename(columns={head: heads.get(head) or say(str(head)) for head in table.columns})


def _pairs(say: Tongue, report: Report) -> pd.DataFrame:
    """Countries of the first authors against those of the others, by name."""
    first, other, value = (report.together[name] for name in ("first_country", "other_country", "value"))
    heads = {"First author": [valued(say, "country", one) for one in first],
             "Other authors": [valued(say, "country", one) for one in other], "Publications": value}  # fmt: skip
    return pd.DataFrame({say(head): column for head, column in heads.items()})


def _numbers(say: Tongue, book: Any, report: Report, look: dict[str, Any]) -> None:
    sheet = book.add_worksheet(_named(say("Numbers")))
    sheet.freeze_panes(4, 0)
    _printed(sheet, 3, _title(say, report), [46, *[14] * 4])
    sheet.write_string(0, 0, _title(say, report), look["title"])
    about = [report.facility, *report.chosen, say("as of {} UTC", say.moment(report.as_of))]
    about += [say("facts version {}", report.version), say("{} link policy", say(report.policy))]
    sheet.write_string(1, 0, "; ".join(about))
    for place, word in enumerate(("Measure", "Value", "Unit", "Counted", "Out of")):
        sheet.write_string(3, place, say(word), look["head" if word in ("Measure", "Unit") else "numbers"])
    for line, answer in enumerate(report.numbers, start=4):
        one = answer.metric
        sheet.write_string(line, 0, say(one.label))
        _cell(sheet, line, 1, answer.total, look, share=one.unit == "share")
        sheet.write_string(line, 2, "" if one.unit == "share" else say(one.unit))
        if one.is_rate:
            _cell(sheet, line, 3, answer.numerator, look)
            _cell(sheet, line, 4, answer.denominator, look)


def _table(
    book: Any,
    name: str,
    table: pd.DataFrame,
    note: list[str],
    total: float | None,
    look: dict[str, Any],
    *,
    shares: int = 0,
    wide: tuple[str, ...] = (),
    years: tuple[str, ...] = (),
) -> None:
    """A sheet. shares: how many columns after the first hold shares. wide: heads of columns with much text; years:
    heads of columns of years, which have no thousands, like the first column."""
    sheet = book.add_worksheet(_named(name))
    first = 0
    if note:
        sheet.write_string(0, 0, note[0], look["title"])
        if len(note) > 1:
            sheet.write_string(1, 0, note[1])
            _cell(sheet, 1, 1, total, look, share=bool(shares))
        first = 1 + len(note)
    sheet.freeze_panes(first + 1, 0)
    widths = [BROAD if head in wide[:1] else 30 if head in wide else _wide(table, place, note[1:] if place == 0 else [])
              for place, head in enumerate(table.columns)]  # fmt: skip
    _printed(sheet, first, note[0] if note else name, widths)
    if len(table):
        sheet.autofilter(first, 0, first + len(table), len(table.columns) - 1)
    for place, head in enumerate(table.columns):
        numbers = place > 0 and pd.api.types.is_numeric_dtype(table[head]) and head not in years
        sheet.write_string(first, place, str(head), look["numbers" if numbers else "head"])
    for line, row in enumerate(table.itertuples(index=False), start=first + 1):
        for place, value in enumerate(row):
            year = place == 0 or table.columns[place] in years
            _cell(sheet, line, place, value, look, share=0 < place <= shares, year=year)


def _wide(table: pd.DataFrame, place: int, beside: Sequence[str]) -> float:
    """How many characters across a column is: what is longest in it, within limits."""
    longest = max(map(len, [str(table.columns[place]), *beside, *table.iloc[:, place].map(str)]))
    return min(max(longest + 2, NARROW), BROAD)


def _definitions(say: Tongue, book: Any, report: Report, look: dict[str, Any]) -> None:
    sheet = book.add_worksheet(_named(say("Definitions")))
    _printed(sheet, 0, _title(say, report), [40, 100])
    for place, word in enumerate(("Measure", "Rule")):
        sheet.write_string(0, place, say(word), look["head"])
    sheet.freeze_panes(1, 0)
    lines = [
        (say(one.metric.label), " ".join(notes_of(one, report.aside.get(one.metric.slug, ()), say)))
        for one in report.numbers
    ]
    lines += [(say(section.title), " ".join(section.notes(say))) for section in report.sections]
    if not report.together.empty:
        lines.append((say("Who publishes with whom"), " ".join(report.pairs_notes(say))))
    lines += [
        (say("Source {}", name), say("fresh as of {} UTC", say.moment(at)) if at else say("never harvested"))
        for name, at in report.sources.items()
    ]
    for place, (what, rule) in enumerate(lines, start=1):
        sheet.write_string(place, 0, what, look["wrap"])
        sheet.write_string(place, 1, rule[:LONGEST], look["wrap"])


def _cell(
    sheet: Any, line: int, place: int, value: Any, look: dict[str, Any], *, share: bool = False, year: bool = False
) -> None:
    """A typed cell. year: a number that is no count, and has no thousands."""
    if value is None or (not isinstance(value, (str, date)) and pd.isna(value)):
        return
    if isinstance(value, (date, datetime)):
        sheet.write_datetime(line, place, datetime(value.year, value.month, value.day), look["day"])
    elif isinstance(value, str):
        sheet.write_string(line, place, value[:LONGEST])
    else:
        number = float(value)
        plain = look["year"] if year else look["count"] if number.is_integer() else look["part"]
        sheet.write_number(line, place, number, look["share"] if share else plain)
