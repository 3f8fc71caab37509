"""Which share of the publications needed more than one instrument."""

from puma.measuring import ARTICLE, Metric

CREDITED = "EXISTS (SELECT 1 FROM publication_instruments x WHERE x.publication_id = f.id AND x.{policy})"

METRIC = Metric(
    slug="multi_instrument_share",
    label="Publications from several instruments",
    unit="share",
    kpi="K12",
    fact="works",
    numerator="count(DISTINCT id) FILTER (instruments >= 2)",
    counts="linked articles to which two or more instruments of one facility are credited",
    date_rule="year of publication",
    denominator="count(DISTINCT id)",
    out_of="linked articles with at least one credited instrument",
    where=f"{ARTICLE} AND {CREDITED}",
    columns=(
        "id",
        "(SELECT max(number) FROM (SELECT count(*) AS number FROM publication_instruments x "
        "JOIN instruments i ON i.id = x.instrument_id WHERE x.publication_id = f.id AND x.{policy} "
        "GROUP BY i.facility_id)) AS instruments",
    ),
    least=20,
    left_out=(("have no credited instrument", f"{ARTICLE} AND NOT {CREDITED}"),),
    version=2,
)
