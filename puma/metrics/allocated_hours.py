"""How much beam time proposals were given."""

from puma.measuring import Metric, exact_sum

METRIC = Metric(
    slug="allocated_hours",
    label="Allocated beam time",
    unit="h",
    kpi="K40",
    fact="beamtime",
    numerator=exact_sum("allocated_hours"),
    fractional=exact_sum("allocated_hours * share"),
    counts="hours of beam time given to accepted proposals; a shift is as long as the facility says",
    date_rule="year of the cycle of the call, else of deposit, whatever was decided",
    where="f.allocated_hours IS NOT NULL AND f.decision = 'accepted'",
    columns=("id", "allocated_hours"),
    record="proposal_id",
    role="viewer",
    notes="Fractional by country: each member of the team counts the same, local contacts left out.",
)
