"""How often people took part in sessions."""

from puma.measuring import Metric, exact_sum

METRIC = Metric(
    slug="user_visits",
    label="User visits",
    unit="visits",
    kpi="K31",
    fact="visits",
    numerator="count(DISTINCT id)",
    fractional=exact_sum("share"),
    counts="participations of a person in a session",
    date_rule="start of the session",
    record="experiment_id",
    columns=("id", "person_id"),
    fewest=5,
    people="count(DISTINCT person_id)",
    role="viewer",
    notes="Local contacts of a session's proposal are staff and do not count.",
    filled_by="The user office brings them: `tables`, `user_office` or `user_office_sql`.",
)
