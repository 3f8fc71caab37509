"""How many publications the system knows at all."""

from puma.measuring import Metric

METRIC = Metric(
    slug="publications_known",
    label="Publications known",
    unit="publications",
    kpi="",
    fact="works",
    numerator="count(DISTINCT id)",
    fractional="sum(share)",
    counts="all publications in the system, linked or not",
    date_rule="year of publication",
)
