"""Which share of the datasets that should be open by now really is."""

from puma.measuring import Metric

METRIC = Metric(
    slug="open_on_time_share",
    label="Datasets open on time",
    unit="share",
    kpi="K51",
    fact="datasets",
    numerator="count(DISTINCT id) FILTER (open_now)",
    counts="datasets whose embargo has ended and of which the catalogue says that anybody can have them",
    date_rule="year of creation",
    denominator="count(DISTINCT id)",
    out_of="datasets whose embargo has ended and of which the catalogue says whether they are open",
    where="f.open_on <= (SELECT day FROM as_of) AND f.open_now IS NOT NULL",
    columns=("id", "open_now"),
    least=20,
    notes="A landing page with a date is no proof: where no catalogue says whether the data are open, it is not known. "
    "Catalogues tell of open data more often than of closed ones, so this leans upward: the truth lies between the "
    "datasets shown to be open and all but those shown to be closed, both over all datasets past their embargo.",
    left_out=(
        (
            "are past the embargo, open or not nobody says",
            "f.open_on <= (SELECT day FROM as_of) AND f.open_now IS NULL",
        ),
        ("are under embargo", "f.open_on > (SELECT day FROM as_of)"),
        ("have no known end of the embargo", "f.open_on IS NULL"),
    ),
)
