"""How much beam time proposals asked for."""

from puma.measuring import Metric, exact_sum

METRIC = Metric(
    slug="requested_hours",
    label="Requested beam time",
    unit="h",
    kpi="K22",
    fact="beamtime",
    numerator=exact_sum("requested_hours"),
    fractional=exact_sum("requested_hours * share"),
    counts="hours of beam time that proposals asked for, withdrawn ones left out; a shift is as long as its facility's",
    date_rule="year of the cycle of the call, else of deposit, whatever was decided",
    where="f.requested_hours IS NOT NULL AND f.decision IS DISTINCT FROM 'withdrawn'",
    columns=("id", "requested_hours"),
    record="proposal_id",
    role="user_office",
)
