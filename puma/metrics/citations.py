"""How often the publications were cited."""

from puma.measuring import Metric, exact_sum

METRIC = Metric(
    slug="citations",
    label="Citations",
    unit="citations",
    kpi="K16",
    fact="works",
    numerator="sum(citations)",
    fractional=exact_sum("citations * share"),
    counts="citations of linked publications, as the source that knew them counted",
    date_rule="year of publication, not of the citation",
    where="f.countable AND f.linked_{policy} AND f.citations IS NOT NULL",
    columns=("id", "citations"),
    notes="Depends on size and age; never compare instruments of different age by it.",
)
