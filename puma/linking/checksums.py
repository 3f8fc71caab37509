"""Checksums of publications, each and in blocks: when they changed, whether they are there, what their files say."""

from collections.abc import Collection, Sequence
from functools import cache, reduce
from typing import Any
from zlib import crc32

from sqlalchemy import BigInteger, ColumnElement, Select, String, bindparam, cast, func, select
from sqlalchemy.orm import Session

from puma.entities import File, Record

BLOCK = 500
"""Publications by number that have one checksum together."""


def of_each(session: Session, here: range | None = None) -> dict[int, int]:
    """A checksum of every publication: when it changed, whether it is there, and what was read of its files."""
    bounds = {} if here is None else _bounds(here)
    works, texts = _of_publications(*bounds)
    found = {number: crc32(said.encode()) for number, said in session.connection().execute(works, bounds)}
    for of, said in session.connection().execute(texts, bounds):
        if of in found:
            found[of] ^= crc32(said.encode())
    return found


def of_blocks(session: Session, some: Collection[int] | None = None) -> dict[int, int]:
    """One checksum for `BLOCK` publications each, made where they are stored: reading each would take longer.

    some: of these blocks only.

    Whether a file belongs to a publication or to something else is not asked; a block whose checksum moved, even by
    another order of its rows, is looked at row by row.
    """
    found: dict[int, int] = {}
    for bounds in [{}] if some is None else [_bounds(range(one * BLOCK, (one + 1) * BLOCK)) for one in sorted(some)]:
        for query in _block_queries(*bounds):
            for place, *told in session.connection().execute(query, bounds):
                found[place] = crc32(repr(told).encode(), found.get(place, 0))
    return found


@cache
def _of_publications(*bounds: str) -> tuple[Select[int, str], Select[int | None, str]]:
    """The number of each publication and what it was like; and of each file that of its publication and the same.

    bounds: names of the parameters of the first and the last number; without them it is about all.
    """
    works = select(
        Record.id, _one_text(Record.changed_at, Record.deleted_at, Record.merged_into_id).label("said")
    ).where(Record.kind == "publication")  # fmt: skip
    texts = (
        select(
            File.of_id,
            _one_text(File.id, File.sha256, File.state, File.extractor, File.pages, Record.deleted_at).label("said"),
        )
        .join(Record, Record.id == File.id)
        .where(File.of_id.is_not(None))
    )
    return works.where(*_between(Record.id, *bounds)), texts.where(*_between(File.of_id, *bounds))


def _between(column: Any, *bounds: str) -> list[ColumnElement[bool]]:
    """That a number lies between two parameters, where there are any."""
    return [column.between(*(bindparam(name, type_=BigInteger) for name in bounds))] if bounds else []


def _one_text(*columns: Any) -> ColumnElement[str]:
    parts = [func.coalesce(cast(column, String), "") for column in columns]
    return reduce(lambda one, other: one + "|" + other, parts)


def _bounds(here: range) -> dict[str, int]:
    return {"first": here.start, "last": here.stop - 1}


@cache
def _block_queries(*bounds: str) -> Sequence[Select[*tuple[Any, ...]]]:
    block = (Record.id // BLOCK).label("block")
    works = select(
        block, func.aggregate_strings(cast(Record.changed_at, String), "/"), func.count(Record.deleted_at),
        func.max(Record.deleted_at), func.count(Record.merged_into_id), func.sum(Record.merged_into_id),
    ).where(Record.kind == "publication", *_between(Record.id, *bounds)).group_by(block)  # fmt: skip
    number, said = _of_publications(*bounds)[1].subquery().c
    shelf = (number // BLOCK).label("block")
    return works, select(shelf, func.aggregate_strings(said, "/")).group_by(shelf)
