"""DOCX: a list of publications as citations for a word processor, grouped by year or by instrument."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any, BinaryIO

from puma.cerif import legal
from puma.errors import WrongUsage
from puma.exports.citation import item, line
from puma.exports.format import Export, Rows, as_cell

MOST = 20_000
"""Publications of one document: a longer one opens in no word processor, and all of it must be held at once."""
DOI = re.compile(r"https://doi\.org/\S+$")
LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"
Groups = Callable[[Mapping[str, Any]], Sequence[str]]


def of_year(row: Mapping[str, Any]) -> Sequence[str]:
    """The year of a publication."""
    return [as_cell(row.get("year")) or "Year not known"]


def of_instruments(row: Mapping[str, Any]) -> Sequence[str]:
    """The instruments of a publication: it stands under each."""
    names = [name.strip() for name in str(row.get("instruments") or "").split(";")]
    return [name for name in dict.fromkeys(names) if name] or ["Instrument not known"]


def write(groups: Groups, columns: Sequence[str], rows: Rows, file: BinaryIO, about: str) -> int:
    """Write the document: a heading for each group, the newest year first or the instruments by name, and under it the
    citations, the newest first. Raises WrongUsage when there are more than a document holds."""
    kept = list(islice(rows, MOST + 1))
    if len(kept) > MOST:
        raise WrongUsage(f"A Word document holds at most {MOST} publications: choose years, or take csv or bibtex.")
    shelves: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in kept:
        for name in groups(row):
            shelves[legal(name)].append(row)
    document = _document(about)
    for name in sorted(shelves, key=_known_first if groups is of_instruments else _newest_first):
        document.add_heading(f"{name} ({len(shelves[name])})", 1)
        for row in sorted(shelves[name], key=_order):
            _cite(document, legal(line(item(row))))
    if not kept:
        document.add_paragraph("No publications.")
    document.save(file)
    return len(kept)


def _newest_first(name: str) -> tuple[bool, int, str]:
    return not name.isdecimal(), -int(name) if name.isdecimal() else 0, name


def _known_first(name: str) -> tuple[bool, str]:
    return name == "Instrument not known", name.casefold()


def _order(row: Mapping[str, Any]) -> tuple[int, str, str]:
    """The newest first, then by authors and title."""
    return -int(row.get("year") or 0), str(row.get("authors") or "").casefold(), str(row.get("title") or "").casefold()


def _document(about: str) -> Any:
    from docx import Document  # a tenth of a second, which no other format should wait for
    from docx.shared import Mm, Pt

    document = Document()
    first, *more = legal(about).splitlines() or ["Publications"]
    first = first[:1].upper() + first[1:]
    document.core_properties.title, document.core_properties.author = first[:250], ""
    for section in document.sections:
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.left_margin = section.right_margin = Mm(22)
        _number_pages(section.footer.paragraphs[0])
    cited = document.styles["List Paragraph"]
    cited.paragraph_format.left_indent, cited.paragraph_format.first_line_indent = Mm(8), Mm(-8)
    cited.paragraph_format.space_after, cited.font.size = Pt(4), Pt(10)
    document.add_heading("Publications", 0)
    for text in (first, *more):
        document.add_paragraph(text)
    return document


def _number_pages(paragraph: Any) -> None:
    """The number of the page, at the right of a footer; the word processor counts."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    field.append(paragraph.add_run("1")._r)
    paragraph._p.append(field)


def _cite(document: Any, text: str) -> None:
    """One citation; the DOI at its end is a link."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    paragraph = document.add_paragraph(style="List Paragraph")
    found = DOI.search(text)
    paragraph.add_run(text[: found.start()] if found else text)
    if not found:
        return
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), paragraph.part.relate_to(found[0], LINK, is_external=True))
    run = paragraph.add_run(found[0])
    run.font.underline = True
    link.append(run._r)  # the library has no way of its own to make a link
    paragraph._p.append(link)


MEDIA = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXPORTS = (
    Export(
        "docx", MEDIA, ".docx", "citations by year, for Word", partial(write, of_year), ("publications", "search"), MOST
    ),
    Export(
        "docx-instruments", MEDIA, ".docx", "citations by instrument, for Word", partial(write, of_instruments),
        ("publications", "search"), MOST,
    ),
)  # fmt: skip
