"""People, institutions, and the affiliations that join them at a date."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from puma.entities.record import Entity, Number, number, record_key, ref
from puma.fields import field

SECTORS = ("education", "government", "company", "healthcare", "facility", "nonprofit", "archive", "other")


class Person(Entity):
    """A user, author or member of staff; name variants and identifiers hang on it."""

    __tablename__ = "person"

    id: Mapped[int] = record_key()
    family_name: Mapped[str] = field("name", "Family name", boost=4.0, personal=True)
    given_name: Mapped[str | None] = field("name", "Given name", boost=2.0, personal=True)
    orcid: Mapped[str | None] = field("orcid", "ORCID", personal=True)
    email: Mapped[str | None] = field("email", "E-mail", exported=False, personal=True, confidential=True)
    user: Mapped[bool] = field("flag", "User", "a user office knows the person", default=False)


class PersonName(Entity):
    """One way in which a source writes a person's name."""

    __tablename__ = "person_name"

    id: Mapped[int] = number()
    person_id: Mapped[int] = ref("person", nullable=False, cascade=True)
    name: Mapped[str] = field("name", "Name", personal=True)

    __table_args__ = (UniqueConstraint("person_id", "name"),)


class PersonPair(Entity):
    """Two persons who may be one, as the last matching found; a person joins them or says that they are two."""

    __tablename__ = "person_pair"

    id: Mapped[int] = number()
    left_id: Mapped[int] = ref("person", nullable=False, cascade=True)
    right_id: Mapped[int] = ref("person", nullable=False, cascade=True)
    probability: Mapped[float] = field("number", "Probability", "that they are one person")
    evidence: Mapped[list[dict[str, Any]]] = field("json", "Evidence", "list of {kind, points}")

    __table_args__ = (UniqueConstraint("left_id", "right_id"),)


class Institution(Entity):
    """An organisation of the ROR registry, or one that only a source knows."""

    __tablename__ = "institution"

    id: Mapped[int] = record_key()
    parent_id: Mapped[int | None] = ref("institution")
    name: Mapped[str] = field("name", "Institution", facet=True, boost=3.0)
    ror: Mapped[str | None] = field("ror", "ROR")
    city: Mapped[str | None] = field("label", "City")
    country: Mapped[str | None] = field("country", "Country", facet=True)
    sector: Mapped[str | None] = field("choice", "Sector", choices=SECTORS, facet=True)
    latitude: Mapped[float | None] = field("number", "Latitude", unit="degrees north")
    longitude: Mapped[float | None] = field("number", "Longitude", unit="degrees east")
    established_on: Mapped[date | None] = field("day", "Established")
    closed_on: Mapped[date | None] = field("day", "Closed or merged")
    parent_ror: Mapped[str | None] = field("ror", "Parent")
    successor_ror: Mapped[str | None] = field("ror", "Successor")
    url: Mapped[str | None] = field("url", "Web page")


class InstitutionName(Entity):
    """One name of an institution: label, alias or acronym."""

    __tablename__ = "institution_name"

    id: Mapped[int] = number()
    institution_id: Mapped[int] = ref("institution", nullable=False, cascade=True)
    name: Mapped[str] = field("name", "Name")
    kind: Mapped[str] = field("choice", "Kind of name", choices=("label", "alias", "acronym"))


class Affiliation(Entity):
    """An affiliation as somebody wrote it; each distinct text is resolved once, for everybody who wrote it."""

    __tablename__ = "affiliation"

    id: Mapped[int] = mapped_column(Number, primary_key=True, autoincrement=False)
    text: Mapped[str] = field("text", "Affiliation as written")
    digest: Mapped[str] = field("code", "Digest", "SHA-256 of the text and what came with it", unique=True)
    stated_ror: Mapped[str | None] = field("ror", "ROR stated by the source")
    stated_country: Mapped[str | None] = field("country", "Country stated by the source")
    institution_id: Mapped[int | None] = ref("institution")
    country: Mapped[str | None] = field(
        "country", "Country", "of the institution, else as stated, else as read from the text"
    )
    probability: Mapped[float | None] = field("number", "Probability", "that the institution is right")
    decided_by: Mapped[str | None] = field("label", "Decided by", "the person who set it; it then stays")


class AffiliationInstitution(Entity):
    """An institution that an affiliation names besides its first one; what a person decided on the text overrules it.

    A joint laboratory, a hospital and its university, two employers in one line: each author's credit is split.
    """

    __tablename__ = "affiliation_institution"

    id: Mapped[int] = number()
    affiliation_id: Mapped[int] = ref("affiliation", nullable=False, cascade=True)
    institution_id: Mapped[int] = ref("institution", nullable=False, cascade=True)

    __table_args__ = (UniqueConstraint("affiliation_id", "institution_id"),)


class InstitutionPair(Entity):
    """Two institutions that may be one, as the last matching found; a person joins them or says that they are two."""

    __tablename__ = "institution_pair"

    id: Mapped[int] = number()
    left_id: Mapped[int] = ref("institution", nullable=False, cascade=True)
    right_id: Mapped[int] = ref("institution", nullable=False, cascade=True)
    probability: Mapped[float] = field("number", "Probability", "that they are one institution")
    evidence: Mapped[list[dict[str, Any]]] = field("json", "Evidence", "list of {kind, points}")

    __table_args__ = (UniqueConstraint("left_id", "right_id"),)


class PersonAffiliation(Entity):
    """A person at an affiliation at a date, as a proposal or paper says."""

    __tablename__ = "person_affiliation"

    id: Mapped[int] = number()
    person_id: Mapped[int] = ref("person", nullable=False, cascade=True)
    affiliation_id: Mapped[int] = ref("affiliation", nullable=False, cascade=True)
    seen_on: Mapped[date | None] = field("day", "Seen on")
    record_id: Mapped[int] = ref("record", nullable=False, cascade=True)

    __table_args__ = (Index("ix_person_affiliation_person_seen", "person_id", "seen_on"),)


class Erasure(Entity):
    """A key by which sources knew somebody who asked to be erased, as a digest: what they tell again is left out."""

    __tablename__ = "erasure"

    id: Mapped[int] = number()
    person_id: Mapped[int] = mapped_column(Number, index=True)  # plain number: it outlives the record
    digest: Mapped[str] = field("code", "Digest of a key", unique=True, exported=False)
    erased_at: Mapped[datetime] = field("moment", "Erased on")
