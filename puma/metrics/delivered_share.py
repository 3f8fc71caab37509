"""Which share of the allocated beam time was delivered."""

from puma.measuring import Metric, exact_sum

METRIC = Metric(
    slug="delivered_share",
    label="Delivered of the allocated beam time",
    unit="times",
    kpi="K23",
    fact="experiments",
    numerator=exact_sum("delivered_hours"),
    counts="hours delivered in sessions of which both are known",
    date_rule="start of the session",
    denominator=exact_sum("allocated_hours"),
    out_of="hours allocated to them",
    where="f.delivered_hours IS NOT NULL AND f.allocated_hours > 0",
    columns=("id", "delivered_hours", "allocated_hours"),
    least=1,
    role="viewer",
    notes="Above 1 where more was delivered than planned.",
    left_out=(
        (
            "have no known hours, delivered or allocated",
            "f.delivered_hours IS NULL OR coalesce(f.allocated_hours, 0) <= 0",
        ),
    ),
)
