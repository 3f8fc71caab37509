"""What the beam time of a year was used for."""

from puma.measuring import Metric, exact_sum

METRIC = Metric(
    slug="beam_time_use",
    label="Use of the available beam time",
    unit="share",
    kpi="K24",
    fact="beam_uses",
    numerator=exact_sum("hours"),
    counts="hours delivered to proposals by their type, and hours set aside for commissioning and maintenance",
    date_rule="year of operation, of sessions that of their start",
    denominator=f"{exact_sum('available_hours')} / count(DISTINCT type)",
    out_of="all available hours of the instruments and years of which these are known, whatever the type",
    columns=("id", "hours", "available_hours", "type"),
    record="instrument_id",
    least=1,
    role="user_office",
    notes="Types are those of the proposals as harvested, so that groups which run an instrument themselves stand "
    "apart; sessions of which it is not known are unknown. What is missing to the whole was not used, or nobody says "
    "for what.",
    filled_by="The table operation has the hours of each instrument and year, and what they were for: hours_for, "
    "amount, unit.",
)
