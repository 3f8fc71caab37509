"""Sessions that were held, how people came, and from where: by the affiliation given on the proposal."""

from puma.facts.kinds import Derived

HELD = "coalesce(e.starts_at::DATE <= (SELECT day FROM as_of), true) AND coalesce(e.delivered_hours > 0, true)"
"""SQL that is true for a session e that began by the day of the facts and was not cancelled."""

VISITED: tuple[Derived, ...] = (
    Derived(
        "session_modes",
        "How each session was held: hybrid where at least one person came and at least one was remote, else as the "
        "session says, else as its people do.",
        """
        WITH people AS (
            SELECT experiment_id, bool_or(mode IN ('on-site', 'hybrid')) AS came,
                   bool_or(mode IN ('remote', 'hybrid')) AS remote, bool_or(mode = 'mail-in') AS sent
            FROM visits GROUP BY experiment_id
        )
        SELECT e.id AS experiment_id, e.visibility,
               CASE WHEN came AND remote THEN 'hybrid' WHEN e.mode IS NOT NULL THEN e.mode
                    WHEN came THEN 'on-site' WHEN remote THEN 'remote' WHEN sent THEN 'mail-in' END AS mode
        FROM experiments e LEFT JOIN people ON people.experiment_id = e.id
        """,
    ),
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
