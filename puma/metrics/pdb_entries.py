"""How many structures measured here the Protein Data Bank released."""

from puma.measuring import Metric

METRIC = Metric(
    slug="pdb_entries",
    label="PDB entries",
    unit="entries",
    kpi="K55",
    fact="pdb_entries",
    numerator="count(DISTINCT id)",
    counts="released entries of the Protein Data Bank that name this facility as the place of measurement",
    date_rule="year of release",
    notes="Beamlines as the depositors wrote them, resolved to instruments where possible.",
)
