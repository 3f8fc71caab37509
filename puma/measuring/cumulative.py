"""Values through the years as sums: each year with all years before it."""

from collections.abc import Sequence

import pandas as pd


def added_up(table: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """A table of values by year, and by a second cut or none, in which each year holds all years up to it.

    table, by: as of an ``Answer`` without rates. A year without records repeats the one before it; each value of the
    second cut begins with its first year. What has no year stays as it is, below: no year can hold it. So the last
    year and what has no year are together the sum of what came in.
    """
    dated, timeless = table[table["year"].notna()], table[table["year"].isna()]
    if not len(dated):
        return table
    last = int(dated["year"].max())
    others = [name for name in table.columns if name not in ("year", "value")]
    groups = [part for _, part in dated.groupby(others, dropna=False, sort=False)] if others else [dated]
    rows = pd.concat([_sums(part, others, last) for part in groups], ignore_index=True)[list(table.columns)]
    order = ["year", *(slug for slug in by if slug != "year")]
    rows = rows.sort_values(order, kind="stable")
    return pd.concat([rows, timeless], ignore_index=True) if len(timeless) else rows.reset_index(drop=True)


def _sums(part: pd.DataFrame, others: Sequence[str], last: int) -> pd.DataFrame:
    """One row per year from the first of these rows to the last of all; others: columns that all of them share."""
    values = part.assign(year=part["year"].astype(int)).groupby("year")["value"].sum()
    filled = values.reindex(range(int(values.index.min()), last + 1), fill_value=0.0).cumsum()
    sums = pd.DataFrame({"year": filled.index.to_numpy(), "value": filled.to_numpy()})
    shared = pd.concat([part[list(others)].head(1)] * len(sums), ignore_index=True)
    return pd.concat([sums, shared], axis=1)
