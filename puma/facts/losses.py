"""What a snapshot derives about beam time that was given and did not come: how much of each session, and to what."""

from puma.entities.proposals import LOSSES
from puma.facts.kinds import Derived

SAID = " + ".join(f"coalesce(lost_to_{reason}, 0)" for reason in LOSSES)
"""SQL: the hours of a session of which it is said to what they were lost."""

LOST: tuple[Derived, ...] = (
    Derived(
        "losses",
        "Hours of a session that were lost to one reason. unknown: what was allocated and not delivered beyond the "
        "hours of which a reason is known.",
        f"""
        WITH part AS (
            SELECT id, unnest([{", ".join(f"'{reason}'" for reason in LOSSES)}]) AS reason,
                   unnest([{", ".join(f"lost_to_{reason}" for reason in LOSSES)}]) AS hours
            FROM experiments
            UNION ALL
            SELECT id, 'unknown', greatest(coalesce(allocated_hours - delivered_hours, 0), 0) - ({SAID})
            FROM experiments
        )
        SELECT row_number() OVER (ORDER BY e.id, part.reason) AS id, e.id AS experiment_id, e.year, e.instrument_id,
               e.facility_id, e.proposal_id, part.reason, round(part.hours, 6) AS hours, e.visibility
        FROM experiments e JOIN part ON part.id = e.id WHERE round(part.hours, 6) > 0
        """,
    ),
)
