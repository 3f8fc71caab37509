"""A presentation as it is built: titles, texts, tables and charts at their places, all of which stay editable."""

import io
import zipfile
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Any, NamedTuple

from lxml import etree
from pptx import Presentation
from pptx.enum.dml import MSO_THEME_COLOR
from pptx.enum.lang import MSO_LANGUAGE_ID
from pptx.enum.shapes import MSO_SHAPE, PP_PLACEHOLDER
from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE, PP_ALIGN
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.util import Pt

from puma.cerif import legal
from puma.reports.picture import SHADES
from puma.reports.typeface import FACE, LINE, cut, largest, lines

WIDTH, HEIGHT, MARGIN = 960, 540, 40  # points of a slide of 16:9
ACROSS = WIDTH - 2 * MARGIN
TOP, BOTTOM = 92, 504  # of what stands between the title and the foot
FOOT = 780  # across of the foot, beside which the number of the slide stands
BODY, SMALL, NOTE = 12, 10, 9  # points of letters
TITLES = (26, 22, 19, 16)
THEME = {
    "dk1": "17212B", "lt1": "FFFFFF", "dk2": "535B64", "lt2": "E9EDF2", "hlink": "0072B2", "folHlink": "5B2C83",
    **{f"accent{place}": shade.removeprefix("#") for place, shade in enumerate(SHADES[:6], start=1)},
}  # fmt: skip
INK, QUIET, PALE = MSO_THEME_COLOR.TEXT_1, MSO_THEME_COLOR.TEXT_2, MSO_THEME_COLOR.BACKGROUND_2
FIRST = MSO_THEME_COLOR.ACCENT_1
ALWAYS = (1980, 1, 1, 0, 0, 0)
"""The date of the files in the archive: equal reports are equal archives."""
SPOKEN = {"en": MSO_LANGUAGE_ID.ENGLISH_UK, "fr": MSO_LANGUAGE_ID.FRENCH, "de": MSO_LANGUAGE_ID.GERMAN}
NO_STYLE = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"  # of a table: neither fills nor lines but its own
CELL = (6.0, 2.5)  # points left and right, above and below of what stands in a cell
CARD = (9.0, 5.0)  # the same of a card


class Box(NamedTuple):
    """A place on a slide, in points."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph. after: points of room below it."""

    text: str
    size: float = BODY
    bold: bool = False
    quiet: bool = False
    after: float = 0


def high(paragraphs: Sequence[Line], room: float) -> float:
    """How high paragraphs stand in so much room across, in points."""
    return sum(lines(one.text, room, one.size, bold=one.bold) * one.size * LINE + one.after for one in paragraphs)


def rows_high(
    rows: Sequence[Sequence[str]], widths: Sequence[float], size: float, *, bold: bool = False
) -> list[float]:
    """How high each row of a table stands, in points."""
    return [
        max(
            lines(text, width - 2 * CELL[0], size, bold=bold) for text, width in zip(row, widths, strict=True)
        ) * size * LINE + 2 * CELL[1]
        for row in rows
    ]  # fmt: skip


class Deck:
    """A presentation of wide slides. foot: what stands below on each; language: a code."""

    def __init__(self, title: str, author: str, made: datetime, foot: str, language: str) -> None:
        self.file = Presentation()
        self.file.slide_width, self.file.slide_height = Pt(WIDTH), Pt(HEIGHT)
        self.file.element.find(qn("p:sldSz")).attrib.pop("type", None)
        self._foot, self._language = legal(foot), SPOKEN.get(language)
        at = made.astimezone(UTC).replace(tzinfo=None, microsecond=0)
        about = self.file.core_properties
        about.title, about.author, about.last_modified_by = legal(title)[:250], legal(author)[:250], legal(author)[:250]
        about.created = about.modified = at
        about.comments, about.language = "", language
        _bare(self.file)
        self._opening, self._plain = (self.file.slide_layouts[place] for place in (0, 1))

    def opening(self, title: str, below: str) -> Any:
        """The first slide."""
        slide = self._slide(self._opening)
        band = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, 0, 0, Pt(14), Pt(HEIGHT))
        band.fill.solid()
        band.fill.fore_color.theme_color = FIRST
        band.line.fill.background()
        band.name = "Band"
        self._titled(slide, title, (40, 34, 28, 24))
        self._words(slide.placeholders[1].text_frame, [Line(below, 18, quiet=True)])
        return slide

    def slide(self, title: str) -> Any:
        """A slide with a title, and room between ``TOP`` and ``BOTTOM``."""
        slide = self._slide(self._plain)
        self._titled(slide, title, TITLES)
        return slide

    def text(self, slide: Any, box: Box, paragraphs: Sequence[Line], *, below: bool = False) -> Any:
        """Text at a place. below: it stands on the lower edge of it."""
        shape = slide.shapes.add_textbox(*map(Pt, box))
        frame = shape.text_frame
        frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
        frame.vertical_anchor = MSO_ANCHOR.BOTTOM if below else MSO_ANCHOR.TOP
        self._words(frame, paragraphs)
        return shape

    def card(self, slide: Any, box: Box, paragraphs: Sequence[Line]) -> None:
        """Text on a pale ground."""
        shape = self.text(slide, box, paragraphs)
        frame = shape.text_frame
        frame.margin_left = frame.margin_right = Pt(CARD[0])
        frame.margin_top = frame.margin_bottom = Pt(CARD[1])
        frame.auto_size = MSO_AUTO_SIZE.NONE  # cards beside each other are equally high
        shape.fill.solid()
        shape.fill.fore_color.theme_color = PALE

    def note(self, slide: Any, text: str) -> float:
        """The footnote of a slide, on the lower edge of its room. Returns where it begins."""
        said = [Line(text, NOTE, quiet=True)]
        top = BOTTOM - high(said, ACROSS)
        self.text(slide, Box(MARGIN, top, ACROSS, BOTTOM - top), said, below=True).name = "Footnote"
        return top

    def link(self, slide: Any, words: str, to: Any) -> None:
        """A way to another slide, above at the right."""
        shape = self.text(slide, Box(WIDTH - MARGIN - 80, 12, 80, 14), [Line(words, SMALL)])
        run = shape.text_frame.paragraphs[0].runs[0]
        run.font.color.theme_color = FIRST
        shape.text_frame.paragraphs[0].alignment = PP_ALIGN.RIGHT
        shape.click_action.target_slide = to
        shape.name = "Link"

    def table(
        self,
        slide: Any,
        rows: Sequence[Sequence[str]],
        widths: Sequence[float],
        *,
        name: str,
        left: float = MARGIN,
        words: int = 1,
        foot: bool = False,
        across: bool = False,
        size: float = BODY,
    ) -> None:
        """A table below the title; the first row is its head. words: how many columns hold text, the others numbers;
        foot: the last row is the total; across: it stands under all columns of numbers."""
        heights = rows_high(rows[:1], widths, size, bold=True) + rows_high(rows[1:], widths, size, bold=False)
        place = map(Pt, (left, TOP, sum(widths), sum(heights)))
        frame = slide.shapes.add_table(1, len(widths), *place)
        frame.name = legal(name)
        grid = frame.table
        style = frame._element.find(".//" + qn("a:tableStyleId"))  # the library has no way of its own to choose one
        style.text, grid.horz_banding = NO_STYLE, False
        for column, width in zip(grid.columns, widths, strict=True):
            column.width = Pt(width)
        grid._tbl.remove(grid._tbl.tr_lst[0])
        for line, (row, height) in enumerate(zip(rows, heights, strict=True)):
            last = foot and line == len(rows) - 1
            merged = len(row) - 1 if last and across and len(row) > 2 else 1
            cells = [
                self._cell(text, size, bold=line == 0 or last, number=place >= words, merged=merged, place=place)
                for place, text in enumerate(row)
            ]
            # the library's own way is slow from a thousand cells on
            grid._tbl.append(parse_xml(f'<a:tr {nsdecls("a")} h="{Pt(height)}">{"".join(cells)}</a:tr>'))

    def bytes(self) -> bytes:
        """The file: the same slides, the same bytes."""
        written, again = io.BytesIO(), io.BytesIO()
        self.file.save(written)
        with zipfile.ZipFile(written) as old, zipfile.ZipFile(again, "w", zipfile.ZIP_DEFLATED) as new:
            for name in old.namelist():
                entry = zipfile.ZipInfo(name, ALWAYS)
                entry.compress_type = zipfile.ZIP_STORED if name.endswith(".xlsx") else zipfile.ZIP_DEFLATED
                new.writestr(entry, old.read(name))
        return again.getvalue()

    def _slide(self, layout: Any) -> Any:
        slide = self.file.slides.add_slide(layout)
        if layout is self._plain:
            for kept in list(layout.placeholders)[1:]:  # the library leaves foot and number of a layout out
                own = deepcopy(kept.element)
                slide.shapes._spTree.append(own)
                own.nvSpPr.cNvPr.set("id", str(1 + len(slide.shapes)))
                if kept.placeholder_format.type == PP_PLACEHOLDER.FOOTER:
                    self._words(slide.shapes[-1].text_frame, [Line(self._foot, NOTE, quiet=True)])
        return slide

    def _titled(self, slide: Any, title: str, sizes: Sequence[float]) -> None:
        said = legal(title)
        one = lines(said, ACROSS, sizes[0], bold=True) == 1
        size = sizes[0] if one else largest(said, ACROSS, sizes[1:], 2, bold=True)
        self._words(slide.shapes.title.text_frame, [Line(cut(said, ACROSS, size, 2, bold=True), size, bold=True)])

    def _words(self, frame: Any, paragraphs: Sequence[Line]) -> None:
        frame.word_wrap = True
        for place, one in enumerate(paragraphs):
            paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
            paragraph.line_spacing, paragraph.space_after = 1.0, Pt(one.after)
            run = paragraph.add_run()
            run.text = legal(one.text)
            self._spoken(run, one.size, bold=one.bold)
            run.font.color.theme_color = QUIET if one.quiet else INK

    def _cell(self, text: str, size: float, *, bold: bool, number: bool, merged: int, place: int) -> str:
        """A cell as it is written. merged: how many columns the second one takes."""
        spoken = f' lang="{MSO_LANGUAGE_ID.to_xml(self._language)}"' if self._language is not None else ""
        span = "" if merged < 2 or place == 0 else f' gridSpan="{merged}"' if place == 1 else ' hMerge="1"'
        beside, above = Pt(CELL[0]), Pt(CELL[1])
        colour, thick = ("tx2", 12_700) if bold else ("bg2", 6_350)
        return (
            f'<a:tc{span}><a:txBody><a:bodyPr/><a:lstStyle/><a:p><a:pPr algn="{"r" if number else "l"}"/><a:r>'
            f'<a:rPr{spoken} sz="{int(size * 100)}" b="{int(bold)}"/><a:t>{escape(legal(text))}</a:t></a:r></a:p>'
            f'</a:txBody><a:tcPr marL="{beside}" marR="{beside}" marT="{above}" marB="{above}" '
            f'anchor="{"b" if bold else "t"}"><a:lnB w="{thick}"><a:solidFill><a:schemeClr val="{colour}"/>'
            "</a:solidFill></a:lnB></a:tcPr></a:tc>"
        )

    def _spoken(self, run: Any, size: float, *, bold: bool) -> None:
        run.font.size, run.font.bold = Pt(size), bold
        if self._language is not None:
            run.font.language_id = self._language


def _bare(file: Any) -> None:
    """The library's empty presentation without its pictures and layouts that nobody needs, wide, in our theme."""
    for place in reversed(range(len(file.slide_layouts))):
        if place not in (0, 5):
            file.slide_layouts.remove(file.slide_layouts[place])
    package, part = file.part.package, file.part
    for owner, kinds in ((package, ("thumbnail", "extended-properties")), (part, ("printerSettings",))):
        for key, relation in list(owner._rels.items()):
            if relation.reltype.endswith(kinds):
                owner._rels.pop(key)
    master = file.slide_master
    for page in (master, *file.slide_layouts):
        for shape in list(page.placeholders):
            _placed(shape, opening=page is file.slide_layouts[0])
    style = master.element.find(".//" + qn("p:titleStyle")).find(qn("a:lvl1pPr"))
    style.set("algn", "l")
    theme = master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
    tree: Any = etree.fromstring(theme.blob)
    for name, value in THEME.items():
        colour = tree.find(f".//{qn('a:clrScheme')}/{qn(f'a:{name}')}")
        for old in list(colour):
            colour.remove(old)
        etree.SubElement(colour, qn("a:srgbClr"), val=value)
    for kind in ("a:majorFont", "a:minorFont"):
        tree.find(f".//{qn(kind)}/{qn('a:latin')}").set("typeface", FACE)
    theme.blob = etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=True)


PLACES = {
    "title": Box(MARGIN, 26, ACROSS, 58), "body": Box(MARGIN, TOP, ACROSS, BOTTOM - TOP),
    "ftr": Box(MARGIN, 512, FOOT, 16), "sldNum": Box(WIDTH - MARGIN - 80, 512, 80, 16),
    "ctrTitle": Box(MARGIN, 70, ACROSS, 100), "subTitle": Box(MARGIN, 176, ACROSS, 30),
}  # fmt: skip


def _placed(shape: Any, *, opening: bool) -> None:
    """Put what a layout holds at its place of a wide slide, or away."""
    kind = shape.element.ph.get("type", "body")
    if kind == "dt" or (opening and kind in ("ftr", "sldNum")):
        shape.element.getparent().remove(shape.element)
        return
    shape.left, shape.top, shape.width, shape.height = map(Pt, PLACES[kind])
    frame = shape.text_frame
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    frame.vertical_anchor = MSO_ANCHOR.BOTTOM if kind == "ctrTitle" else MSO_ANCHOR.TOP
    if kind in ("title", "ftr", "sldNum"):
        frame.vertical_anchor = MSO_ANCHOR.MIDDLE
    if kind in ("ftr", "sldNum", "subTitle"):
        _all_left(shape.element, right=kind == "sldNum")


def _all_left(element: Any, *, right: bool) -> None:
    """The paragraphs of a placeholder begin at the left, or end at the right."""
    frame = element.find(qn("p:txBody"))
    styles = frame.find(qn("a:lstStyle"))
    first = styles.find(qn("a:lvl1pPr"))
    if first is None:
        first = etree.SubElement(styles, qn("a:lvl1pPr"))
    first.set("algn", "r" if right else "l")
    first.set("marL", "0")
    first.set("indent", "0")
