"""Where the numbers of an answer lead: each to the list of the records that it counts."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from dashboards.frame.state import State
from dashboards.page import Desk
from puma.dimensions import DIMENSIONS
from puma.measuring import Answer

Row = Mapping[Any, Any]
Leads = Callable[[Row, str], str]
"""From a row of the answer, or one without values for all of it, and the part of a rate to an address; empty where a
filter cannot say what the row is."""


def leads(desk: Desk, answer: Answer) -> Leads:
    """The addresses of the lists behind an answer, under its own filters and link policy."""
    question = answer.question
    years = answer.table["year"].dropna() if "year" in question.by else None
    begins = int(years.min()) if years is not None and len(years) and question.cumulative else 0

    def to(row: Row, part: str) -> str:
        if answer.metric.counted_only:
            return ""
        filters = {slug: tuple(values) for slug, values in question.filters.items()}
        for slug in question.by if row else ():
            value = _said(answer, slug, row)
            if not value or (DIMENSIONS[slug].many and filters.get(slug, (value,)) != (value,)):
                return ""  # two values of one dimension together are more than either, not what they share
            filters[slug] = (f"{begins}-{value}" if begins and slug == "year" else value,)
        more = {"metric": question.slug, "policy": desk.state.one("policy"), "part": part}
        return "/behind" + State(filters | {key: (word,) for key, word in more.items() if word}).query()

    return to


def _said(answer: Answer, slug: str, row: Row) -> str:
    """A value as a filter says it; empty where the facts hold none."""
    dimension = DIMENSIONS[slug]
    value = row.get(f"{slug}_id" if dimension.names else slug)
    if value is None or pd.isna(value):
        return "unknown" if row.get(slug) == "unknown" else ""
    return str(int(float(str(value)))) if slug == "year" else str(value)
