"""Measuring: how a metric's definition becomes one query over a snapshot, and an answer that explains itself."""

from puma.measuring.answer import Answer, Question, ask, records_behind
from puma.measuring.balance import BASES, Balance, balance
from puma.measuring.choices import choices
from puma.measuring.collaboration import collaboration
from puma.measuring.definition import ARTICLE, STAFF_ALONE, Metric, exact_sum, metric, metrics
from puma.measuring.survival import kaplan_meier, median_time
from puma.measuring.years import asked_years, carried_on, with_years

__all__ = [
    "ARTICLE",
    "BASES",
    "STAFF_ALONE",
    "Answer",
    "Balance",
    "Metric",
    "Question",
    "ask",
    "asked_years",
    "carried_on",
    "balance",
    "choices",
    "collaboration",
    "exact_sum",
    "kaplan_meier",
    "median_time",
    "metric",
    "metrics",
    "records_behind",
    "with_years",
]
