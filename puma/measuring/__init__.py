"""Measuring: how a metric's definition becomes one query over a snapshot, and an answer that explains itself."""

from puma.measuring.answer import Answer, Question, ask, records_behind
from puma.measuring.balance import BASES, Balance, balance
from puma.measuring.collaboration import collaboration
from puma.measuring.definition import Metric, exact_sum, metric, metrics
from puma.measuring.survival import kaplan_meier, median_time

__all__ = [
    "BASES",
    "Answer",
    "Balance",
    "Metric",
    "Question",
    "ask",
    "balance",
    "collaboration",
    "exact_sum",
    "kaplan_meier",
    "median_time",
    "metric",
    "metrics",
    "records_behind",
]
