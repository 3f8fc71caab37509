"""Facts after decisions: rows of the publications and proposals that were decided on, beside the tables as they were.

To write a large table anew for one decision takes seconds. So a table that follows links stays as it was written, and
beside it lies ``<table>.mended.parquet`` with the rows of what was decided on since; a reader takes those instead.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import duckdb

from puma.facts.kinds import Table
from puma.pairs import Pair

AT_MOST = 1_000  # publications beside the tables; from there on to write the tables anew is better for readers
NARROWED: dict[str, dict[str, str]] = {
    "publication": {"publications": "id", "publication_countries": "publication_id"},
    "proposal": {"proposals": "id", "publication_proposals": "proposal_id"},
}
"""The two sides of a link, and the tables that mended rows of either are made from besides those that follow links."""


@dataclass(frozen=True, slots=True)
class Mended:
    """The publications and proposals that were decided on since the tables were written."""

    publications: frozenset[int] = frozenset()
    proposals: frozenset[int] = frozenset()

    def and_also(self, pairs: Collection[Pair]) -> "Mended | None":
        """With these pairs, or None where they are too many to lie beside the tables."""
        publications = self.publications | {left for left, _ in pairs}
        proposals = self.proposals | {right for _, right in pairs}
        return Mended(publications, proposals) if len(publications) <= AT_MOST else None

    def __bool__(self) -> bool:
        return bool(self.publications)


def side_of(table: Table) -> str:
    """Which side's links the rows of a table follow; "" for one that is written as a whole."""
    return "publication" if table.publication else "proposal" if table.proposal else ""


def beside(path: Path) -> Path:
    """The file with the mended rows of a table."""
    return path.with_name(f"{path.stem}.mended.parquet")


def tell(connection: duckdb.DuckDBPyConnection, mended: Mended) -> None:
    """Make what every source of mended tables names: the numbers of either side, and a schema for its narrow views."""
    for side, numbers in (("publication", mended.publications), ("proposal", mended.proposals)):
        connection.execute(f"CREATE SCHEMA {side}_side")
        connection.execute(f"CREATE TABLE main.mended_{side} AS SELECT unnest(?::BIGINT[]) AS id", [sorted(numbers)])


def source(path: Path, table: Table) -> str:
    """SQL in brackets that has all rows of a table as they are now."""
    whole, rows, side = f"read_parquet('{quoted(path)}')", beside(path), side_of(table)
    if not rows.exists():
        return f"(SELECT * FROM {whole})"
    kept = f"SELECT t.* FROM {whole} t ANTI JOIN main.mended_{side} m ON m.id = t.{getattr(table, side)}"
    return f"({kept} UNION ALL SELECT * FROM read_parquet('{quoted(rows)}'))"


def narrow(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Make a view of a table in the schema of each side, which holds only rows of what was decided on.

    With such a schema before ``main`` on the search path, the SQL of a table makes exactly its mended rows.
    """
    for side, always in NARROWED.items():
        column = always.get(table.name) or (side == "publication" and table.publication)
        if column:
            connection.execute(
                f"CREATE OR REPLACE VIEW {side}_side.{table.name} AS SELECT t.* FROM main.{table.name} t "
                f"SEMI JOIN main.mended_{side} m ON m.id = t.{column}"
            )


def quoted(path: Path) -> str:
    """A path inside a string of SQL."""
    return str(path).replace("'", "''")
