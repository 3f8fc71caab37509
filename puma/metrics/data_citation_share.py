"""Which share of the articles cites the facility's data."""

from puma.measuring import Metric

METRIC = Metric(
    slug="data_citation_share",
    label="Articles that cite their data",
    unit="share",
    kpi="K50",
    fact="works",
    numerator="count(DISTINCT id) FILTER (cites)",
    counts="linked articles with a counted link to a dataset of the facility",
    date_rule="year of publication",
    denominator="count(DISTINCT id)",
    out_of="articles with a counted link to an experiment or proposal",
    where="f.countable AND f.type IN ('JOURNAL_ARTICLE', 'DATA_PAPER') AND EXISTS (SELECT 1 FROM counted_links x "
    "WHERE x.left_id = f.id AND x.{policy} AND x.relation IN ('publication-experiment', 'publication-proposal'))",
    columns=(
        "id",
        "EXISTS (SELECT 1 FROM counted_links x WHERE x.left_id = f.id AND x.{policy} "
        "AND x.relation = 'publication-dataset') AS cites",
    ),
    least=20,
)
