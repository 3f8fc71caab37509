"""Which share of the users came back."""

from puma.measuring import Metric

METRIC = Metric(
    slug="user_retention",
    label="Users who came back",
    unit="share",
    kpi="K33",
    fact="user_years",
    numerator="count(DISTINCT id) FILTER (back)",
    counts="users of a year with another participation in one of the three years after it",
    date_rule="start of the session; only years with three complete years of sessions after them",
    denominator="count(DISTINCT id)",
    out_of="users of the year",
    where="f.year + 3 <= f.until",
    columns=("id", "person_id", "f.next_year <= f.year + 3 AS back"),
    record="person_id",
    fewest=5,
    people="count(DISTINCT person_id) FILTER (back)",
    others="count(DISTINCT person_id) FILTER (back IS NOT true)",
    least=20,
    role="viewer",
    version=2,
)
