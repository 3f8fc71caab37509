"""Which share of the articles is among the most cited tenth of its field, year and type."""

from puma.measuring import Metric

METRIC = Metric(
    slug="top_cited_share",
    label="Articles in the most cited tenth",
    unit="share",
    kpi="K10",
    fact="works",
    numerator="count(DISTINCT id) FILTER (citation_percentile >= 90)",
    fractional="coalesce(sum(share) FILTER (citation_percentile >= 90), 0)",
    counts="linked articles whose citation percentile among works of their field, year and type is 90 or more",
    date_rule="year of publication, until two years before the facts were written",
    denominator="count(DISTINCT id)",
    fractional_denominator="sum(share)",
    out_of="linked articles of these years with a citation percentile",
    where="f.countable AND f.linked_{policy} AND f.type IN ('JOURNAL_ARTICLE', 'DATA_PAPER') "
    "AND f.citation_percentile IS NOT NULL AND f.year <= (SELECT year(day) FROM as_of) - 2",
    columns=("id", "citation_percentile"),
    least=20,
    notes="Percentiles and their ties as the source gives them. Compare instruments and countries by fractional "
    "counting; 10 % is the world's average.",
)
