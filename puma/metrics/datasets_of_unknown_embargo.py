"""How many datasets there are of which nobody says when their embargo ends."""

from puma.measuring import Metric

METRIC = Metric(
    slug="datasets_of_unknown_embargo",
    label="Datasets without a known end of their embargo",
    unit="datasets",
    kpi="K51",
    fact="datasets",
    numerator="count(DISTINCT id)",
    counts="datasets of which no source says when their embargo ends, so that nobody can say whether they are late",
    date_rule="year of creation",
    where="f.open_on IS NULL",
)
