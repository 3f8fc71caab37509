"""Tables of a facility: CSV files or one workbook with instruments, calls, proposals, sessions, publications ..."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from harvesters._reading import parsed
from harvesters._table_claims import claims_of, ending_the_day_after
from harvesters._table_files import Skipped, asked_tables, saved_tables
from harvesters._table_records import Held, pages
from puma import harvesting
from puma.claims import Claim
from puma.harvesting import Page, Visit


class Source(harvesting.Source):
    """Everything a user office knows, as it writes it into tables; ``url`` is the address under which <table>.csv lie.

    Several values stand in one cell with semicolons between them. A publication's affiliations belong to its authors
    in order where there are as many; otherwise each author has all of them. Moments without a zone are UTC.
    """

    self_declared: bool = Field(
        default=False,
        description="read the gender and career stage that people declare of themselves; else neither is kept",
    )
    period_end: Literal["day after", "last day"] = Field(
        default="day after",
        description="what the end of an instrument's period says: the first day after it, or its last one",
    )


def fetch(source: Source, visit: Visit) -> Iterator[Page]:
    """All tables at once, because they point at each other, then one raw record per row with what hangs on it."""
    skipped: Skipped = []
    tables = asked_tables(source, visit.transport, skipped) if source.url else saved_tables(source, skipped)
    yield from pages(Held(tables), source.facility, skipped, visit.cursor, self_declared=source.self_declared)


def read(payload: bytes, source: Source) -> list[Claim]:
    """The claims of one row and of the rows that hang on it."""
    claims = claims_of(parsed(payload), source)
    return [ending_the_day_after(one) for one in claims] if source.period_end == "last day" else claims
