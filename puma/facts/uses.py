"""What a snapshot derives about data and openness: who uses whose data, PDB entries, FAIR self-assessments."""

from puma.facts.kinds import Derived

USES: tuple[Derived, ...] = (
    Derived(
        "data_uses",
        "One publication that uses one dataset, however many say so. Only relations that cite count, and supplements "
        "as own data; a link that a person rejected takes the pair out. use: own data (the data's proposal is linked, "
        "or an author measured or published them), same institution, independent; unknown where no side is known. "
        "told_by: how many of the publication's record, the data's record and the matching say so.",
        """
        WITH said AS (
            SELECT r.record_id AS publication_id, r.target_id AS dataset_id, r.type, 'publication' AS teller,
                   true AS strict, true AS standard, true AS wide, 1.0 AS weight_wide
            FROM relations r
            WHERE r.type IN ('Cites', 'References', 'IsSupplementedBy', 'IsSupplementTo')
            UNION ALL
            SELECT r.target_id, r.record_id, r.type, 'data', true, true, true, 1.0
            FROM relations r
            WHERE r.type IN ('IsCitedBy', 'IsReferencedBy', 'IsSupplementedBy', 'IsSupplementTo')
            UNION ALL
            SELECT left_id, right_id, 'Cites', 'matching', strict, standard, wide, weight_wide
            FROM counted_links WHERE relation = 'publication-dataset'
        ),
        pair AS (
            SELECT s.publication_id, s.dataset_id, bool_or(s.type LIKE 'IsSupplement%') AS supplement,
                   count(DISTINCT s.teller) AS told_by, bool_or(s.strict) AS strict, bool_or(s.standard) AS standard,
                   bool_or(s.wide) AS wide, max(s.weight_wide) AS weight_wide, any_value(d.proposal_id) AS proposal_id,
                   any_value(d.facility_id) AS facility_id, any_value(d.instrument_id) AS instrument_id,
                   any_value(w.year) AS year, any_value(w.countable) AS countable,
                   any_value(CASE WHEN d.visibility <> 'public' THEN d.visibility ELSE w.visibility END) AS visibility
            FROM said s JOIN works w ON w.id = s.publication_id JOIN datasets d ON d.id = s.dataset_id
            WHERE d.facility_id IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM links x WHERE x.left_id = s.publication_id AND x.right_id = s.dataset_id
                AND x.state = 'rejected')
            GROUP BY s.publication_id, s.dataset_id
        ),
        used AS (SELECT DISTINCT dataset_id, proposal_id FROM pair),
        member AS (
            SELECT d.dataset_id, t.person_id, t.institution_id
            FROM used d JOIN participants t ON t.proposal_id = d.proposal_id
            UNION ALL
            SELECT a.record_id, a.person_id, a.institution_id
            FROM authorships a JOIN used d ON d.dataset_id = a.record_id
        ),
        known AS (
            SELECT dataset_id FROM member WHERE person_id IS NOT NULL GROUP BY dataset_id
        ),
        signed AS (
            SELECT DISTINCT record_id AS publication_id FROM authorships SEMI JOIN pair ON publication_id = record_id
        ),
        same_person AS (
            SELECT DISTINCT p.publication_id, p.dataset_id FROM pair p
            JOIN authorships a ON a.record_id = p.publication_id
            JOIN member m ON m.dataset_id = p.dataset_id AND m.person_id = a.person_id
        ),
        same_place AS (
            SELECT DISTINCT p.publication_id, p.dataset_id FROM pair p
            JOIN authorships a ON a.record_id = p.publication_id
            JOIN member m ON m.dataset_id = p.dataset_id AND m.institution_id = a.institution_id
        ),
        own AS (
            SELECT DISTINCT p.publication_id, p.dataset_id FROM pair p
            JOIN counted_links l ON l.left_id = p.publication_id AND l.right_id = p.proposal_id AND l.standard
        )
        SELECT (p.publication_id << 32) + p.dataset_id AS id, p.*,
               CASE WHEN p.supplement OR own.dataset_id IS NOT NULL OR same_person.dataset_id IS NOT NULL
                    THEN 'own data'
                    WHEN signed.publication_id IS NULL OR known.dataset_id IS NULL THEN 'unknown'
                    WHEN same_place.dataset_id IS NOT NULL THEN 'same institution'
                    ELSE 'independent' END AS use
        FROM pair p
        LEFT JOIN own USING (publication_id, dataset_id)
        LEFT JOIN same_person USING (publication_id, dataset_id)
        LEFT JOIN same_place USING (publication_id, dataset_id)
        LEFT JOIN signed USING (publication_id)
        LEFT JOIN known USING (dataset_id)
        """,
        follows_decisions=True,
        publication="publication_id",
        by_level=True,
    ),
    Derived(
        "open_data_works",
        "Publications that rest on open data only, under each policy: they use data of others, none of their own, and "
        "no proposal or experiment is linked to them. They are no result of beam time.",
        """
        WITH credited AS (
            SELECT left_id AS id, bool_or(strict) AS strict, bool_or(standard) AS standard, bool_or(wide) AS wide
            FROM counted_links WHERE relation IN ('publication-proposal', 'publication-experiment') GROUP BY left_id
        ),
        used AS (
            SELECT publication_id AS id, bool_or(use = 'own data') AS own,
                   bool_or(strict AND use IN ('independent', 'same institution')) AS strict,
                   bool_or(standard AND use IN ('independent', 'same institution')) AS standard,
                   bool_or(wide AND use IN ('independent', 'same institution')) AS wide,
                   max(weight_wide) FILTER (use IN ('independent', 'same institution')) AS weight_wide
            FROM data_uses GROUP BY publication_id
        )
        SELECT u.id, NOT u.own AND u.strict AND NOT coalesce(c.strict, false) AS strict,
               NOT u.own AND u.standard AND NOT coalesce(c.standard, false) AS standard,
               NOT u.own AND u.wide AND NOT coalesce(c.wide, false) AS wide, u.weight_wide
        FROM used u LEFT JOIN credited c USING (id)
        """,
        follows_decisions=True,
        publication="id",
        by_level=True,
    ),
    Derived(
        "pdb_entries",
        "Entries of the Protein Data Bank among the datasets; year: that of their release. Whether each names its "
        "paper, and the DOI of the raw data that it was made from.",
        r"""
        SELECT d.id, year(d.open_on) AS year, d.instrument_id, d.facility_id, d.visibility,
               EXISTS (SELECT 1 FROM relations r WHERE r.record_id = d.id AND r.type = 'IsSupplementTo'
                       AND r.scheme IN ('doi', 'pmid')) AS with_paper,
               EXISTS (SELECT 1 FROM relations r WHERE r.record_id = d.id AND r.type = 'IsDerivedFrom'
                       AND regexp_matches(r.value, '10\.\d{4,9}/')) AS with_raw_data
        FROM datasets d
        WHERE d.facility_id IS NOT NULL AND d.open_on <= (SELECT day FROM as_of)
          AND (d.doi LIKE '10.2210/pdb%' OR EXISTS (
              SELECT 1 FROM relations r WHERE r.record_id = d.id AND r.type = 'IsIdenticalTo' AND r.scheme = 'pdb'))
        """,
    ),
    Derived(
        "fair",
        "The standing answer to each question of the FAIR self-assessment of a facility or instrument in a year; "
        "points: 1 for yes, 0.5 for partly, 0 for no. What does not apply, or was taken back, is not among the rows.",
        """
        WITH newest AS (
            SELECT record_id, year, question, arg_max(answer, id) AS answer, max(id) AS id
            FROM (SELECT id, record_id, year, question, coalesce(answer, '') AS answer FROM fair_answers)
            GROUP BY record_id, year, question
        )
        SELECT n.id, n.record_id, n.year, n.question, left(n.question, 1) AS principle,
               CASE n.answer WHEN 'yes' THEN 1.0 WHEN 'partly' THEN 0.5 ELSE 0.0 END AS points,
               coalesce(i.name, 'whole facility') AS assessed, coalesce(i.facility_id, n.record_id) AS facility_id,
               coalesce(i.visibility, 'public') AS visibility
        FROM newest n LEFT JOIN instruments i ON i.id = n.record_id
        WHERE n.answer IN ('yes', 'partly', 'no')
          AND (i.id IS NOT NULL OR n.record_id IN (SELECT id FROM facilities))
        """,
        follows_decisions=True,
    ),
)
