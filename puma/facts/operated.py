"""What a snapshot derives about the beam time that there is: what it was used for, and how much was asked of it."""

from puma.facts.kinds import Derived

OPERATED: tuple[Derived, ...] = (
    Derived(
        "beam_uses",
        "Beam time of an instrument in a year of which all available hours are known, once for each type of proposal, "
        "commissioning and maintenance: hours delivered or set aside for it, beside all available hours.",
        """
        WITH place AS (
            SELECT facility_id, instrument_id, year, sum(hours) AS available_hours
            FROM operation WHERE hours_for = 'available' AND call IS NULL AND instrument_id IS NOT NULL GROUP BY ALL
        ),
        used AS (
            SELECT e.instrument_id, e.year, coalesce(p.type, 'unknown') AS type, e.delivered_hours AS hours
            FROM experiments e LEFT JOIN proposals p ON p.id = e.proposal_id
            UNION ALL
            SELECT instrument_id, year, hours_for, hours FROM operation
            WHERE hours_for IN ('commissioning', 'maintenance') AND call IS NULL
        ),
        type AS (SELECT DISTINCT type FROM used SEMI JOIN place USING (instrument_id, year)),
        summed AS (SELECT instrument_id, year, type, sum(hours) AS hours FROM used GROUP BY ALL)
        SELECT row_number() OVER (ORDER BY place.instrument_id, place.year, type.type) AS id, place.facility_id,
               place.instrument_id, place.year, type.type, coalesce(s.hours, 0) AS hours, place.available_hours
        FROM place CROSS JOIN type LEFT JOIN summed s
            ON s.instrument_id = place.instrument_id AND s.year = place.year AND s.type = type.type
        """,
        by_level=True,
    ),
    Derived(
        "demand",
        "Beam time on offer to the public programme in a call on one instrument, and what its proposals ask for there; "
        "id: of what is on offer below zero.",
        """
        WITH offer AS (
            SELECT facility_id, instrument_id, call, max(year) AS year, sum(hours) AS hours, min(id) AS id
            FROM operation WHERE hours_for = 'public' AND call IS NOT NULL AND instrument_id IS NOT NULL
            GROUP BY facility_id, instrument_id, call
        )
        SELECT b.id, b.proposal_id, b.call, b.instrument_id, o.year, o.facility_id, b.decision, b.requested_hours,
               NULL::DOUBLE AS offered_hours, b.visibility
        FROM beamtime b JOIN offer o ON o.call = b.call AND o.instrument_id = b.instrument_id
        UNION ALL
        SELECT -id, NULL, call, instrument_id, year, facility_id, NULL, NULL, hours, 'public' FROM offer
        """,
    ),
)
