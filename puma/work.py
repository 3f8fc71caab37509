"""Work: the same tasks in this process, in several of this machine, or on a Dask cluster; a killed child costs time."""

import ctypes
import gc
import logging
import multiprocessing
import pickle
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from puma.errors import TryLater, WrongUsage

if TYPE_CHECKING:  # children do without: it brings pydantic and the database
    from puma.settings import WorkSettings

EMBEDDED = "embedded:"
TRIES = 3  # how often a part is given to somebody else when whoever had it was killed

log = logging.getLogger(__name__)
T = TypeVar("T")
R = TypeVar("R")


class Hands(Protocol):
    """Who does the parts of a piece of work. count: how many at the same time."""

    @property
    def count(self) -> int:
        """How many parts are done at the same time."""

    def map(self, task: Callable[[T], R], parts: Sequence[T]) -> list[R]:
        """What the task makes of each part, in the order of the parts."""

    @property
    def near(self) -> bool:
        """Whether others of this machine, who have its files, do the parts."""

    def beside(self, task: Callable[[T], R], part: T) -> Callable[[], R]:
        """Begin a task beside all that follows; what is returned waits for what it makes."""


class Own:
    """This process, one part after the other."""

    count = 1
    near = False

    def map(self, task: Callable[[T], R], parts: Sequence[T]) -> list[R]:
        """What the task makes of each part."""
        return [task(part) for part in parts]

    def beside(self, task: Callable[[T], R], part: T) -> Callable[[], R]:
        """The task is done when what it makes is asked for: there is nobody else."""
        return partial(task, part)


class Shared:
    """Any `concurrent.futures.Executor`. The task is a function of a module, it and the parts are pickled.

    start: makes a new executor; it is asked again when the one in use broke because somebody in it was killed, and the
    parts that were not done are given to the new one. Raises TryLater when that happens again and again; an error of
    the task itself is raised as it is.
    """

    def __init__(self, start: Callable[[], Executor], count: int, *, near: bool = False) -> None:
        self._start = start
        self._executor: Executor | None = None
        self.count = count
        self.near = near

    def map(self, task: Callable[[T], R], parts: Sequence[T]) -> list[R]:
        """What the task makes of each part, in the order of the parts."""
        done: dict[int, R] = {}
        for _ in range(TRIES):
            futures: dict[int, Future[R]] = {}
            try:
                for place, part in enumerate(parts):
                    if place not in done:
                        futures[place] = self._begin(task, part)
                for place, future in futures.items():
                    done[place] = future.result()
                return [done[place] for place in range(len(parts))]
            except (BrokenProcessPool, CancelledError):
                log.warning("A process that did a part of the work was killed; its part is done again.")
                done |= {place: one.result() for place, one in futures.items() if _well(one)}
                self.close()
        raise TryLater(f"The processes that should do the work were killed {TRIES} times.")

    def beside(self, task: Callable[[T], R], part: T) -> Callable[[], R]:
        """Begin a task beside all that follows; when whoever does it is killed, it is done again when it is asked for.

        Raises as `map` does, then.
        """
        try:
            future = self._begin(task, part)
        except BrokenProcessPool:  # somebody was killed who did another part
            self.close()
            future = self._begin(task, part)
        kept = [part]
        future.add_done_callback(lambda one: kept.clear() if _well(one) else None)  # it may be long

        def made() -> R:
            try:
                return future.result()
            except (BrokenProcessPool, CancelledError):
                return self.map(task, kept)[0]

        return made

    def _begin(self, task: Callable[[T], R], part: T) -> Future[R]:
        if self._executor is None:
            self._executor = self._start()
        return self._executor.submit(_tidily, task, part)

    def close(self) -> None:
        """Let everybody go."""
        if self._executor is not None:
            self._executor.shutdown(cancel_futures=True)
            self._executor = None


@contextmanager
def uncollected() -> Iterator[None]:
    """Without looking for garbage in cycles: a large piece of work makes millions of objects and no cycles, and every
    look at them all costs a fifth of its time."""
    looked = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looked:
            gc.enable()


def give_back() -> None:
    """Give memory that nobody uses any more back to the system, where the C library would keep it for later."""
    if trim := _trim():
        trim(0)


@cache
def _trim() -> Any:
    try:
        return ctypes.CDLL(None).malloc_trim  # of glibc; others give back by themselves
    except (AttributeError, OSError, TypeError):
        return None


def _tidily(task: Callable[[T], R], part: T) -> R:
    """Do a part where nothing is left of the one before."""
    give_back()
    with uncollected():
        return task(part)


def _well(future: Future[Any]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


def in_turn(who: Hands, task: Callable[[T], R], parts: Iterable[T]) -> Iterator[R]:
    """What the task makes of each part, in their order.

    While several do them, one part more than there are hands is made already; of all others there is nothing yet.
    """
    ahead = who.count if who.count > 1 else 0
    begun: deque[Callable[[], R]] = deque()
    for part in parts:
        begun.append(who.beside(task, part))
        if len(begun) > ahead:
            yield begun.popleft()()
    while begun:
        yield begun.popleft()()


@dataclass(frozen=True, slots=True)
class Lent(Generic[T]):
    """What every part of a piece of work needs: in a file, or as it is."""

    file: Path | None
    thing: T | None = None

    def here(self) -> T:
        """The thing; of a file it is read once by whoever does several parts."""
        found: Any = self.thing if self.file is None else _read(self.file)
        return found  # type: ignore[no-any-return]  # what was lent


@contextmanager
def lent(who: Hands, thing: T) -> Iterator[Lent[T]]:
    """Lend something to all parts: to others of this machine once for all, to those elsewhere with each part."""
    if not who.near:
        yield Lent(None, thing)
        return
    with TemporaryDirectory(prefix="puma-") as folder:
        file = Path(folder) / "lent"
        with file.open("wb") as target:
            pickle.dump(thing, target, pickle.HIGHEST_PROTOCOL)
        yield Lent(file)


@lru_cache(maxsize=1)
def _read(file: Path) -> Any:
    with file.open("rb") as source:
        return pickle.load(source)


@contextmanager
def hands(settings: "WorkSettings") -> Iterator[Hands]:
    """Those that ``[work]`` names: children of this process, or the workers of the Dask scheduler at ``url``.

    Children start with the first part, so that little work costs nothing. Raises WrongUsage when Dask is not installed,
    TryLater when the scheduler does not answer.
    """
    if settings.url == EMBEDDED:
        if settings.processes == 1:
            yield Own()
            return
        context = multiprocessing.get_context("spawn")  # a fork of a process with threads may hang
        pool = Shared(
            lambda: ProcessPoolExecutor(settings.processes, mp_context=context), settings.processes, near=True
        )
        try:
            yield pool
        finally:
            pool.close()
        return
    try:
        from dask.distributed import Client
    except ImportError as missing:
        raise WrongUsage(f"[work] url names a Dask scheduler: pip install 'puma-cris[dask]' ({missing})") from missing
    try:
        client: Any = Client(settings.url, timeout=10)  # type: ignore[no-untyped-call]  # it has no types
    except (OSError, ValueError) as error:
        raise TryLater(f"The scheduler at [work] url {settings.url} does not answer: {error}") from error
    with client:
        yield Shared(client.get_executor, max(sum(client.nthreads().values()), 1))
