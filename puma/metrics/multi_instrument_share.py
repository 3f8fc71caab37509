"""Which share of the publications needed more than one instrument."""

from puma.measuring import Metric

METRIC = Metric(
    slug="multi_instrument_share",
    label="Publications from several instruments",
    unit="share",
    kpi="K12",
    fact="works",
    numerator="count(DISTINCT id) FILTER (instruments >= 2)",
    counts="linked articles to which two or more instruments of this facility are credited",
    date_rule="year of publication",
    denominator="count(DISTINCT id)",
    out_of="linked articles with at least one credited instrument",
    where="f.countable AND f.linked_{policy} AND f.type IN ('JOURNAL_ARTICLE', 'DATA_PAPER') "
    "AND EXISTS (SELECT 1 FROM publication_instruments x WHERE x.publication_id = f.id AND x.{policy})",
    columns=(
        "id",
        "(SELECT count(*) FROM publication_instruments x WHERE x.publication_id = f.id AND x.{policy}) AS instruments",
    ),
    least=20,
)
