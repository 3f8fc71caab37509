"""Where the people of visits are from: every institution and country of the affiliation given on the proposal."""

from puma.facts.kinds import Derived

VISITED: tuple[Derived, ...] = (
    Derived(
        "visit_countries",
        "Countries of a visit, as given on the proposal; share: 1 split over the person's countries.",
        """
        WITH place AS (
            SELECT DISTINCT v.id AS visit_id, p.country
            FROM visits v JOIN participants p ON p.proposal_id = v.proposal_id AND p.person_id = v.person_id
            WHERE p.country IS NOT NULL
        )
        SELECT v.id AS visit_id, coalesce(place.country, 'unknown') AS country,
               1.0 / count(*) OVER (PARTITION BY v.id) AS share, v.visibility
        FROM visits v LEFT JOIN place ON place.visit_id = v.id
        """,
    ),
    Derived(
        "visit_institutions",
        "Institutions of a visit, as given on the proposal, resolved ones only; share: 1 split over them.",
        """
        WITH place AS (
            SELECT DISTINCT v.id AS visit_id, p.institution_id, p.sector, v.visibility
            FROM visits v JOIN participants p ON p.proposal_id = v.proposal_id AND p.person_id = v.person_id
            WHERE p.institution_id IS NOT NULL
        )
        SELECT visit_id, institution_id, sector, 1.0 / count(*) OVER (PARTITION BY visit_id) AS share, visibility
        FROM place
        """,
    ),
)
