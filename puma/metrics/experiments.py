"""How many sessions there were."""

from puma.measuring import Metric

METRIC = Metric(
    slug="experiments",
    label="Experiments",
    unit="experiments",
    kpi="K25",
    fact="experiments",
    numerator="count(DISTINCT id)",
    counts="sessions",
    date_rule="start of the session",
    role="viewer",
)
