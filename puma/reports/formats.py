"""The formats of a report: HTML for screen and print, PDF of the same page, XLSX with typed cells, PPTX to present."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from puma.errors import WrongUsage
from puma.reports.content import Report
from puma.reports.page import page
from puma.reports.workbook import workbook


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
            "A PDF needs the system library Pango (Debian: apt-get install libpango-1.0-0 libpangoft2-1.0-0); "
            "--format html prints as well from any browser."
        ) from error
    made: bytes = HTML(string=html, url_fetcher=_nothing).write_pdf()
    return made


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
