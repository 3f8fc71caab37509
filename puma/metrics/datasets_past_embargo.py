"""How many datasets should be open by now."""

from puma.measuring import Metric

METRIC = Metric(
    slug="datasets_past_embargo",
    label="Datasets past their embargo",
    unit="datasets",
    kpi="K51",
    fact="datasets",
    numerator="count(DISTINCT id)",
    counts="datasets whose embargo ended before the facts were written, whether they are open or not",
    date_rule="year of creation",
    where="f.open_on <= (SELECT day FROM as_of)",
)
