"""Runs: harvesting sources and reading PDFs, with counters, checkpoints and a report of what was skipped."""

from puma.runs.ledger import ask_stop
from puma.runs.wanted import want

__all__ = ["ask_stop", "want"]
