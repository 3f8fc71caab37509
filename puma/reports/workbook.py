"""A report as a workbook: one sheet per table with typed cells, the publications, and a sheet of definitions."""

from datetime import date, datetime
from io import BytesIO
from typing import Any

import pandas as pd
import xlsxwriter

from puma.reports.content import Report, not_followed

SAFE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
LONGEST = 32_767  # characters of a cell


def workbook(report: Report) -> bytes:
    """The bytes of the workbook; text that looks like a formula stays text."""
    file = BytesIO()
    with xlsxwriter.Workbook(file, SAFE) as book:
        about = {"title": f"{report.title}, {report.span}", "author": report.facility}
        book.set_properties({**about, "created": report.as_of.replace(tzinfo=None)})  # the same report, the same bytes
        look = {
            "head": book.add_format({"bold": True, "bottom": 1}),
            "title": book.add_format({"bold": True, "font_size": 14}),
            "share": book.add_format({"num_format": "0.0%"}),
            "day": book.add_format({"num_format": "yyyy-mm-dd", "align": "left"}),
            "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        }
        _numbers(book, report, look)
        for place, section in enumerate(report.sections, start=1):
            share = section.answer.metric.unit == "share"
            note = [section.title, "Total, each once:"]
            _table(
                book,
                f"{place} {section.answer.question.by[-1]}",
                section.crossed(),
                note,
                section.answer.total,
                look,
                share=share,
            )
        _table(book, "Publications", report.publications, [], None, look)
        _definitions(book, report, look)
    return file.getvalue()


def _numbers(book: Any, report: Report, look: dict[str, Any]) -> None:
    sheet = book.add_worksheet("Numbers")
    sheet.set_column(0, 0, 46)
    sheet.set_column(1, 4, 16)
    sheet.write_string(0, 0, f"{report.title}, {report.span}", look["title"])
    sheet.write_string(
        1,
        0,
        "; ".join(
            [report.facility, *report.chosen, f"as of {report.as_of:%-d %B %Y %H:%M} UTC"]
            + [f"facts version {report.version}", f"link policy {report.policy}"]
        ),
    )
    for place, word in enumerate(("Measure", "Value", "Unit", "Counted", "Out of")):
        sheet.write_string(3, place, word, look["head"])
    for line, answer in enumerate(report.numbers, start=4):
        one = answer.metric
        sheet.write_string(line, 0, one.label)
        _cell(sheet, line, 1, answer.total, look, share=one.unit == "share")
        sheet.write_string(line, 2, "" if one.unit == "share" else one.unit)
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
    share: bool = False,
) -> None:
    sheet = book.add_worksheet(name[:31])
    first = 0
    if note:
        sheet.write_string(0, 0, note[0], look["title"])
        sheet.write_string(1, 0, note[1])
        _cell(sheet, 1, 1, total, look, share=share)
        first = 3
    sheet.freeze_panes(first + 1, 0)
    for place, head in enumerate(table.columns):
        sheet.set_column(place, place, 60 if head == "Title" else 30 if place == 0 or head == "Journal" else 14)
        sheet.write_string(first, place, str(head), look["head"])
    for line, row in enumerate(table.itertuples(index=False), start=first + 1):
        for place, (head, value) in enumerate(zip(table.columns, row, strict=True)):
            _cell(
                sheet, line, place, value, look, share=share and place > 0 and head not in ("numerator", "denominator")
            )


def _definitions(book: Any, report: Report, look: dict[str, Any]) -> None:
    sheet = book.add_worksheet("Definitions")
    sheet.set_column(0, 0, 40)
    sheet.set_column(1, 1, 120)
    lines = [
        (one.metric.label, " ".join(one.footnotes + not_followed(report.aside.get(one.metric.slug, ()))))
        for one in report.numbers
    ]
    lines += [(section.title, " ".join(section.notes)) for section in report.sections]
    lines += [
        (f"Source {name}", f"fresh as of {at:%-d %B %Y %H:%M} UTC" if at else "never harvested")
        for name, at in report.sources.items()
    ]
    for place, (what, rule) in enumerate(lines):
        sheet.write_string(place, 0, what, look["wrap"])
        sheet.write_string(place, 1, rule[:LONGEST], look["wrap"])


def _cell(sheet: Any, line: int, place: int, value: Any, look: dict[str, Any], *, share: bool = False) -> None:
    if value is None or (not isinstance(value, (str, date)) and pd.isna(value)):
        return
    if isinstance(value, (date, datetime)):
        sheet.write_datetime(line, place, datetime(value.year, value.month, value.day), look["day"])
    elif isinstance(value, str):
        sheet.write_string(line, place, value[:LONGEST])
    else:
        sheet.write_number(line, place, float(value), look["share"] if share else None)
