"""PDFs made here and now: sound ones with reportlab, odd and hostile ones byte by byte."""

import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from puma.fulltext import Extraction, Limits, extract_all

_CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"
_ONE_PAGE = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
_FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>"
_FORM = b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] "


def assembled(objects: Sequence[bytes]) -> bytes:
    """A PDF of these objects, numbered from 1; the first is the catalogue."""
    out = b"%PDF-1.7\n"
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (size, table, size, len(out))
    )


def stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<< /Length %d %s>>\nstream\n%s\nendstream" % (len(data), entries, data)


def one_page(content: bytes, *further: bytes, resources: bytes = b"<< >>") -> bytes:
    """One page with this content stream object; further objects are numbered from 5."""
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources %s >>" % resources
    return assembled([_CATALOG, _ONE_PAGE, page, content, *further])


def with_font(content: bytes, *further: bytes) -> bytes:
    return one_page(content, *further, resources=b"<< /Font << /F1 5 0 R >> >>")


def of_characters(lines: Sequence[str]) -> bytes:
    """Lines in any script: the font draws nothing of it, but says by ToUnicode which characters are meant."""
    code = {character: number for number, character in enumerate(sorted(set("".join(lines))), 33)}
    table = b"".join(b"<%02X> <%s>\n" % (n, c.encode("utf-16-be").hex().encode()) for c, n in code.items())
    cmap = (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def "
        b"1 begincodespacerange <00> <FF> endcodespacerange %d beginbfchar\n%sendbfchar endcmap end end"
        % (len(code), table)
    )
    drawn = b" ".join(b"<%s> Tj T*" % bytes(code[c] for c in line).hex().encode() for line in lines)
    font = _FONT.replace(b">>", b"/ToUnicode 6 0 R >>")
    return with_font(stream(b"BT /F1 12 Tf 72 720 Td 14 TL %s ET" % drawn), font, stream(cmap))


def many_pages(count: int, characters: int) -> bytes:
    """Pages that all show the same content."""
    kids = b" ".join(b"%d 0 R" % number for number in range(5, 5 + count))
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 3 0 R "
        b"/Resources << /Font << /F1 4 0 R >> >> >>"
    )
    lines = b"(neutron scattering at low temperature) Tj T* " * (characters // 38)
    content = stream(b"BT /F1 9 Tf 72 720 Td 10 TL %sET" % lines)
    pages = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count)
    return assembled([_CATALOG, pages, content, _FONT, *[page] * count])


def flate_bomb(megabytes: int) -> bytes:
    """A content stream packed twice, some thousand bytes on disk."""
    packer = zlib.compressobj(9)
    once = b"".join(packer.compress(bytes(1024 * 1024)) for _ in range(megabytes)) + packer.flush()
    return one_page(stream(zlib.compress(once, 9), b"/Filter [/FlateDecode /FlateDecode] "))


def form_bomb(depth: int, calls: int) -> bytes:
    """Forms that each draw the next one several times: calls ** depth drawings."""
    forms = [
        stream(b"/F Do " * calls, _FORM + b"/Resources << /XObject << /F %d 0 R >> >> " % (6 + level))
        for level in range(depth)
    ]
    return one_page(stream(b"/F Do"), *forms, stream(b"q Q", _FORM), resources=b"<< /XObject << /F 5 0 R >> >>")


def endless_cross_reference() -> bytes:
    """About 128 bytes that claim a hundred thousand million objects."""
    return (
        b"%PDF-1.5\n1 0 obj<</Type/XRef/Size 9/Index[0 99999999999]/W[1 1 1]/Root 9 0 R/Length 0>>stream\n\n"
        b"endstream endobj\nstartxref\n9\n%%EOF"
    )


def character_map_bomb() -> bytes:
    """A font whose character map has one range of 268 million entries; no text that pdfium would find."""
    cmap = (
        b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <FF> endcodespacerange "
        b"1 beginbfrange <00000000> <0FFFFFFF> <0020> endbfrange endcmap end"
    )
    return with_font(stream(b"BT /F1 9 Tf ( ) Tj ET"), _FONT.replace(b">>", b"/ToUnicode 6 0 R >>"), stream(cmap))


def glyph_width_bomb() -> bytes:
    """A font that gives one width to a thousand million glyphs; no text that pdfium would find."""
    font = b"<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H /DescendantFonts [6 0 R] >>"
    descendant = (
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /X /W [0 999999999 500] "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>"
    )
    return with_font(stream(b"BT /F1 9 Tf <0020> Tj ET"), font, descendant)


def endless_operators() -> bytes:
    return one_page(stream(zlib.compress(b"0 0 m 1 1 l S " * 150_000), b"/Filter /FlateDecode "))


def with_pages_entry(entry: bytes) -> bytes:
    return assembled([_CATALOG, entry, b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] >>"])


def drawn(
    path: Path, *pages: Sequence[str], font: str = "Helvetica", password: StandardEncryption | None = None
) -> Path:
    """A sound PDF made with reportlab: one page for each sequence of lines."""
    if font not in pdfmetrics.getRegisteredFontNames() and font != "Helvetica":
        pdfmetrics.registerFont(UnicodeCIDFont(font))
    canvas = Canvas(str(path), encrypt=password)
    canvas.setTitle("Made for a test")
    for lines in pages:
        text = canvas.beginText(72, 720)
        text.setFont(font, 12)
        for line in lines:
            text.textLine(line)
        canvas.drawText(text)
        canvas.showPage()
    canvas.save()
    return path


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str, bytes], Path]:
    """Write bytes into a file of the test's own folder and tell its path."""

    def write(name: str, data: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write


def extracted(*paths: Path, limits: Limits | None = None, workers: int = 1) -> dict[str, Extraction]:
    """What the pool says of these files, by file name."""
    found = list(extract_all(paths, limits=limits or Limits(), workers=workers))
    assert len(found) == len(paths)
    return {extraction.path.name: extraction for extraction in found}
