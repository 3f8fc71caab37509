"""What is offered while one types: people, machines, places, journals, techniques, codes, and how much each finds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from puma.access import Viewer
from puma.entities import Facility, Institution, Instrument, Journal, Person, Record
from puma.search.beginnings import begins
from puma.search.engine import Engine, FacetValue, Search
from puma.search.people import NAMED, PERSON, key_in, labelled, name_in, names_of, numbers_in
from puma.search.query import MAX_WORD, And, Node, Or, Prefix
from puma.search.words import words_in
from puma.storage import Storage
from puma.techniques import code_of
from puma.visibility import exists_for

OFFERED = (PERSON, "instrument", "institution", "technique", "journal", "keyword")
"""Facets whose values are offered, in this order."""
CODES = ("code", "doi")
LEAST = 3  # letters from which on anything is offered
_OF_EACH = 4
_LOOKED_AT = 200  # values with the longest typed word, among which those with all typed words are looked for


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something to pick. field: the facet to filter by, or ``record`` to open one. detail: its identifier, or where it
    is. record_id: of the record itself, where there is one that the viewer may know. label: as of a FacetValue."""

    field: str
    value: str
    count: int
    detail: str = ""
    record_id: int | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """typed: the end of the text that the items stand for, so that a pick can replace it."""

    typed: str
    items: list[Suggestion]


def values_like(engine: Engine, question: Search, field: str, text: str, size: int = 25) -> list[FacetValue]:
    """The most frequent values of a facet with words that begin as typed, with what each would leave of a question.

    Of people: those with such a name on a document that is found; how else they are called does not matter.
    """
    words = words_in(text[:MAX_WORD])
    if not words:
        return engine.search(replace(question, facets=(field,), facet_size=size, limit=0)).facets[field]
    if field == PERSON:
        return _people_like(engine, question, words, text, size)
    asked = _with_words(question, words, field)
    most = size if len(words) == 1 else _LOOKED_AT
    found = engine.search(replace(asked, facets=(field,), facet_size=most, facet_like=text[:MAX_WORD])).facets[field]
    return [one for one in found if begins(one.value, words)][:size]


def _with_words(question: Search, words: Sequence[str], field: str) -> Search:
    """The question for what has words that begin so in a field as well; without hits."""
    typed: list[Node] = [Prefix(word, field) for word in words]
    parts = [question.query, *typed] if question.query else typed
    return replace(question, query=And(tuple(parts)) if len(parts) > 1 else parts[0], limit=0)


def _people_like(engine: Engine, question: Search, words: Sequence[str], text: str, size: int) -> list[FacetValue]:
    """Who is named so by any spelling, and how many hits each leaves by all of them.

    They are picked by their most frequent such spelling, of which more are looked at than are asked for.
    """
    anybody = replace(question, filters={name: some for name, some in question.filters.items() if name != PERSON})
    asked = _with_words(anybody, words, "author")
    most = 4 * size if len(words) == 1 else _LOOKED_AT
    told = engine.search(replace(asked, facets=(NAMED,), facet_size=most, facet_like=text[:MAX_WORD])).facets[NAMED]
    named = dict.fromkeys(key_in(one.value) for one in told if begins(name_in(one.value), words))
    if not named:
        return []
    some = tuple(named)[: 2 * size]  # a short list of values is looked up much faster than a long one
    asked = replace(anybody, facets=(PERSON,), facet_of=some, facet_size=len(some), limit=0)
    return engine.search(asked).facets[PERSON][:size]


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
        found[PERSON] = labelled(found[PERSON], names_of(session, viewer, [one.value for one in found[PERSON]]))
        details = {
            name: DETAILS[name](session, viewer, [one.value for one in values])
            for name, values in found.items()
            if values and name in DETAILS
        }
    return [
        Suggestion(name, one.value, one.count, *details.get(name, {}).get(one.value, ("", None)), one.label)
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


def _people(session: Session, viewer: Viewer, keys: Sequence[str]) -> Details:
    """The ORCID and the number of persons, for who has an account."""
    if "internal" not in viewer.sees:
        return {}
    numbers = numbers_in(keys)
    query = (
        select(Person.id, Person.orcid)
        .join(Record, Record.id == Person.id)
        .where(Person.id.in_(numbers), exists_for(viewer))
    )
    return {numbers[number]: (orcid or "", number) for number, orcid in session.execute(query)}


def _places(session: Session, viewer: Viewer, names: Sequence[str]) -> Details:
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


def _machines(session: Session, viewer: Viewer, names: Sequence[str]) -> Details:
    query = (
        select(Instrument.name, Facility.code, Instrument.id)
        .join(Record, Record.id == Instrument.id)
        .outerjoin(Facility, Facility.id == Instrument.facility_id)
        .where(Instrument.name.in_(names), exists_for(viewer))
        .order_by(Instrument.id.desc())
    )
    return {name: (code or "", number) for name, code, number in session.execute(query)}


def _journals(session: Session, viewer: Viewer, names: Sequence[str]) -> Details:
    query = select(Journal.title, Journal.issn).where(Journal.title.in_(names)).order_by(Journal.id.desc())
    return {title: (f"ISSN {issn}" if issn else "", None) for title, issn in session.execute(query)}


def _techniques(session: Session, viewer: Viewer, names: Sequence[str]) -> Details:
    return {name: (code_of(name), None) for name in names}


DETAILS: Mapping[str, Callable[[Session, Viewer, Sequence[str]], Details]] = {
    PERSON: _people,
    "institution": _places,
    "instrument": _machines,
    "journal": _journals,
    "technique": _techniques,
}
