"""Which share of the articles is among the most cited tenth of its field, year and type."""

from puma.measuring import ARTICLE, Metric, exact_sum

OLD_ENOUGH = f"{ARTICLE} AND f.year <= (SELECT year(day) FROM as_of) - 2"

METRIC = Metric(
    slug="top_cited_share",
    label="Articles in the most cited tenth",
    unit="share",
    kpi="K10",
    fact="works",
    numerator="count(DISTINCT id) FILTER (citation_percentile >= 90)",
    fractional=f"coalesce({exact_sum('share', 'citation_percentile >= 90')}, 0)",
    counts="linked articles whose citation percentile among works of their field, year and type is 90 or more",
    date_rule="year of publication, until two years before the facts were written",
    denominator="count(DISTINCT id)",
    fractional_denominator=exact_sum("share"),
    out_of="linked articles of these years with a citation percentile",
    where=f"{OLD_ENOUGH} AND f.citation_percentile IS NOT NULL",
    columns=("id", "citation_percentile"),
    least=20,
    notes="Percentiles and their ties as the source gives them. Compare instruments and countries by fractional "
    "counting; 10 % is the world's average.",
    left_out=(
        ("have no citation percentile", f"{OLD_ENOUGH} AND f.citation_percentile IS NULL"),
        ("are too young for a citation percentile", f"{ARTICLE} AND f.year > (SELECT year(day) FROM as_of) - 2"),
    ),
)
