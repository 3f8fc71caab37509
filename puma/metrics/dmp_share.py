"""Which share of the accepted proposals has a data management plan."""

from puma.measuring import Metric

METRIC = Metric(
    slug="dmp_share",
    label="Proposals with a data management plan",
    unit="share",
    kpi="K56",
    fact="proposals",
    numerator="count(DISTINCT id) FILTER (dmp IS NOT NULL)",
    counts="accepted proposals with a data management plan",
    date_rule="year of the cycle of the call, else of deposit, whatever was decided",
    denominator="count(DISTINCT id)",
    out_of="accepted proposals, where any source tells of plans",
    where="f.decision = 'accepted' AND EXISTS (SELECT 1 FROM proposals x WHERE x.dmp IS NOT NULL)",
    columns=("id", "dmp"),
    least=20,
    role="viewer",
    filled_by="The table proposals has the column dmp.",
)
