"""How many publications a proposal led to."""

from puma.measuring import Metric
from puma.measuring.yields import OWES_NOTHING, TOO_YOUNG, over_for

METRIC = Metric(
    slug="papers_per_proposal",
    label="Publications per proposal",
    unit="times",
    kpi="K05",
    fact="outcomes",
    numerator="round(sum(papers), 9)",
    counts="counted publications of proposals whose last session ended three years ago; each for each proposal",
    date_rule="year of the first delivered session; only whole years, and proposals in them, whose "
    "three years are over",
    denominator="count(DISTINCT id)",
    out_of="these proposals, without proprietary, commissioning, training and cancelled ones",
    where=f"NOT f.exempt AND {over_for(3)}",
    columns=("id", "f.papers_{policy} AS papers"),
    least=20,
    role="viewer",
    left_out=((TOO_YOUNG, f"NOT f.exempt AND NOT {over_for(3)}"), (OWES_NOTHING, "f.exempt")),
)
