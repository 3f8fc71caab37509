"""Which share of the PDB entries names its paper."""

from puma.measuring import Metric

METRIC = Metric(
    slug="pdb_with_paper_share",
    label="PDB entries with a paper",
    unit="share",
    kpi="K55",
    fact="pdb_entries",
    numerator="count(DISTINCT id) FILTER (with_paper)",
    counts="entries that name their paper by a DOI or PubMed id",
    date_rule="year of release",
    denominator="count(DISTINCT id)",
    out_of="released entries that name this facility as the place of measurement",
    columns=("id", "with_paper"),
    least=20,
)
