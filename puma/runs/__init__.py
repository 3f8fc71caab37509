"""Runs: harvesting sources and reading PDFs, with counters, checkpoints and a report of what was skipped."""
