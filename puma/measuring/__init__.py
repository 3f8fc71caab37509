"""Measuring: how a metric's definition becomes one query over a snapshot, and an answer that explains itself."""

from puma.measuring.answer import Answer, Question, ask, records_behind
from puma.measuring.definition import Metric, metric, metrics

__all__ = ["Answer", "Metric", "Question", "ask", "metric", "metrics", "records_behind"]
