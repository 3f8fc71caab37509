"""How many datasets that should be open by now are shown to be."""

from puma.measuring import Metric

METRIC = Metric(
    slug="datasets_shown_open",
    label="Datasets shown to be open on time",
    unit="datasets",
    kpi="K51",
    fact="datasets",
    numerator="count(DISTINCT id)",
    counts="datasets whose embargo has ended and of which a catalogue says that anybody can have them",
    date_rule="year of creation",
    where="f.open_on <= (SELECT day FROM as_of) AND f.open_now",
    notes="Over all datasets past their embargo this is the least share that can be open.",
)
