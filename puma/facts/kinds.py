"""The two kinds of levels and the shape of a derived table, which every file of derived tables shares."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Derived:
    """A table made by DuckDB from those before it.

    In the SQL, ``as_of`` has one row with one ``day``: that on which the snapshot is written.
    ``by_level``: it counts over links, so it is made once without the restricted ones and once with all of them;
    otherwise a total would tell that a secret proposal exists.
    """

    name: str
    help: str
    sql: str
    follows_decisions: bool = False
    by_level: bool = False


LEVELS = ("all", "open")
"""The two levels of a table that counts over links: with restricted records, and without them."""
