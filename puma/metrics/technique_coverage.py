"""Of which share of the publications a technique is known."""

from puma.measuring import Metric

METRIC = Metric(
    slug="technique_coverage",
    label="Publications with a technique",
    unit="share",
    kpi="K15",
    fact="works",
    numerator="count(DISTINCT id) FILTER (known)",
    counts="linked publications with a technique: their own, or that of their data, proposals or instruments",
    date_rule="year of publication",
    denominator="count(DISTINCT id)",
    out_of="linked publications",
    where="f.countable AND f.linked_{policy}",
    columns=(
        "id",
        "EXISTS (SELECT 1 FROM publication_techniques x WHERE x.publication_id = f.id AND x.{policy}) AS known",
    ),
    least=20,
)
