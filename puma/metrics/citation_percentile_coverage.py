"""Of which share of the articles the citation percentile is known."""

from puma.measuring import ARTICLE, Metric

METRIC = Metric(
    slug="citation_percentile_coverage",
    label="Articles with a citation percentile",
    unit="share",
    kpi="K10",
    fact="works",
    numerator="count(DISTINCT id) FILTER (citation_percentile IS NOT NULL)",
    counts="linked articles with a citation percentile",
    date_rule="year of publication, until two years before the facts were written",
    denominator="count(DISTINCT id)",
    out_of="linked articles of these years",
    where=f"{ARTICLE} AND f.year <= (SELECT year(day) FROM as_of) - 2",
    columns=("id", "citation_percentile"),
    least=20,
    left_out=(
        ("are too young for a citation percentile", f"{ARTICLE} AND f.year > (SELECT year(day) FROM as_of) - 2"),
    ),
)
