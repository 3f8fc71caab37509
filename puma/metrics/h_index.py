"""How many publications were cited at least as often as that."""

from typing import Any

from puma.measuring import Metric


def h_index(citations: Any) -> float | None:
    """The greatest h for which h publications have at least h citations each; None without publications."""
    if citations is None or not len(citations):
        return None
    return float(sum(times >= place for place, times in enumerate(sorted(citations, reverse=True), start=1)))


METRIC = Metric(
    slug="h_index",
    label="Hirsch index",
    unit="publications",
    kpi="K16",
    fact="works",
    numerator="list(citations)",
    counts="the greatest h for which h linked publications have at least h citations each, as the source counted them",
    date_rule="year of publication, not of the citation",
    where="f.countable AND f.linked_{policy} AND f.citations IS NOT NULL",
    columns=("id", "citations"),
    finish=h_index,
    candidates_whole=True,
    notes="Depends on size and age; never compare instruments of different age by it.",
)
