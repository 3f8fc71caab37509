"""What a snapshot derives about institutions: what each is a part of, and the sectors of records, unknown ones too."""

from puma.facts.kinds import Derived

BELONGING: tuple[Derived, ...] = (
    Derived(
        "institution_tree",
        "Every institution with itself and all that it is a part of; root: the topmost, one of each institution, of a "
        "ring that of the lowest number.",
        """
        WITH RECURSIVE part AS (
            SELECT i.id, p.id AS parent, i.visibility FROM institutions i
            LEFT JOIN institutions p ON p.id = i.parent_id AND p.id <> i.id
        ),
        tree AS (
            SELECT id AS institution_id, id AS within_id FROM part
            UNION
            SELECT t.institution_id, p.parent FROM tree t JOIN part p ON p.id = t.within_id WHERE p.parent IS NOT NULL
        )
        SELECT t.institution_id, t.within_id,
               row_number() OVER (PARTITION BY t.institution_id ORDER BY p.parent IS NOT NULL, t.within_id) = 1 AS root,
               own.visibility
        FROM tree t JOIN part p ON p.id = t.within_id JOIN part own ON own.id = t.institution_id
        """,
    ),
    Derived(
        "staff_works",
        "Publications with an author who was staff by the affiliation given there: that of a facility of this "
        "installation, by its ROR id, or of a part of it.",
        """
        SELECT DISTINCT a.record_id AS publication_id, p.visibility
        FROM facilities f JOIN institutions i ON i.ror = f.ror JOIN institution_tree t ON t.within_id = i.id
        JOIN authorships a ON a.institution_id = t.institution_id JOIN publications p ON p.id = a.record_id
        """,
    ),
    Derived(
        "publication_sectors",
        "Sectors of a publication's institutions; share: each author counts 1/authors, split over the author's "
        "sectors; of whom none is known: unknown.",
        """
        WITH author AS (
            SELECT record_id, position, coalesce(sector, 'unknown') AS sector
            FROM authorships WHERE sector IS NOT NULL
            UNION
            SELECT record_id, position, 'unknown' FROM authorships
            GROUP BY record_id, position HAVING count(sector) = 0
        ),
        part AS (
            SELECT record_id, sector, 1.0 / count(*) OVER (PARTITION BY record_id, position) AS piece FROM author
        ),
        size AS (SELECT record_id, count(DISTINCT position) AS authors FROM authorships GROUP BY record_id)
        SELECT p.id AS publication_id, coalesce(part.sector, 'unknown') AS sector,
               coalesce(sum(piece) / any_value(size.authors), 1.0) AS share, p.visibility
        FROM publications p
        LEFT JOIN part ON part.record_id = p.id
        LEFT JOIN size ON size.record_id = p.id
        GROUP BY p.id, coalesce(part.sector, 'unknown'), p.visibility
        """,
    ),
    Derived(
        "proposal_sectors",
        "Sectors of a proposal's team without local contacts; share: each member counts 1/members, split over the "
        "member's sectors; of whom none is known: unknown.",
        """
        WITH given AS (
            SELECT DISTINCT proposal_id, coalesce(person_id, -position) AS person, sector
            FROM participants WHERE role IS DISTINCT FROM 'local_contact'
        ),
        member AS (
            SELECT proposal_id, person, coalesce(sector, 'unknown') AS sector FROM given
            QUALIFY sector IS NOT NULL OR count(sector) OVER (PARTITION BY proposal_id, person) = 0
        ),
        part AS (
            SELECT proposal_id, sector, 1.0 / count(*) OVER (PARTITION BY proposal_id, person) AS piece FROM member
        ),
        size AS (SELECT proposal_id, count(DISTINCT person) AS members FROM member GROUP BY proposal_id)
        SELECT p.id AS proposal_id, coalesce(part.sector, 'unknown') AS sector,
               coalesce(sum(piece) / any_value(members), 1.0) AS share, p.visibility
        FROM proposals p LEFT JOIN part ON part.proposal_id = p.id LEFT JOIN size ON size.proposal_id = p.id
        GROUP BY p.id, coalesce(part.sector, 'unknown'), p.visibility
        """,
    ),
    Derived(
        "visit_sectors",
        "Sectors of a visit, by the institutions given on the proposal; share: 1 split over the person's sectors; "
        "where none is known: unknown.",
        """
        WITH place AS (SELECT DISTINCT visit_id, sector FROM visit_institutions WHERE sector IS NOT NULL)
        SELECT v.id AS visit_id, coalesce(place.sector, 'unknown') AS sector,
               1.0 / count(*) OVER (PARTITION BY v.id) AS share, v.visibility
        FROM visits v LEFT JOIN place ON place.visit_id = v.id
        """,
    ),
)
