"""Which share of the articles needed more than one facility."""

from puma.measuring import Metric

METRIC = Metric(
    slug="cross_facility_share",
    label="Articles from several facilities",
    unit="share",
    kpi="K13",
    fact="works",
    numerator="count(DISTINCT id) FILTER (facilities >= 2)",
    counts="linked articles with a counted link to two or more facilities",
    date_rule="year of publication",
    denominator="count(DISTINCT id)",
    out_of="linked articles, where two or more facilities have any; else it is not known",
    where="f.countable AND f.linked_{policy} AND f.type IN ('JOURNAL_ARTICLE', 'DATA_PAPER') "
    "AND (SELECT count(DISTINCT x.facility_id) FROM joint_credit x WHERE x.{policy}) >= 2",
    columns=(
        "id",
        "(SELECT count(*) FROM joint_credit x WHERE x.publication_id = f.id AND x.{policy}) AS facilities",
    ),
    least=20,
    notes="Facilities of this installation, and those whose credits are fetched: work elsewhere is not seen.",
    filled_by="Load a second facility's sources, or fetch the credits of another installation (`puma_peer`).",
)
