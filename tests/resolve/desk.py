"""A desk at which tests hand in claims of several sources and ask what the program then holds to be true."""

from collections.abc import Mapping, Sequence
from copy import copy
from datetime import UTC, datetime, timedelta
from typing import Any, Self, cast

from sqlalchemy import Table, insert, select

from puma.access import Viewer
from puma.claims import Claim, Key, check
from puma.decisions import correct
from puma.entities import RECORD_KINDS, Entity, HarvestSource, Identifier, RawRecord, Record
from puma.resolve import Received, apply_batch, forget_raw_records, settle_references
from puma.storage import Storage

START = datetime(2024, 1, 1, tzinfo=UTC)
OFFICE = Viewer("user_office", "Ada")


class Desk:
    """One database and the sources that hand in, each with its precedence (a lower number wins)."""

    def __init__(self, storage: Storage, sources: Mapping[str, int]) -> None:
        self.storage = storage
        self.at = START
        self.raw: dict[tuple[str, str], int] = {}
        with storage.writing() as session:
            for number, (name, precedence) in enumerate(sources.items(), start=1):
                session.execute(
                    insert(HarvestSource).values(id=number, name=name, harvester="x", precedence=precedence)
                )
        self.sources = {name: number for number, name in enumerate(sources, start=1)}

    def beside(self, storage: Storage) -> Self:
        """The same desk at a copy of its database."""
        other = copy(self)
        other.storage, other.raw = storage, dict(self.raw)
        return other

    def hand_in(self, source: str, *claims: Claim, settle: bool = True) -> None:
        """One raw record per claim; one that has the same last key as an earlier one is that record, changed."""
        self.hand_in_records(source, {f"{claim.kind} {claim.keys[-1]}": [claim] for claim in claims}, settle=settle)

    def hand_in_records(self, source: str, records: Mapping[str, Sequence[Claim]], *, settle: bool = True) -> None:
        """Raw records by the source's own key, with the claims of each."""
        self.at += timedelta(hours=1)
        received = []
        with self.storage.writing() as session:
            for key, claims in records.items():
                before = (source, key) in self.raw
                number = self.raw.setdefault((source, key), len(self.raw) + 1)
                if not before:
                    row = {"id": number, "source_id": self.sources[source], "key": key, "payload_sha256": "0"}
                    session.execute(insert(RawRecord).values(**row, fetched_at=self.at, run_id=1))
                received.append(Received(number, [check(claim) for claim in claims], changed=before))
            apply_batch(session, self.sources[source], received, self.at)
        if settle:
            self.settle()

    def settle(self) -> None:
        """What the end of a run does."""
        with self.storage.writing() as session:
            settle_references(session, self.at)

    def take_back(self, source: str, claim: Claim) -> None:
        """The source no longer has the record."""
        self.at += timedelta(hours=1)
        with self.storage.writing() as session:
            forget_raw_records(session, [self.raw[source, f"{claim.kind} {claim.keys[-1]}"]], self.at)
        self.settle()

    def correct(self, kind: str, key: Key, name: str, value: Any) -> None:
        """A person of the user office sets a value by hand."""
        correct(self.storage, OFFICE, self.number(kind, *key), name, value)

    def number(self, kind: str, scheme: str, value: str) -> int:
        """The number of the record that carries the identifier."""
        found = self.numbers(kind, scheme, value)
        assert len(found) == 1, f"{kind} {scheme} {value}: {found}"
        return found[0]

    def numbers(self, kind: str, scheme: str, value: str) -> list[int]:
        """The numbers of all records that carry the identifier."""
        which = (Identifier.kind == kind, Identifier.scheme == scheme, Identifier.value == value)
        with self.storage.reading() as session:
            return list(session.scalars(select(Identifier.record_id).where(*which)))

    def value(self, kind: str, key: Key, name: str) -> Any:
        """A value of the record that carries the identifier."""
        table = cast(Table, RECORD_KINDS[kind].__table__)
        with self.storage.reading() as session:
            return session.execute(select(table.c[name]).where(table.c.id == self.number(kind, *key))).scalar_one()

    def visibility(self, kind: str, key: Key) -> str:
        """Who may know of the record."""
        with self.storage.reading() as session:
            return session.scalars(select(Record.visibility).where(Record.id == self.number(kind, *key))).one()

    def standing(self, kind: str) -> list[int]:
        """The numbers of the records of a kind that are not withdrawn."""
        with self.storage.reading() as session:
            which = select(Record.id).where(Record.kind == kind, Record.deleted_at.is_(None)).order_by(Record.id)
            return list(session.scalars(which))

    def rows(self, entity: type[Entity], *names: str) -> list[tuple[Any, ...]]:
        """These columns of all rows of a table, in the order of their values."""
        table = cast(Table, entity.__table__)
        with self.storage.reading() as session:
            found = session.execute(select(*(table.c[name] for name in names)))
            return sorted((tuple(row) for row in found), key=repr)

    def everything(self) -> dict[str, list[str]]:
        """All rows of all tables but the claims, without mere row numbers, instants of change and the marks of the last
        ones by which what is kept in memory is known to be old."""
        told = {}
        with self.storage.reading() as session:
            for table in Entity.metadata.sorted_tables:
                if table.name != "claim":
                    numbered = {"id"} if "id" in table.c and table.c.id.autoincrement is not False else set()
                    kept = [column for column in table.c if column.name not in numbered | {"changed_at"}]
                    told[table.name] = sorted(repr(tuple(row)) for row in session.execute(select(*kept)))
        told["number_series"] = [row for row in told["number_series"] if not row.startswith(("('pairs'", "('doubts'"))]
        return told


def publication(*keys: Key, **values: Any) -> Claim:
    """What somebody says about a publication."""
    dois = [value for scheme, value in keys if scheme == "doi"]
    return Claim("publication", keys, {"title": "Spin ice", **({"doi": dois[0]} if dois else {}), **values})


def proposal(code: str, **values: Any) -> Claim:
    """What a user office says about a proposal of the facility EPNS."""
    keys = (("code", f"EPNS/{code.lower().replace('-', '')}"), ("source", f"office:{code}"))
    return Claim("proposal", keys, {"facility": "EPNS", "code": code, "title": f"Proposal {code}", **values})


def instrument(name: str, **values: Any) -> Claim:
    """What a user office says about an instrument of the facility EPNS."""
    return Claim("instrument", (("name", f"EPNS/{name.lower()}"),), {"facility": "EPNS", "name": name, **values})


def experiment(code: str, **values: Any) -> Claim:
    """What a user office says about a session at the facility EPNS."""
    keys = (("code", f"EPNS/{code.lower()}"), ("source", f"office:{code}"))
    return Claim("experiment", keys, {"facility": "EPNS", "code": code, **values})


def dataset(doi: str, **values: Any) -> Claim:
    """What a catalogue says about a dataset of the facility EPNS."""
    return Claim("dataset", (("doi", doi),), {"facility": "EPNS", "doi": doi, "title": "Raw data", **values})


def person(key: str, **values: Any) -> Claim:
    """What a user office says about somebody."""
    return Claim("person", (("source", f"office:{key}"),), {"family_name": "Curie", "user": True, **values})
