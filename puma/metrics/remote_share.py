"""Which share of the visits was remote."""

from puma.measuring import Metric

METRIC = Metric(
    slug="remote_share",
    label="Remote visits",
    unit="share",
    kpi="K31",
    fact="visits",
    numerator="count(DISTINCT id) FILTER (mode = 'remote')",
    counts="participations that were remote",
    date_rule="start of the session",
    denominator="count(DISTINCT id)",
    out_of="participations that were on site or remote",
    where="f.mode IN ('on-site', 'remote')",
    columns=("id", "mode", "person_id"),
    record="experiment_id",
    fewest=5,
    people="count(DISTINCT person_id) FILTER (mode = 'remote')",
    others="count(DISTINCT person_id) FILTER (mode = 'on-site')",
    least=20,
    role="viewer",
)
