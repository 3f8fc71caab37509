"""A small pool of limited child processes that read PDFs; a file that kills its child fails alone."""

import hashlib
import json
import os
import re
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, as_completed, wait
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from queue import SimpleQueue
from typing import Literal

from puma.errors import PumaError
from puma.fulltext import extract
from puma.fulltext.extract import MIB, Limits, Reader, Reading, State

# Part of what decides whether a file is read again: raise the first number when pages come out differently.
EXTRACTOR_VERSION = f"2 pypdfium2-{version('pypdfium2')} pdfminer.six-{version('pdfminer.six')}"
DEFAULT_LIMITS = Limits()
ENOUGH = 0.97  # of the words of a page: with fewer, better order is bought with text
_WORD = re.compile(r"[^\W\d_]{4,}")
_START_S = 60.0  # for a child to import its library on a busy machine
_CHILD = extract.__file__  # run by its path, it loads nothing of ours beside this room


@dataclass(frozen=True)
class Extraction:
    """One PDF as read. `sha256` is of the bytes, empty where they were not looked at (missing, no file, too large).

    `pages[0]` is page 1. Where a limit cut in (too large, timed out) the pages read before it are kept and
    `page_count` may be larger; it is None where no reader could tell. `reader` is whose pages they are, empty
    without pages. `reason` is words for people, empty where all went well.
    """

    path: Path
    sha256: str
    state: State
    pages: tuple[str, ...] = ()
    page_count: int | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    reader: Literal["pdfium", "pdfminer", ""] = ""
    reason: str = ""


def extract_all(paths: Iterable[Path], *, limits: Limits = DEFAULT_LIMITS, workers: int = 2) -> Iterator[Extraction]:
    """Read PDFs in `workers` children; each comes as it is ready, not in order, and no more than a few are held.

    Nothing in a file raises: its state tells. Raises PumaError where a child cannot even start (limits too low).
    """
    children = [_Child(limits) for _ in range(workers)]
    idle: SimpleQueue[_Child] = SimpleQueue()
    for child in children:
        idle.put(child)

    def extracted(path: Path) -> Extraction:
        child = idle.get()
        try:
            return _extract(path, child, limits)
        finally:
            idle.put(child)

    threads = ThreadPoolExecutor(workers, thread_name_prefix="pdf")
    running: set[Future[Extraction]] = set()
    try:
        for path in paths:
            if len(running) >= 2 * workers:
                ready, running = wait(running, return_when=FIRST_COMPLETED)
                yield from (extraction.result() for extraction in ready)
            running.add(threads.submit(extracted, path))
        yield from (extraction.result() for extraction in as_completed(running))
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
        for child in children:
            child.close()
        threads.shutdown()


def _extract(path: Path, child: "_Child", limits: Limits) -> Extraction:
    began = time.monotonic()
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            return Extraction(path, "", State.BROKEN, reason="not a file")
        if found.st_size > limits.max_file_mb * MIB:
            return Extraction(path, "", State.TOO_LARGE, reason=f"larger than {limits.max_file_mb:g} MiB")
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return Extraction(path, "", State.BROKEN, reason=f"the file cannot be read: {error.strerror}")
    reading = child.read(path, "pdfium", limits.wall_s)
    left = limits.wall_s - (time.monotonic() - began)
    if wants_second_reader(reading):
        only = () if reading.unread_pages else reading.woven_pages
        reading = better(reading, child.read(path, "pdfminer", left, only) if left > 0 else _late("pdfminer", limits))
    reader = reading.reader if reading.pages else ""
    return Extraction(
        path, sha256, reading.state, reading.pages, reading.page_count, reading.metadata, reader, reading.reason
    )


def wants_second_reader(first: Reading) -> bool:
    """Whether pdfminer.six may see more than pdfium did (nothing, or not every page) or tell columns apart."""
    lacks = first.unread_pages > 0 or bool(first.woven_pages)
    return first.state in (State.BROKEN, State.NO_TEXT) or (first.state is State.TEXT and lacks)


def better(first: Reading, second: Reading) -> Reading:
    """The reading with more text; without any, "no text" of a sound file, else what the last one ran into.

    Of pages on which the first one mixed columns, the second one's are taken where they have nearly as many words.
    """
    if first.woven_pages and not first.unread_pages:
        pages = list(first.pages)
        for number in first.woven_pages:
            other = second.pages[number - 1] if number <= len(second.pages) else ""
            if _words(other) >= ENOUGH * _words(pages[number - 1]):
                pages[number - 1] = other
        return replace(first, pages=tuple(pages))
    if first.state is State.BROKEN or sum(map(len, second.pages)) > sum(map(len, first.pages)):
        return second
    return first


def _words(page: str) -> int:
    """Words of four letters or more: a reader that tears words apart or loses some has fewer."""
    return len(_WORD.findall(page))


class _Child:
    """One limited process: started when first asked, replaced when it died or is worn."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False
        self._lock = threading.RLock()  # the pool closes it while its thread may be starting or stopping it

    def read(self, path: Path, reader: Reader, seconds: float, only: Sequence[int] = ()) -> Reading:
        """Let the child read these pages, or all; it is killed when the seconds are over.

        Its death is an outcome, not an error.
        """
        process = self._running()
        # It stops by itself between two pages a little earlier, so that what was read by then is kept.
        request = {"path": str(path.absolute()), "reader": reader, "seconds": 0.9 * seconds, "only": only}
        answer, late = _ask(process, json.dumps(request).encode() + b"\n", seconds, self._answer_bytes)
        reading, worn = _understood(answer)
        if reading is None:
            self._stop()
            return _late(reader, self._limits) if late else _post_mortem(reader, process.returncode, self._limits)
        if worn or late:
            self._stop()
        return reading

    def close(self) -> None:
        """End the child, whatever it does, and start no other."""
        with self._lock:
            self._closed = True
            self._stop()

    @property
    def _answer_bytes(self) -> int:
        return 7 * self._limits.max_text_mb * MIB + MIB  # JSON spells one character with up to 6 bytes

    def _running(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._closed:
                raise PumaError("The PDF readers have been closed.")
            if self._process is not None and self._process.poll() is None:
                return self._process
            self._stop()
            self._process = _start(self._limits)
            answer, _ = _ask(self._process, b"", _START_S, MIB)
            if not answer:
                self._stop()
                raise PumaError(
                    f"The PDF reader does not start within {self._limits.memory_mb} MiB of memory: allow it more."
                )
            return self._process

    def _stop(self) -> None:
        with self._lock:
            if self._process is None:
                return
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    with suppress(OSError):  # what could not be written any more
                        pipe.close()
            self._process = None


def _start(limits: Limits) -> subprocess.Popen[bytes]:
    """A fresh interpreter without our environment (it holds secrets) that finds the same packages as this one."""
    environment = {
        "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path)),
        "PYTHONUTF8": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "MALLOC_ARENA_MAX": "1",  # further arenas would reserve address space that nobody uses
    }
    if library_path := os.environ.get("LD_LIBRARY_PATH"):
        environment["LD_LIBRARY_PATH"] = library_path
    return subprocess.Popen(
        [sys.executable, "-P", _CHILD, json.dumps(asdict(limits))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env=environment,
    )


def _ask(process: subprocess.Popen[bytes], request: bytes, seconds: float, most_bytes: int) -> tuple[bytes, bool]:
    """The child's answer, empty if it died or said too much, and whether the time was over and it was killed."""
    late = threading.Event()

    def end() -> None:
        late.set()
        process.kill()

    assert process.stdin is not None
    assert process.stdout is not None
    timer = threading.Timer(seconds, end)
    timer.start()
    answer = b""
    with suppress(OSError, ValueError):  # it died, or the pool was closed meanwhile
        process.stdin.write(request)
        process.stdin.flush()
        answer = process.stdout.readline(most_bytes)
    timer.cancel()
    timer.join()
    return answer if answer.endswith(b"\n") else b"", late.is_set()


def _understood(answer: bytes) -> tuple[Reading | None, bool]:
    """The child is not believed blindly: a damaged one may say anything."""
    try:
        said = json.loads(answer)
        told = said["reading"]
        reading = Reading(
            State(told["state"]),
            "pdfminer" if told["reader"] == "pdfminer" else "pdfium",
            tuple(map(str, told["pages"])),
            None if told["page_count"] is None else int(told["page_count"]),
            {str(name): str(value) for name, value in told["metadata"].items()},
            int(told["unread_pages"]),
            tuple(map(int, told["woven_pages"])),
            str(told["reason"]),
        )
        return reading, bool(said["worn"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None, True


def _late(reader: Reader, limits: Limits) -> Reading:
    return Reading(State.TIMED_OUT, reader, reason=f"not read within {limits.wall_s:g} seconds")


def _post_mortem(reader: Reader, returncode: int, limits: Limits) -> Reading:
    if returncode == -signal.SIGXCPU:
        return Reading(State.TIMED_OUT, reader, reason=f"not read within {limits.cpu_s} seconds of processor time")
    if returncode == -signal.SIGKILL:
        return Reading(State.BROKEN, reader, reason="its reader was killed from outside")
    name = signal.Signals(-returncode).name if returncode < 0 else f"code {returncode}"
    return Reading(State.BROKEN, reader, reason=f"the reader {reader} ended with {name}")
