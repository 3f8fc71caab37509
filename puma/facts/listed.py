"""What a snapshot derives of lists of journals: which journals stand on the facility's list in each year."""

from puma.facts.kinds import Derived

LISTED: tuple[Derived, ...] = (
    Derived(
        "listed_journals",
        "Journals on the list that counts, in each year of a publication: of several lists the one called high impact, "
        "else the first by name; of versions that overlap in a year the one that began last.",
        """
        WITH counts AS (SELECT list FROM journal_listings ORDER BY lower(list) <> 'high impact', list LIMIT 1),
        listing AS (
            SELECT l.*, min(coalesce(l.valid_from, DATE '0001-01-01')) OVER (PARTITION BY l.list_version) AS begins
            FROM journal_listings l SEMI JOIN counts USING (list)
        ),
        valid AS (
            SELECT y.year, l.issn, l.list, l.list_version, l.begins
            FROM (SELECT DISTINCT year FROM publications WHERE year IS NOT NULL) y JOIN listing l
              ON y.year BETWEEN year(coalesce(l.valid_from, DATE '1800-01-01'))
                            AND year(coalesce(l.valid_to, DATE '2200-12-31'))
            QUALIFY rank() OVER (PARTITION BY y.year ORDER BY l.begins DESC, l.list_version DESC NULLS LAST) = 1
        )
        SELECT DISTINCT year, issn, list, list_version, 'public' AS visibility FROM valid
        """,
    ),
)
