"""Which share of the open articles may be used by everybody for everything."""

from puma.measuring import Metric

METRIC = Metric(
    slug="cc_by_share",
    label="Open articles under CC BY",
    unit="share",
    kpi="K11",
    fact="works",
    numerator="count(DISTINCT id) FILTER (cc_by)",
    counts="open articles whose licence is the attribution licence of Creative Commons, CC BY, of any version",
    date_rule="year of publication",
    denominator="count(DISTINCT id)",
    out_of="linked journal articles with a DOI whose best status is diamond, gold, hybrid or green, and with a licence",
    where="f.countable AND f.linked_{policy} AND f.type IN ('JOURNAL_ARTICLE', 'DATA_PAPER') AND f.doi IS NOT NULL "
    "AND f.open_access IN ('diamond', 'gold', 'hybrid', 'green') AND f.license <> ''",
    columns=(
        "id",
        "regexp_matches(lower(f.license), 'creativecommons.org/licenses/by/|^cc[ _-]?by([ _-]v?[0-9]|$)') AS cc_by",
    ),
    least=20,
    left_out=(
        (
            "are open without a known licence",
            "f.countable AND f.linked_{policy} AND f.type IN ('JOURNAL_ARTICLE', 'DATA_PAPER') AND f.doi IS NOT NULL "
            "AND f.open_access IN ('diamond', 'gold', 'hybrid', 'green') AND coalesce(f.license, '') = ''",
        ),
    ),
)
