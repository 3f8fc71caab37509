"""How much of the beam time that was given did not come, and why."""

from puma.measuring import Metric, exact_sum

METRIC = Metric(
    slug="lost_hours",
    label="Lost beam time",
    unit="h",
    kpi="K23",
    fact="losses",
    numerator=exact_sum("hours"),
    counts="hours allocated to sessions that were not delivered, and what a source says to be lost beyond them",
    date_rule="start of the session",
    columns=("id", "hours"),
    record="experiment_id",
    role="viewer",
    notes="What was delivered beyond the plan takes none away. Reasons are machine, instrument, user and cancellation; "
    "lost hours of which no source says why are unknown. Sessions of which neither the delivered hours nor a reason "
    "is known do not count.",
    version=2,
)
