"""How much beam time was delivered."""

from puma.measuring import Metric, exact_sum

METRIC = Metric(
    slug="delivered_hours",
    label="Delivered beam time",
    unit="h",
    kpi="K23",
    fact="experiments",
    numerator=exact_sum("delivered_hours"),
    counts="hours of beam time delivered in sessions",
    date_rule="start of the session",
    columns=("id", "delivered_hours"),
    role="viewer",
)
