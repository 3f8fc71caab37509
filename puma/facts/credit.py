"""What a snapshot derives about credit: facilities and techniques of a publication, and papers per beam time."""

from pathlib import Path

from puma import techniques
from puma.facts.kinds import Derived
from puma.facts.mending import quoted

PANET = Path(techniques.__file__).parent / "panet.csv"
CORE = "('JOURNAL_ARTICLE', 'DATA_PAPER')"
"""Types of the core publications, on which rates rest."""
_SURE = """best.*, CASE WHEN strict THEN 1.0 / sum(strict::INT) OVER paper END AS share_strict,
               CASE WHEN standard THEN 1.0 / sum(standard::INT) OVER paper END AS share_standard"""
SHARES_OF_EQUALS = f"{_SURE}, CASE WHEN wide THEN 1.0 / sum(wide::INT) OVER paper END AS share_wide"
"""What is best said of each, with 1/n over those of the same publication that are counted under a policy."""
SHARES = f"{_SURE}, CASE WHEN wide THEN weight_wide / sum(weight_wide::DECIMAL(18, 12)) OVER paper END AS share_wide"
"""The same, where what rests on candidates under the wide policy has a smaller share by its weight."""

CREDIT: tuple[Derived, ...] = (
    Derived(
        "publication_facilities",
        "Facilities credited by a publication, through every counted link to a session, proposal or instrument; a "
        "share is 1/n over the facilities counted under that policy.",
        f"""
        WITH best AS (
            SELECT l.left_id AS publication_id, coalesce(e.facility_id, p.facility_id, i.facility_id) AS facility_id,
                   bool_or(l.strict) AS strict, bool_or(l.standard) AS standard, bool_or(l.wide) AS wide,
                   max(l.weight_wide) AS weight_wide
            FROM counted_links l LEFT JOIN experiments e ON e.id = l.right_id
            LEFT JOIN proposals p ON p.id = l.right_id LEFT JOIN instruments i ON i.id = l.right_id
            WHERE l.relation IN ('publication-experiment', 'publication-proposal', 'publication-instrument')
            GROUP BY ALL
        )
        SELECT {SHARES}
        FROM best WHERE facility_id IS NOT NULL WINDOW paper AS (PARTITION BY publication_id)
        """,
        follows_decisions=True,
        publication="publication_id",
        by_level=True,
    ),
    Derived(
        "joint_facilities",
        "Facilities of this installation, and those that others credit; peer: what only another installation tells of.",
        """
        SELECT id, code, name, false AS peer, visibility FROM facilities
        UNION ALL
        SELECT min(id), facility, facility, true, 'public' FROM peer_credits
        WHERE facility NOT IN (SELECT code FROM facilities) GROUP BY facility
        """,
    ),
    Derived(
        "joint_credit",
        "Facilities credited by a publication that is credited here under that policy, other installations' facilities "
        "included, found by DOI; a share is 1/n over the facilities counted under that policy.",
        f"""
        WITH told AS (
            SELECT publication_id, facility_id, strict, standard, wide, weight_wide FROM publication_facilities
            UNION ALL
            SELECT p.id, f.id, c.state = 'validated' AND here.strict, here.standard, here.wide, 1.0
            FROM peer_credits c JOIN publications p ON p.doi = c.doi JOIN joint_facilities f ON f.code = c.facility
            JOIN (
                SELECT publication_id, bool_or(strict) AS strict, bool_or(standard) AS standard, bool_or(wide) AS wide
                FROM publication_facilities GROUP BY publication_id
            ) here ON here.publication_id = p.id
        ),
        best AS (
            SELECT publication_id, facility_id, bool_or(strict) AS strict, bool_or(standard) AS standard,
                   bool_or(wide) AS wide, max(weight_wide) AS weight_wide
            FROM told GROUP BY ALL
        )
        SELECT {SHARES}
        FROM best WINDOW paper AS (PARTITION BY publication_id)
        """,
        follows_decisions=True,
        publication="publication_id",
        by_level=True,
    ),
    Derived(
        "user_authors",
        "Each person who has an ORCID iD or stands on a proposal, and is an author of a publication that counts: taken "
        "as a user of what it credits. id: of the publication, and the place of the person among its authors.",
        """
        WITH known AS (
            SELECT id FROM persons WHERE identified
            UNION
            SELECT person_id FROM participants WHERE person_id IS NOT NULL AND role IS DISTINCT FROM 'local_contact'
        )
        SELECT (w.id << 16) + row_number() OVER (PARTITION BY w.id ORDER BY a.person_id) AS id, a.person_id,
               w.id AS publication_id, w.year, w.type, w.linked_strict, w.linked_standard, w.linked_wide, w.visibility
        FROM (SELECT DISTINCT record_id, person_id FROM authorships WHERE person_id IS NOT NULL) a
        JOIN known ON known.id = a.person_id JOIN works w ON w.id = a.record_id WHERE w.countable
        """,
        follows_decisions=True,
        publication="publication_id",
        by_level=True,
    ),
    Derived(
        "beam_sessions",
        "Beam days of users in each session; what is proprietary, commissioning, training or cancelled is left out.",
        """
        SELECT e.id, e.year, e.instrument_id, e.facility_id, e.delivered_hours / 24.0 AS days, e.visibility
        FROM experiments e LEFT JOIN proposals p ON p.id = e.proposal_id
        LEFT JOIN debt_rules r ON r.type = lower(p.type)
        WHERE e.delivered_hours > 0 AND e.year IS NOT NULL AND NOT coalesce(r.exempt, false)
        """,
    ),
    Derived(
        "windows",
        "Windows of three years, by their last one: a year of a session or paper stands in those that are 0, 1 or 2 "
        "steps later. lag: 2 years between beam time and papers, and 0 to compare. They begin where whole years of "
        "sessions do and end with the last year that is not provisional.",
        """
        SELECT lag, step, coalesce(since, 9999) + lag + 2 AS first, year((SELECT day FROM as_of)) - 2 AS last
        FROM (SELECT min(year) AS since FROM beam_sessions), (SELECT unnest([0, 1, 2]) AS step),
             (SELECT unnest([0, 2]) AS lag)
        """,
        by_level=True,
    ),
    Derived(
        "window_sessions",
        "Each session in each window that holds its year plus the lag; id: below zero.",
        """
        SELECT -row_number() OVER (ORDER BY s.id, lag, step) AS id, lag, s.year + step + lag AS year,
               NULL::BIGINT AS paper_id, s.id AS session_id, s.instrument_id, s.facility_id, s.days,
               NULL::DOUBLE AS share_strict, NULL::DOUBLE AS share_standard, NULL::DOUBLE AS share_wide,
               NULL::DOUBLE AS weight_wide, s.visibility
        FROM beam_sessions s, windows WHERE s.year + step + lag BETWEEN first AND last
        """,
        by_level=True,
    ),
    Derived(
        "window_papers",
        "Each core paper in each window that holds its year, once for each instrument that it credits; papers that "
        "rest on open data only are left out. id: of paper, place of the instrument, lag and step together. The shares "
        "of a paper of candidates alone sum to its weight.",
        f"""
        WITH paper AS (
            SELECT w.id, w.year, c.instrument_id, i.facility_id, w.visibility,
                   row_number() OVER (PARTITION BY w.id ORDER BY c.instrument_id) AS place,
                   CASE WHEN NOT coalesce(o.strict, false) THEN c.share_strict END AS share_strict,
                   CASE WHEN NOT coalesce(o.standard, false) THEN c.share_standard END AS share_standard,
                   CASE WHEN NOT coalesce(o.wide, false)
                        THEN c.share_wide * max(c.weight_wide) OVER (PARTITION BY w.id) END AS share_wide, c.weight_wide
            FROM works w JOIN publication_instruments c ON c.publication_id = w.id
            LEFT JOIN instruments i ON i.id = c.instrument_id LEFT JOIN open_data_works o ON o.id = w.id
            WHERE w.countable AND w.type IN {CORE} AND w.year IS NOT NULL
        )
        SELECT (((paper.id << 13) + place) << 4) + 4 * lag + step AS id, lag, paper.year + step AS year,
               paper.id AS paper_id, NULL::BIGINT AS session_id, instrument_id, facility_id, NULL::DOUBLE AS days,
               share_strict, share_standard, share_wide, weight_wide, visibility
        FROM paper, windows WHERE paper.year + step BETWEEN first AND last
        """,
        follows_decisions=True,
        publication="paper_id",
        by_level=True,
    ),
    Derived(
        "productivity",
        "Papers and beam days of users by instrument, in windows of three years; year: the last one of the window.",
        "SELECT * FROM window_papers UNION ALL SELECT * FROM window_sessions",
        by_level=True,
        kept=False,
    ),
    Derived(
        "technique_terms",
        "Every technique of PaNET with itself and everything broader.",
        f"""
        WITH RECURSIVE panet AS (SELECT * FROM read_csv('{quoted(PANET)}', all_varchar = true, header = true)),
        above AS (
            SELECT code, unnest(string_split(broader, ';')) AS broader FROM panet WHERE broader <> ''
        ),
        term AS (
            SELECT code, code AS broader FROM panet
            UNION
            SELECT term.code, above.broader FROM term JOIN above ON above.code = term.broader
        )
        SELECT term.code, term.broader, panet.label, 'public' AS visibility
        FROM term JOIN panet ON panet.code = term.broader
        """,
    ),
    Derived(
        "publication_techniques",
        "Techniques of a publication: its own, else those of its data, else of its proposals, else what its "
        "instruments offer (rule 1 to 4). A share is 1/n over the techniques counted under that policy.",
        f"""
        WITH named AS (
            SELECT u.record_id, t.id AS technique_id, t.code, t.name FROM technique_uses u
            JOIN techniques t ON t.id = u.technique_id
        ),
        found AS (
            SELECT n.record_id AS publication_id, n.technique_id, n.code, n.name, 1 AS rule, true AS strict,
                   true AS standard, true AS wide
            FROM named n JOIN publications p ON p.id = n.record_id
            UNION ALL
            SELECT l.left_id, n.technique_id, n.code, n.name,
                   CASE l.relation WHEN 'publication-dataset' THEN 2 ELSE 3 END, l.strict, l.standard, l.wide
            FROM counted_links l JOIN named n ON n.record_id = l.right_id
            WHERE l.relation IN ('publication-dataset', 'publication-proposal')
            UNION ALL
            SELECT c.publication_id, n.technique_id, n.code, n.name, 4, c.strict, c.standard, c.wide
            FROM publication_instruments c JOIN named n ON n.record_id = c.instrument_id
        ),
        first AS (
            SELECT *, min(CASE WHEN strict THEN rule END) OVER paper AS first_strict,
                   min(CASE WHEN standard THEN rule END) OVER paper AS first_standard,
                   min(CASE WHEN wide THEN rule END) OVER paper AS first_wide
            FROM found WINDOW paper AS (PARTITION BY publication_id)
        ),
        best AS (
            SELECT publication_id, technique_id, any_value(code) AS code, any_value(name) AS name, min(rule) AS rule,
                   coalesce(bool_or(strict AND rule = first_strict), false) AS strict,
                   coalesce(bool_or(standard AND rule = first_standard), false) AS standard,
                   coalesce(bool_or(wide AND rule = first_wide), false) AS wide
            FROM first GROUP BY publication_id, technique_id
        )
        SELECT {SHARES_OF_EQUALS}
        FROM best WINDOW paper AS (PARTITION BY publication_id)
        """,
        follows_decisions=True,
        publication="publication_id",
        by_level=True,
    ),
    Derived(
        "publication_topics",
        "Topics of a publication by vocabulary; topic: with the vocabulary before it, as filters name it; label: its "
        "most frequent spelling. A share is 1/n over the topics of the publication in that vocabulary.",
        """
        WITH word AS (SELECT DISTINCT publication_id, vocabulary, lower(value) AS folded, visibility
                      FROM publication_keywords WHERE trim(value) <> ''),
        spelt AS (
            SELECT vocabulary, lower(value) AS folded, arg_max(value, (often, value)) AS label
            FROM (SELECT vocabulary, value, count(*) AS often FROM publication_keywords GROUP BY ALL) GROUP BY ALL
        )
        SELECT w.publication_id, w.vocabulary, s.label,
               CASE WHEN w.vocabulary = '' THEN s.label ELSE w.vocabulary || ': ' || s.label END AS topic,
               1.0 / count(*) OVER (PARTITION BY w.publication_id, w.vocabulary) AS share, w.visibility
        FROM word w JOIN spelt s ON s.vocabulary = w.vocabulary AND s.folded = w.folded
        """,
    ),
    Derived(
        "publication_terms",
        "Techniques of a publication with everything broader, so that a technique finds its narrower ones.",
        """
        SELECT DISTINCT t.publication_id, coalesce(p.label, t.name) AS label, t.strict, t.standard, t.wide
        FROM publication_techniques t LEFT JOIN technique_terms p ON p.code = t.code
        """,
        follows_decisions=True,
        publication="publication_id",
        by_level=True,
    ),
)
