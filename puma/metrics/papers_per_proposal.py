"""How many publications a proposal led to."""

from puma.measuring import Metric
from puma.measuring.yields import OWES_NOTHING, TOO_YOUNG

METRIC = Metric(
    slug="papers_per_proposal",
    label="Publications per proposal",
    unit="times",
    kpi="K05",
    fact="outcomes",
    numerator="sum(papers)",
    counts="counted publications of proposals whose last session ended three years ago; each for each proposal",
    date_rule="year of the first delivered session; only proposals whose three years are over",
    denominator="count(DISTINCT id)",
    out_of="these proposals, without proprietary, commissioning, training and cancelled ones",
    where="NOT f.exempt AND f.last_end + INTERVAL 3 YEAR <= f.as_of",
    columns=("id", "f.papers_{policy} AS papers"),
    least=20,
    role="viewer",
    left_out=((TOO_YOUNG, "NOT f.exempt AND f.last_end + INTERVAL 3 YEAR > f.as_of"), (OWES_NOTHING, "f.exempt")),
)
