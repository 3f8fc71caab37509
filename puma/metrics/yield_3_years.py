"""Which share of the proposals led to a publication within three years."""

from puma.measuring import Metric

METRIC = Metric(
    slug="yield_3_years",
    label="Proposals with a publication within 3 years",
    unit="share",
    kpi="K04",
    fact="outcomes",
    numerator="count(DISTINCT id) FILTER (in_time)",
    counts="proposals with a counted publication at most three years after the end of their last session",
    date_rule="year of the first delivered session; only proposals whose three years are over",
    denominator="count(DISTINCT id)",
    out_of="proposals with delivered beam time, without proprietary, commissioning, training and cancelled ones",
    where="NOT f.exempt AND f.last_end + INTERVAL 3 YEAR <= f.as_of",
    columns=("id", "coalesce(f.day_{policy} <= f.last_end + INTERVAL 3 YEAR, false) AS in_time"),
    least=20,
    role="viewer",
)
