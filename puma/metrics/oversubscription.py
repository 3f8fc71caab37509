"""How many times more beam time was asked for than was given."""

from puma.measuring import Metric, exact_sum

ASKED = "EXISTS (SELECT 1 FROM beamtime x WHERE x.proposal_id = f.proposal_id AND x.requested_hours IS NOT NULL)"
TOLD = (
    "(f.decision <> 'accepted' OR EXISTS (SELECT 1 FROM beamtime x WHERE x.proposal_id = f.proposal_id "
    "AND x.allocated_hours IS NOT NULL))"
)
DECIDED = "f.decision IN ('accepted', 'refused', 'reserve')"

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
    out_of="hours that were given to them, also on instruments for which they did not ask (not the hours that were on "
    "offer)",
    where=f"{DECIDED} AND {ASKED} AND {TOLD}",
    columns=(
        "id",
        "coalesce(f.requested_hours, 0) AS requested_hours",
        "coalesce(f.allocated_hours, 0) AS allocated_hours",
    ),
    record="proposal_id",
    least=1,
    role="user_office",
    left_out=(
        ("were withdrawn", "f.decision = 'withdrawn'"),
        ("have no decision yet", "f.decision IS NULL"),
        ("do not say how much time they asked for", f"{DECIDED} AND NOT {ASKED}"),
        ("were accepted, with how much time is not known", f"{DECIDED} AND {ASKED} AND NOT {TOLD}"),
    ),
    version=2,
)
