"""Reports: an instrument, a country, an institution or the facility on paper, with the figures of the screen."""

from puma.reports.content import KINDS, Report, Section, make_report
from puma.reports.formats import FORMATS, write_report

__all__ = ["FORMATS", "KINDS", "Report", "Section", "make_report", "write_report"]
