"""How many times over the beam time was asked for."""

from puma.measuring import Metric, exact_sum

METRIC = Metric(
    slug="oversubscription",
    label="Oversubscription",
    unit="times",
    kpi="K22",
    fact="beamtime",
    numerator=exact_sum("requested_hours"),
    counts="hours of beam time that proposals asked for, withdrawn ones left out",
    date_rule="year of the cycle of the call, else of deposit, whatever was decided",
    denominator=exact_sum("allocated_hours"),
    out_of="hours that were given to them (not the hours that were on offer)",
    where="f.requested_hours IS NOT NULL AND f.decision IN ('accepted', 'refused', 'reserve')",
    columns=("id", "requested_hours", "coalesce(f.allocated_hours, 0) AS allocated_hours"),
    record="proposal_id",
    least=1,
    role="user_office",
    left_out=(
        ("were withdrawn", "f.decision = 'withdrawn'"),
        ("have no decision yet", "f.decision IS NULL"),
    ),
)
