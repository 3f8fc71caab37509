"""The federated search API of PaNOSC and ExPaNDS: documents, datasets and instruments that everybody may know of."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Executable, func, select
from sqlalchemy.orm import Session

from puma.cerif import NAMES, Contributor, published
from puma.entities import Dataset, Link, Record
from puma.provider.contents import Row, rows
from puma.provider.loopback import Filter, Include
from puma.provider.marks import COUNTED
from puma.provider.scopes import PANET, PARAMETERS, Collections
from puma.storage import listed as among

ROLES = {"proposer": "principal investigator", "co_proposer": "co-proposer", "local_contact": "local contact"}
Answer = dict[str, Any]


class Catalogue:
    """What is asked of one database. prefix: what pids begin with of records that have none."""

    def __init__(self, session: Session, prefix: str) -> None:
        self._session, self._prefix, self._asked = session, prefix, Collections(prefix)

    def found(self, collection: str, wanted: Filter, scores: Mapping[int, float] | None = None) -> list[Answer]:
        """Records of a collection, the best first where there are scores, else by number. Raises WrongFilter."""
        query = self._asked.numbers(collection, wanted)
        if scores is None:
            page = list(self._session.scalars(query.order_by(Record.id).offset(wanted.skip).limit(wanted.limit)))
        else:
            here = self._session.scalars(query.where(Record.id.in_(among(self._session, list(scores)))))
            best = sorted(here, key=lambda number: (-scores[number], number))
            page = best[wanted.skip : wanted.skip + wanted.limit]
        return [
            {**one, "score": round(scores[number], 4) if scores else 0}
            for number, one in zip(page, self.told(collection, page, wanted.include), strict=True)
        ]

    def count(self, collection: str, wanted: Filter) -> int:
        """How many records of a collection a filter leaves."""
        left = self._asked.numbers(collection, wanted).subquery()
        return self._session.scalar(select(func.count()).select_from(left)) or 0

    # answers

    def told(self, collection: str, numbers: Sequence[int], includes: Sequence[Include]) -> list[Answer]:
        """Records as the models of the API have them, in the order of their numbers."""
        found: dict[int, tuple[str, Row]] = {}
        for kind in self._asked.models[collection].kinds:
            found |= {number: (kind, row) for number, row in rows(self._session, kind, numbers).items()}
        asked = {one.relation: one.scope for one in includes}
        beside = self._beside(collection, [n for n in numbers if n in found], asked)
        make = {"Documents": self._document, "Datasets": self._dataset, "Instruments": self._instrument}[collection]
        answers = []
        for number in numbers:
            if number in found:
                kind, row = found[number]
                answers.append(make(kind, row) | self._parts(kind, row, asked) | beside.get(number, {}))
        return answers

    def _pid(self, kind: str, row: Row) -> str:
        return str(row.get("doi") or row.get("pid") or f"{self._prefix}{NAMES[kind]}/{row['id']}")

    def _document(self, kind: str, row: Row) -> Answer:
        released = published(row) if kind == "publication" else ""
        started = str(row.get("operation_year") or "")
        return _known({
            "pid": self._pid(kind, row), "isPublic": True, "type": kind, "title": row["title"],
            "summary": row.get("abstract"), "doi": row.get("doi"), "releaseDate": _moment(released),
            "startDate": _moment(started), "license": row.get("license"), "keywords": row.get("keywords") or [],
        })  # fmt: skip

    def _dataset(self, kind: str, row: Row) -> Answer:
        created = row.get("created_on") or str(row.get("year") or "")
        return _known({
            "pid": self._pid(kind, row), "title": row["title"], "isPublic": True, "size": row.get("size_bytes"),
            "creationDate": _moment(created.isoformat() if isinstance(created, date) else created),
        })  # fmt: skip

    def _instrument(self, kind: str, row: Row) -> Answer:
        return {"pid": self._pid(kind, row), "name": row["name"], "facility": row.get("facility") or ""}

    def _parts(self, kind: str, row: Row, asked: Mapping[str, Filter]) -> Answer:
        """What a record itself has of the relations that are asked for."""
        parts: Answer = {}
        if "members" in asked:
            parts["members"] = [_member(n, one, kind) for n, one in enumerate(row.get("people") or (), start=1)]
        if "techniques" in asked:
            parts["techniques"] = [
                _known({"pid": _panet(code) or name, "name": name, "panetId": _panet(code)})
                for code, name in row.get("technique_codes") or ()
            ]
        if "instrument" in asked and row.get("instrument"):
            parts["instrument"] = {"name": row["instrument"]}
        if "parameters" in asked:
            parts["parameters"] = [
                _known({"name": name, "value": row[column], "unit": unit})
                for name, column, unit in PARAMETERS
                if row.get(column) is not None
            ]
        parts |= {name: [] for name in ("files", "samples") if name in asked}  # nobody tells us of them
        return parts

    def _beside(self, collection: str, numbers: Sequence[int], asked: Mapping[str, Filter]) -> dict[int, Answer]:
        """What other records are to these, of the relations that are asked for."""
        beside: dict[int, Answer] = defaultdict(dict)
        pairs: Executable
        if collection == "Documents" and "datasets" in asked:
            pairs = select(Link.left_id, Link.right_id).where(Link.left_id.in_(numbers), Link.state.in_(COUNTED))
            self._join(beside, "datasets", "Datasets", pairs, asked["datasets"], numbers)
        if collection == "Instruments" and "datasets" in asked:
            pairs = select(Dataset.instrument_id, Dataset.id).where(Dataset.instrument_id.in_(numbers))
            self._join(beside, "datasets", "Datasets", pairs, asked["datasets"], numbers)
        if collection == "Datasets" and "documents" in asked:
            pairs = select(Link.right_id, Link.left_id).where(Link.right_id.in_(numbers), Link.state.in_(COUNTED))
            self._join(beside, "documents", "Documents", pairs, asked["documents"], numbers)
        if collection == "Datasets" and "instrument" in asked:
            pairs = select(Dataset.id, Dataset.instrument_id).where(Dataset.id.in_(numbers))
            found: dict[int, Answer] = defaultdict(dict)
            self._join(found, "instrument", "Instruments", pairs, asked["instrument"], ())
            for number, one in found.items():
                beside[number]["instrument"] = one["instrument"][0]
        return beside

    def _join(
        self, beside: dict[int, Answer], name: str, collection: str, pairs: Executable, scope: Filter,
        numbers: Sequence[int],
    ) -> None:  # fmt: skip
        for number in numbers:
            beside[number][name] = []
        found = [(one, other) for one, other in self._session.execute(pairs) if other]
        wanted = self._asked.numbers(collection, scope).where(Record.id.in_(sorted({other for _, other in found})))
        others = sorted(self._session.scalars(wanted))
        told = dict(zip(others, self.told(collection, others, scope.include), strict=True))
        for one, other in found:
            if other in told:
                beside[one].setdefault(name, []).append(told[other])


def _panet(code: str) -> str:
    return f"{PANET}{code}" if code else ""


def _known(values: Answer) -> Answer:
    return {name: value for name, value in values.items() if value is not None and value != ""}


def _moment(day: str) -> str | None:
    """A day as the models have it; the first of a month or year of which no more is known."""
    return f"{day}{'-01-01'[len(day) - 4 :] if len(day) < 10 else ''}T00:00:00.000Z" if day else None


def _member(number: int, one: Contributor, kind: str) -> Answer:
    person = _known({"id": str(one.id or number), "fullName": one.name, "orcid": one.orcid, "firstName": one.given,
                     "lastName": one.family})  # fmt: skip
    place = one.places[0] if one.places else None
    role = "author" if kind != "proposal" else ROLES.get(one.role, "member")
    told = {"id": number, "role": role, "person": person}
    return told | ({"affiliation": {"id": place.id or number, "name": place.text or place.name}} if place else {})
