"""How many publications a proposal led to, each publication split over its proposals."""

from puma.measuring import Metric
from puma.measuring.yields import OWES_NOTHING, TOO_YOUNG, over_for

METRIC = Metric(
    slug="papers_per_proposal_split",
    label="Publications per proposal, each split",
    unit="times",
    kpi="K05",
    fact="outcomes",
    numerator="round(sum(part), 9)",
    counts="counted publications of proposals whose last session ended three years ago; each 1/n for each of its n "
    "proposals",
    date_rule="year of the first delivered session; only whole years, and proposals in them, whose "
    "three years are over",
    denominator="count(DISTINCT id)",
    out_of="these proposals, without proprietary, commissioning, training and cancelled ones",
    where=f"NOT f.exempt AND {over_for(3)}",
    columns=(
        "id",
        "coalesce((SELECT sum(x.share_{policy}) FROM proposal_papers x WHERE x.proposal_id = f.id), 0) AS part",
    ),
    least=20,
    role="viewer",
    left_out=((TOO_YOUNG, f"NOT f.exempt AND NOT {over_for(3)}"), (OWES_NOTHING, "f.exempt")),
)
