"""How many datasets are known."""

from puma.measuring import Metric

METRIC = Metric(
    slug="datasets",
    label="Datasets",
    unit="datasets",
    kpi="",
    fact="datasets",
    numerator="count(DISTINCT id)",
    counts="datasets with a catalogue entry or DOI",
    date_rule="year of creation",
    filled_by="Catalogues of data bring them: `datacite`, `scicat`, `icat` or `panosc`.",
)
