"""What is offered while one types: people, machines, places, journals, techniques, codes, and how much each finds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from puma.access import Viewer
from puma.entities import Authorship, Facility, Institution, Instrument, Journal, Participant, Person, Record
from puma.search.beginnings import begins
from puma.search.engine import Engine, FacetValue, Search
from puma.search.query import MAX_WORD, And, Node, Or, Prefix
from puma.search.words import words_in
from puma.storage import Storage
from puma.techniques import code_of
from puma.visibility import exists_for

OFFERED = ("author", "instrument", "institution", "technique", "journal", "keyword")
"""Facets whose values are offered, in this order."""
CODES = ("code", "doi")
LEAST = 3  # letters from which on anything is offered
_OF_EACH = 4
_LOOKED = 20  # newest records with a name, by which it is told whether several people have it
_LOOKED_AT = 200  # values with the longest typed word, among which those with all typed words are looked for


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something to pick. field: the facet to filter by, or ``record`` to open one. detail: its identifier, or where it
    is. record_id: of the record itself, where there is one that the viewer may know."""

    field: str
    value: str
    count: int
    detail: str = ""
    record_id: int | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """typed: the end of the text that the items stand for, so that a pick can replace it."""

    typed: str
    items: list[Suggestion]


def values_like(engine: Engine, question: Search, field: str, text: str, size: int = 25) -> list[FacetValue]:
    """The most frequent values of a facet with words that begin as typed, with what each would leave of a question."""
    words = words_in(text[:MAX_WORD])
    if not words:
        return engine.search(replace(question, facets=(field,), facet_size=size, limit=0)).facets[field]
    typed: list[Node] = [Prefix(word, field) for word in words]
    parts = [question.query, *typed] if question.query else typed
    query = And(tuple(parts)) if len(parts) > 1 else parts[0]
    most = size if len(words) == 1 else _LOOKED_AT
    asked = replace(question, query=query, facets=(field,), facet_size=most, facet_like=text[:MAX_WORD], limit=0)
    found = engine.search(asked).facets[field]
    return [one for one in found if begins(one.value, words)][:size]


def suggest(engine: Engine, storage: Storage, viewer: Viewer, text: str) -> Offer:
    """What the end of a typed text may stand for: all of it, else its last two words, else the last one."""
    whole = text.strip()[-MAX_WORD:]
    words = whole.split()
    ends = dict.fromkeys(" ".join(words[-number:]) for number in (len(words), 2, 1))
    for typed in ends:
        if any(sign in typed for sign in '"|()*+') or sum(map(len, words_in(typed))) < LEAST:
            continue
        items = [*_values(engine, storage, viewer, typed), *_records(engine, viewer, typed)]
        if items:
            return Offer(typed, items)
    return Offer(whole, [])


def _values(engine: Engine, storage: Storage, viewer: Viewer, typed: str) -> list[Suggestion]:
    everything = Search(None, viewer.reads, highlight=False)
    found = {name: values_like(engine, everything, name, typed, _OF_EACH) for name in OFFERED}
    with storage.reading() as session:
        details = {
            name: DETAILS[name](session, engine, viewer, [one.value for one in values])
            for name, values in found.items()
            if values and name in DETAILS
        }
    return [
        Suggestion(name, one.value, one.count, *details.get(name, {}).get(one.value, ("", None)))
        for name, values in found.items()
        for one in values
    ]


def _records(engine: Engine, viewer: Viewer, typed: str) -> list[Suggestion]:
    """Records whose code or DOI begins so."""
    if " " in typed or not any(letter.isdigit() for letter in typed):
        return []
    starts = Or(tuple(Prefix(typed, name) for name in CODES))
    answer = engine.search(Search(starts, viewer.reads, sort="newest", limit=_OF_EACH, highlight=False))
    return [
        Suggestion(
            "record",
            str(hit.fields.get("code") or hit.fields.get("doi")),
            1,
            str(hit.fields.get("title") or ""),
            hit.id,
        )
        for hit in answer.hits
    ]


Details = Mapping[str, tuple[str, int | None]]
"""(identifier or place, number of the record) by value."""


def _people(session: Session, engine: Engine, viewer: Viewer, names: Sequence[str]) -> Details:
    """The ORCID and the person behind a name, as the newest records with it say that the viewer may know; nothing for
    a name of several."""
    if "internal" not in viewer.sees:
        return {}
    found: dict[str, tuple[str, int | None]] = {}
    for name in names:
        one = Search(None, viewer.reads, filters={"author": [name]}, sort="newest", limit=_LOOKED, highlight=False)
        hits = [hit.id for hit in engine.search(one).hits]
        people: dict[int, str] = {}
        for table, owner in ((Authorship, Authorship.record_id), (Participant, Participant.proposal_id)):
            query = (
                select(Person.id, Person.orcid)
                .join(table, table.person_id == Person.id)
                .join(Record, Record.id == Person.id)
                .where(owner.in_(hits), table.name == name, exists_for(viewer))
            )
            people |= {number: orcid or "" for number, orcid in session.execute(query)}
        if len(people) == 1:
            ((number, orcid),) = people.items()
            found[name] = (orcid, number)
    return found


def _places(session: Session, engine: Engine, viewer: Viewer, names: Sequence[str]) -> Details:
    query = (
        select(Institution.name, Institution.ror, Institution.city, Institution.country, Institution.id)
        .join(Record, Record.id == Institution.id)
        .where(Institution.name.in_(names), exists_for(viewer))
        .order_by(Institution.id.desc())
    )
    return {
        name: (", ".join(word for word in (city, country, ror) if word), number)
        for name, ror, city, country, number in session.execute(query)
    }


def _machines(session: Session, engine: Engine, viewer: Viewer, names: Sequence[str]) -> Details:
    query = (
        select(Instrument.name, Facility.code, Instrument.id)
        .join(Record, Record.id == Instrument.id)
        .outerjoin(Facility, Facility.id == Instrument.facility_id)
        .where(Instrument.name.in_(names), exists_for(viewer))
        .order_by(Instrument.id.desc())
    )
    return {name: (code or "", number) for name, code, number in session.execute(query)}


def _journals(session: Session, engine: Engine, viewer: Viewer, names: Sequence[str]) -> Details:
    query = select(Journal.title, Journal.issn).where(Journal.title.in_(names)).order_by(Journal.id.desc())
    return {title: (f"ISSN {issn}" if issn else "", None) for title, issn in session.execute(query)}


def _techniques(session: Session, engine: Engine, viewer: Viewer, names: Sequence[str]) -> Details:
    return {name: (code_of(name), None) for name in names}


DETAILS: Mapping[str, Callable[[Session, Engine, Viewer, Sequence[str]], Details]] = {
    "author": _people,
    "institution": _places,
    "instrument": _machines,
    "journal": _journals,
    "technique": _techniques,
}
