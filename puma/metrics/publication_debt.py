"""Which share of the proposals still owes a publication."""

from puma.measuring import Metric
from puma.measuring.yields import OWES_NOTHING

EXCUSED = "are excused by the user office"
IN_TIME = "have time left"

METRIC = Metric(
    slug="publication_debt",
    label="Proposals that owe a publication",
    unit="share",
    kpi="K07",
    fact="outcomes",
    numerator="count(DISTINCT id) FILTER (papers = 0)",
    counts="proposals without a counted publication whose time to publish is over",
    date_rule="year of the first delivered session; the time from there on is 24 months, unless [debt] says otherwise "
    "of a type",
    denominator="count(DISTINCT id)",
    out_of="proposals with delivered beam time whose time is over, without proprietary, commissioning, training and "
    "cancelled ones and without those that the user office excused",
    where="NOT f.exempt AND NOT f.excused AND f.first_start + to_months(f.grace) < f.as_of",
    columns=("id", "f.papers_{policy} AS papers"),
    least=20,
    role="viewer",
    version=2,
    left_out=(
        (IN_TIME, "NOT f.exempt AND NOT f.excused AND f.first_start + to_months(f.grace) >= f.as_of"),
        (EXCUSED, "f.excused AND NOT f.exempt"),
        (OWES_NOTHING, "f.exempt"),
    ),
    candidates_whole=True,
)
