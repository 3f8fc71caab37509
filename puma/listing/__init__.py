"""Listing: records, candidates, sources and runs as people read them; nothing here exists for whom it should not."""

from puma.listing.candidates import Candidate, CandidatePage, Side, candidates
from puma.listing.record import FileView, Named, RecordView, Shown, record
from puma.listing.records import InstrumentView, PeriodView, Row, RowPage, instruments, records
from puma.listing.sources import RunView, SourceView, runs, skipped, sources
from puma.listing.whole import KINDS, WHAT, Whole, whole

__all__ = [
    "Candidate",
    "CandidatePage",
    "FileView",
    "InstrumentView",
    "Named",
    "PeriodView",
    "RecordView",
    "Row",
    "RowPage",
    "RunView",
    "Shown",
    "KINDS",
    "WHAT",
    "Whole",
    "whole",
    "Side",
    "SourceView",
    "candidates",
    "instruments",
    "record",
    "records",
    "runs",
    "skipped",
    "sources",
]
