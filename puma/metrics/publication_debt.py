"""Which share of the proposals still owes a publication."""

from puma.measuring import Metric

METRIC = Metric(
    slug="publication_debt",
    label="Proposals without a publication after 2 years",
    unit="share",
    kpi="K07",
    fact="outcomes",
    numerator="count(DISTINCT id) FILTER (papers = 0)",
    counts="proposals without a counted publication",
    date_rule="year of the first delivered session; only proposals whose first session was 24 months ago or earlier",
    denominator="count(DISTINCT id)",
    out_of="proposals with delivered beam time, without proprietary, commissioning, training and cancelled ones",
    where="NOT f.exempt AND f.first_start + INTERVAL 24 MONTH < f.as_of",
    columns=("id", "f.papers_{policy} AS papers"),
    least=20,
    role="viewer",
)
