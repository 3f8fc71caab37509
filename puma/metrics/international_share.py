"""Which share of the publications crosses borders."""

from puma.measuring import Metric

METRIC = Metric(
    slug="international_share",
    label="International publications",
    unit="share",
    kpi="K43",
    fact="works",
    numerator="count(DISTINCT id) FILTER (countries >= 2)",
    counts="linked publications with authors in two or more countries",
    date_rule="year of publication",
    denominator="count(DISTINCT id)",
    out_of="linked publications with at least one resolved country",
    where="f.countable AND f.linked_{policy} AND f.countries >= 1",
    columns=("id", "countries"),
    least=20,
    left_out=(("have no author whose country is known", "f.countable AND f.linked_{policy} AND f.countries = 0"),),
)
