"""What a snapshot derives: who shares in a publication, what a link policy counts, what became of beam time."""

from puma.facts.belonging import BELONGING
from puma.facts.credit import CREDIT
from puma.facts.declared import DECLARED
from puma.facts.kinds import Derived
from puma.facts.listed import LISTED
from puma.facts.losses import LOST
from puma.facts.operated import OPERATED
from puma.facts.periods import CREDITED, PERIODS
from puma.facts.uses import USES
from puma.facts.visited import HELD, VISITED

__all__ = ["DERIVED"]

NOTICES = (
    r"^\W*((publisher|author)s?\W?s? )?(erratum|errata|corrigendum|corrigenda)\b",
    r"^\W*(publisher|author)s?\W?s? (correction|note)\b",
    r"^\W*corrections?( to)?\s*:",
    r'^\W*correction to ["“‘«]',
    r"^\W*(retraction|withdrawal)( notice| note)?\s*:",
    r"^\W*(retraction (note|notice)|expression of concern)\b",
)
"""How the titles of corrections and retractions of other publications begin, in small letters."""

DERIVED: tuple[Derived, ...] = (
    Derived(
        "publication_countries",
        "Countries of a publication; share: each author counts 1/authors, split over the author's countries.",
        """
        WITH author AS (
            SELECT record_id, position, coalesce(country, 'unknown') AS country
            FROM authorships WHERE country IS NOT NULL
            UNION
            SELECT record_id, position, 'unknown' FROM authorships
            GROUP BY record_id, position HAVING count(country) = 0
        ),
        part AS (
            SELECT record_id, country, position,
                   1.0 / count(*) OVER (PARTITION BY record_id, position) AS piece
            FROM author
        ),
        size AS (SELECT record_id, count(DISTINCT position) AS authors FROM authorships GROUP BY record_id)
        SELECT p.id AS publication_id, coalesce(part.country, 'unknown') AS country,
               coalesce(sum(piece) / any_value(size.authors), 1.0) AS share,
               bool_or(part.position = 1) AS first_author, p.visibility
        FROM publications p
        LEFT JOIN part ON part.record_id = p.id
        LEFT JOIN size ON size.record_id = p.id
        GROUP BY p.id, coalesce(part.country, 'unknown'), p.visibility
        """,
    ),
    Derived(
        "publication_institutions",
        "Institutions of a publication, resolved ones only; share as for countries.",
        """
        WITH author AS (
            SELECT DISTINCT record_id, position, institution_id FROM authorships WHERE institution_id IS NOT NULL
        ),
        part AS (
            SELECT record_id, institution_id, 1.0 / count(*) OVER (PARTITION BY record_id, position) AS piece
            FROM author
        ),
        size AS (SELECT record_id, count(DISTINCT position) AS authors FROM authorships GROUP BY record_id)
        SELECT p.id AS publication_id, part.institution_id, sum(piece) / any_value(size.authors) AS share, p.visibility
        FROM publications p JOIN part ON part.record_id = p.id JOIN size ON size.record_id = p.id
        GROUP BY p.id, part.institution_id, p.visibility
        """,
    ),
    Derived(
        "visits",
        "One person in one session that was held, but for who received the others there: the local contacts of its "
        "proposal. sector: that of the institutions given on the proposal, company before others.",
        f"""
        WITH home AS (
            SELECT proposal_id, person_id,
                   CASE WHEN bool_or(sector = 'company') THEN 'company' ELSE min(sector) END AS sector,
                   bool_and(coalesce(role = 'local_contact', false)) AS receives
            FROM participants WHERE person_id IS NOT NULL GROUP BY proposal_id, person_id
        )
        SELECT row_number() OVER (ORDER BY e.id, v.person_id) AS id, e.id AS experiment_id, v.person_id,
               coalesce(v.mode, e.mode) AS mode, e.year, e.instrument_id, e.facility_id, e.proposal_id,
               home.sector, v.gender, v.career_stage, e.visibility
        FROM participations v
        JOIN experiments e ON e.id = v.experiment_id
        LEFT JOIN home ON home.proposal_id = e.proposal_id AND home.person_id = v.person_id
        WHERE v.person_id IS NOT NULL AND NOT coalesce(home.receives, false) AND {HELD}
        """,
    ),
    Derived(
        "beamtime",
        "Beam time that a proposal asked for and was given on one instrument, in hours.",
        """
        SELECT row_number() OVER (ORDER BY p.id, t.instrument_id, t.instrument_name, t.requested_hours) AS id,
               p.id AS proposal_id, t.instrument_id, t.requested_hours, t.allocated_hours, p.decision, p.type,
               p.scientific_area, p.call, p.year, p.facility_id, p.visibility
        FROM proposal_instruments t JOIN proposals p ON p.id = t.proposal_id
        """,
    ),
    Derived(
        "proposal_countries",
        "Countries of a proposal's team without local contacts; share: each member counts 1/members, split over the "
        "member's countries; leader: the same for the main proposer alone.",
        """
        WITH given AS (
            SELECT proposal_id, coalesce(person_id, -position) AS person, country, role, position
            FROM participants WHERE role IS DISTINCT FROM 'local_contact'
            QUALIFY country IS NOT NULL OR count(country) OVER (PARTITION BY proposal_id, person) = 0
        ),
        member AS (
            SELECT proposal_id, person, coalesce(country, 'unknown') AS country,
                   min(coalesce(role, '') <> 'proposer') AS helps, min(position) AS position
            FROM given GROUP BY ALL
        ),
        part AS (
            SELECT proposal_id, country, 1.0 / count(*) OVER (PARTITION BY proposal_id, person) AS piece,
                   person = first_value(person) OVER (PARTITION BY proposal_id ORDER BY helps, position) AS leads
            FROM member
        ),
        size AS (SELECT proposal_id, count(DISTINCT person) AS members FROM member GROUP BY proposal_id)
        SELECT p.id AS proposal_id, coalesce(part.country, 'unknown') AS country,
               coalesce(sum(piece) / any_value(members), 1.0) AS share,
               CASE WHEN any_value(members) IS NULL THEN 1.0 ELSE coalesce(sum(piece) FILTER (leads), 0) END AS leader,
               p.visibility
        FROM proposals p LEFT JOIN part ON part.proposal_id = p.id LEFT JOIN size ON size.proposal_id = p.id
        GROUP BY p.id, coalesce(part.country, 'unknown'), p.visibility
        """,
    ),
    Derived(
        "user_years",
        "One person in one year: how the person came at best, whether new that year, whether back within three years; "
        "whether a gender and a career stage were declared, that of a student among them. since: the first year of "
        "which sessions are known.",
        """
        WITH year AS (
            SELECT person_id, year,
                   CASE min(CASE mode WHEN 'on-site' THEN 1 WHEN 'hybrid' THEN 1 WHEN 'remote' THEN 2 ELSE 3 END)
                   WHEN 1 THEN 'on-site' WHEN 2 THEN 'remote' ELSE 'other' END AS access,
                   bool_or(gender IS NOT NULL) AS gender_declared, bool_or(career_stage IS NOT NULL) AS stage_declared,
                   coalesce(bool_or(career_stage IN ('student', 'doctoral student')), false) AS student
            FROM visits WHERE year IS NOT NULL GROUP BY person_id, year
        )
        SELECT row_number() OVER (ORDER BY person_id, year) AS id, year.*,
               min(year) OVER (PARTITION BY person_id) AS first_year,
               lead(year) OVER (PARTITION BY person_id ORDER BY year) AS next_year,
               min(year) OVER () AS since,
               least(max(year) OVER (), (SELECT year(day) FROM as_of) - 1) AS until
        FROM year
        """,
        by_level=True,
    ),
    Derived(
        "year_users",
        "One person in one year: on site, remote or other by participations; data where the person took data away in "
        "the year and came to no session. Local contacts are staff and are not among the latter.",
        """
        WITH took AS (
            SELECT DISTINCT person_id, year FROM transfers
            WHERE person_id IS NOT NULL AND year IS NOT NULL AND person_id NOT IN (
                SELECT person_id FROM participants WHERE role = 'local_contact' AND person_id IS NOT NULL)
        )
        SELECT row_number() OVER (ORDER BY person_id, year) AS id, person_id, year, coalesce(access, 'data') AS access
        FROM took FULL JOIN (SELECT person_id, year, access FROM user_years) USING (person_id, year)
        """,
        by_level=True,
    ),
    Derived(
        "publication_proposals",
        "Links between publications and proposals; weight_wide as of all links.",
        """
        SELECT left_id AS publication_id, right_id AS proposal_id, state, tier, probability, visibility,
               CASE WHEN state IN ('validated', 'auto') THEN 1 WHEN probability >= 0.9 THEN probability END
                   AS weight_wide
        FROM links WHERE relation = 'publication-proposal' AND state <> 'rejected'
        """,
        follows_decisions=True,
        publication="publication_id",
    ),
    Derived(
        "counted_links",
        "Links that are not rejected, and under which policy each counts. weight_wide: what it counts under the wide "
        "one, a candidate its probability, all others 1; of what rests on several links the greatest.",
        """
        SELECT left_id, right_id, relation, visibility, state = 'validated' AS strict,
               state IN ('validated', 'auto') AS standard, state IN ('validated', 'auto') OR probability >= 0.9 AS wide,
               CASE WHEN state IN ('validated', 'auto') THEN 1 WHEN probability >= 0.9 THEN probability END
                   AS weight_wide
        FROM links WHERE state <> 'rejected'
        """,
        follows_decisions=True,
        publication="left_id",
    ),
    Derived(
        "publication_instruments",
        "Instruments credited by a publication: through experiment, else proposal, else a direct link. One row each, "
        "with the best state; a share is 1/n over the instruments counted under that link policy, under the wide one "
        "by their weights.",
        f"""
        WITH {CREDITED},
        best AS (
            SELECT publication_id, instrument_id, min(rule) AS rule, max(probability) AS probability,
                   bool_or(strict) AS strict, bool_or(standard) AS standard,
                   bool_or(standard OR state = 'candidate' AND probability >= 0.9) AS wide,
                   max(CASE WHEN standard THEN 1 WHEN state = 'candidate' AND probability >= 0.9 THEN probability END)
                       AS weight_wide
            FROM credited GROUP BY publication_id, instrument_id
        )
        SELECT best.*, 'public' AS visibility,
               CASE WHEN strict THEN 1.0 / sum(strict::INT) OVER paper END AS share_strict,
               CASE WHEN standard THEN 1.0 / sum(standard::INT) OVER paper END AS share_standard,
               CASE WHEN wide THEN weight_wide / sum(weight_wide::DECIMAL(18, 12)) OVER paper END AS share_wide
        FROM best WINDOW paper AS (PARTITION BY publication_id)
        """,
        follows_decisions=True,
        publication="publication_id",
        by_level=True,
    ),
    Derived(
        "works",
        "Publications with what the counting needs: linked under each policy, known countries, of a type that counts; "
        "corrects: a correction or retraction of another one, by matching or by how its title begins.",
        f"""
        SELECT p.*, coalesce(l.strict, false) AS linked_strict, coalesce(l.standard, false) AS linked_standard,
               coalesce(l.wide, false) AS linked_wide, l.weight_wide, coalesce(c.countries, 0) AS countries,
               p.type IN ('JOURNAL_ARTICLE', 'PROCEEDINGS_ARTICLE', 'BOOK', 'BOOK_CHAPTER', 'THESIS', 'DATA_PAPER')
                   AND NOT p.retracted AND NOT p.corrects AS countable
        FROM (
            SELECT *, id IN (SELECT publication_id FROM corrections)
                      OR regexp_matches(lower(title), '{"|".join(NOTICES)}') AS corrects FROM publications
        ) p
        LEFT JOIN (
            SELECT left_id, bool_or(strict) AS strict, bool_or(standard) AS standard, bool_or(wide) AS wide,
                   max(weight_wide) AS weight_wide
            FROM counted_links WHERE relation IN
                ('publication-proposal', 'publication-experiment', 'publication-instrument')
            GROUP BY left_id
        ) l ON l.left_id = p.id
        LEFT JOIN (
            SELECT publication_id, count(*) AS countries FROM publication_countries
            WHERE country <> 'unknown' GROUP BY publication_id
        ) c ON c.publication_id = p.id
        """,
        follows_decisions=True,
        publication="id",
        by_level=True,
    ),
    Derived(
        "outcomes",
        "What became of each proposal with delivered beam time: its sessions, and its papers under each policy; year: "
        "that of the first delivered session. A paper of which only the year is known came out on 1 July; where the "
        "session ended in its year, or month, after that, at once.",
        """
        WITH session AS (
            SELECT proposal_id, min(starts_at) AS first_start, max(coalesce(ends_at, starts_at))::DATE AS last_end,
                   arg_min(coalesce(ends_at, starts_at), starts_at)::DATE AS first_end
            FROM experiments WHERE delivered_hours > 0 AND starts_at IS NOT NULL AND proposal_id IS NOT NULL
            GROUP BY proposal_id
        ),
        paper AS (
            SELECT l.proposal_id, l.publication_id,
                   CASE WHEN w.published_on IS NULL OR w.published_precision = 'year'
                        THEN greatest(make_date(w.year, 7, 1), if(year(s.first_end) = w.year, s.first_end, NULL))
                        WHEN w.published_precision = 'month'
                             AND date_trunc('month', w.published_on) = date_trunc('month', s.first_end)
                        THEN s.first_end ELSE least(w.published_on, make_date(w.year, 12, 31)) END AS day,
                   l.state = 'validated' AS strict, l.state IN ('validated', 'auto') AS standard,
                   l.state IN ('validated', 'auto') OR l.probability >= 0.9 AS wide,
                   l.weight_wide
            FROM publication_proposals l JOIN works w ON w.id = l.publication_id
            JOIN session s ON s.proposal_id = l.proposal_id
            WHERE w.countable AND w.year IS NOT NULL
        ),
        papers AS (
            SELECT proposal_id,
                   count(DISTINCT publication_id) FILTER (strict) AS papers_strict,
                   min(day) FILTER (strict) AS day_strict,
                   count(DISTINCT publication_id) FILTER (standard) AS papers_standard,
                   min(day) FILTER (standard) AS day_standard,
                   round(sum(weight_wide::DECIMAL(18, 12)) FILTER (wide), 9)::DOUBLE
                       AS papers_wide, min(day) FILTER (wide) AS day_wide
            FROM paper GROUP BY proposal_id
        )
        SELECT p.id, p.type, p.scientific_area, p.call, p.facility_id, year(s.first_start) AS year,
               s.first_start::DATE AS first_start, s.first_end, s.last_end, a.day AS as_of,
               coalesce(r.exempt, false) AS exempt, x.proposal_id IS NOT NULL AS excused,
               coalesce(r.months, (SELECT months FROM debt_rules WHERE type IS NULL)) AS grace,
               coalesce(papers_strict, 0) AS papers_strict, coalesce(papers_standard, 0) AS papers_standard,
               coalesce(papers_wide, 0) AS papers_wide, day_strict, day_standard, day_wide, p.visibility
        FROM proposals p JOIN session s ON s.proposal_id = p.id LEFT JOIN papers ON papers.proposal_id = p.id
        LEFT JOIN debt_rules r ON r.type = lower(p.type)
        LEFT JOIN (SELECT DISTINCT proposal_id FROM excuses) x ON x.proposal_id = p.id, as_of a
        """,
        follows_decisions=True,
        proposal="id",
        by_level=True,
    ),
    Derived(
        "proposal_papers",
        "Publications of proposals that count, under each policy; a share is 1/n over the proposals of the publication "
        "that are counted under it, under the wide one by weights, with the greatest as their sum.",
        """
        WITH best AS (
            SELECT l.publication_id, l.proposal_id, bool_or(l.state = 'validated') AS strict,
                   bool_or(l.state IN ('validated', 'auto')) AS standard,
                   bool_or(l.state IN ('validated', 'auto') OR l.probability >= 0.9) AS wide,
                   max(l.weight_wide) AS weight_wide
            FROM publication_proposals l JOIN works w ON w.id = l.publication_id
            WHERE w.countable AND w.year IS NOT NULL GROUP BY ALL
        )
        SELECT best.*,
               CASE WHEN strict THEN 1.0 / sum(strict::INT) OVER paper END AS share_strict,
               CASE WHEN standard THEN 1.0 / sum(standard::INT) OVER paper END AS share_standard,
               CASE WHEN wide THEN weight_wide * max(weight_wide) OVER paper
                    / sum(weight_wide::DECIMAL(18, 12)) OVER paper
                   END AS share_wide
        FROM best WINDOW paper AS (PARTITION BY publication_id)
        """,
        follows_decisions=True,
        publication="publication_id",
        by_level=True,
    ),
    *PERIODS,
    *VISITED,
    *LOST,
    *LISTED,
    *DECLARED,
    *OPERATED,
    *BELONGING,
    *USES,
    *CREDIT,
)
