"""How many different people used the facility."""

from puma.measuring import Metric

METRIC = Metric(
    slug="users",
    label="Users",
    unit="people",
    kpi="K30",
    fact="visits",
    numerator="count(DISTINCT person_id)",
    counts="persons with at least one participation in a session, each counted once",
    date_rule="start of the session",
    columns=("person_id",),
    record="person_id",
    fewest=5,
    notes="Users of several instruments or years count in each row and once in the total. "
    "Local contacts of a session's proposal are staff and do not count.",
    role="viewer",
    filled_by="The user office brings them: `tables`, `user_office` or `user_office_sql`.",
)
