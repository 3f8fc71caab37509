"""How many people used the facility for the first time."""

from puma.measuring import Metric

METRIC = Metric(
    slug="new_users",
    label="New users",
    unit="people",
    kpi="K32",
    fact="user_years",
    numerator="nullif(count(DISTINCT person_id), 0)",
    counts="persons whose first known participation falls in the year",
    date_rule="start of the session; no year is counted before the fifth after the first of which sessions are known",
    where="f.year = f.first_year AND f.year >= f.since + 5",
    columns=("person_id",),
    record="person_id",
    fewest=5,
    role="viewer",
    notes="Who was new in earlier years is not known. "
    "Local contacts of a session's proposal are staff and do not count.",
)
