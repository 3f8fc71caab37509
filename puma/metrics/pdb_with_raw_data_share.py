"""Which share of the PDB entries names its raw data."""

from puma.measuring import Metric

METRIC = Metric(
    slug="pdb_with_raw_data_share",
    label="PDB entries with raw data",
    unit="share",
    kpi="K55",
    fact="pdb_entries",
    numerator="count(DISTINCT id) FILTER (with_raw_data)",
    counts="entries that name the DOI of the raw data that they were made from",
    date_rule="year of release",
    denominator="count(DISTINCT id)",
    out_of="released entries that name this facility as the place of measurement",
    columns=("id", "with_raw_data"),
    least=20,
)
