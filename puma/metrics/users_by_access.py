"""How many people used the facility each year, each once, by how they came."""

from puma.measuring import Metric

METRIC = Metric(
    slug="users_by_access",
    label="Users of a year",
    unit="people",
    kpi="K30",
    fact="year_users",
    numerator="count(DISTINCT id)",
    counts="persons with at least one participation in the year, on site where they came at least once, and apart, as "
    "data, persons who only took data away in it",
    date_rule="start of the session; year of the transfer",
    columns=("id", "person_id"),
    record="person_id",
    fewest=5,
    people="count(DISTINCT person_id)",
    notes="Over several years a person counts once in each. "
    "Local contacts of a session's proposal are staff and do not count. Who took data is known where the account of "
    "the transfer is the e-mail address or ORCID iD of one person.",
    version=2,
    role="viewer",
    filled_by="The user office brings them: `tables`, `user_office` or `user_office_sql`.",
)
