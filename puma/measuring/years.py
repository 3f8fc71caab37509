"""Years that are asked for: those without a record stand in a table or picture by year too, as empty."""

from collections.abc import Sequence

import pandas as pd

from puma.access import Viewer
from puma.facts import Snapshot
from puma.measuring.answer import Answer, Question, ask
from puma.measuring.query import year_span


def asked_years(snapshot: Snapshot, viewer: Viewer, question: Question) -> list[int]:
    """The years that a question is filtered by, rising; none where it asks for all years.

    They begin with the first year in which the metric has any value here, whoever's it is, and end with that of the
    facts: before and after nobody can have one.
    """
    spans = [year_span(text) for text in question.filters.get("year", ())]
    if not spans:
        return []
    known = ask(snapshot, viewer, Question(question.slug, ("year",), policy=question.policy)).table["year"].dropna()
    begins = int(known.min()) if len(known) else snapshot.as_of.year + 1
    return sorted({year for first, last in spans for year in range(max(first, begins), last + 1)
                   if year <= snapshot.as_of.year})  # fmt: skip


def with_years(table: pd.DataFrame, years: Sequence[int], answer: Answer) -> pd.DataFrame:
    """A table whose first column holds years with a row for each of these: of counts and sums 0, else without a value.

    What has no year stays below. A table crossed with a second cut says nothing where there is nothing. Without years
    it stays as it is.
    """
    if not years:
        return table
    head = table.columns[0]
    dated, timeless = table[table[head].notna()], table[table[head].isna()]
    every = sorted({*map(int, dated[head]), *years})
    if len(every) == len(dated):
        return table
    nought = answer.metric.counts_nothing_as_nought and len(answer.question.by) == 1
    there = dated.set_axis(dated[head].astype(int)).drop(columns=head)
    rows = there.reindex(every, fill_value=0.0) if nought else there.reindex(every)
    rows.insert(0, head, every)
    return pd.concat([rows, timeless], ignore_index=True) if len(timeless) else rows.reset_index(drop=True)
