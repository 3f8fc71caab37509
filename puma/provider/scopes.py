"""Which records a filter of the federated search leaves: its collections, and what each may be asked by."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, case, cast, false, func, literal, or_, select

from puma.access import ANONYMOUS
from puma.cerif import NAMES
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
from puma.provider.loopback import (
    Filter,
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
from puma.techniques import code_of, rolled_up, techniques
from puma.visibility import exists_for

PANET = "http://purl.org/pan-science/PaNET/"
PARAMETERS = (("chemical_formula", "formula", ""), *((name, name, one.unit) for name, one in CONDITIONS.items()))
"""(name as it is told, column of datasets, unit) of each parameter."""


@dataclass(frozen=True, slots=True)
class Model:
    """A collection: the kinds of records in it, its properties, and by relation the condition that a scope makes."""

    kinds: tuple[str, ...]
    properties: Mapping[str, Matches]
    relations: Mapping[str, Callable[["Collections", Filter], ColumnElement[bool]]]


class Collections:
    """Documents, datasets and instruments by name. prefix: what pids begin with of records that have none."""

    def __init__(self, prefix: str) -> None:
        self.models = _models(prefix)

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


def _nothing(collections: Collections, scope: Filter) -> ColumnElement[bool]:
    """A relation that no record has: nobody tells us of files and samples."""
    return false()


def _parameters(collections: Collections, scope: Filter) -> ColumnElement[bool]:
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


def _datasets_of_documents(collections: Collections, scope: Filter) -> ColumnElement[bool]:
    held = select(Link.left_id).where(
        Link.state.in_(COUNTED), Link.right_id.in_(collections.numbers("Datasets", scope))
    )
    return Record.id.in_(held.correlate(None))


def _documents_of_datasets(collections: Collections, scope: Filter) -> ColumnElement[bool]:
    held = select(Link.right_id).where(
        Link.state.in_(COUNTED), Link.left_id.in_(collections.numbers("Documents", scope))
    )
    return Record.id.in_(held.correlate(None))


def _instrument_of(collections: Collections, scope: Filter) -> ColumnElement[bool]:
    return Dataset.instrument_id.in_(collections.numbers("Instruments", scope))


def _datasets_of(collections: Collections, scope: Filter) -> ColumnElement[bool]:
    numbers = collections.numbers("Datasets", scope).subquery()
    other = select(Dataset.instrument_id).where(Dataset.id.in_(select(numbers.c.id)))
    return Record.id.in_(other.where(Dataset.instrument_id.is_not(None)).correlate(None))


def _members(collections: Collections, scope: Filter) -> ColumnElement[bool]:
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


def _techniques(collections: Collections, scope: Filter) -> ColumnElement[bool]:
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
