"""Which share of the articles stands in the journals that the facility lists as high impact."""

from puma.measuring import ARTICLE, Metric

OF_JOURNAL = "(SELECT j.issn FROM journals j WHERE j.id = f.journal_id)"
NAMED = f"coalesce(f.issn, {OF_JOURNAL}) IS NOT NULL"
LISTED = "SELECT (l.year, l.issn) FROM listed_journals l"
THERE_IS_A_LIST = "coalesce(f.year IN (SELECT l.year FROM listed_journals l), false)"

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
    out_of="linked articles in a journal whose ISSN is known, of years for which there is a list",
    where=f"{ARTICLE} AND {NAMED} AND {THERE_IS_A_LIST}",
    columns=(
        "id",
        f"(f.year, f.issn) IN ({LISTED}) OR (f.year, {OF_JOURNAL}) IN ({LISTED}) AS listed",
    ),
    least=20,
    left_out=(
        ("are in a journal without a known ISSN", f"{ARTICLE} AND NOT {NAMED}"),
        ("are of a year for which there is no list", f"{ARTICLE} AND {NAMED} AND NOT {THERE_IS_A_LIST}"),
    ),
    versions="SELECT 'Lists: ' || string_agg(name, '; ' ORDER BY name) FROM "
    "(SELECT DISTINCT concat_ws(' ', list, list_version) AS name FROM listed_journals)",
    notes="The list is the facility's own: never compare facilities by it. Of several lists the one called high impact "
    "counts, else the first by name; of versions that overlap in a year the one that began last.",
    filled_by="The table journals is the facility's list: issn, list, list_version, valid_from, valid_to.",
    version=3,
)
