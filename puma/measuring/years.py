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
    without = sorted({*years} - {int(year) for year in dated[head]})
    if not without:
        return table
    nought = answer.metric.counts_nothing_as_nought and len(answer.question.by) == 1
    rows = pd.DataFrame({head: without}).reindex(columns=table.columns)
    kinds = {name: "Int64" if kind.kind == "i" else kind for name, kind in table.dtypes.items() if name != head}
    rows = (rows.fillna(0.0) if nought else rows).astype(kinds)
    return pd.concat([_by_year(pd.concat([dated, rows]), head), timeless], ignore_index=True)


def carried_on(table: pd.DataFrame, years: Sequence[int]) -> pd.DataFrame:
    """A cumulative table with the sums of its last year again in each of these years after it: nothing was added."""
    dated = table[table["year"].notna()]
    last = dated["year"].max()
    ends = dated[dated["year"] == last]
    more = [ends.assign(year=year) for year in years if len(ends) and year > last]
    return pd.concat([dated, *more, table[table["year"].isna()]], ignore_index=True) if more else table


def _by_year(rows: pd.DataFrame, head: str) -> pd.DataFrame:
    return rows.assign(**{head: rows[head].astype(int)}).sort_values(head, kind="stable")
