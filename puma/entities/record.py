"""Record: the one number that every proposal, publication, person ... has; identifiers and keywords hang on it."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, MetaData, String, UniqueConstraint, text
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, mapped_column

from puma.fields import field

# SQLite numbers rows by itself only when the key is its INTEGER.
Number = BigInteger().with_variant(Integer(), "sqlite")

VISIBILITIES = ("public", "internal", "restricted")
"""Who may know that a record exists: everybody; people with an account; user office and administrators."""

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Entity(DeclarativeBase):
    """What all tables share: one metadata with predictable constraint names, so that migrations can name them."""

    metadata = MetaData(naming_convention=NAMING)


def number() -> MappedColumn[Any]:
    """The row number of a table that is not a record."""
    return mapped_column(Number, primary_key=True)


def record_key() -> MappedColumn[Any]:
    """The primary key of an entity: its record number."""
    return mapped_column(Number, ForeignKey("record.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)


def ref(target: str, *, nullable: bool = True, cascade: bool = False) -> MappedColumn[Any]:
    """A reference to another table, indexed. ``cascade``: the row goes with what it refers to."""
    rule = "CASCADE" if cascade else "SET NULL" if nullable else "RESTRICT"
    return mapped_column(Number, ForeignKey(f"{target}.id", ondelete=rule), index=True, nullable=nullable)


class Record(Entity):
    """The register of everything that has a page of its own."""

    __tablename__ = "record"

    id: Mapped[int] = mapped_column(Number, primary_key=True, autoincrement=False)
    kind: Mapped[str] = field("choice", "Kind", "what the record is: proposal, publication, person ...")
    visibility: Mapped[str] = field(
        "choice", "Visibility", "who may know that it exists", choices=VISIBILITIES, default="public"
    )
    opened_to: Mapped[str] = field(
        "text",
        "Opened to",
        "instruments of what is restricted, as ,12,15,",
        exported=False,
        default="",
        server_default=text("''"),
    )
    created_at: Mapped[datetime] = field("moment", "First seen", "when a source first told of it")
    changed_at: Mapped[datetime] = field("moment", "Last changed", "when one of its values last changed")
    deleted_at: Mapped[datetime | None] = field("moment", "Withdrawn", "when no source told of it any more")
    merged_into_id: Mapped[int | None] = ref("record")

    __table_args__ = (Index("ix_record_kind_id", "kind", "id"), Index("ix_record_changed_at", "changed_at"))


class NumberSeries(Entity):
    """The next free number of a series: a batch takes a block of numbers in one statement."""

    __tablename__ = "number_series"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    next: Mapped[int] = mapped_column(Number)


class Identifier(Entity):
    """A name under which sources know a record: DOI, ORCID, ROR, ``<source>:<its own id>``, proposal code ..."""

    __tablename__ = "identifier"

    id: Mapped[int] = number()
    record_id: Mapped[int] = ref("record", nullable=False, cascade=True)
    kind: Mapped[str] = field("choice", "Kind", "kind of the record that it names")
    scheme: Mapped[str] = field("code", "Scheme", "doi, orcid, ror, proposal, source ...")
    value: Mapped[str] = field("code", "Value", "cleaned value")

    __table_args__ = (UniqueConstraint("kind", "scheme", "value"),)


GIVEN = "USER"
"""The namespace of the keywords that people give to records."""


class Keyword(Entity):
    """A word on a record, in a namespace: the source's own, or one added by a person."""

    __tablename__ = "keyword"

    id: Mapped[int] = number()
    record_id: Mapped[int] = ref("record", nullable=False, cascade=True)
    namespace: Mapped[str] = field("label", "Namespace", "whose words: AUTHOR, SUBJECT, USER, EPNS_PROPOSAL_TYPE ...")
    value: Mapped[str] = field("label", "Keyword", facet=True, boost=2.0)
    added_by: Mapped[str | None] = field("label", "Added by", "the person who added it; empty when a source did")
    added_at: Mapped[datetime | None] = field("moment", "Added on")

    __table_args__ = (UniqueConstraint("record_id", "namespace", "value"),)


class Relation(Entity):
    """What a source says one record has to do with an identifier elsewhere: cites, is version of ..."""

    __tablename__ = "relation"

    id: Mapped[int] = number()
    record_id: Mapped[int] = ref("record", nullable=False, cascade=True)
    type: Mapped[str] = field("label", "Relation", "DataCite's relation types; Crossref's references are References")
    scheme: Mapped[str] = field("code", "Scheme", "doi, url, pdb, text ...")
    value: Mapped[str] = field("text", "Identifier", "as cleaned; free text stays as it came")
    target_id: Mapped[int | None] = ref("record")
