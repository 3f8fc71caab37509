"""What is searched: one document per publication, proposal and dataset, its fields derived from the entities'."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import String, and_, case, cast, func, select
from sqlalchemy.orm import Session, aliased

from puma.conditions import CONDITIONS
from puma.countries import country_name
from puma.entities import (
    RECORD_KINDS,
    Affiliation,
    AffiliationInstitution,
    Authorship,
    AuthorshipAffiliation,
    Dataset,
    Experiment,
    File,
    FilePage,
    Institution,
    Instrument,
    Keyword,
    Link,
    Participant,
    ProposalTime,
    Record,
    Technique,
    TechniqueUse,
)
from puma.fields import Field, fields_of
from puma.search.engine import Document
from puma.search.index_document import PRINT
from puma.search.index_field import PAGES, IndexField, closed_pages
from puma.search.people import BETWEEN, NAMED, PERSON, is_of_team, key_in, name_in
from puma.storage import chunks
from puma.techniques import code_of, rolled_up
from puma.text import plain
from puma.visibility import TEXT_CLASSES, classes_of, needed

SEARCHED = ("publication", "proposal", "dataset")
"""Kinds of records that the search box looks through."""

AT_ONCE = 500  # records whose authors, files ... are read together

BAND = "_band"
"""Ends the names of facets that count a condition by its bands: values that are all different count nothing."""


def band_field(condition: str) -> str:
    """The facet of a condition."""
    return condition + BAND


_FILES = "files"  # no field of the index: what its pages were read from
_READ = (File.id, File.sha256, File.state, File.pages, File.extractor)
_owner = aliased(Record)
_SEEN = (Record.visibility, Record.opened_to, _owner.visibility, _owner.opened_to)
_stands = and_(Record.deleted_at.is_(None), Record.merged_into_id.is_(None))
_RECORDS = select(Record.id, Record.visibility, Record.opened_to, Record.created_at)

_beside = (
    IndexField("category", "keyword", boost=0.0, facet=True),
    IndexField("date", "date", boost=0.0),
    IndexField("author", "text", boost=3.0, facet=True, many=True),
    IndexField(PERSON, "key", boost=0.0, facet=True, many=True, stored=False),
    IndexField(NAMED, "key", boost=0.0, facet=True, many=True, stored=False),
    IndexField("institution", "text", boost=2.0, facet=True, many=True),
    IndexField("country", "keyword", boost=0.0, facet=True, many=True),
    IndexField("instrument", "text", boost=4.0, facet=True, many=True),
    IndexField("technique", "text", boost=2.0, facet=True, many=True),
    IndexField("keyword", "text", boost=2.0, facet=True, many=True),
    *(IndexField(one.name, "integer", boost=0.0, stored=False, steps=one.steps) for one in CONDITIONS.values()),
    *(IndexField(band_field(name), "key", boost=0.0, facet=True, stored=False) for name in CONDITIONS),
    IndexField("first_seen", "integer", boost=0.0, stored=False),  # when a source first told of it, ms since 1970
    IndexField(PAGES, "text", boost=0.5, many=True),
    *(IndexField(closed_pages(one), "text", boost=0.5, many=True, needs=one) for one in TEXT_CLASSES[1:]),
)


def _from_entities() -> dict[str, IndexField]:
    """An index field for every described column that is searched or counted; one of the same name is one field."""
    found: dict[str, IndexField] = {}
    for kind in SEARCHED:
        for field in fields_of(RECORD_KINDS[kind]):
            if (field.boost or field.facet) and field.kind.mapping and field.name not in found:
                found[field.name] = _index_field(field)
    return found


def _index_field(field: Field) -> IndexField:
    mapping: Any = field.kind.mapping
    return IndexField(field.name, mapping, boost=field.boost, facet=field.facet)


_described = _from_entities()
INDEX_FIELDS: tuple[IndexField, ...] = (*_described.values(), *_beside)
NEWEST_BY, TITLE = "date", "title"

FACETS = (
    "kind",
    "category",
    "year",
    "instrument",
    "technique",
    "person",
    "author",
    "institution",
    "country",
    "journal",
    "keyword",
    "open_access",
    "formula",
    *map(band_field, CONDITIONS),
)
"""What a result is counted by, in the order of the page."""

_TEXTS = {field.name for field in INDEX_FIELDS if field.is_full_text}
_by_name = {field.name: field for field in INDEX_FIELDS if not field.needs and field.mapping != "key"}
WORDS: Mapping[str, IndexField] = {
    **{name: field for name, field in _by_name.items() if name != "first_seen"},
    "authors": _by_name["author"],
    "beamline": _by_name["instrument"],
    "proposal": _by_name["code"],
    "kind": _by_name["category"],
    "type": _by_name["category"],
    "fulltext": _by_name[PAGES],
}
"""Words that may stand before a colon in a query."""


def documents(session: Session, *, pages: bool = True) -> Iterator[Document]:
    """All documents, read in pieces of ``AT_ONCE``: memory does not grow with the number of records.

    pages: with the texts of their files; their prints are the same without.
    """
    for kind in SEARCHED:
        last = 0
        while True:
            ids = session.scalars(
                select(Record.id)
                .where(
                    Record.kind == kind, Record.id > last, Record.deleted_at.is_(None), Record.merged_into_id.is_(None)
                )
                .order_by(Record.id)
                .limit(AT_ONCE)
            ).all()
            if not ids:
                break
            yield from documents_of(session, kind, ids, pages=pages)
            last = ids[-1]


def count_documents(session: Session) -> int:
    """How many documents ``documents`` will give."""
    return (
        session.scalar(
            select(func.count()).where(
                Record.kind.in_(SEARCHED), Record.deleted_at.is_(None), Record.merged_into_id.is_(None)
            )
        )
        or 0
    )


def documents_of(session: Session, kind: str, ids: Sequence[int], *, pages: bool = True) -> Iterator[Document]:
    """The documents of these records of one kind: a fixed number of queries, however many records."""
    entity: Any = RECORD_KINDS[kind]
    described = [field for field in fields_of(entity) if field.name in _described]
    beside = _beside_records(session, ids, pages=pages)
    files = beside.pop(_FILES, {})
    known = {row.id: row for row in session.execute(_RECORDS.where(Record.id.in_(ids)))}
    for row in session.scalars(select(entity).where(entity.id.in_(ids)).order_by(entity.id)):
        values = {field.name: _value(field, getattr(row, field.name)) for field in described if not field.confidential}
        day = (
            getattr(row, "published_on", None) or getattr(row, "deposited_on", None) or getattr(row, "created_on", None)
        )
        if kind == "proposal":
            values["year"] = row.operation_year or (row.deposited_on.year if row.deposited_on else None)
        document = {
            "id": row.id,
            "kind": kind,
            "visibility": classes_of(known[row.id].visibility, known[row.id].opened_to),
            "first_seen": as_number(known[row.id].created_at),
            **values,
            "date": day,
            "category": category(kind, row),
            **(_conditions(row) if kind == "dataset" else {}),
            **{name: found[row.id] for name, found in beside.items() if row.id in found},
        }
        yield {**document, PRINT: _print(document, files.get(row.id, ()))}


def as_number(at: datetime) -> int:
    """An instant as the index keeps it: milliseconds since 1970."""
    return int(at.timestamp() * 1000)


def _print(document: Mapping[str, Any], files: Sequence[str]) -> int:
    """63 bits that stand for the content; for the pages stand the files they were read from, and what read them."""
    told = {name: value for name, value in document.items() if name not in _TEXTS}
    for name, value in told.items():
        if isinstance(value, list) and name != "author":  # the others come in no order
            told[name] = sorted(value)
    text = json.dumps([told, sorted(files)], sort_keys=True, default=str)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


def category(kind: str, row: Any) -> str:
    """The word by which a result is filtered: JOURNAL_ARTICLE, PROPOSAL_ACCEPTED, DATASET ..."""
    if kind == "publication":
        return str(row.type)
    if kind == "proposal":
        return f"PROPOSAL_{(row.decision or 'unknown').upper()}"
    return kind.upper()


def _value(field: Field, value: Any) -> Any:
    return plain(value) if field.kind.name in ("title", "text") and value else value


def _conditions(row: Dataset) -> dict[str, Any]:
    """Under which conditions data were taken, in steps of the index, and the bands that these are in."""
    found: dict[str, Any] = {}
    for name, one in CONDITIONS.items():
        value: float | None = getattr(row, name)
        if value is not None:
            found |= {name: round(value * one.steps), band_field(name): one.band_of(value)}
    return found


def _beside_records(session: Session, ids: Sequence[int], *, pages: bool) -> dict[str, dict[int, list[str]]]:
    """People, places, machines, words, files and pages that belong to records, by index field."""
    found: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for some in chunks(ids):
        for name, query in _queries(some).items():
            for number, word in session.execute(query):
                if word and str(word) not in found[name][number]:
                    found[name][number].append(str(word))
        for number, text, *seen in session.execute(_pages(some)) if pages else ():
            found[closed_pages(_needed(*seen))][number].append(text)  # an empty page keeps its number
    query = select(File.of_id, *_READ, *_SEEN).join(Record, Record.id == File.id).join(_owner, _owner.id == File.of_id)
    for owner, *told in session.execute(query.where(File.of_id.in_(ids), _stands)):
        read = [*told[: len(_READ)], *filter(None, [_needed(*told[len(_READ) :])])]
        found[_FILES][owner or 0].append(" ".join(map(str, read)))
    for number, people in found[NAMED].items():
        found["author"][number] = list(dict.fromkeys(map(name_in, people)))
        found[PERSON][number] = list(dict.fromkeys(map(key_in, people)))
    for countries in found["country"].values():
        countries[:] = [country_name(code) for code in countries]
    for used in found["technique"].values():
        used[:] = dict.fromkeys(name for one in used for name in _broader(one))
    for keywords in found["keyword"].values():
        keywords[:] = [keyword_value(*word.split(BETWEEN, 1)) for word in keywords]
    return found


def _broader(used: str) -> Sequence[str]:
    """The names under which a technique is found: its own and, where PaNET knows it, those of all broader ones."""
    code, name = used.split(BETWEEN, 1)
    return rolled_up(code) or rolled_up(code_of(name)) or (name,)


def keyword_value(namespace: str, value: str) -> str:
    """A keyword as the index has it: ``EPNS: in-house``, so that each namespace can be counted by itself."""
    return f"{namespace}: {value}" if namespace else value


def _queries(ids: Sequence[int]) -> dict[str, Any]:
    place = (
        select(AuthorshipAffiliation.record_id.label("id"), Affiliation.institution_id, Affiliation.country)
        .join(Affiliation, Affiliation.id == AuthorshipAffiliation.affiliation_id)
        .where(AuthorshipAffiliation.record_id.in_(ids))
        .union_all(
            select(AuthorshipAffiliation.record_id, AffiliationInstitution.institution_id, Institution.country)
            .join(AffiliationInstitution, AffiliationInstitution.affiliation_id == AuthorshipAffiliation.affiliation_id)
            .join(Affiliation, Affiliation.id == AuthorshipAffiliation.affiliation_id)
            .join(Institution, Institution.id == AffiliationInstitution.institution_id)
            .where(AuthorshipAffiliation.record_id.in_(ids), Affiliation.decided_by.is_(None)),
            select(Participant.proposal_id, Affiliation.institution_id, Affiliation.country)
            .join(Affiliation, Affiliation.id == Participant.affiliation_id)
            .where(Participant.proposal_id.in_(ids), is_of_team),
            select(Participant.proposal_id, AffiliationInstitution.institution_id, Institution.country)
            .join(AffiliationInstitution, AffiliationInstitution.affiliation_id == Participant.affiliation_id)
            .join(Affiliation, Affiliation.id == Participant.affiliation_id)
            .join(Institution, Institution.id == AffiliationInstitution.institution_id)
            .where(Participant.proposal_id.in_(ids), is_of_team, Affiliation.decided_by.is_(None)),
        )
        .subquery()
    )
    author = select(
        Authorship.record_id.label("id"), _named(Authorship).label("named"), Authorship.position.label("place")
    ).where(Authorship.record_id.in_(ids), Authorship.name != "")
    proposer = select(Participant.proposal_id, _named(Participant), Participant.position).where(
        Participant.proposal_id.in_(ids), Participant.name != "", is_of_team
    )
    people = author.union_all(proposer).subquery()
    return {
        NAMED: select(people.c.id, people.c.named).order_by(people.c.id, people.c.place),
        "institution": select(place.c.id, Institution.name).join(Institution, Institution.id == place.c.institution_id),
        "country": select(place.c.id, place.c.country).distinct(),
        "instrument": _instruments(ids),
        "technique": select(
            TechniqueUse.record_id,
            func.coalesce(Technique.code, "") + BETWEEN + func.coalesce(Technique.name, TechniqueUse.name),
        )
        .outerjoin(Technique, Technique.id == TechniqueUse.technique_id)
        .where(TechniqueUse.record_id.in_(ids)),
        "keyword": select(Keyword.record_id, Keyword.namespace + BETWEEN + Keyword.value).where(
            Keyword.record_id.in_(ids)
        ),
    }


def _named(mention: Any) -> Any:
    """A mention as its person's number and the name as written."""
    return func.coalesce(cast(mention.person_id, String), "") + BETWEEN + mention.name


def _pages(ids: Sequence[int]) -> Any:
    """The pages of a file that is withdrawn are empty ones: those of the next file keep their numbers."""
    return (
        select(File.of_id, case((_stands, FilePage.text), else_=""), *_SEEN)
        .join(FilePage, FilePage.file_id == File.id)
        .join(Record, Record.id == File.id)
        .join(_owner, _owner.id == File.of_id)
        .where(File.of_id.in_(ids))
        .order_by(File.of_id, File.id, FilePage.page)
    )


@lru_cache(10_000)
def _needed(seen: str, opened: str, of_seen: str, of_opened: str) -> str:
    """What a viewer of a record must see besides, to read its file."""
    return needed((seen, opened), (of_seen, of_opened))


def _instruments(ids: Sequence[int]) -> Any:
    """Instruments of proposals and datasets, and of publications by counted links to open records."""
    right = aliased(Record)
    counted = (
        select(Link.left_id, Link.right_id)
        .join(right, right.id == Link.right_id)
        .where(Link.left_id.in_(ids), Link.state.in_(("validated", "auto")), right.visibility != "restricted")
        .subquery()
    )
    parts = (
        select(
            ProposalTime.proposal_id.label("id"),
            func.coalesce(Instrument.name, ProposalTime.instrument_name).label("n"),
        )
        .outerjoin(Instrument, Instrument.id == ProposalTime.instrument_id)
        .where(ProposalTime.proposal_id.in_(ids)),
        select(Dataset.id, func.coalesce(Instrument.name, Dataset.instrument_name))
        .outerjoin(Instrument, Instrument.id == Dataset.instrument_id)
        .where(Dataset.id.in_(ids)),
        select(counted.c.left_id, Instrument.name)
        .join(ProposalTime, ProposalTime.proposal_id == counted.c.right_id)
        .join(Instrument, Instrument.id == ProposalTime.instrument_id),
        select(counted.c.left_id, Instrument.name)
        .join(Experiment, Experiment.id == counted.c.right_id)
        .join(Instrument, Instrument.id == Experiment.instrument_id),
        select(counted.c.left_id, Instrument.name).join(Instrument, Instrument.id == counted.c.right_id),
    )
    united = parts[0].union(*parts[1:]).subquery()
    return select(united.c.id, united.c.n).order_by(united.c.id, united.c.n)
