"""The formats of a report: HTML for screen and print, PDF of the same page, XLSX with typed cells, PPTX to present."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

from puma.errors import SlowDown, WrongUsage
from puma.fulltext import as_png
from puma.reports.content import Report
from puma.reports.page import page
from puma.reports.workbook import workbook

PATIENCE_S = 4.0  # of somebody who asks for a picture while others are made
_MAKING = Lock()


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its media type, its suffix, and what makes the bytes of a report."""

    media_type: str
    suffix: str
    write: Callable[[Report], bytes]


def _html(report: Report) -> bytes:
    return page(report).encode()


def _pdf(report: Report) -> bytes:
    return printed(page(report))


def _pptx(report: Report) -> bytes:
    from puma.reports.slides import slides  # its library takes a second, which no other format should wait for

    return slides(report)


def printed(html: str) -> bytes:
    """A page of a report as a PDF. Raises WrongUsage where the system has no Pango, which sets its type."""
    try:
        from weasyprint import HTML
    except OSError as error:
        raise WrongUsage(
            "A PDF, or a PNG of a chart, needs the system library Pango "
            "(Debian: apt-get install libpango-1.0-0 libpangoft2-1.0-0); "
            "--format html prints as well from any browser, and the SVG of a chart is on offer without it."
        ) from error
    made: bytes = HTML(string=html, url_fetcher=_nothing).write_pdf()
    return made


def pictured(svg: str, width: int, height: int, wide: int) -> bytes:
    """A drawing of that width and height as a PNG, ``wide`` pixels from side to side.

    One is made at a time, whoever asks; the last 64 are kept. One takes a second to make, and has about 20 kB. Raises
    SlowDown where others are before it for too long, WrongUsage as `printed`.
    """
    if not _MAKING.acquire(timeout=PATIENCE_S):
        raise SlowDown("Other pictures are being made: ask again in a moment.", PATIENCE_S)
    try:
        return _pictured(svg, width, height, wide)
    finally:
        _MAKING.release()


@lru_cache(64)
def _pictured(svg: str, width: int, height: int, wide: int) -> bytes:
    style = f"@page{{size:{width}px {height}px;margin:0}}body{{margin:0}}svg{{display:block}}"
    sized = svg.replace("<svg ", f'<svg width="{width}" height="{height}" ', 1)
    return as_png(printed(f"<style>{style}</style>{sized}"), wide)


def _nothing(url: str) -> Mapping[str, object]:
    """A report is whole in itself: nothing that it names is ever fetched."""
    raise ValueError(f"A report fetches nothing: {url}")


FORMATS: Mapping[str, Format] = {
    "html": Format("text/html; charset=utf-8", ".html", _html),
    "pdf": Format("application/pdf", ".pdf", _pdf),
    "xlsx": Format("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx", workbook),
    "pptx": Format("application/vnd.openxmlformats-officedocument.presentationml.presentation", ".pptx", _pptx),
}


def write_report(report: Report, name: str) -> bytes:
    """A report in a format. Raises WrongUsage when there is no such format."""
    if name not in FORMATS:
        raise WrongUsage(f"A report has no format {name!r}; there are: {', '.join(FORMATS)}.")
    return FORMATS[name].write(report)
