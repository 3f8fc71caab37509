"""The federated search API of PaNOSC and ExPaNDS: documents, datasets and instruments that everybody may know of."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Executable, Select, String, and_, case, cast, false, func, literal, or_, select
from sqlalchemy.orm import Session

from puma.access import ANONYMOUS
from puma.cerif import NAMES, Contributor, published
from puma.conditions import CONDITIONS
from puma.entities import (
    Affiliation,
    Authorship,
    AuthorshipAffiliation,
    Dataset,
    Facility,
    Instrument,
    Keyword,
    Link,
    Proposal,
    Publication,
    Record,
    Technique,
    TechniqueUse,
)
from puma.provider.contents import Row, rows
from puma.provider.loopback import (
    Filter,
    Include,
    Matches,
    WrongFilter,
    condition,
    listed,
    of_day,
    of_number,
    of_text,
    of_truth,
)
from puma.provider.marks import COUNTED
from puma.storage import listed as among
from puma.techniques import code_of, rolled_up, techniques
from puma.visibility import exists_for

PANET = "http://purl.org/pan-science/PaNET/"
ROLES = {"proposer": "principal investigator", "co_proposer": "co-proposer", "local_contact": "local contact"}
PARAMETERS = (("chemical_formula", "formula", ""), *((name, name, one.unit) for name, one in CONDITIONS.items()))
"""(name as it is told, column of datasets, unit) of each parameter."""
Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Model:
    """A collection: the kinds of records in it, its properties, and by relation the condition that a scope makes."""

    kinds: tuple[str, ...]
    properties: Mapping[str, Matches]
    relations: Mapping[str, Callable[["Catalogue", Filter], ColumnElement[bool]]]


class Catalogue:
    """What is asked of one database. prefix: what pids begin with of records that have none."""

    def __init__(self, session: Session, prefix: str) -> None:
        self._session, self._prefix = session, prefix
        self.models = _models(prefix)

    def found(self, collection: str, wanted: Filter, scores: Mapping[int, float] | None = None) -> list[Answer]:
        """Records of a collection, the best first where there are scores, else by number. Raises WrongFilter."""
        query = self.numbers(collection, wanted)
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
        return self._session.scalar(select(func.count()).select_from(self.numbers(collection, wanted).subquery())) or 0

    def numbers(self, collection: str, wanted: Filter) -> Select[int]:
        """The numbers of the records of a collection that a filter leaves."""
        model = self.models[collection]
        parts = [condition(wanted.where, model.properties)]
        for include in wanted.include:
            if include.relation not in model.relations:
                known = ", ".join(model.relations)
                raise WrongFilter(f"{collection} has no relation {include.relation!r}; there are: {known}.")
            made = model.relations[include.relation](self, include.scope)
            if include.scope.narrows:
                parts.append(made)
        return (
            select(Record.id)
            .outerjoin(Publication, Publication.id == Record.id)
            .outerjoin(Proposal, Proposal.id == Record.id)
            .outerjoin(Dataset, Dataset.id == Record.id)
            .outerjoin(Instrument, Instrument.id == Record.id)
            .outerjoin(Facility, Facility.id == Instrument.facility_id)
            .where(Record.kind.in_(model.kinds), exists_for(ANONYMOUS), *parts)
            .correlate(None)
        )

    # answers

    def told(self, collection: str, numbers: Sequence[int], includes: Sequence[Include]) -> list[Answer]:
        """Records as the models of the API have them, in the order of their numbers."""
        found: dict[int, tuple[str, Row]] = {}
        for kind in self.models[collection].kinds:
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
        wanted = self.numbers(collection, scope).where(Record.id.in_(sorted({other for _, other in found})))
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


# --- conditions -------------------------------------------------------------------------------------------------------


def _models(prefix: str) -> dict[str, Model]:
    def pid(kind: str, *columns: Any) -> Any:
        ours = literal(f"{prefix}{NAMES[kind]}/") + cast(Record.id, String)
        return func.coalesce(*columns, ours) if columns else ours

    titles = func.coalesce(Publication.title, Proposal.title)
    summaries = func.coalesce(Publication.abstract, Proposal.abstract)
    document: dict[str, Matches] = {
        "pid": of_text(case((Record.kind == "proposal", pid("proposal")), else_=pid("publication", Publication.doi))),
        "isPublic": of_truth(value=True),
        "type": of_text(Record.kind),
        "title": of_text(titles),
        "summary": of_text(summaries),
        "text": _words(titles, summaries),
        "doi": of_text(Publication.doi),
        "releaseDate": of_day(Publication.published_on),
        "license": of_text(Publication.license),
        "keywords": _keywords,
    }
    dataset: dict[str, Matches] = {
        "pid": of_text(pid("dataset", Dataset.doi)),
        "isPublic": of_truth(value=True),
        "title": of_text(Dataset.title),
        "text": _words(Dataset.title, Dataset.abstract),
        "size": of_number(Dataset.size_bytes),
        "creationDate": of_day(Dataset.created_on),
    }
    instrument: dict[str, Matches] = {
        "pid": of_text(pid("instrument", Instrument.pid)),
        "name": of_text(Instrument.name),
        "facility": of_text(Facility.code),
        "isPublic": of_truth(value=True),
    }
    return {
        "Documents": Model(
            ("publication", "proposal"),
            document,
            {"members": _members, "datasets": _datasets_of_documents, "parameters": _nothing},
        ),
        "Datasets": Model(
            ("dataset",),
            dataset,
            {
                "documents": _documents_of_datasets,
                "instrument": _instrument_of,
                "techniques": _techniques,
                "parameters": _parameters,
                "files": _nothing,
                "samples": _nothing,
            },  # fmt: skip
        ),
        "Instruments": Model(("instrument",), instrument, {"datasets": _datasets_of, "techniques": _techniques}),
    }


def _words(*columns: Any) -> Matches:
    """All of some words anywhere in the columns, whatever the operator."""

    def matches(operator: str, value: Any) -> ColumnElement[bool]:
        words = " ".join(str(one) for one in listed(operator, value)).replace("%", " ").split()
        return and_(*(or_(*(of_text(column)("ilike", word) for column in columns)) for word in words), literal(1) == 1)

    return matches


def _keywords(operator: str, value: Any) -> ColumnElement[bool]:
    held = select(Keyword.record_id).where(of_text(Keyword.value)(operator, value)).correlate(None)
    return Record.id.in_(held)


def _nothing(catalogue: Catalogue, scope: Filter) -> ColumnElement[bool]:
    """A relation that no record has: nobody tells us of files and samples."""
    return false()


def _parameters(catalogue: Catalogue, scope: Filter) -> ColumnElement[bool]:
    """Data with a parameter that is like this, in the unit that is told of it."""
    ways = []
    for name, column, unit in PARAMETERS:
        held = getattr(Dataset, column)
        value = _number_or_none(held) if unit else of_text(held)
        of_one = {"name": of_text(literal(name)), "value": value, "unit": of_text(literal(unit))}
        ways.append(and_(held.is_not(None), condition(scope.where, of_one)))
    return or_(*ways)


def _number_or_none(column: Any) -> Matches:
    """Conditions on a number, which no word meets: a formula may be asked for beside it."""

    def matches(operator: str, value: Any) -> ColumnElement[bool]:
        try:
            return of_number(column)(operator, value)
        except WrongFilter:
            return false()

    return matches


def _datasets_of_documents(catalogue: Catalogue, scope: Filter) -> ColumnElement[bool]:
    held = select(Link.left_id).where(Link.state.in_(COUNTED), Link.right_id.in_(catalogue.numbers("Datasets", scope)))
    return Record.id.in_(held.correlate(None))


def _documents_of_datasets(catalogue: Catalogue, scope: Filter) -> ColumnElement[bool]:
    held = select(Link.right_id).where(Link.state.in_(COUNTED), Link.left_id.in_(catalogue.numbers("Documents", scope)))
    return Record.id.in_(held.correlate(None))


def _instrument_of(catalogue: Catalogue, scope: Filter) -> ColumnElement[bool]:
    return Dataset.instrument_id.in_(catalogue.numbers("Instruments", scope))


def _datasets_of(catalogue: Catalogue, scope: Filter) -> ColumnElement[bool]:
    numbers = catalogue.numbers("Datasets", scope).subquery()
    other = select(Dataset.instrument_id).where(Dataset.id.in_(select(numbers.c.id)))
    return Record.id.in_(other.where(Dataset.instrument_id.is_not(None)).correlate(None))


def _members(catalogue: Catalogue, scope: Filter) -> ColumnElement[bool]:
    """Works with an author who is like this: their name and iD as stated there, and their affiliation as written."""
    parts = [condition(scope.where, {"role": of_text(literal("author"))})]
    for include in scope.include:
        if include.relation == "person":
            parts.append(condition(include.scope.where, _PERSON))
        elif include.relation == "affiliation":
            if include.scope.where:
                told = select(AuthorshipAffiliation.record_id, AuthorshipAffiliation.position).join(
                    Affiliation, Affiliation.id == AuthorshipAffiliation.affiliation_id
                )
                held = told.where(condition(include.scope.where, _AFFILIATION)).subquery()
                parts.append(
                    select(held.c.record_id)
                    .where(held.c.record_id == Authorship.record_id, held.c.position == Authorship.position)
                    .exists()
                )
        else:
            raise WrongFilter(f"Members have no relation {include.relation!r}; there are: person, affiliation.")
    return Record.id.in_(select(Authorship.record_id).where(*parts).correlate(None))


_PERSON: Mapping[str, Matches] = {
    "fullName": of_text(Authorship.name),
    "lastName": of_text(Authorship.family_name),
    "firstName": of_text(Authorship.given_name),
    "orcid": of_text(Authorship.orcid),
}
_AFFILIATION: Mapping[str, Matches] = {
    "name": of_text(Affiliation.text),
    "city": of_text(Affiliation.text),
    "country": of_text(Affiliation.country),
}


def _techniques(catalogue: Catalogue, scope: Filter) -> ColumnElement[bool]:
    """Records that used such a technique or a narrower one: PaNET's order of them rolls up."""
    properties: dict[str, Matches] = {name: _of_technique(by=name) for name in ("pid", "panetId", "name")}
    held = (
        select(TechniqueUse.record_id)
        .outerjoin(Technique, Technique.id == TechniqueUse.technique_id)
        .where(condition(scope.where, properties))
    )
    return Record.id.in_(held.correlate(None))


def _of_technique(*, by: str) -> Matches:
    name = func.coalesce(Technique.name, TechniqueUse.name)

    def matches(operator: str, value: Any) -> ColumnElement[bool]:
        words = [str(one).removeprefix(PANET) for one in listed(operator, value)]
        if operator in ("eq", "inq"):
            codes = {code_of(word) or word for word in words}
            return or_(Technique.code.in_(narrower(codes)), name.in_(words))
        if by != "name" or operator not in ("like", "ilike"):
            raise WrongFilter(f"Techniques are compared by eq and inq, their names by ilike too, not by {operator}.")
        part = words[0].strip("%").casefold()
        codes = {code for code, one in techniques().items() if part in one.label.casefold()}
        return or_(Technique.code.in_(narrower(codes)), of_text(name)(operator, words[0]))

    return matches


def narrower(codes: set[str]) -> list[str]:
    """These techniques of PaNET and everything narrower, by their ids."""
    labels = {techniques()[code].label for code in codes if code in techniques()}
    return [code for code in techniques() if not labels.isdisjoint(rolled_up(code))]
