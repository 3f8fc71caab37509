"""Which share of the articles stands in the journals that the facility lists as high impact."""

from puma.measuring import Metric

METRIC = Metric(
    slug="high_impact_share",
    label="Articles in listed journals",
    unit="share",
    kpi="K09",
    fact="works",
    numerator="count(DISTINCT id) FILTER (listed)",
    counts="linked articles in a journal that stood on the facility's list in the year of publication",
    date_rule="year of publication; the list is that of the year",
    denominator="count(DISTINCT id)",
    out_of="linked articles in a journal whose ISSN is known",
    where="f.countable AND f.linked_{policy} AND f.type IN ('JOURNAL_ARTICLE', 'DATA_PAPER') "
    "AND coalesce(f.issn, (SELECT j.issn FROM journals j WHERE j.id = f.journal_id)) IS NOT NULL",
    columns=(
        "id",
        "EXISTS (SELECT 1 FROM journal_listings l WHERE l.issn = "
        "coalesce(f.issn, (SELECT j.issn FROM journals j WHERE j.id = f.journal_id)) "
        "AND f.year BETWEEN year(coalesce(l.valid_from, DATE '1800-01-01')) "
        "AND year(coalesce(l.valid_to, DATE '2200-12-31'))) AS listed",
    ),
    least=20,
    notes="The list is the facility's own: never compare facilities by it.",
)
