"""How many articles come of a day of beam time, when they are given the time to appear."""

from puma.measuring import Metric, exact_sum

METRIC = Metric(
    slug="papers_per_beam_day",
    label="Articles per beam day",
    unit="per day",
    kpi="K03",
    fact="productivity",
    numerator="count(DISTINCT (paper_id, year)) FILTER (paper_id IS NOT NULL)",
    fractional=f"coalesce({exact_sum('share')}, 0)",
    counts="linked articles of three years, credited to instruments; those that rest on open data only are left out",
    date_rule="year of publication, the last of three, none provisional; the beam time is that of the three years "
    "that ended two years before",
    denominator=f"coalesce({exact_sum('days')}, 0)",
    fractional_denominator=f"coalesce({exact_sum('days')}, 0)",
    out_of="days of 24 h delivered to users, without proprietary, commissioning, training and cancelled proposals",
    where="f.lag = 2 AND (f.session_id IS NOT NULL OR f.share_{policy} IS NOT NULL)",
    columns=("paper_id", "year", "days"),
    record="paper_id",
    least=30,
    role="viewer",
    notes="Whole for one instrument, fractional where instruments are compared; over several windows their mean, "
    "weighted by beam days. Counts of articles say little of what a beam day is worth.",
)
