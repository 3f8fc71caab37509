"""Charts of a report that PowerPoint can edit: columns by year, else bars, with the numbers in a sheet of their own."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import pandas as pd
import xlsxwriter
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_LEGEND_POSITION, XL_TICK_LABEL_POSITION, XL_TICK_MARK
from pptx.enum.dml import MSO_THEME_COLOR
from pptx.oxml.ns import qn
from pptx.util import Pt

from puma.cerif import legal
from puma.languages import Tongue
from puma.reports.content import Section
from puma.reports.deck import BODY, INK, PALE, QUIET, Box
from puma.reports.in_words import valued
from puma.reports.picture import SHADES, ticks
from puma.reports.workbook import SAFE
from puma.text import plain

BARS = 12  # of a chart that is no chart by year
NAME = 56  # letters of a name beside a bar; the table has all
LABELS = 12  # years on an axis, as on paper
FEW_YEARS = 12  # of one column each, up to which each has its number above it
APART = 32  # per cent of a bar between two; more between few, which would be slabs
THICK, BROAD = 26, 84  # points that a bar is high and a column broad at the most


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a chart shows: names of the columns or bars, and the series with a value or none for each of them."""

    names: Sequence[str]
    series: Sequence[tuple[str, Sequence[float | None]]]
    by_year: bool
    unit: str
    unknown: int | None = None
    rest: int = 0


def drawn(say: Tongue, section: Section) -> Drawn | None:
    """What the chart of a section shows; nothing where it has no value. rest: how many rows it leaves out.

    By year the parts are those of the picture on paper: the largest, and the others in one.
    """
    table, answer = section.crossed(), section.answer
    by, unit = answer.question.by, answer.metric.unit
    if by[0] != "year":
        given = table[table.iloc[:, 1].notna()]
        first = given.head(BARS)
        names = [plain(valued(say, by[0], value)) for value in first.iloc[:, 0]]
        unknown = next((place for place, value in enumerate(first.iloc[:, 0]) if _is_unknown(value)), None)
        found = Drawn(names, [(say(answer.metric.label), _values(first.iloc[:, 1]))], by_year=False, unit=unit,
                      unknown=unknown, rest=max(len(given) - BARS, 0))  # fmt: skip
    else:
        known = table[table.iloc[:, 0].notna()]
        if known.empty:
            return None
        years = known.iloc[:, 0].astype(int)
        every = range(years.min(), years.max() + 1)
        wide = known.set_axis(years).reindex(every)
        heads = [head for head in table.columns[1:] if head not in ("numerator", "denominator")]
        some, others = heads[: len(SHADES) - 1], heads[len(SHADES) - 1 :]
        called = (lambda head: valued(say, by[1], head)) if len(by) == 2 else say
        series = [(called(str(head)), _values(wide[head])) for head in some]
        if others:
            series.append((say("others"), _values(wide[others].astype("float64").sum(axis=1, min_count=1))))
        found = Drawn([str(year) for year in every], series, by_year=True, unit=unit)
    return found if any(value is not None for _, values in found.series for value in values) else None


def chart(slide: Any, box: Box, what: Drawn, title: str, say: Tongue, made: datetime) -> None:
    """Put a chart on a slide. title: what a screen reader says of it."""
    single = len(what.series) == 1
    columns = XL_CHART_TYPE.COLUMN_CLUSTERED if single else XL_CHART_TYPE.COLUMN_STACKED
    kind = columns if what.by_year else XL_CHART_TYPE.BAR_CLUSTERED
    frame = slide.shapes.add_chart(kind, *map(Pt, box), _data(what, made))
    frame.name = "Chart"
    frame._element.nvGraphicFramePr.cNvPr.set("descr", legal(title))  # the library has no way of its own to say it
    shown = frame.chart
    shown.font.size = Pt(BODY)
    shown.font.color.theme_color = INK
    shown.has_title = False
    shown.has_legend = not single
    if shown.has_legend:
        shown.legend.position = XL_LEGEND_POSITION.BOTTOM
        shown.legend.include_in_layout = False
    plot = shown.plots[0]
    each = (box.width if what.by_year else box.height) * 0.9 / len(what.names)
    plot.gap_width = min(max(APART, round(100 * (each / (BROAD if what.by_year else THICK) - 1))), 500)
    for place, series in enumerate(plot.series):
        _filled(series.format, place)
    if what.unknown is not None:
        _filled(plot.series[0].points[what.unknown].format, len(SHADES) - 1)
    _axes(shown, what, say)
    if not what.by_year or (single and len(what.names) <= FEW_YEARS):
        plot.has_data_labels = True
        labels = plot.data_labels
        labels.number_format, labels.number_format_is_linked = _format(what), False
        labels.font.size = Pt(BODY)
        labels.position = XL_LABEL_POSITION.OUTSIDE_END


def _axes(made: Any, what: Drawn, say: Tongue) -> None:
    names, values = made.category_axis, made.value_axis
    names.format.line.color.theme_color = QUIET
    names.major_tick_mark = names.minor_tick_mark = XL_TICK_MARK.NONE
    names.has_major_gridlines = False
    names.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    values.minimum_scale = 0
    values.has_major_gridlines = what.by_year
    values.visible = what.by_year
    if not what.by_year:
        names.reverse_order = True  # the largest above
        return
    every = max(1, -(-len(what.names) // LABELS))
    for tag in ("c:tickLblSkip", "c:tickMarkSkip"):
        skip = names._element.makeelement(qn(tag), {"val": str(every)})
        names._element.find(qn("c:noMultiLvlLbl")).addprevious(skip)
    values.major_gridlines.format.line.color.theme_color = PALE
    values.format.line.fill.background()
    values.major_tick_mark = XL_TICK_MARK.NONE
    values.tick_labels.number_format, values.tick_labels.number_format_is_linked = _format(what, axis=True), False
    if what.unit == "share":
        values.maximum_scale = 1
        return
    columns = [sum(value or 0 for value in column) for column in zip(*(of for _, of in what.series), strict=True)]
    step, steps = ticks(max(columns))  # whole numbers, and as on paper
    values.major_unit, values.maximum_scale = step, step * steps
    values.has_title = True
    frame = values.axis_title.text_frame
    frame.text = legal(say(what.unit))
    font = frame.paragraphs[0].runs[0].font
    font.size, font.bold = Pt(BODY), False
    font.color.theme_color = QUIET


def _filled(look: Any, place: int) -> None:
    """The colour of a part: one of the theme, so that another theme changes it; the last is no colour."""
    look.fill.solid()
    accent = getattr(MSO_THEME_COLOR, f"ACCENT_{place + 1}") if place < len(SHADES) - 1 else QUIET
    look.fill.fore_color.theme_color = accent
    look.line.color.theme_color = MSO_THEME_COLOR.BACKGROUND_1
    look.line.width = Pt(0.6)


def _format(what: Drawn, *, axis: bool = False) -> str:
    if what.unit == "share":
        return "0%" if axis else "0.0%"
    whole = all(value is None or float(value).is_integer() for _, values in what.series for value in values)
    return "#,##0" if whole or axis else "#,##0.0"


class _Data(CategoryChartData):
    """The numbers of a chart. The library's own sheet makes formulas of text, and is dated."""

    what: Drawn
    made: datetime

    @property
    def xlsx_blob(self) -> bytes:
        """The sheet behind the chart, at the places that the chart refers to."""
        file, what = io.BytesIO(), self.what
        with xlsxwriter.Workbook(file, SAFE) as book:
            book.set_properties({"created": self.made.replace(tzinfo=None)})
            sheet = book.add_worksheet("Sheet1")
            sheet.set_column(0, 0, 40)
            for line, name in enumerate(what.names, start=1):
                sheet.write_string(line, 0, _short(name))
            for place, (name, values) in enumerate(what.series, start=1):
                sheet.write_string(0, place, legal(name))
                for line, value in enumerate(values, start=1):
                    if value is not None:
                        sheet.write_number(line, place, value)
        return file.getvalue()


def _data(what: Drawn, made: datetime) -> _Data:
    new: Any = _Data  # the library says no types of it
    data = new()
    data.what, data.made = what, made
    data.categories = [_short(name) for name in what.names]
    for name, values in what.series:
        data.add_series(legal(name), values)
    return cast(_Data, data)


def _short(name: str) -> str:
    said = legal(name)
    return said if len(said) <= NAME else f"{said[: NAME - 1].rstrip()}…"


def _values(column: Any) -> list[float | None]:
    return [None if pd.isna(value) else float(value) for value in column]


def _is_unknown(value: Any) -> bool:
    return bool(value is None or pd.isna(value) or value == "unknown")
