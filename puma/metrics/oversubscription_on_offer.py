"""How many times over the beam time on offer was asked for."""

from puma.measuring import Metric, exact_sum

METRIC = Metric(
    slug="oversubscription_on_offer",
    label="Oversubscription of the time on offer",
    unit="times",
    kpi="K22",
    fact="demand",
    numerator=f"coalesce({exact_sum('requested_hours')}, 0)",
    counts="hours of beam time that proposals asked for, withdrawn ones left out, on instruments and in calls of which "
    "the time on offer is known",
    date_rule="year of the cycle of the call, whatever was decided",
    denominator=f"coalesce({exact_sum('offered_hours')}, 0)",
    out_of="hours that were on offer to the public programme there (not the hours that were given)",
    where="f.offered_hours IS NOT NULL OR f.decision IN ('accepted', 'refused', 'reserve')",
    columns=("id", "requested_hours", "offered_hours"),
    record="proposal_id",
    least=1,
    role="user_office",
    notes="Variant B: over what was on offer; the other variant is over what was given.",
    filled_by="The table operation has the hours of each instrument and year, and what they were for: hours_for, "
    "amount, unit.",
)
