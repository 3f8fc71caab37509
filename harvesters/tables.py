"""Tables of a facility: CSV files or one workbook with instruments, calls, proposals, sessions, publications ..."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from harvesters._table_claims import claims_of
from harvesters._table_files import Row, Skipped, asked_tables, saved_tables
from puma import harvesting
from puma.claims import Claim
from puma.errors import SkipRecord
from puma.harvesting import Page, RawRecord, Visit
from puma.identifiers import fold_code
from puma.names import fold

PAGE = 500
LONGEST_KEY = 450
_WHO = ("person_key", "given_name", "family_name", "orcid", "email")


class Source(harvesting.Source):
    """Everything a user office knows, as it writes it into tables; ``url`` is the address under which <table>.csv lie.

    Several values stand in one cell with semicolons between them. A publication's affiliations belong to its authors
    in order where there are as many; otherwise each author has all of them. Moments without a zone are UTC.
    """


def fetch(source: Source, visit: Visit) -> Iterator[Page]:
    """All tables at once, because they point at each other, then one raw record per row with what hangs on it."""
    skipped: Skipped = []
    tables = asked_tables(source, visit.transport, skipped) if source.url else saved_tables(source, skipped)
    records = list(_records(tables, source.facility, skipped))
    start = int((visit.cursor or {}).get("done", 0))
    while True:
        batch = tuple(records[start : start + PAGE])
        start += len(batch)
        told = tuple(skipped) if start == len(batch) else ()  # with the first page, once
        if batch or told:
            yield Page(batch, {"done": start}, len(records), told)
        if start >= len(records):
            return


def read(payload: bytes, source: Source) -> list[Claim]:
    """The claims of one row and of the rows that hang on it."""
    try:
        found = json.loads(payload)
    except ValueError:
        raise SkipRecord("it is not JSON") from None
    return claims_of(found, source)


def _records(tables: dict[str, list[Row]], facility: str, skipped: Skipped) -> Iterator[RawRecord]:
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

    for key, periods in _instruments(tables.get("instruments", []), own, skipped):
        yield from raw("instruments", key, {"rows": periods})
    for row in _with(tables, "calls", "code", skipped):
        yield from raw("calls", f"{own(row)}/{fold(row['code'])}", {"row": row})

    proposals = {fold_code(row["code"]): row for row in reversed(tables.get("proposals", [])) if row.get("code")}
    times = _children(tables, "proposal_instruments", "proposal", proposals, skipped)
    participants = _children(tables, "participants", "proposal", proposals, skipped)
    for row in _with(tables, "proposals", "code", skipped):
        code = fold_code(row["code"])
        nested = {"row": row, "times": times[code], "participants": participants[code]}
        yield from raw("proposals", f"{own(row)}/{code}", nested)

    sessions = {fold_code(row["code"]): row for row in reversed(tables.get("sessions", [])) if row.get("code")}
    people = {row["person_key"]: row for row in tables.get("participants", []) if row.get("person_key")}
    present = _children(tables, "session_participants", "session", sessions, skipped)
    for row in _with(tables, "sessions", "code", skipped):
        proposal = proposals.get(fold_code(row.get("proposal", "")))
        if row.get("proposal") and proposal is None:
            skipped.append((f"sessions:{row['code']}", f"its proposal {row['proposal']} is in no row of proposals"))
            continue
        code = fold_code(row["code"])
        named = list(_people(present[code], people, row["code"], skipped))
        at = own(proposal or {})
        yield from raw("sessions", f"{at}/{code}", {"row": {**row, "facility": at}, "participants": named})

    for row in tables.get("publications", []):
        if key := row.get("source_id") or row.get("doi", ""):
            yield from raw("publications", key, {"row": row})
        else:
            skipped.append((f"publications: {row.get('title', '')[:80]}", "it has neither source_id nor doi"))
    for row in tables.get("datasets", []):
        at = row.get("facility") or own(proposals.get(fold_code(row.get("proposal", ""))) or {})
        if key := row.get("doi", "").lower() or row.get("source_id", ""):
            yield from raw("datasets", key, {"row": {**row, "facility": at}})
        else:
            skipped.append((f"datasets: {row.get('title', '')[:80]}", "it has neither doi nor source_id"))
    for row in tables.get("contributions", []):
        parts = (row.get("country", ""), row.get("group", ""), row.get("valid_from", ""))
        yield from raw("contributions", "/".join(parts), {"row": row})
    for row in _with(tables, "journals", "issn", skipped):
        listed = (row["issn"], row.get("list", ""), row.get("list_version", ""), row.get("valid_from", ""))
        yield from raw("journals", "/".join(listed), {"row": row})


def _with(tables: dict[str, list[Row]], table: str, column: str, skipped: Skipped) -> Iterator[Row]:
    """The rows of a table that have their code; the others are skipped."""
    for number, row in enumerate(tables.get(table, []), start=1):
        if row.get(column):
            yield row
        else:
            skipped.append((f"{table}, row {number}", f"it has no {column}"))


def _instruments(rows: list[Row], own: Callable[[Row], str], skipped: Skipped) -> Iterable[tuple[str, list[Row]]]:
    """Rows of one facility and label (or name, without label) are one instrument; in the order of their first rows."""
    groups: dict[str, list[Row]] = {}
    for number, row in enumerate(rows, start=1):
        if folded := fold(row.get("label") or row.get("name", "")):
            groups.setdefault(f"{own(row)}/{folded}", []).append(row)
        else:
            skipped.append((f"instruments, row {number}", "it has no name"))
    return groups.items()


def _children(
    tables: dict[str, list[Row]], table: str, column: str, parents: dict[str, Row], skipped: Skipped
) -> dict[str, list[Row]]:
    """Rows by the folded code of the row they hang on; those without one are skipped."""
    found: dict[str, list[Row]] = defaultdict(list)
    for number, row in enumerate(tables.get(table, []), start=1):
        code = row.get(column, "")
        if fold_code(code) in parents:
            found[fold_code(code)].append(row)
        else:
            skipped.append((f"{table}, row {number}", f"its {column} {code or '(empty)'} is in no row of {column}s"))
    return found


def _people(rows: list[Row], people: dict[str, Row], session: str, skipped: Skipped) -> Iterator[dict[str, Any]]:
    """Participants of a session with the names that the table of participants has for them."""
    for row in rows:
        key = row.get("person_key", "")
        if key in people:
            yield {"person": {name: people[key].get(name, "") for name in _WHO}, "mode": row.get("mode", "")}
        else:
            reason = f"its person {key or '(empty)'} is in no row of participants"
            skipped.append((f"session_participants of {session}", reason))
