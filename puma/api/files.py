"""Files of records, for those who may see both: PDFs open in the browser, at a page when the address names one."""

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse

from puma import listing
from puma.api.asking import Asker, House
from puma.errors import NotHere
from puma.listing.files import PDF

file_router = APIRouter()

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox",
    "Cache-Control": "private, no-cache",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
}
"""A file was written by strangers: it is shown as what it is, runs nothing here, and stays with who asked for it."""
HEAD = 1024  # bytes in which a PDF says that it is one


@file_router.api_route("/file/{number}.pdf", methods=["GET", "HEAD"])
@file_router.api_route("/files/{number}", methods=["GET", "HEAD"])
def file(number: str, house: House, asker: Asker) -> FileResponse:
    """A file of a record. What the asker may not see and what is missing give the same answer."""
    held = listing.held_file(house.storage, asker, int(number)) if number.isdecimal() and len(number) < 16 else None
    if held is None:
        raise NotHere("There is no such file.")
    if not held.path.is_file() or held.path.is_symlink():
        raise NotHere("There is no such file.")
    is_pdf = held.media_type == PDF and _begins_as_pdf(held.path)
    return FileResponse(
        held.path,
        media_type=PDF if is_pdf else "application/octet-stream",
        filename=held.name,
        content_disposition_type="inline" if is_pdf else "attachment",
        headers=HEADERS,
    )


def _begins_as_pdf(path: Path) -> bool:
    with path.open("rb") as opened:
        return b"%PDF-" in opened.read(HEAD)
