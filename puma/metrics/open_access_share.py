"""Which share of the articles anybody can read."""

from puma.measuring import ARTICLE, Metric

METRIC = Metric(
    slug="open_access_share",
    label="Open access share",
    unit="share",
    kpi="K11",
    fact="works",
    numerator="count(DISTINCT id) FILTER (open_access IN ('diamond', 'gold', 'hybrid', 'green'))",
    counts="linked journal articles with a DOI whose best status is diamond, gold, hybrid or green",
    date_rule="year of publication",
    denominator="count(DISTINCT id)",
    out_of="linked journal articles with a DOI and a known status",
    where=f"{ARTICLE} AND f.doi IS NOT NULL AND f.open_access IS NOT NULL",
    columns=("id", "open_access"),
    least=20,
    notes="Bronze counts as not open; articles of unknown status are in neither number.",
    left_out=(
        ("have no known status", f"{ARTICLE} AND f.doi IS NOT NULL AND f.open_access IS NULL"),
        ("have no DOI", f"{ARTICLE} AND f.doi IS NULL"),
    ),
)
