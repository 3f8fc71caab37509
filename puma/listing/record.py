"""One record with everything beside it: fields and where each came from, people, links, files, history."""

from collections import defaultdict
from dataclasses import dataclass
from textwrap import shorten
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from puma.access import CONFIDENTIAL, Viewer
from puma.accounts.audit import saw
from puma.entities import (
    RECORD_KINDS,
    Affiliation,
    Authorship,
    AuthorshipAffiliation,
    Identifier,
    Institution,
    Keyword,
    Link,
    Participant,
    Record,
    Relation,
)
from puma.fields import Field, fields_of
from puma.keeping import collections
from puma.listing.beside import Used, Written, affiliations_of, instruments_of
from puma.listing.files import FileView, files_of
from puma.listing.provenance import Correction, Told, corrections, history, lists_told, origins, ranked_claims
from puma.listing.tied import STATED, tied
from puma.places import further_places
from puma.storage import Storage, chunks
from puma.text import plain, safe_html
from puma.visibility import exists_for, may_know

ASKED = ("publication-proposal", "publication-dataset")
"""Relations on which people are asked; experiment and instrument follow from the proposal."""

TITLES = ("title", "name", "family_name", "code")
LONG = frozenset({"title", "abstract"})
SAID = {"co_proposer": "co-proposer"}
"""Words of the tables that people write otherwise."""
SHORTENED = 120  # letters of them beside the source that they came from; the page shows them whole


@dataclass(frozen=True, slots=True)
class Shown:
    """One field of a record. ``origin``: the source, or the person, that its value came from."""

    name: str
    label: str
    value: str
    help: str
    origin: str


@dataclass(frozen=True, slots=True)
class Named:
    """Something with a name and perhaps a page of its own. ``state``: of the link by which it stands here."""

    name: str
    record_id: int | None
    detail: str = ""
    kind: str = ""
    state: str = ""
    link_id: int | None = None


@dataclass(frozen=True, slots=True)
class RecordView:
    """A record as its page shows it. ``title`` is safe HTML; everything else is plain text. ``told``: who tells of its
    lists; ``fields`` say it of themselves."""

    id: int
    kind: str
    title: str
    badge: str
    visibility: str
    abstract: str
    fields: list[Shown]
    instruments: list[Used]
    people: list[Named]
    institutions: list[Named]
    affiliations: list[Written]
    keywords: list[tuple[str, str]]
    links: list[Named]
    related: list[tuple[str, str, int | None]]
    files: list[FileView]
    collections: list[Named]
    identifiers: list[tuple[str, str]]
    history: list[str]
    corrections: list[Correction]
    told: list[Told]


def record(storage: Storage, viewer: Viewer, record_id: int) -> RecordView | None:
    """The record of that number, or None when there is none for this viewer. A merged one leads to what it became."""
    with storage.reading() as session:
        known = _known(storage, session, viewer, record_id)
        if known is None:
            return None
        found, row = known
        entity = RECORD_KINDS[found.kind]
        people, institutions = _people(session, viewer, found)
        claims = ranked_claims(session, found.id)
        from_where = origins(claims)
        return RecordView(
            id=found.id,
            kind=found.kind,
            title=safe_html(title_of(row)),
            badge=badge(found.kind, row),
            visibility=found.visibility,
            abstract=plain(getattr(row, "abstract", None) or ""),
            fields=[shown for f in fields_of(entity) if (shown := _shown(viewer, f, row, from_where))],
            instruments=instruments_of(session, viewer, found.kind, found.id),
            people=people,
            institutions=institutions,
            affiliations=affiliations_of(session, found.kind, found.id),
            keywords=[
                (namespace, value)
                for namespace, value in session.execute(
                    select(Keyword.namespace, Keyword.value)
                    .where(Keyword.record_id == found.id)
                    .order_by(Keyword.namespace, Keyword.value)
                )
            ],
            links=_links(session, viewer, found),
            related=_related(session, viewer, found.id),
            files=files_of(session, viewer, found.id),
            collections=[
                Named(one.title, one.id, kind="collection") for one in collections(storage, viewer, record=found.id)
            ],
            identifiers=[
                (scheme, value)
                for scheme, value in session.execute(
                    select(Identifier.scheme, Identifier.value)
                    .where(Identifier.record_id == found.id)
                    .order_by(Identifier.scheme, Identifier.value)
                )
                if not (scheme == "code" and "/" in value)
            ],
            history=history(session, viewer, found.id) if viewer.at_least("scientist") else [],
            corrections=corrections(session, viewer, found.id, found.kind, claims),
            told=lists_told(claims),
        )


def record_title(storage: Storage, viewer: Viewer, record_id: int, *, kind: str = "") -> str | None:
    """The title of the record of that number as safe HTML, or None when there is none for this viewer, of that kind."""
    with storage.reading() as session:
        known = _known(storage, session, viewer, record_id)
        if known is None or kind not in ("", known[0].kind):
            return None
        return safe_html(title_of(known[1]))


def _known(storage: Storage, session: Session, viewer: Viewer, record_id: int) -> tuple[Record, Any] | None:
    """The record that one of that number has become and its row; None where this viewer may not know of it."""
    found = session.get(Record, record_id)
    while found is not None and found.merged_into_id is not None:
        found = session.get(Record, found.merged_into_id)
    if found is None or found.deleted_at is not None or not may_know(viewer, found):
        return None
    row = session.get(RECORD_KINDS[found.kind], found.id)
    if row is not None and found.visibility == CONFIDENTIAL:
        saw(storage, viewer, f"{found.kind} {found.id}", 1)
    return None if row is None else (found, row)


def title_of(row: Any) -> str:
    """What a record is called: its title, name, or code; a person is called Family, Given."""
    if hasattr(row, "family_name"):
        return ", ".join(word for word in (row.family_name, row.given_name) if word) or "(no name is kept)"
    for name in TITLES:
        if getattr(row, name, None):
            return str(getattr(row, name))
    return "(known by its identifier only)"


def badge(kind: str, row: Any) -> str:
    """PROPOSAL (ACCEPTED), JOURNAL ARTICLE, INSTRUMENT ..."""
    if kind == "publication":
        return str(row.type).replace("_", " ")
    if kind == "proposal":
        return f"PROPOSAL ({(row.decision or 'decision unknown').upper()})"
    return kind.replace("_", " ").upper()


def _shown(viewer: Viewer, field: Field, row: Any, origins: dict[str, str]) -> Shown | None:
    value = getattr(row, field.name)
    if value is None or value == "" or value is False:
        return None
    if field.confidential and not viewer.at_least("user_office"):
        return None
    words = as_text(field, value)
    if field.name in LONG:
        words = shorten(plain(words), SHORTENED, placeholder=" …")
    return Shown(field.name, field.label, words, field.help, origins.get(field.name, ""))


def as_text(field: Field, value: Any) -> str:
    """A value as people read it, with its unit."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if field.kind.name == "moment":
        return f"{value:%Y-%m-%d %H:%M} UTC"
    if field.kind.name == "count":
        words = f"{value:,}".replace(",", "\u202f")
    elif isinstance(value, float):
        words = f"{value:g}"
    else:
        words = str(value)
    return f"{words} {field.unit}".strip()


def _people(session: Session, viewer: Viewer, found: Record) -> tuple[list[Named], list[Named]]:
    """Authors or participants in their order, and the institutions they gave."""
    people: list[Named] = []
    places: dict[tuple[str, int | None], Named] = {}
    written: list[int] = []
    if found.kind == "proposal":
        query = (
            select(
                Participant.position,
                Participant.name,
                Participant.person_id,
                Participant.role,
                Affiliation,
                Institution,
            )
            .outerjoin(Affiliation, Affiliation.id == Participant.affiliation_id)
            .outerjoin(Institution, Institution.id == Affiliation.institution_id)
            .where(Participant.proposal_id == found.id)
            .order_by(Participant.position)
        )
    else:
        query = (
            select(
                Authorship.position, Authorship.name, Authorship.person_id, Authorship.orcid, Affiliation, Institution
            )
            .outerjoin(
                AuthorshipAffiliation,
                (AuthorshipAffiliation.record_id == Authorship.record_id)
                & (AuthorshipAffiliation.position == Authorship.position),
            )
            .outerjoin(Affiliation, Affiliation.id == AuthorshipAffiliation.affiliation_id)
            .outerjoin(Institution, Institution.id == Affiliation.institution_id)
            .where(Authorship.record_id == found.id)
            .order_by(Authorship.position, AuthorshipAffiliation.id)
        )
    met: set[int] = set()
    for position, name, person_id, detail, affiliation, institution in session.execute(query):
        if position not in met:
            met.add(position)
            people.append(Named(name, person_id, SAID.get(detail or "") or (detail or "").replace("_", " "), "person"))
        if affiliation is not None:
            named = institution.name if institution else affiliation.text
            where = ", ".join(w for w in ((institution.city if institution else None), affiliation.country) if w)
            key = (named, institution.id if institution else None)
            places.setdefault(key, Named(named, key[1], where, "institution" if institution else "as written"))
            written.append(affiliation.id)
    for some in chunks(written):
        for one in session.scalars(further_places(some)):
            where = ", ".join(w for w in (one.city, one.country) if w)
            places.setdefault((one.name, one.id), Named(one.name, one.id, where, "institution"))
    return people, list(places.values())


def _links(session: Session, viewer: Viewer, found: Record) -> list[Named]:
    """What was matched, then what its own and others' columns say; a pair that was matched too stands once."""
    matched = linked(session, viewer, found.id)
    met = {one.record_id for one in matched}
    ties = [(kind, number) for kind, number in tied(session, viewer, found.kind, found.id) if number not in met]
    names = names_of(session, ties)
    stated = [Named(names[number][0], number, names[number][1], kind, STATED) for kind, number in ties]
    return matched + stated


def linked(session: Session, viewer: Viewer, record_id: int) -> list[Named]:
    """The other ends of a record's links that the viewer may know of; rejected ones are left out."""
    other = aliased(Record)
    side = or_(
        (Link.left_id == record_id) & (other.id == Link.right_id),
        (Link.right_id == record_id) & (other.id == Link.left_id),
    )
    query = (
        select(Link, other.id, other.kind)
        .join(other, side)
        .where(Link.state != "rejected", or_(Link.state != "candidate", Link.relation.in_(ASKED)))
        .where(exists_for(viewer, other))
        .order_by(Link.probability.desc(), Link.id)
    )
    if not viewer.at_least("scientist"):
        query = query.where(Link.state.in_(("validated", "auto")))
    rows = session.execute(query).all()
    names = names_of(session, [(kind, number) for _, number, kind in rows])
    return [
        Named(names[number][0], number, names[number][1], kind, link.state, link.id)
        for link, number, kind in rows
        if number in names
    ]


def names_of(session: Session, wanted: list[tuple[str, int]]) -> dict[int, tuple[str, str]]:
    """(title, code or DOI) of records, one query per kind."""
    by_kind: dict[str, list[int]] = defaultdict(list)
    for kind, number in wanted:
        by_kind[kind].append(number)
    names = {}
    for kind, numbers in by_kind.items():
        entity: Any = RECORD_KINDS[kind]
        for row in session.scalars(select(entity).where(entity.id.in_(numbers))):
            code = getattr(row, "code", None) or getattr(row, "doi", None) or ""
            names[row.id] = (plain(title_of(row)), code)
    return names


def _related(session: Session, viewer: Viewer, record_id: int) -> list[tuple[str, str, int | None]]:
    target = aliased(Record)
    query = (
        select(Relation.type, Relation.value, target.id)
        .outerjoin(target, (target.id == Relation.target_id) & exists_for(viewer, target))
        .where(Relation.record_id == record_id, or_(Relation.target_id.is_(None), target.id.is_not(None)))
        .order_by(Relation.type, Relation.id)
        .limit(500)
    )
    return [(kind, value, number) for kind, value, number in session.execute(query)]
