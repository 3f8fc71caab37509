"""How much of the beam time that was given did not come."""

from puma.measuring import Metric, exact_sum

METRIC = Metric(
    slug="lost_hours",
    label="Lost beam time",
    unit="h",
    kpi="K23",
    fact="experiments",
    numerator=exact_sum("lost_hours"),
    counts="hours allocated to sessions that were not delivered; what was delivered beyond the plan takes none away",
    date_rule="start of the session",
    where="f.allocated_hours > f.delivered_hours",
    columns=("id", "f.allocated_hours - f.delivered_hours AS lost_hours"),
    role="viewer",
    notes="A session of which nothing was delivered was cancelled; of the others a part was lost. Sessions of which "
    "the delivered hours are not known do not count.",
)
