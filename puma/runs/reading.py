"""Reading raw records into claims: one after another, and on a second core when a run is long."""

import pickle
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import BinaryIO, cast

from puma.claims import Claim, check
from puma.errors import SkipRecord
from puma.harvesting import AnySource, Harvester, Page, harvester

WORTH_A_CORE = 2000  # records after which starting a second process (about a second) pays


@dataclass(frozen=True, slots=True)
class Read:
    """One payload, read: its claims, or the problem that kept it from being read, and its bytes compressed."""

    claims: list[Claim]
    problem: str
    packed: bytes


def read_claims(reader: Harvester, source: AnySource, payload: bytes) -> tuple[list[Claim], str]:
    """(claims, "") of one payload, or ([], reason) when it cannot be read: one bad record never ends a run."""
    try:
        return [check(claim) for claim in reader.read(payload, source)], ""
    except SkipRecord as skip:
        return [], str(skip)
    except Exception as fault:  # a fault of the harvester is contained to this record, and said aloud
        return [], f"the harvester {source.harvester} failed on it: {type(fault).__name__}: {fault}"


def read_all(source: AnySource, payloads: Sequence[bytes]) -> list[Read]:
    """The payloads, each read and compressed."""
    reader = harvester(source.harvester)
    return [Read(*read_claims(reader, source, payload), zlib.compress(payload, 1)) for payload in payloads]


class ReadAhead:
    """Reads the records of one source in a second process, once a run has seen many of them."""

    def __init__(self, source: AnySource) -> None:
        self._source = source
        self._child: subprocess.Popen[bytes] | None = None
        self._asking = ThreadPoolExecutor(1, thread_name_prefix="read")
        self._seen = 0

    def __enter__(self) -> "ReadAhead":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._child:
            self._child.kill()
            self._child.wait()
        self._asking.shutdown(cancel_futures=True)
        for pipe in (self._child.stdin, self._child.stdout) if self._child else ():
            if pipe:
                with suppress(OSError):
                    pipe.close()

    @property
    def at_work(self) -> bool:
        """Whether so many records were seen that reading ahead pays."""
        return self._seen > WORTH_A_CORE

    def pages(
        self, pages: Iterable[Page], unread: Callable[[Page], dict[str, bytes]]
    ) -> Iterator[tuple[Page, dict[str, Read]]]:
        """Each page with what was read of it, by digest; while it is stored, the next one is fetched and read.

        unread: the payloads of a page that need reading, by digest. Nothing is read ahead of the first pages, and when
        fetching the next page fails, the page before it is still handed over first.
        """
        waiting: tuple[Page, Future[list[Read]] | None, list[str]] | None = None
        try:
            for page in pages:
                self._seen += len(page.records)
                payloads = unread(page) if self.at_work else {}
                begun = page, self._begin(list(payloads.values())), list(payloads)
                if waiting:
                    yield _finished(*waiting)
                waiting = begun
                if not self.at_work:
                    yield _finished(*waiting)
                    waiting = None
        except Exception:
            if waiting:
                yield _finished(*waiting)
            raise
        if waiting:
            yield _finished(*waiting)

    def _begin(self, payloads: list[bytes]) -> "Future[list[Read]] | None":
        if not payloads:
            return None
        if self._child is None:
            command = [sys.executable, "-m", "puma.runs.reading"]
            self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return self._asking.submit(self._ask, self._child, payloads)

    def _ask(self, child: "subprocess.Popen[bytes]", payloads: list[bytes]) -> list[Read]:
        """What the child makes of the payloads; where it died over them, they are read here."""
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            pickle.dump((self._source, payloads), child.stdin)
            child.stdin.flush()
            return cast(list[Read], pickle.load(child.stdout))
        except (EOFError, OSError, pickle.UnpicklingError):
            return read_all(self._source, payloads)


def _finished(page: Page, reading: "Future[list[Read]] | None", digests: list[str]) -> tuple[Page, dict[str, Read]]:
    return page, dict(zip(digests, reading.result() if reading else [], strict=True))


def _serve(asked: BinaryIO, answered: BinaryIO) -> None:
    """The second process: reads what it is given until nothing more comes."""
    while True:
        try:
            source, payloads = pickle.load(asked)
        except EOFError:
            return
        pickle.dump(read_all(source, payloads), answered, pickle.HIGHEST_PROTOCOL)
        answered.flush()


if __name__ == "__main__":
    from puma.runs import reading  # under its own name, so that what it answers is known to whoever asked

    answers = sys.stdout.buffer
    sys.stdout = sys.stderr  # what a reader prints by mistake must not fall between the answers
    reading._serve(sys.stdin.buffer, answers)
