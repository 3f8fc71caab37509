"""What is claimed of records becomes the rows that stand: settled values, their parts, persons and identifiers."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from puma.claims import Key, says, settle
from puma.entities import (
    RECORD_KINDS,
    Affiliation,
    Authorship,
    Facility,
    Identifier,
    InstrumentGroup,
    Keyword,
    Record,
)
from puma.entities.record import GIVEN
from puma.resolve.identity import Names, known_names
from puma.resolve.rows import PART_TABLES, Rows, own_row, owner_column, part_rows
from puma.resolve.taken_apart import halves, held_by_another
from puma.storage import chunks, insert_rows, take_numbers, update_rows

BY_HAND = -1
"""The rank of what a person claims: before every source."""


@dataclass(slots=True)
class Told:
    """All that is claimed of one record, as the settling needs it."""

    kind: str
    claims: list[tuple[tuple[Any, ...], list[Key], dict[str, Any]]]  # (rank, keys, values)


def persons_named(values: Any) -> Iterable[tuple[str, str, str]]:
    """(kind, scheme, value) of each person whom a claim names as a participant."""
    for person in values.get("participants") or ():
        if person.get("person"):
            yield "person", person["person"][0], person["person"][1]


def write_settled(session: Session, told: dict[int, Told], new: set[int], names: Names, at: datetime) -> None:
    """Settle what is told of each record and write it; ``new``: those of them whose rows are not there yet."""
    settled = {}
    for record_id, one in told.items():
        one.claims.sort(key=lambda claim: claim[0])
        settled[record_id] = settle(_periods_by_hand([(rank, values) for rank, _, values in one.claims]))[0]
    _leave_dois(session, told, settled)
    people = _people(session, settled.values(), names)
    facilities = _facilities(session, settled.values(), at)
    rows = Rows()
    for record_id, values in settled.items():
        kind = told[record_id].kind
        row = own_row(kind, record_id, values, facilities.get(values.get("facility", "")))
        if kind == "instrument":
            row["group_id"] = _group(session, row["facility_id"], values.get("group"))
        if kind == "file" and values.get("of"):
            row["of_scheme"], row["of_value"] = values["of"]
        rows.own[kind].append(row)
        part_rows(rows, kind, record_id, values, people.get)
    old = {record_id: told[record_id].kind for record_id in told.keys() - new}
    _write_own(session, rows, new)
    _keep_persons(session, rows, old)
    _clear_parts(session, old)
    _write_parts(session, rows)
    _write_identifiers(session, told, new)
    for some in chunks(sorted(old)):
        alive = {"changed_at": at, "deleted_at": None, "merged_into_id": None}
        session.execute(update(Record).where(Record.id.in_(some)).values(**alive))


def _leave_dois(session: Session, told: dict[int, Told], settled: dict[int, dict[str, Any]]) -> None:
    """A DOI that names one half of what people took apart is not that of the other half, though its source says so."""
    if not any(one.kind == "publication" for one in told.values()):
        return
    for record_id in settled.keys() & halves(session).records:
        by_hand = any(rank[0] == BY_HAND and says(values.get("doi")) for rank, _, values in told[record_id].claims)
        doi = settled[record_id].get("doi")
        if doi and not by_hand and held_by_another(session, record_id, doi):
            del settled[record_id]["doi"]


def _periods_by_hand(ranked: list[tuple[Any, dict[str, Any]]]) -> list[tuple[Any, dict[str, Any]]]:
    """Periods that a person set stand alone; those of sources are otherwise put together."""
    place = next((n for n, (rank, said) in enumerate(ranked) if rank[0] == BY_HAND and says(said.get("periods"))), None)
    if place is None:
        return ranked
    return [
        (rank, said if n == place else {name: value for name, value in said.items() if name != "periods"})
        for n, (rank, said) in enumerate(ranked)
    ]


def _people(session: Session, settled: Iterable[Any], names: Names) -> dict[Key, int]:
    wanted = {name for values in settled for name in persons_named(values)}
    missing = wanted - names.keys()
    found = {**names, **known_names(session, missing)} if missing else names
    return {
        (scheme, value): found[kind, scheme, value] for kind, scheme, value in wanted if (kind, scheme, value) in found
    }


def _facilities(session: Session, settled: Iterable[Any], at: datetime) -> dict[str, int]:
    codes = {values["facility"] for values in settled if values.get("facility")}
    if not codes:
        return {}
    known = dict(session.execute(select(Facility.code, Facility.id)).all())
    for code in sorted(codes - known.keys()):
        known[code] = make_facility(session, code, code, at)
    return known


def make_facility(session: Session, code: str, name: str, at: datetime, **values: Any) -> int:
    """A facility that the settings or a record name for the first time."""
    record_id = take_numbers(session, "record", 1)[0]
    insert_rows(
        session,
        Record,
        [{"id": record_id, "kind": "facility", "visibility": "public", "created_at": at, "changed_at": at}],
    )
    insert_rows(session, Facility, [{"id": record_id, "code": code, "name": name, **values}])
    insert_rows(session, Identifier, [{"record_id": record_id, "kind": "facility", "scheme": "code", "value": code}])
    return record_id


def _group(session: Session, facility_id: int | None, name: str | None) -> int | None:
    if not name or facility_id is None:
        return None
    which = select(InstrumentGroup.id).where(InstrumentGroup.facility_id == facility_id, InstrumentGroup.name == name)
    found = session.scalar(which)
    if found is None:
        insert_rows(session, InstrumentGroup, [{"facility_id": facility_id, "name": name}])
        found = session.scalar(which)
    return found


def _write_own(session: Session, rows: Rows, new: set[int]) -> None:
    for kind, all_rows in rows.own.items():
        insert_rows(session, RECORD_KINDS[kind], [row for row in all_rows if row["id"] in new])
        update_rows(session, RECORD_KINDS[kind], [row for row in all_rows if row["id"] not in new])


def _keep_persons(session: Session, rows: Rows, old: dict[int, str]) -> None:
    """An author who is written as before, in the same place, stays the person that matching found."""
    makers = sorted(number for number, kind in old.items() if kind in ("publication", "dataset"))
    columns = (Authorship.record_id, Authorship.position, Authorship.name, Authorship.person_id, Authorship.probability)
    found = {
        (record_id, position, name): (person_id, probability)
        for some in chunks(makers)
        for record_id, position, name, person_id, probability in session.execute(
            select(*columns).where(Authorship.record_id.in_(some), Authorship.person_id.is_not(None))
        )
    }
    for row in rows.parts[Authorship]:
        row["person_id"], row["probability"] = found.get((row["record_id"], row["position"], row["name"]), (None, None))


def _clear_parts(session: Session, old: dict[int, str]) -> None:
    by_kind: dict[str, list[int]] = defaultdict(list)
    for record_id, kind in old.items():
        by_kind[kind].append(record_id)
    for kind, record_ids in by_kind.items():
        for table in PART_TABLES.get(kind, ()):
            owner = table.__table__.c[owner_column(table)]
            for some in chunks(record_ids):
                rule = delete(table).where(owner.in_(some))
                session.execute(rule.where(Keyword.added_by.is_(None)) if table is Keyword else rule)


def _write_parts(session: Session, rows: Rows) -> None:
    numbers = _affiliation_numbers(session, rows)
    rows.parts[Keyword] = _without_given(session, rows.parts[Keyword])
    for table, part in rows.parts.items():
        if "affiliation_id" in table.__table__.c:
            for row in part:
                row["affiliation_id"] = numbers.get(row["affiliation_id"])
        insert_rows(session, table, part)


def _without_given(session: Session, part: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Keywords of sources without those that a person gave to the same record in the same namespace."""
    given: set[tuple[int, str, str]] = set()
    for some in chunks(sorted({row["record_id"] for row in part if row["namespace"] == GIVEN})):
        query = select(Keyword.record_id, Keyword.namespace, Keyword.value).where(Keyword.record_id.in_(some))
        given.update((a, b, c) for a, b, c in session.execute(query.where(Keyword.added_by.is_not(None))))
    return [row for row in part if (row["record_id"], row["namespace"], row["value"]) not in given] if given else part


def _affiliation_numbers(session: Session, rows: Rows) -> dict[str | None, int]:
    numbers: dict[str | None, int] = {}
    for some in chunks(sorted(rows.affiliations)):
        found = session.execute(select(Affiliation.digest, Affiliation.id).where(Affiliation.digest.in_(some)))
        numbers.update(found.all())
    missing = [row for digest, row in rows.affiliations.items() if digest not in numbers]
    for number, row in zip(take_numbers(session, "affiliation", len(missing)), missing, strict=True):
        row["id"] = number
        numbers[row["digest"]] = number
    insert_rows(session, Affiliation, missing)
    return numbers


def _write_identifiers(session: Session, told: dict[int, Told], new: set[int]) -> None:
    wanted: dict[tuple[str, str, str], int] = {}
    for record_id, one in told.items():
        for _, keys, _ in one.claims:
            for scheme, value in keys:
                wanted.setdefault((one.kind, scheme, value), record_id)
    for some in chunks(sorted(told.keys() - new)):
        rows = session.execute(
            select(Identifier.id, Identifier.kind, Identifier.scheme, Identifier.value).where(
                Identifier.record_id.in_(some)
            )
        ).all()
        gone = [number for number, *name in rows if tuple(name) not in wanted]
        for stale in chunks(gone):
            session.execute(delete(Identifier).where(Identifier.id.in_(stale)))
    held = known_names(session, wanted)
    _take_over(
        session, {name: record_id for name, record_id in wanted.items() if held.get(name, record_id) != record_id}
    )
    insert_rows(
        session,
        Identifier,
        [
            {"record_id": record_id, "kind": kind, "scheme": scheme, "value": value}
            for (kind, scheme, value), record_id in wanted.items()
            if (kind, scheme, value) not in held
        ],
    )


def _take_over(session: Session, wanted: dict[tuple[str, str, str], int]) -> None:
    """Identifiers of records that nobody tells of any more go to the record that is told of under them now."""
    for (kind, scheme, value), record_id in wanted.items():
        dead = select(Record.id).where(Record.deleted_at.is_not(None))
        session.execute(
            update(Identifier)
            .where(Identifier.kind == kind, Identifier.scheme == scheme, Identifier.value == value)
            .where(Identifier.record_id.in_(dead))
            .values(record_id=record_id)
        )
