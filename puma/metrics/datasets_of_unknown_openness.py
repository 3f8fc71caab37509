"""How many datasets should be open by now without any source saying whether they are."""

from puma.measuring import Metric

METRIC = Metric(
    slug="datasets_of_unknown_openness",
    label="Datasets past their embargo, not known whether open",
    unit="datasets",
    kpi="K51",
    fact="datasets",
    numerator="count(DISTINCT id)",
    counts="datasets whose embargo has ended and of which no catalogue says whether they are open",
    date_rule="year of creation",
    where="f.open_on <= (SELECT day FROM as_of) AND f.open_now IS NULL",
)
