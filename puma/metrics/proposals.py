"""How many proposals were sent in."""

from puma.measuring import Metric

METRIC = Metric(
    slug="proposals",
    label="Proposals",
    unit="proposals",
    kpi="K20",
    fact="proposals",
    numerator="count(DISTINCT id)",
    counts="proposals, whatever was decided, withdrawn ones left out",
    date_rule="year of the cycle of the call, else of deposit, whatever was decided",
    where="f.decision IS DISTINCT FROM 'withdrawn'",
    role="viewer",
    filled_by="The user office brings them: `tables`, `user_office` or `user_office_sql`.",
)
