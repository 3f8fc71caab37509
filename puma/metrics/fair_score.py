"""How far the facility says that its data are FAIR."""

from puma.measuring import Metric

METRIC = Metric(
    slug="fair_score",
    label="FAIR score",
    unit="share",
    kpi="K56",
    fact="fair",
    numerator="sum(points)",
    counts="points of the facility's own answers to the questions of the FAIR self-assessment: yes 1, partly 0.5, no 0",
    date_rule="year of the assessment",
    denominator="count(DISTINCT id)",
    out_of="questions that are answered and apply",
    columns=("id", "points"),
    record="record_id",
    least=1,
    role="viewer",
    notes="The facility's own view of itself; unanswered questions count neither way.",
)
