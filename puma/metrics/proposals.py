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
    date_rule="operation year, else year of deposit",
    where="f.decision IS DISTINCT FROM 'withdrawn'",
)
