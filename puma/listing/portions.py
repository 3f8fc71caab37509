"""Lists that are read portion by portion, of one state of the data, so that a file of one can go on after a cut."""

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from puma.access import CONFIDENTIAL, Viewer
from puma.accounts.audit import confidential_among, exported
from puma.entities import Link, Record
from puma.storage import Storage, chunks

AT_ONCE = 1000
ExportRow = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Portions:
    """A list that is read portion by portion, so that it can be gone on with after a cut.

    numbers: those of its records or links in their order, each eight bytes; rows: those of some of them, in their
    order, that exist for the viewer; taken: tells the audit that these were taken.
    """

    columns: tuple[str, ...]
    numbers: Callable[[Session], "array[int]"]
    rows: Callable[[Session, Sequence[int]], list[ExportRow]]
    taken: Callable[[Storage, Sequence[int]], None]


@dataclass(frozen=True, slots=True)
class Whole:
    """A list to be exported: its columns, and its rows as they stream, of one state of the data; the same in portions
    where it can be had so."""

    what: str
    columns: tuple[str, ...]
    rows: Iterator[ExportRow]
    portions: Portions | None = None


def streamed(storage: Storage, found: Portions) -> Iterator[ExportRow]:
    """The rows of a list as they come, all of one state of the data; memory grows by eight bytes a row. When they are
    out, the audit knows who took how many confidential ones."""
    with storage.reading() as session:
        numbers = found.numbers(session)
        for some in chunks(numbers, AT_ONCE):
            yield from found.rows(session, some)
            session.expunge_all()
    found.taken(storage, numbers)


def taker(
    viewer: Viewer, what: str, counted: Callable[[Storage, Sequence[int]], int] = confidential_among
) -> Callable[[Storage, Sequence[int]], None]:
    """What tells the audit who took a list of that name. counted: how many of its numbers are of confidential ones."""

    def taken(storage: Storage, numbers: Sequence[int]) -> None:
        if viewer.may_see_secrets:
            exported(storage, viewer, what, counted(storage, numbers))

    return taken


def confidential_links(storage: Storage, numbers: Sequence[int]) -> int:
    """How many of these links lead to confidential records."""
    query = select(func.count(Link.id)).join(Record, Record.id == Link.right_id)
    with storage.reading() as session:
        return sum(
            session.scalar(query.where(Record.visibility == CONFIDENTIAL, Link.id.in_(some))) or 0
            for some in chunks(numbers)
        )
