"""Of which share of the publications a topic is known."""

from puma.measuring import Metric

METRIC = Metric(
    slug="topic_coverage",
    label="Publications with a topic",
    unit="share",
    kpi="K15",
    fact="works",
    numerator="count(DISTINCT id) FILTER (known)",
    counts="linked publications to which a source gives a subject field, a subject heading or a keyword",
    date_rule="year of publication",
    denominator="count(DISTINCT id)",
    out_of="linked publications",
    where="f.countable AND f.linked_{policy}",
    columns=("id", "EXISTS (SELECT 1 FROM publication_topics x WHERE x.publication_id = f.id) AS known"),
    least=20,
    notes="Names of funders, awards and projects are no topics, and neither are keywords that people give here.",
)
