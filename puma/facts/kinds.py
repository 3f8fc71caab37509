"""The shapes of the tables of a snapshot: copied from the database, or derived from those before."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select


@dataclass(frozen=True, slots=True)
class Table:
    """What is known of every table.

    ``follows_decisions``: whether it changes with what people decide; all else changes with a harvest only.
    ``publication``, ``proposal``: the column that holds its number, where a row follows only the links of that one
    and a decision on a pair therefore changes only rows of these two.
    """

    name: str
    help: str
    follows_decisions: bool = field(default=False, kw_only=True)
    publication: str = field(default="", kw_only=True)
    proposal: str = field(default="", kw_only=True)


@dataclass(frozen=True, slots=True)
class Copied(Table):
    """A table copied from the database; records that are withdrawn or merged are left out."""

    query: Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Derived(Table):
    """A table made by DuckDB from those before it.

    In the SQL, ``as_of`` has one row with one ``day``: that on which the snapshot is written; ``debt_rules`` says which
    types of proposals owe a publication after how many months, the row without a type for all others.
    ``by_level``: it counts over links, so it is made once without the restricted ones and once with all of them;
    otherwise a total would tell that a secret proposal exists.
    ``kept``: False for a table that is cheaper to ask for each time than to write.
    """

    sql: str
    by_level: bool = field(default=False, kw_only=True)
    kept: bool = field(default=True, kw_only=True)


LEVELS = ("all", "open")
"""The two levels of a table that counts over links: with restricted records, and without them."""
