"""Reads one PDF at a time, page by page, as clean text; this is what runs inside a limited child process."""

import ctypes
import json
import logging
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from io import BytesIO, StringIO
from itertools import count
from pathlib import Path
from typing import Literal, NamedTuple

from puma.fulltext.columns import is_woven
from puma.fulltext.page_text import clean_page, join_broken_words, logical_order, without_unmapped

MIB = 1024 * 1024
ITEMS_PER_CHILD = 200  # bounds whatever a reader may leak
LAYOUT_PAGES = 8  # without woven columns, one after the other, and the rest of a file is not looked at for them
WORD_MARGIN = 0.15  # gap between two words, in widths of a letter: pdfminer's own 0.1 tears words of scans apart
LINES, MOST_BOXES = 12, 1500  # boxes of text on a page that can have woven columns, and that are worth looking at
_PR_SET_PDEATHSIG = 1

Reader = Literal["pdfium", "pdfminer"]


class RawPage(NamedTuple):
    """What a reader says of one page; woven: it reads across two columns, line by line."""

    text: str
    woven: bool = False


RawPages = Generator[RawPage | None, None, None]  # None: this page could not be read


@dataclass(frozen=True)
class Limits:
    """What one PDF may use: MiB of address space, seconds, pages, MiB of file and MiB of UTF-8 text."""

    memory_mb: int = 512
    wall_s: float = 30.0
    cpu_s: int = 30
    max_pages: int = 2000
    max_file_mb: float = 200
    max_text_mb: int = 20


class State(StrEnum):
    """What came out of a PDF; "no text" is usually a scan."""

    TEXT = "text"
    NO_TEXT = "no text"
    ENCRYPTED = "encrypted"
    BROKEN = "broken"
    TOO_LARGE = "too large"
    TIMED_OUT = "timed out"


@dataclass(frozen=True)
class Reading:
    """What one reader made of one file. Pages stand in order from page 1; where a limit cut in, the last ones miss.

    woven_pages: numbers of those that were read across two columns.
    """

    state: State
    reader: Reader
    pages: tuple[str, ...] = ()
    page_count: int | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    unread_pages: int = 0
    woven_pages: tuple[int, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class _Opened:
    page_count: int | None
    metadata: dict[str, str]
    pages: RawPages


class _Locked(Exception):
    """The file opens only with a password."""


class _Unreadable(Exception):
    """The reader finds no document in the file."""


# ---- the two readers

_PDFIUM_PASSWORD = 4


def _open_pdfium(path: Path, only: Collection[int]) -> _Opened:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if error.err_code == _PDFIUM_PASSWORD:
            raise _Locked from error
        raise _Unreadable from error

    def pages() -> RawPages:
        patience = LAYOUT_PAGES
        with closing(document):
            for number in range(len(document)):
                if only and number + 1 not in only:
                    yield RawPage("")
                    continue
                try:
                    with closing(document[number]) as page, closing(page.get_textpage()) as text:
                        woven = False
                        if patience and LINES <= (boxes := text.count_rects()) <= MOST_BOXES:
                            woven = is_woven([text.get_rect(box) for box in range(boxes)], page.get_width())
                            patience = LAYOUT_PAGES if woven else patience - 1
                        yield RawPage(text.get_text_range(), woven)
                except pypdfium2.PdfiumError:
                    yield None

    return _Opened(len(document), document.get_metadata_dict(skip_empty=True), pages())


def _open_pdfminer(path: Path, only: Collection[int]) -> _Opened:
    from pdfminer.converter import TextConverter
    from pdfminer.layout import LAParams
    from pdfminer.pdfdocument import PDFDocument, PDFEncryptionError, PDFPasswordIncorrect
    from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
    from pdfminer.pdfpage import PDFPage
    from pdfminer.pdfparser import PDFParser
    from pdfminer.pdftypes import resolve1
    from pdfminer.utils import decode_text

    file = path.open("rb")
    try:
        document = PDFDocument(PDFParser(file))
        metadata = {
            str(name): decode_text(value)
            for information in document.info
            for name, raw in information.items()
            if isinstance(value := resolve1(raw), bytes)
        }
    except (PDFEncryptionError, PDFPasswordIncorrect) as error:
        raise _Locked from error
    except MemoryError:
        raise
    except Exception as error:  # damaged files make it raise anything, from KeyError to struct.error
        raise _Unreadable from error

    def pages() -> RawPages:
        resources = PDFResourceManager()
        with file:
            found = PDFPage.create_pages(document)
            for number in count(1):
                written = StringIO()
                try:
                    page = next(found, None)
                    if page is None:
                        return
                    if only and number not in only:
                        yield RawPage("")
                        continue
                    drawing = TextConverter(resources, written, laparams=LAParams(word_margin=WORD_MARGIN))
                    PDFPageInterpreter(resources, drawing).process_page(page)
                    yield RawPage(logical_order(without_unmapped(written.getvalue())))
                except MemoryError:
                    raise
                except Exception:  # as above; a page tree that fails yields no further page
                    yield None

    return _Opened(None, metadata, pages())


_OPEN: dict[Reader, Callable[[Path, Collection[int]], _Opened]] = {"pdfium": _open_pdfium, "pdfminer": _open_pdfminer}


def read(path: Path, reader: Reader, limits: Limits, seconds: float, only: Collection[int] = ()) -> Reading:
    """Read a file with one reader within the limits on pages, text and, looked at between pages, seconds.

    only: the numbers of the pages that are wanted, all others are left empty; none for all.
    """
    deadline = time.monotonic() + seconds
    try:
        opened = _OPEN[reader](path, frozenset(only))
        with closing(opened.pages):
            return _gathered(opened, reader, limits, deadline)
    except _Locked:
        return Reading(State.ENCRYPTED, reader, reason="a password is needed to open it")
    except _Unreadable:
        return Reading(State.BROKEN, reader, reason="not a readable PDF")
    except OSError as error:
        return Reading(State.BROKEN, reader, reason=f"the file cannot be read: {error.strerror}")
    except MemoryError:
        return Reading(State.TOO_LARGE, reader, reason=f"needs more than {limits.memory_mb} MiB of memory")


def _gathered(opened: _Opened, reader: Reader, limits: Limits, deadline: float) -> Reading:
    pages: list[str] = []
    unread = size = 0
    woven: list[int] = []
    cut: tuple[State, str] | None = None
    for raw in opened.pages:
        if len(pages) == limits.max_pages:
            cut = State.TOO_LARGE, f"has more than {limits.max_pages} pages"
            break
        text = clean_page(raw.text if raw else "")
        unread += raw is None
        size += len(text.encode())
        if size > limits.max_text_mb * MIB:
            cut = State.TOO_LARGE, f"has more than {limits.max_text_mb} MiB of text"
            break
        pages.append(text)
        if raw is not None and raw.woven:
            woven.append(len(pages))
        if time.monotonic() > deadline:
            cut = State.TIMED_OUT, f"not read in time: {len(pages)} pages are"
            break
    pages_there = opened.page_count if cut or opened.page_count is not None else len(pages)
    state, reason = cut or _verdict(pages, unread)
    metadata = {name: " ".join(clean_page(value).split())[:2000] for name, value in opened.metadata.items()}
    return Reading(state, reader, join_broken_words(pages), pages_there, metadata, unread, tuple(woven), reason)


def _verdict(pages: Sequence[str], unread: int) -> tuple[State, str]:
    if unread == len(pages):
        return State.BROKEN, "no page can be read" if pages else "has no pages"
    missing = f"{unread} of {len(pages)} pages cannot be read" if unread else ""
    if any(character.isalnum() for page in pages for character in page):
        return State.TEXT, missing
    return State.NO_TEXT, missing


def as_png(pdf: bytes, wide: int) -> bytes:
    """The first page as a PNG of that many pixels from side to side; for PDFs that this program made itself, which need
    no child, and one at a time: the library is not made for threads."""
    import pypdfium2

    with pypdfium2.PdfDocument(pdf) as document:
        page = document[0]
        picture = page.render(scale=wide / page.get_width()).to_pil()
        page.close()
    made = BytesIO()
    picture.quantize(128).save(made, "PNG", optimize=True)
    return made.getvalue()


# ---- the child's life


def serve() -> None:
    """Answer one JSON request per line on standard input with one JSON line, within limits, until the input closes."""
    limits = Limits(**json.loads(sys.argv[1]))
    _confine(limits)
    logging.disable()
    answers = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what a library prints must not stand among the answers
    import pypdfium2  # noqa: F401  # its start is no part of the first file's time

    _say(answers, {"ready": True})
    for number, line in enumerate(iter(sys.stdin.buffer.readline, b""), 1):
        request = json.loads(line)
        _limit(resource.RLIMIT_CPU, int(time.process_time()) + limits.cpu_s)  # then SIGXCPU ends the child
        reading = read(Path(request["path"]), request["reader"], limits, float(request["seconds"]), request["only"])
        worn = (
            number >= ITEMS_PER_CHILD
            or reading.state in (State.TOO_LARGE, State.TIMED_OUT)
            or _address_space() > limits.memory_mb * MIB // 3
        )
        _say(answers, {"reading": asdict(reading), "worn": worn})


def _say(descriptor: int, message: Mapping[str, object]) -> None:
    data = memoryview(json.dumps(message).encode() + b"\n")
    while data:
        data = data[os.write(descriptor, data) :]


def _confine(limits: Limits) -> None:
    """Bounded memory, no files, no core dumps (they would hold the document), no life without the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl-C means
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    _limit(resource.RLIMIT_AS, limits.memory_mb * MIB)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, 64)


def _limit(kind: int, value: int) -> None:
    """Set the soft limit, never above what the surroundings already forbid."""
    hard = resource.getrlimit(kind)[1]
    resource.setrlimit(kind, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def _address_space() -> int:
    """Bytes that count against the memory limit now; 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


if __name__ == "__main__":
    serve()
