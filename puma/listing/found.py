"""What a search found, as rows to export: publications, proposals and datasets in one table, in the order given."""

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from puma.access import Viewer
from puma.accounts.audit import confidential_among, exported
from puma.countries import country_name
from puma.entities import (
    RECORD_KINDS,
    Affiliation,
    AuthorshipAffiliation,
    Institution,
    Keyword,
    Participant,
    Record,
    Technique,
    TechniqueUse,
)
from puma.listing.portions import AT_ONCE, ExportRow, Portions
from puma.listing.row_words import beside
from puma.storage import Storage
from puma.text import plain
from puma.visibility import exists_for

FOUND: Mapping[str, str] = {
    "id": "number of the record",
    "kind": "publication, proposal or dataset",
    "type": "type of a publication; of a proposal with its decision",
    "code": "code of a proposal",
    "doi": "DOI of a publication or dataset",
    "title": "title as plain text",
    "year": "year of publication, of operation, or of creation",
    "date": "day of publication, of deposit, or of creation",
    "authors": "authors, proposers or creators, in their order, ; between",
    "journal": "journal or container as written",
    "volume": "volume",
    "issue": "issue",
    "pages": "pages",
    "publisher": "publisher",
    "issn": "ISSN",
    "instruments": "instruments, by counted links where a publication names none, ; between",
    "techniques": "techniques as resolved, ; between",
    "institutions": "institutions of the authors as resolved, ; between",
    "countries": "countries of the affiliations, ; between",
    "keywords": "keywords, with their namespace where they have one, ; between",
    "open_access": "way of open access",
    "citations": "citations, as counted by the source",
    "license": "licence",
    "abstract": "abstract as plain text",
}
"""Columns of an exported search, and what each means."""

LISTS = {"publication": "publications", "proposal": "proposals", "dataset": "datasets"}
_DAYS = {"publication": "published_on", "proposal": "deposited_on", "dataset": "created_on"}
_PEOPLE = {"publication": "authors", "proposal": "proposers", "dataset": "creators"}


def found_rows(storage: Storage, viewer: Viewer, ids: Iterable[int]) -> Iterator[ExportRow]:
    """A row for each of these records that the viewer may know, in their order; memory does not grow."""
    numbers, confidential = iter(ids), 0
    with storage.reading() as session:
        while some := list(islice(numbers, AT_ONCE)):
            rows = _portion(session, viewer, some)
            yield from (rows[number] for number in some if number in rows)
            session.expunge_all()
            confidential += confidential_among(storage, rows) if viewer.may_see_secrets else 0
    exported(storage, viewer, "search", confidential)


def found_portions(viewer: Viewer, ids: Callable[[], Iterable[int]]) -> Portions:
    """What a search found, to be read portion by portion. ids: asks the search, once."""

    def rows(session: Session, some: Sequence[int]) -> list[ExportRow]:
        known = _portion(session, viewer, some)
        return [known[number] for number in some if number in known]

    def taken(storage: Storage, numbers: Sequence[int]) -> None:
        if viewer.may_see_secrets:
            exported(storage, viewer, "search", confidential_among(storage, numbers))

    return Portions(tuple(FOUND), lambda _: array("q", ids()), rows, taken)


def found_row(storage: Storage, viewer: Viewer, record_id: int) -> ExportRow | None:
    """The row of one record, to cite it on its page; None for one that cannot be cited or the viewer may not know."""
    with storage.reading() as session:
        return _portion(session, viewer, [record_id]).get(record_id)


def _portion(session: Session, viewer: Viewer, ids: Sequence[int]) -> dict[int, ExportRow]:
    kinds: dict[str, list[int]] = defaultdict(list)
    for number, kind in session.execute(select(Record.id, Record.kind).where(Record.id.in_(ids), exists_for(viewer))):
        kinds[kind].append(number)
    words = _words(session, ids)
    rows: dict[int, ExportRow] = {}
    for kind, some in kinds.items():
        if kind not in LISTS:
            continue
        entity: Any = RECORD_KINDS[kind]
        told = beside(session, viewer, LISTS[kind], some)
        for one in session.scalars(select(entity).where(entity.id.in_(some))):
            rows[one.id] = _row(kind, one, {**told.get(one.id, {}), **words.get(one.id, {})})
    return rows


def _row(kind: str, one: Any, told: Mapping[str, Any]) -> ExportRow:
    values = {name: _plain(getattr(one, name, None)) for name in FOUND}
    day = getattr(one, _DAYS[kind])
    countries = [country_name(code) for code in str(told.get("countries") or "").split("; ") if code]
    named = {name: told[name] for name in ("instruments", "techniques", "institutions", "keywords") if name in told}
    if kind == "dataset":
        named["instruments"] = one.instrument_name
    return {
        **values,
        **named,
        "kind": kind,
        "type": _type(kind, one),
        "year": one.operation_year or (day.year if day else None) if kind == "proposal" else one.year,
        "date": day,
        "authors": told.get(_PEOPLE[kind]),
        "countries": "; ".join(countries) or None,
        "published_precision": getattr(one, "published_precision", None),  # for citations, beside the columns
    }


def _type(kind: str, one: Any) -> str:
    if kind == "publication":
        return str(one.type)
    return f"PROPOSAL_{(one.decision or 'unknown').upper()}" if kind == "proposal" else kind.upper()


def _plain(value: Any) -> Any:
    return plain(value) if isinstance(value, str) and "<" in value else value


def _words(session: Session, ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """Institutions, countries, techniques and keywords of records."""
    by_author = (
        select(AuthorshipAffiliation.record_id, Institution.name, Affiliation.country)
        .join(Affiliation, Affiliation.id == AuthorshipAffiliation.affiliation_id)
        .outerjoin(Institution, Institution.id == Affiliation.institution_id)
        .where(AuthorshipAffiliation.record_id.in_(ids))
        .order_by(AuthorshipAffiliation.record_id, AuthorshipAffiliation.position, AuthorshipAffiliation.id)
    )
    by_proposer = (
        select(Participant.proposal_id, Institution.name, Affiliation.country)
        .join(Affiliation, Affiliation.id == Participant.affiliation_id)
        .outerjoin(Institution, Institution.id == Affiliation.institution_id)
        .where(Participant.proposal_id.in_(ids), Participant.role.is_distinct_from("local_contact"))
        .order_by(Participant.proposal_id, Participant.position)
    )
    keywords = (
        select(Keyword.record_id, Keyword.namespace, Keyword.value)
        .where(Keyword.record_id.in_(ids))
        .order_by(Keyword.record_id, Keyword.namespace, Keyword.value)
    )
    found: dict[int, dict[str, dict[str, None]]] = defaultdict(lambda: defaultdict(dict))
    for query in (by_author, by_proposer):
        for number, name, country in session.execute(query):
            if name:
                found[number]["institutions"][name] = None
            if country:
                found[number]["countries"][country] = None
    techniques = (
        select(TechniqueUse.record_id, func.coalesce(Technique.name, TechniqueUse.name))
        .outerjoin(Technique, Technique.id == TechniqueUse.technique_id)
        .where(TechniqueUse.record_id.in_(ids))
        .order_by(TechniqueUse.record_id, TechniqueUse.id)
    )
    for number, name in session.execute(techniques):
        found[number]["techniques"][name] = None
    for number, namespace, value in session.execute(keywords):
        found[number]["keywords"][f"{namespace}: {value}" if namespace else value] = None
    return {number: {name: "; ".join(some) for name, some in words.items()} for number, words in found.items()}
