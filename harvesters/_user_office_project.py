"""Queries for the PostgreSQL schema of UserOfficeProject, one per table that it can fill."""

QUERIES: dict[str, str] = {
    "instruments": """
        SELECT i.short_code AS name, i.name AS label,
               (SELECT string_agg(t.name, ';' ORDER BY t.name)
                  FROM technique_has_instruments ti JOIN techniques t ON t.technique_id = ti.technique_id
                 WHERE ti.instrument_id = i.instrument_id) AS techniques
          FROM instruments i ORDER BY i.instrument_id""",
    "calls": """
        SELECT call_short_code AS code, start_call AS opens, end_call AS closes, start_cycle AS cycle_start,
               end_cycle AS cycle_end, allocation_time_unit::text AS time_unit
          FROM "call" ORDER BY call_id""",
    # What the instrument has on offer in a call; how its year was spent (maintenance, commissioning) is not recorded.
    "operation": """
        SELECT i.short_code AS instrument, c.call_short_code AS call, 'public' AS hours_for,
               ci.availability_time AS amount, c.allocation_time_unit::text AS unit
          FROM call_has_instruments ci
          JOIN "call" c ON c.call_id = ci.call_id
          JOIN instruments i ON i.instrument_id = ci.instrument_id
         WHERE ci.availability_time IS NOT NULL ORDER BY c.call_id, i.instrument_id""",
    # A decision counts from the moment on at which management has confirmed it or the proposer was told.
    "proposals": """
        SELECT p.proposal_id AS code, p.title, p.abstract, c.call_short_code AS call,
               p.submitted_date AS deposited_on, extract(year FROM c.start_cycle)::int AS operation_year,
               CASE WHEN p.management_decision_submitted OR p.notified THEN
                 CASE p.final_status WHEN 1 THEN 'accepted' WHEN 2 THEN 'reserve' WHEN 3 THEN 'refused' END
               END AS decision,
               (SELECT string_agg(t.name, ';' ORDER BY t.name)
                  FROM technique_has_proposals tp JOIN techniques t ON t.technique_id = tp.technique_id
                 WHERE tp.proposal_id = p.proposal_pk) AS techniques
          FROM proposals p JOIN "call" c ON c.call_id = p.call_id
         WHERE p.submitted ORDER BY p.proposal_pk""",
    # What is asked for stands in the answer to the question of the kind "instrument picker".
    "proposal_instruments": """
        SELECT p.proposal_id AS proposal, i.short_code AS instrument,
               (SELECT one ->> 'timeRequested'
                  FROM answers a
                  JOIN questions q ON q.question_id = a.question_id AND q.data_type = 'INSTRUMENT_PICKER',
                       LATERAL jsonb_array_elements(CASE jsonb_typeof(a.answer -> 'value')
                         WHEN 'array' THEN a.answer -> 'value'
                         WHEN 'object' THEN jsonb_build_array(a.answer -> 'value')
                         ELSE '[]'::jsonb END) AS one
                 WHERE a.questionary_id = p.questionary_id AND jsonb_typeof(one) = 'object'
                   AND one ->> 'instrumentId' = i.instrument_id::text
                 LIMIT 1) AS requested,
               ip.management_time_allocation AS allocated, c.allocation_time_unit::text AS unit
          FROM instrument_has_proposals ip
          JOIN proposals p ON p.proposal_pk = ip.proposal_pk
          JOIN instruments i ON i.instrument_id = ip.instrument_id
          JOIN "call" c ON c.call_id = p.call_id
         WHERE p.submitted ORDER BY p.proposal_pk, ip.instrument_has_proposals_id""",
    "participants": """
        SELECT t.proposal, u.user_id AS person_key, u.firstname AS given_name, u.lastname AS family_name, u.email,
               s.institution, s.ror_id AS institution_ror, n.country, t.role
          FROM (SELECT p.proposal_id AS proposal, p.proposer_id AS user_id, 'proposer' AS role, 0 AS place
                  FROM proposals p WHERE p.submitted
                UNION ALL
                SELECT p.proposal_id, pu.user_id, 'co_proposer', 1
                  FROM proposal_user pu JOIN proposals p ON p.proposal_pk = pu.proposal_pk
                 WHERE p.submitted AND pu.user_id IS DISTINCT FROM p.proposer_id
                UNION ALL
                SELECT DISTINCT p.proposal_id, e.local_contact_id, 'local_contact', 2
                  FROM experiments e JOIN proposals p ON p.proposal_pk = e.proposal_pk
                 WHERE p.submitted AND e.status <> 'DRAFT') t
          JOIN users u ON u.user_id = t.user_id
          LEFT JOIN institutions s ON s.institution_id = u.institution_id
          LEFT JOIN countries n ON n.country_id = s.country_id
         ORDER BY t.proposal, t.place, u.user_id""",
    "sessions": """
        SELECT e.experiment_id AS code, p.proposal_id AS proposal, i.short_code AS instrument,
               e.starts_at AS start, e.ends_at AS "end",
               extract(epoch FROM e.ends_at - e.starts_at) / 3600 AS allocated_hours,
               CASE WHEN e.status = 'COMPLETED'
                    THEN extract(epoch FROM e.ends_at - e.starts_at) / 3600 END AS delivered_hours
          FROM experiments e
          JOIN proposals p ON p.proposal_pk = e.proposal_pk
          JOIN instruments i ON i.instrument_id = e.instrument_id
         WHERE p.submitted AND e.status <> 'DRAFT' ORDER BY e.experiment_pk""",
    # Who registered a visit was there in person; remote participants are not recorded.
    "session_participants": """
        SELECT e.experiment_id AS session, u.user_id AS person_key, u.firstname AS given_name,
               u.lastname AS family_name, u.email, 'on-site' AS mode
          FROM visits v
          JOIN visits_has_users r ON r.visit_id = v.visit_id
          JOIN experiments e ON e.experiment_pk = v.experiment_pk
          JOIN proposals p ON p.proposal_pk = e.proposal_pk
          JOIN users u ON u.user_id = r.user_id
         WHERE p.submitted AND e.status <> 'DRAFT'
           AND r.status::text NOT IN ('DRAFTED', 'DISAPPROVED', 'CANCELLED_BY_USER', 'CANCELLED_BY_FACILITY')
         ORDER BY e.experiment_pk, u.user_id""",
}
