"""Reads one PDF at a time, page by page, as clean text; this is what runs inside a limited child process."""

import ctypes
import json
import logging
import os
import re
import resource
import signal
import sys
import time
import unicodedata
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from io import StringIO
from pathlib import Path
from typing import Literal

MIB = 1024 * 1024
ITEMS_PER_CHILD = 200  # bounds whatever a reader may leak
_PR_SET_PDEATHSIG = 1

Reader = Literal["pdfium", "pdfminer"]
RawPages = Generator[str | None, None, None]  # None: this page could not be read


@dataclass(frozen=True)
class Limits:
    """What one PDF may use: MiB of address space, seconds, pages, MiB of file and MiB of UTF-8 text."""

    memory_mb: int = 512
    wall_s: float = 30.0
    cpu_s: int = 30
    max_pages: int = 2000
    max_file_mb: int = 200
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
    """What one reader made of one file. Pages stand in order from page 1; where a limit cut in, the last ones miss."""

    state: State
    reader: Reader
    pages: tuple[str, ...] = ()
    page_count: int | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    unread_pages: int = 0
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


# ---- text of a page (patterns begin with a rare character where they can: cleaning must stay faster than reading)

_ACCENTS = {"¨": "\u0308", "´": "\u0301", "ˆ": "\u0302", "˜": "\u0303", "ˇ": "\u030c", "˚": "\u030a"}
_ACCENT = re.compile(f"[{''.join(_ACCENTS)}]")
_LOOSE_ACCENT = re.compile(rf"(?:(?<=\w) )?({_ACCENT.pattern}) ?([^\W\d_])")
_DOTLESS = {"ı": "i", "ȷ": "j"}
_BREAK = "\x02"  # stands for "a hyphen, then the line ends" until the whole document has been seen
_LINE_END_HYPHEN = re.compile(
    r"[\x02\ufffe\-\u2010\u2011\xad](?<=[^\W_].)(?:(?<=[\x02\ufffe])|[ \t]*(?:\r?\n[ \t]*){1,2})(?=[^\W_])"
)
# Controls but white space, soft hyphen, zero-width and bidi marks, lone surrogates, private use, non-characters.
_INVISIBLE = re.compile(
    "[\x00\x01\x03-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\uffff\ufdd0-\ufdef\ud800-\udfff\ue000-\uf8ff\U000e0000-\U000e007f\U000f0000-\U0010ffff]"
)
_STRAY_BREAK = re.compile(rf"(?<![^\W_]){_BREAK}|{_BREAK}(?![^\W_])")
_BLANK_LINES = re.compile(r"\n{3,}")
_UNMAPPED_GLYPH = re.compile(r"\(cid:\d+\)")  # pdfminer's way of saying that a glyph has no character
_RTL = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
_RTL_LETTER = re.compile(rf"[{_RTL}]")
_LTR_RUN = re.compile(rf"[^\s{_RTL}]+(?:[^\S\n]+[^\s{_RTL}]+)*")


def clean_page(raw: str) -> str:
    """The page in NFKC (no ligatures), without invisible characters; a hyphen at a line's end becomes one mark."""
    text = _LOOSE_ACCENT.sub(_accent_on_letter, raw) if _ACCENT.search(raw) else raw
    text = _LINE_END_HYPHEN.sub(_BREAK, text)
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    if _BREAK in text:
        text = _STRAY_BREAK.sub("", text)
    text = "\n".join([" ".join(line.split()) for line in text.splitlines()]).strip()
    return _BLANK_LINES.sub("\n\n", text) if "\n\n\n" in text else text


def _accent_on_letter(found: re.Match[str]) -> str:
    """TeX draws ü as two glyphs, "¨u": one letter again where Unicode has it, otherwise as it stood."""
    letter = unicodedata.normalize("NFC", _DOTLESS.get(found[2], found[2]) + _ACCENTS[found[1]])
    return letter if len(letter) == 1 else found[0]


_COMPOUND = re.compile(r"([^\W_]+)-(?=([^\W_]+))")
_BROKEN_WORD = re.compile(rf"\b([^\W_]+){_BREAK}([^\W_]+)")
_SUSPENDED = {"and", "or", "und", "oder", "bzw", "et", "ou"}  # "first- and second-generation"


def join_broken_words(pages: Sequence[str]) -> tuple[str, ...]:
    """Words broken at a line's end are whole again; "small-angle" keeps its hyphen where the document writes it so."""
    if not any(_BREAK in page for page in pages):
        return tuple(pages)
    words = {word for page in pages for word in page.casefold().split()}
    compounds = {pair for word in words if "-" in word for pair in _COMPOUND.findall(word)}

    def joined(found: re.Match[str]) -> str:
        left, right = found[1], found[2]
        if right in _SUSPENDED:
            return f"{left}- {right}"
        is_break = len(left) > 1 and left.isalpha() and not left.isupper() and right[0].islower()
        as_compound = (left.casefold(), right.casefold()) in compounds and (left + right).casefold() not in words
        return left + right if is_break and not as_compound else f"{left}-{right}"

    return tuple(_BROKEN_WORD.sub(joined, page).replace(_BREAK, "") if _BREAK in page else page for page in pages)


def logical_order(text: str) -> str:
    """Lines of Hebrew or Arabic that stand in the order of the drawn glyphs, in the order in which they are read."""
    if not _RTL_LETTER.search(text):
        return text
    return "\n".join(
        _LTR_RUN.sub(lambda run: run[0][::-1], line[::-1])
        if 2 * len(_RTL_LETTER.findall(line)) > sum(map(str.isalpha, line))
        else line
        for line in text.split("\n")
    )


# ---- the two readers

_PDFIUM_PASSWORD = 4


def _open_pdfium(path: Path) -> _Opened:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if error.err_code == _PDFIUM_PASSWORD:
            raise _Locked from error
        raise _Unreadable from error

    def pages() -> RawPages:
        with closing(document):
            for number in range(len(document)):
                try:
                    with closing(document[number]) as page, closing(page.get_textpage()) as text:
                        yield text.get_text_range()
                except pypdfium2.PdfiumError:
                    yield None

    return _Opened(len(document), document.get_metadata_dict(skip_empty=True), pages())


def _open_pdfminer(path: Path) -> _Opened:
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
            while True:
                written = StringIO()
                try:
                    page = next(found, None)
                    if page is None:
                        return
                    drawing = TextConverter(resources, written, laparams=LAParams())
                    PDFPageInterpreter(resources, drawing).process_page(page)
                    yield logical_order(_UNMAPPED_GLYPH.sub("", written.getvalue()))
                except MemoryError:
                    raise
                except Exception:  # as above; a page tree that fails yields no further page
                    yield None

    return _Opened(None, metadata, pages())


_OPEN: dict[Reader, Callable[[Path], _Opened]] = {"pdfium": _open_pdfium, "pdfminer": _open_pdfminer}


def read(path: Path, reader: Reader, limits: Limits, seconds: float) -> Reading:
    """Read a file with one reader within the limits on pages, text and, looked at between pages, seconds."""
    deadline = time.monotonic() + seconds
    try:
        opened = _OPEN[reader](path)
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
    cut: tuple[State, str] | None = None
    for raw in opened.pages:
        if len(pages) == limits.max_pages:
            cut = State.TOO_LARGE, f"has more than {limits.max_pages} pages"
            break
        text = clean_page(raw or "")
        unread += raw is None
        size += len(text.encode())
        if size > limits.max_text_mb * MIB:
            cut = State.TOO_LARGE, f"has more than {limits.max_text_mb} MiB of text"
            break
        pages.append(text)
        if time.monotonic() > deadline:
            cut = State.TIMED_OUT, f"not read in time: {len(pages)} pages are"
            break
    count = opened.page_count if cut or opened.page_count is not None else len(pages)
    state, reason = cut or _verdict(pages, unread)
    metadata = {name: " ".join(clean_page(value).split())[:2000] for name, value in opened.metadata.items()}
    return Reading(state, reader, join_broken_words(pages), count, metadata, unread, reason)


def _verdict(pages: Sequence[str], unread: int) -> tuple[State, str]:
    if unread == len(pages):
        return State.BROKEN, "no page can be read" if pages else "has no pages"
    missing = f"{unread} of {len(pages)} pages cannot be read" if unread else ""
    if any(character.isalnum() for page in pages for character in page):
        return State.TEXT, missing
    return State.NO_TEXT, missing


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
        reading = read(Path(request["path"]), request["reader"], limits, float(request["seconds"]))
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
