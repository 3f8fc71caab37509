"""How many sessions there were."""

from puma.measuring import Metric

BEGUN = "coalesce(f.starts_at::DATE <= (SELECT day FROM as_of), true)"
DELIVERED = "coalesce(f.delivered_hours > 0, true)"

METRIC = Metric(
    slug="experiments",
    label="Experiments",
    unit="experiments",
    kpi="K25",
    fact="experiments",
    numerator="count(DISTINCT id)",
    counts="sessions that have begun and were not cancelled",
    date_rule="start of the session",
    where=f"{BEGUN} AND {DELIVERED}",
    left_out=(("are planned", f"NOT {BEGUN}"), ("were cancelled", f"{BEGUN} AND NOT {DELIVERED}")),
    version=2,
    role="viewer",
    filled_by="The user office brings them: `tables`, `user_office` or `user_office_sql`.",
)
