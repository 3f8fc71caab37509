"""Listing: records, candidates, sources and runs as people read them; nothing here exists for whom it should not."""

from puma.listing.candidates import Candidate, CandidatePage, Side, candidates
from puma.listing.doubts import Doubt, DoubtPage, Option
from puma.listing.integration import doubt_counts, doubts, find_records, seen_on
from puma.listing.payloads import PayloadView, Skipped, SkippedPage, payload, payload_pieces, skipped
from puma.listing.provenance import Correctable, Correction, correctable
from puma.listing.record import FileView, Named, RecordView, Shown, record
from puma.listing.records import InstrumentView, PeriodView, Row, RowPage, instruments, records
from puma.listing.sources import RunView, SourceView, Waiting, runs, sources, with_configured
from puma.listing.whole import KINDS, WHAT, Whole, whole

__all__ = [
    "Candidate",
    "CandidatePage",
    "Correctable",
    "Correction",
    "Doubt",
    "DoubtPage",
    "FileView",
    "InstrumentView",
    "KINDS",
    "Named",
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
    "WHAT",
    "Waiting",
    "Whole",
    "candidates",
    "correctable",
    "doubt_counts",
    "doubts",
    "find_records",
    "instruments",
    "payload",
    "payload_pieces",
    "record",
    "records",
    "runs",
    "seen_on",
    "skipped",
    "sources",
    "whole",
    "with_configured",
]
