"""How much beam time industry had to itself."""

from puma.measuring import Metric, exact_sum
from puma.resolve.secrecy import INDUSTRIAL

METRIC = Metric(
    slug="industrial_hours",
    label="Proprietary beam time",
    unit="h",
    kpi="K37",
    fact="experiments",
    numerator=exact_sum("delivered_hours"),
    counts=f"hours of beam time delivered in sessions of proposals of the types {', '.join(INDUSTRIAL)}",
    date_rule="start of the session",
    where="EXISTS (SELECT 1 FROM proposals x WHERE x.id = f.proposal_id AND lower(x.type) IN "
    f"({', '.join(repr(one) for one in INDUSTRIAL)}))",
    columns=("id", "delivered_hours"),
    role="user_office",
    notes="Users and publications of companies are other measures.",
)
