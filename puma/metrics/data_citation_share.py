"""Which share of the articles cites the facility's data."""

from puma.measuring import ARTICLE, Metric

FROM_BEAM_TIME = (
    "EXISTS (SELECT 1 FROM counted_links x WHERE x.left_id = f.id AND x.{policy} "
    "AND x.relation IN ('publication-experiment', 'publication-proposal'))"
)
OWN = "SELECT d.id FROM datasets d WHERE d.facility_id IS NOT NULL AND coalesce(d.doi, '') NOT LIKE '10.2210/pdb%'"
"""Data that the facility itself published; entries of the PDB are published elsewhere."""

METRIC = Metric(
    slug="data_citation_share",
    label="Articles that cite their data",
    unit="share",
    kpi="K50",
    fact="works",
    numerator="count(DISTINCT id) FILTER (cites)",
    counts="linked articles with a counted link to a dataset that the facility published",
    date_rule="year of publication",
    denominator="count(DISTINCT id)",
    out_of="articles with a counted link to an experiment or proposal, where any such data are known",
    where=f"{ARTICLE} AND {FROM_BEAM_TIME} AND EXISTS ({OWN})",
    columns=(
        "id",
        "EXISTS (SELECT 1 FROM counted_links x WHERE x.left_id = f.id AND x.{policy} "
        f"AND x.relation = 'publication-dataset' AND x.right_id IN ({OWN})) AS cites",
    ),
    least=20,
    left_out=(("are linked with an instrument alone", f"{ARTICLE} AND NOT {FROM_BEAM_TIME}"),),
    version=2,
)
