"""How many publications the system knows at all."""

from puma.measuring import Metric, exact_sum

METRIC = Metric(
    slug="publications_known",
    label="Publications known",
    unit="publications",
    kpi="",
    fact="works",
    numerator="count(DISTINCT id)",
    fractional=exact_sum("share"),
    counts="all publications in the system, linked or not",
    date_rule="year of publication",
)
