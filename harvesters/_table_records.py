"""Raw records out of tables: a row with the rows that hang on it, whether the tables lie in memory or on disk."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from harvesters._table_files import Row, Skipped
from puma.harvesting import Page, RawRecord
from puma.identifiers import fold_code
from puma.names import fold

PAGE = 500
LONGEST_KEY = 450
_WHO = ("person_key", "given_name", "family_name", "orcid", "email")
_SELF_DECLARED = ("gender", "career_stage")

Found = Callable[[str], Sequence[Row]]
"""The rows in which one column has that value; codes whatever their hyphens and capitals."""


class Tables(Protocol):
    """All tables of a source."""

    def rows(self, table: str) -> Iterable[Row]:
        """The rows of a table, in a stable order."""
        ...

    def by(self, table: str, column: str) -> Found:
        """Looks up rows of a table by a column."""
        ...


class Held:
    """Tables in memory."""

    def __init__(self, tables: Mapping[str, list[Row]]) -> None:
        self._tables = tables

    def rows(self, table: str) -> list[Row]:
        """The rows of a table, in the order of its file."""
        return self._tables.get(table, [])

    def by(self, table: str, column: str) -> Found:
        """Looks up rows of a table by a column."""
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self.rows(table):
            found[folded(column, row.get(column, ""))].append(row)
        return lambda value: found.get(folded(column, value), [])


def folded(column: str, value: str) -> str:
    """A value as it is compared: keys of people as they are, codes without their hyphens and capitals."""
    return value if column == "person_key" else fold_code(value)


def pages(
    tables: Tables, facility: str, skipped: Skipped, cursor: Mapping[str, Any] | None, *, self_declared: bool
) -> Iterator[Page]:
    """All records of tables in memory, in pages; what was skipped is told with the first."""
    found = list(records(tables, facility, skipped, self_declared=self_declared))
    start = int((cursor or {}).get("done", 0))
    while True:
        batch = tuple(found[start : start + PAGE])
        start += len(batch)
        told = tuple(skipped) if start == len(batch) else ()
        if batch or told:
            yield Page(batch, {"done": start}, len(found), told)
        if start >= len(found):
            return


def records(tables: Tables, facility: str, skipped: Skipped, *, self_declared: bool) -> Iterator[RawRecord]:
    """One raw record per row that something can be said about; rows that hang on none go to ``skipped``.

    self_declared: whether what people say of themselves is kept; else it is left out before anything is stored.
    """
    seen: set[str] = set()

    def raw(table: str, key: str, nested: dict[str, Any]) -> Iterator[RawRecord]:
        key = f"{table}:{key}"
        if key in seen:
            skipped.append((key, "an earlier row has the same key"))
        elif len(key) > LONGEST_KEY:
            skipped.append((key[:LONGEST_KEY], "its key is too long"))
        else:
            seen.add(key)
            yield RawRecord(key, json.dumps({"table": table, **nested}, ensure_ascii=False, sort_keys=True).encode())

    def own(row: Row) -> str:
        return row.get("facility") or facility

    def first(found: Sequence[Row]) -> Row:
        return found[0] if found else {}

    for key, periods in _instruments(tables.rows("instruments"), own, skipped):
        yield from raw("instruments", key, {"rows": periods})
    for row in _with(tables, "calls", "code", skipped):
        yield from raw("calls", f"{own(row)}/{fold(row['code'])}", {"row": row})

    for row in tables.rows("operation"):
        parts = (own(row), *(row.get(name, "") for name in ("instrument", "year", "call", "hours_for")))
        yield from raw("operation", "/".join(parts), {"row": row})

    proposals = tables.by("proposals", "code")
    for table in ("proposal_instruments", "participants"):
        _leave_orphans(tables, table, "proposal", proposals, skipped)
    times, participants = tables.by("proposal_instruments", "proposal"), tables.by("participants", "proposal")
    for row in _with(tables, "proposals", "code", skipped):
        code = row["code"]
        nested = {"row": row, "times": list(times(code)), "participants": list(participants(code))}
        yield from raw("proposals", f"{own(row)}/{fold_code(code)}", nested)

    _leave_orphans(tables, "session_participants", "session", tables.by("sessions", "code"), skipped)
    said = _SELF_DECLARED if self_declared else ()
    people, present = tables.by("participants", "person_key"), tables.by("session_participants", "session")
    for row in _with(tables, "sessions", "code", skipped):
        proposal = first(proposals(row["proposal"])) if row.get("proposal") else {}
        if row.get("proposal") and not proposal:
            skipped.append((f"sessions:{row['code']}", f"its proposal {row['proposal']} is in no row of proposals"))
            continue
        named = list(_people(present(row["code"]), people, row["code"], skipped, said))
        at = own(proposal)
        held: dict[str, Any] = {"row": {**row, "facility": at}, "participants": named}
        yield from raw("sessions", f"{at}/{fold_code(row['code'])}", held)

    for row in tables.rows("publications"):
        if key := row.get("source_id") or row.get("doi", ""):
            yield from raw("publications", key, {"row": row})
        else:
            skipped.append((f"publications: {row.get('title', '')[:80]}", "it has neither source_id nor doi"))
    for row in tables.rows("datasets"):
        at = row.get("facility") or own(first(proposals(row.get("proposal", ""))))
        if key := row.get("doi", "").lower() or row.get("source_id", ""):
            yield from raw("datasets", key, {"row": {**row, "facility": at}})
        else:
            skipped.append((f"datasets: {row.get('title', '')[:80]}", "it has neither doi nor source_id"))
    for row in tables.rows("contributions"):
        parts = (row.get("country", ""), row.get("group", ""), row.get("valid_from", ""))
        yield from raw("contributions", "/".join(parts), {"row": row})
    for row in _with(tables, "journals", "issn", skipped):
        listed = (row["issn"], row.get("list", ""), row.get("list_version", ""), row.get("valid_from", ""))
        yield from raw("journals", "/".join(listed), {"row": row})


def _with(tables: Tables, table: str, column: str, skipped: Skipped) -> Iterator[Row]:
    """The rows of a table that have their code; the others are skipped."""
    for number, row in enumerate(tables.rows(table), start=1):
        if row.get(column):
            yield row
        else:
            skipped.append((f"{table}, row {number}", f"it has no {column}"))


def _instruments(rows: Iterable[Row], own: Callable[[Row], str], skipped: Skipped) -> Iterable[tuple[str, list[Row]]]:
    """Rows of one facility and label (or name, without label) are one instrument; in the order of their first rows."""
    groups: dict[str, list[Row]] = {}
    for number, row in enumerate(rows, start=1):
        if key := fold(row.get("label") or row.get("name", "")):
            groups.setdefault(f"{own(row)}/{key}", []).append(row)
        else:
            skipped.append((f"instruments, row {number}", "it has no name"))
    return groups.items()


def _leave_orphans(tables: Tables, table: str, column: str, parents: Found, skipped: Skipped) -> None:
    """Tell of the rows that hang on a row which is not there."""
    last, there = "", False
    for number, row in enumerate(tables.rows(table), start=1):
        code = row.get(column, "")
        if number == 1 or code != last:  # rows of one parent mostly stand together
            last, there = code, bool(fold_code(code) and parents(code))
        if not there:
            reason = f"its {column} {code or '(empty)'} is in no row of {column}s"
            skipped.append((f"{table}, row {number}", reason))


def _people(
    rows: Iterable[Row], people: Found, session: str, skipped: Skipped, said: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """Participants of a session, with the names that their row has or else the table of participants; said: columns
    of what they say of themselves."""
    for row in rows:
        key = row.get("person_key", "")
        found = [row] if row.get("family_name") else people(key) if key else ()
        if found:
            person = {name: found[-1].get(name, "") for name in _WHO}
            yield {"person": person, **{name: row.get(name, "") for name in ("mode", *said)}}
        else:
            reason = f"its person {key or '(empty)'} is in no row of participants"
            skipped.append((f"session_participants of {session}", reason))
