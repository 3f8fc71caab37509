"""Listing: records, candidates, sources and runs as people read them; nothing here exists for whom it should not."""

from puma.listing.alike import Alike, Document, Together, alike, documents, find_persons, together
from puma.listing.beside import Used, Written
from puma.listing.candidates import Candidate, CandidatePage, Side, candidates
from puma.listing.chosen import chosen, must_be_known
from puma.listing.coverage import Coverage, coverage
from puma.listing.doubts import Doubt, DoubtPage, Option
from puma.listing.files import FileView, HeldFile, held_file, page_links, page_texts, texts_of_files
from puma.listing.found import FOUND, found_portions, found_row, found_rows
from puma.listing.groups import GroupView, instrument_groups
from puma.listing.institution import AsWritten, InstitutionView, institution
from puma.listing.institutions_alike import (
    AlikeInstitution,
    Bulk,
    OneInstitution,
    Standing,
    alike_institutions,
    bulk_of,
    institution_acts,
    one_institution,
)
from puma.listing.instrument import InstrumentEdited, SaidPeriods, instrument_edited, sessions_in
from puma.listing.integration import doubt_counts, doubts, find_records, seen_on
from puma.listing.kept import GivenKeyword, Member, MemberPage, NewRecord, given_keywords, members, newest
from puma.listing.pair import AboutPair, Past, Snippet, about_pairs
from puma.listing.payloads import PayloadView, Skipped, SkippedPage, must_be_kept, payload, payload_pieces, skipped
from puma.listing.person import Act, PersonView, Spelling, Stay, person
from puma.listing.portions import AT_ONCE, Portions, Whole
from puma.listing.provenance import Correctable, Correction, Told, correctable
from puma.listing.publications_alike import OnePublication, find_publications, one_publication
from puma.listing.record import Named, RecordView, Shown, record, record_title
from puma.listing.records import InstrumentView, PeriodView, Row, RowPage, instruments, records
from puma.listing.reviewing import Heap, Pace, heaps, pace
from puma.listing.sources import RunView, SourceView, Waiting, runs, sources, with_configured
from puma.listing.state import state_of
from puma.listing.taken_apart import Parted, Telling, Tellings, parted, tellings
from puma.listing.validated import how_many_validated, validated
from puma.listing.whole import KINDS, WHAT, how_many, whole

__all__ = [
    "AlikeInstitution",
    "Bulk",
    "GroupView",
    "InstrumentEdited",
    "instrument_groups",
    "OneInstitution",
    "Parted",
    "Telling",
    "Tellings",
    "Told",
    "parted",
    "tellings",
    "OnePublication",
    "SaidPeriods",
    "Standing",
    "alike_institutions",
    "bulk_of",
    "chosen",
    "institution_acts",
    "instrument_edited",
    "must_be_kept",
    "must_be_known",
    "one_institution",
    "one_publication",
    "sessions_in",
    "AboutPair",
    "Heap",
    "Pace",
    "Past",
    "Snippet",
    "about_pairs",
    "heaps",
    "pace",
    "Act",
    "Alike",
    "AsWritten",
    "Document",
    "InstitutionView",
    "PersonView",
    "Spelling",
    "Stay",
    "Together",
    "alike",
    "documents",
    "find_persons",
    "institution",
    "person",
    "together",
    "Candidate",
    "CandidatePage",
    "Correctable",
    "Coverage",
    "Correction",
    "Doubt",
    "DoubtPage",
    "FOUND",
    "FileView",
    "HeldFile",
    "GivenKeyword",
    "InstrumentView",
    "KINDS",
    "Member",
    "MemberPage",
    "Named",
    "NewRecord",
    "Option",
    "PayloadView",
    "PeriodView",
    "RecordView",
    "Row",
    "RowPage",
    "RunView",
    "Shown",
    "Side",
    "Skipped",
    "SkippedPage",
    "SourceView",
    "Used",
    "WHAT",
    "Waiting",
    "Whole",
    "Written",
    "candidates",
    "correctable",
    "coverage",
    "doubt_counts",
    "doubts",
    "find_publications",
    "find_records",
    "found_portions",
    "found_row",
    "found_rows",
    "held_file",
    "given_keywords",
    "how_many",
    "instruments",
    "page_links",
    "page_texts",
    "members",
    "newest",
    "payload",
    "payload_pieces",
    "record",
    "record_title",
    "records",
    "runs",
    "seen_on",
    "skipped",
    "sources",
    "texts_of_files",
    "how_many_validated",
    "validated",
    "AT_ONCE",
    "Portions",
    "state_of",
    "whole",
    "with_configured",
]
