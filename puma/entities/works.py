"""Publications and datasets: who made them, in which journal, with which files and full text."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from puma.entities.record import Entity, number, record_key, ref
from puma.fields import field, json_type

PUBLICATION_TYPES = (
    "JOURNAL_ARTICLE",
    "PROCEEDINGS_ARTICLE",
    "BOOK",
    "BOOK_CHAPTER",
    "THESIS",
    "PREPRINT",
    "DATA_PAPER",
    "OTHER",
)
OPEN_ACCESS = ("diamond", "gold", "hybrid", "green", "bronze", "closed")
PRECISIONS = ("day", "month", "year")
ROUTES = ("globus", "portal", "ssh", "other")
FILE_STATES = ("text", "no text", "encrypted", "broken", "too large", "timed out", "not read")


class Journal(Entity):
    """A serial in which publications appear."""

    __tablename__ = "journal"

    id: Mapped[int] = record_key()
    title: Mapped[str] = field("name", "Journal", facet=True, boost=1.0)
    issn: Mapped[str | None] = field("issn", "ISSN")
    publisher: Mapped[str | None] = field("label", "Publisher")


class JournalListing(Entity):
    """A journal on a facility's versioned list (high impact and the like)."""

    __tablename__ = "journal_listing"

    id: Mapped[int] = record_key()
    issn: Mapped[str] = field("issn", "ISSN")
    title: Mapped[str | None] = field("name", "Journal")
    list: Mapped[str] = field("label", "List")
    list_version: Mapped[str | None] = field("label", "Version of the list")
    valid_from: Mapped[date | None] = field("day", "Valid from")
    valid_to: Mapped[date | None] = field("day", "Valid to")


class Publication(Entity):
    """A publication: article, proceedings, book, chapter, thesis or preprint."""

    __tablename__ = "publication"

    id: Mapped[int] = record_key()
    journal_id: Mapped[int | None] = ref("journal")
    doi: Mapped[str | None] = field("doi", "DOI", boost=8.0)
    type: Mapped[str] = field("choice", "Type", choices=PUBLICATION_TYPES, facet=True, default="OTHER")
    title: Mapped[str] = field("title", "Title", boost=4.0)
    abstract: Mapped[str | None] = field("text", "Abstract", boost=1.0)
    journal: Mapped[str | None] = field("name", "Journal", "container title as written", facet=True, boost=1.0)
    issn: Mapped[str | None] = field("issn", "ISSN")
    publisher: Mapped[str | None] = field("label", "Publisher")
    volume: Mapped[str | None] = field("code", "Volume")
    issue: Mapped[str | None] = field("code", "Issue")
    pages: Mapped[str | None] = field("code", "Pages")
    published_on: Mapped[date | None] = field("day", "Published", "earliest date of the version of record")
    published_precision: Mapped[str | None] = field("choice", "Precision of the date", choices=PRECISIONS)
    year: Mapped[int | None] = field("year", "Year", "calendar year of publication", facet=True)
    language: Mapped[str | None] = field("code", "Language")
    citations: Mapped[int | None] = field("count", "Citations", "as counted by the source it came from")
    citation_percentile: Mapped[float | None] = field(
        "number", "Citation percentile", "among works of its field, type and year, 0 to 100, as its source counts it"
    )
    open_access: Mapped[str | None] = field("choice", "Open access", choices=OPEN_ACCESS, facet=True)
    license: Mapped[str | None] = field("label", "Licence")
    retracted: Mapped[bool] = field("flag", "Retracted", "kept, flagged, not counted", default=False)
    pdf_url: Mapped[str | None] = field("url", "Full text")
    proposals_stated: Mapped[str | None] = field("text", "Proposals the source names", "codes, ; between several")
    instruments_stated: Mapped[str | None] = field("text", "Instruments the source names", "; between several")


class PublicationVersion(Entity):
    """One publication is a version of another: preprint, erratum, chapter. Versions are related, never merged."""

    __tablename__ = "publication_version"

    id: Mapped[int] = number()
    publication_id: Mapped[int] = ref("publication", nullable=False, cascade=True)
    version_of_id: Mapped[int] = ref("publication", nullable=False, cascade=True)
    relation: Mapped[str] = field("label", "Relation", "preprint, erratum, chapter, duplicate")
    probability: Mapped[float | None] = field("number", "Probability", "that the relation is right")
    evidence: Mapped[list[dict[str, Any]] | None] = field("json", "Evidence", "list of {kind, points, detail}")

    __table_args__ = (UniqueConstraint("publication_id", "version_of_id"),)


class Dataset(Entity):
    """A dataset with a DOI or a catalogue's identifier."""

    __tablename__ = "dataset"

    id: Mapped[int] = record_key()
    facility_id: Mapped[int | None] = ref("facility")
    proposal_id: Mapped[int | None] = ref("proposal")
    experiment_id: Mapped[int | None] = ref("experiment")
    instrument_id: Mapped[int | None] = ref("instrument")
    doi: Mapped[str | None] = field("doi", "DOI", boost=8.0)
    title: Mapped[str] = field("title", "Title", boost=4.0)
    abstract: Mapped[str | None] = field("text", "Abstract", boost=1.0)
    publisher: Mapped[str | None] = field("label", "Publisher", facet=True)
    proposal_code: Mapped[str | None] = field("code", "Proposal as the source writes it", confidential=True)
    session_code: Mapped[str | None] = field("code", "Experiment as the source writes it", confidential=True)
    instrument_name: Mapped[str | None] = field("name", "Instrument as the source writes it")
    created_on: Mapped[date | None] = field("day", "Created")
    year: Mapped[int | None] = field("year", "Year", "year of creation", facet=True)
    open_on: Mapped[date | None] = field("day", "Open from", "end of the embargo")
    open_now: Mapped[bool | None] = field("flag", "Open now", "whether anybody can have it, as its catalogue says")
    size_bytes: Mapped[int | None] = field("count", "Size", unit="byte")
    url: Mapped[str | None] = field("url", "Landing page")
    formula: Mapped[str | None] = field(
        "label", "Chemical formula", "of the sample, as its source writes it", facet=True
    )
    wavelength: Mapped[float | None] = field("number", "Wavelength", "of the beam; of several the middle one", unit="Å")
    energy: Mapped[float | None] = field("number", "Energy", "of the beam; of several the middle one", unit="eV")
    temperature: Mapped[float | None] = field(
        "number", "Temperature", "of the sample; of several the middle one", unit="K"
    )


class Transfer(Entity):
    """One transfer of experiment data out of a facility, as its transfer service logged it."""

    __tablename__ = "transfer"

    id: Mapped[int] = record_key()
    facility_id: Mapped[int | None] = ref("facility")
    proposal_id: Mapped[int | None] = ref("proposal")
    instrument_id: Mapped[int | None] = ref("instrument")
    proposal_code: Mapped[str | None] = field("code", "Proposal in the path", confidential=True)
    instrument_name: Mapped[str | None] = field("name", "Beamline in the path")
    session_on: Mapped[date | None] = field("day", "Session in the path")
    route: Mapped[str] = field("choice", "Route", choices=ROUTES, facet=True)
    user_key: Mapped[str | None] = field("code", "Account", "of the one who transferred", personal=True)
    started_at: Mapped[datetime | None] = field("moment", "Started")
    ended_at: Mapped[datetime | None] = field("moment", "Ended")
    year: Mapped[int | None] = field("year", "Year", facet=True)
    size_bytes: Mapped[int | None] = field("count", "Size", unit="byte")
    files: Mapped[int | None] = field("count", "Files")
    path: Mapped[str | None] = field("text", "Path", confidential=True)


class Authorship(Entity):
    """One author or creator of a publication or dataset, as written there."""

    __tablename__ = "authorship"

    id: Mapped[int] = number()
    record_id: Mapped[int] = ref("record", nullable=False, cascade=True)
    person_id: Mapped[int | None] = ref("person")
    position: Mapped[int] = field("count", "Position", "1 for the first author")
    name: Mapped[str] = field("name", "Name as written", personal=True)
    family_name: Mapped[str] = field("name", "Family name", personal=True)
    given_name: Mapped[str | None] = field("name", "Given name", personal=True)
    orcid: Mapped[str | None] = field("orcid", "ORCID stated there", personal=True)
    probability: Mapped[float | None] = field("number", "Probability", "that the person is right")


class AuthorshipAffiliation(Entity):
    """One affiliation that an author gave on one work; the author is known by the position."""

    __tablename__ = "authorship_affiliation"

    id: Mapped[int] = number()
    record_id: Mapped[int] = ref("record", nullable=False, cascade=True)
    position: Mapped[int] = field("count", "Position of the author")
    affiliation_id: Mapped[int] = ref("affiliation", nullable=False, cascade=True)


class File(Entity):
    """A PDF or other file of a record, and what its text extraction gave."""

    __tablename__ = "file"

    id: Mapped[int] = record_key()
    of_id: Mapped[int | None] = ref("record")
    of_scheme: Mapped[str | None] = field("code", "Belongs to: scheme")
    of_value: Mapped[str | None] = field("code", "Belongs to", "identifier of the record, as its name or source says")
    name: Mapped[str] = field("name", "File name")
    path: Mapped[str | None] = field("url", "Path", exported=False)
    url: Mapped[str | None] = field("url", "Address")
    sha256: Mapped[str | None] = field("code", "SHA-256")
    media_type: Mapped[str | None] = field("label", "Media type")
    size_bytes: Mapped[int | None] = field("count", "Size", unit="byte")
    state: Mapped[str] = field("choice", "Text", choices=FILE_STATES, default="not read")
    reason: Mapped[str | None] = field("text", "Why no text")
    pages: Mapped[int | None] = field("count", "Pages")
    extractor: Mapped[str | None] = field("label", "Read by", "reader and version; a newer one reads again")
    about: Mapped[dict[str, str] | None] = mapped_column(json_type())  # its information dictionary, as it stands there


class FilePage(Entity):
    """The text of one page of a file."""

    __tablename__ = "file_page"

    id: Mapped[int] = number()
    file_id: Mapped[int] = ref("file", nullable=False, cascade=True)
    page: Mapped[int] = field("count", "Page", "1 for the first")
    text: Mapped[str] = field("text", "Text")

    __table_args__ = (Index("ix_file_page_file_page", "file_id", "page", unique=True),)
