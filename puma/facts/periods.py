"""What a snapshot derives about the periods of instruments: which incarnation of a machine a publication credits."""

from puma.facts.kinds import Derived

CREDITED = """found AS (
            SELECT l.left_id AS publication_id, e.instrument_id,
                   CASE WHEN l.state = 'auto' AND v.state = 'validated' THEN 'validated' ELSE l.state END AS state,
                   l.probability, 1 AS rule, l.right_id AS through
            FROM links l JOIN experiments e ON e.id = l.right_id
            LEFT JOIN links v ON v.left_id = l.left_id AND v.right_id = e.proposal_id
                AND v.relation = 'publication-proposal'
            WHERE l.relation = 'publication-experiment' AND l.state <> 'rejected'
            UNION ALL
            SELECT l.left_id, i.instrument_id, l.state, l.probability, 2, l.right_id
            FROM links l JOIN proposal_instruments i ON i.proposal_id = l.right_id
            WHERE l.relation = 'publication-proposal' AND l.state <> 'rejected'
              AND (coalesce(i.allocated_hours, 0) > 0 OR NOT EXISTS (
                    SELECT 1 FROM proposal_instruments o
                    WHERE o.proposal_id = i.proposal_id AND coalesce(o.allocated_hours, 0) > 0))
            UNION ALL
            SELECT l.left_id, l.right_id, l.state, l.probability, 3, l.right_id
            FROM links l WHERE l.relation = 'publication-instrument' AND l.state <> 'rejected'
        ),
        counted AS (
            SELECT publication_id AS paper, min(rule) AS first_rule,
                   min(rule) FILTER (state = 'validated') AS first_strict
            FROM found WHERE state IN ('validated', 'auto') AND instrument_id IS NOT NULL GROUP BY publication_id
        ),
        credited AS (
            SELECT found.*, coalesce(state = 'validated' AND rule = first_strict, false) AS strict,
                   coalesce(state IN ('validated', 'auto') AND rule = first_rule
                            OR state = 'validated' AND rule = first_strict, false) AS standard
            FROM found LEFT JOIN counted ON paper = publication_id
            WHERE instrument_id IS NOT NULL
              AND (first_rule IS NULL OR rule IN (first_rule, first_strict) OR state = 'candidate')
        )"""
"""Links that credit an instrument to a publication, and under which policy: through experiments, else proposals, else
directly, which under the strict policy is asked of validated ones alone. An automatic link to a session counts as
validated where a person validated the link to its proposal: nobody is asked about sessions."""

USUAL = 730  # days from beam time to paper of an instrument of which none are known together

PERIODS: tuple[Derived, ...] = (
    Derived(
        "periods",
        "Periods of instruments [opens, closes) by their words, commissioning left out; and for each instrument, under "
        "a number below zero, what lies outside of them.",
        """
        WITH named AS (
            SELECT id, visibility, name AS short,
                   CASE WHEN count(*) OVER (PARTITION BY name) = 1 THEN name
                        ELSE concat(name, ' (', coalesce(nullif(label, name), id::VARCHAR), ')') END AS name
            FROM instruments
        ),
        told AS (
            SELECT p.id, n.id AS instrument_id, greatest(p.starts_on, p.commissioning_until) AS opens,
                   p.ends_on AS closes, n.visibility,
                   concat(CASE WHEN contains(p.label, n.short) THEN p.label ELSE concat_ws(' ', n.name, p.label) END,
                          ', ', year(greatest(p.starts_on, p.commissioning_until)), '–', year(p.ends_on)) AS words
            FROM instrument_periods p JOIN named n ON n.id = p.instrument_id
            UNION ALL
            SELECT -id, id, NULL, NULL, visibility, concat('outside declared periods of ', name) FROM named
        )
        SELECT id, instrument_id, opens, closes,
               CASE WHEN count(*) OVER (PARTITION BY words) = 1 THEN words ELSE concat(words, ' (', abs(id), ')')
               END AS period, visibility
        FROM told
        """,
    ),
    Derived(
        "credit_days",
        "Days of the beam time through which a publication credits an instrument, empty where none is known: the start "
        "of the experiment (rule 1), else the first delivered session of the proposal there, else 1 July of the year "
        "in which the proposal operates (rule 2). published: 1 July of a year of which the day is not known.",
        f"""
        WITH {CREDITED},
        session AS (
            SELECT proposal_id, instrument_id, min(starts_at)::DATE AS day FROM experiments
            WHERE delivered_hours > 0 AND starts_at IS NOT NULL AND proposal_id IS NOT NULL GROUP BY ALL
        )
        SELECT c.publication_id, c.instrument_id, c.rule,
               CASE c.rule WHEN 1 THEN e.starts_at::DATE
                    WHEN 2 THEN coalesce(s.day, make_date(p.operation_year, 7, 1)) END AS day,
               CASE WHEN w.published_on IS NULL OR w.published_precision = 'year' THEN make_date(w.year, 7, 1)
                    ELSE w.published_on END AS published,
               bool_or(c.strict) AS strict, bool_or(c.standard) AS standard,
               bool_or(c.standard OR c.state = 'candidate' AND c.probability >= 0.9) AS wide,
               max(CASE WHEN c.standard THEN 1 WHEN c.state = 'candidate' AND c.probability >= 0.9 THEN c.probability
                   END) AS weight_wide
        FROM credited c JOIN publications w ON w.id = c.publication_id
        LEFT JOIN experiments e ON c.rule = 1 AND e.id = c.through
        LEFT JOIN proposals p ON c.rule = 2 AND p.id = c.through
        LEFT JOIN session s ON c.rule = 2 AND s.proposal_id = c.through AND s.instrument_id = c.instrument_id
        GROUP BY ALL
        """,
        follows_decisions=True,
        publication="publication_id",
        by_level=True,
    ),
    Derived(
        "publication_periods",
        "Periods of instruments credited by a publication. imputed: no beam time is known, so that the day is that of "
        f"publication less the instrument's median time from experiment to publication, else less {USUAL} days. "
        "A share is that of the instrument, split over its periods.",
        f"""
        WITH lag AS (
            SELECT instrument_id, median(date_diff('day', day, published)) AS days FROM credit_days
            WHERE rule = 1 AND standard AND day <= published GROUP BY instrument_id
        ),
        dated AS (
            SELECT c.publication_id, c.instrument_id, c.strict, c.standard, c.wide, c.weight_wide,
                   c.day IS NULL AS imputed, coalesce(c.day, c.published - coalesce(lag.days, {USUAL})::INTEGER) AS day
            FROM credit_days c LEFT JOIN lag USING (instrument_id)
        ),
        placed AS (
            SELECT d.publication_id, d.instrument_id, coalesce(p.id, -d.instrument_id) AS period_id,
                   coalesce(bool_and(d.imputed) FILTER (d.standard), bool_and(d.imputed)) AS imputed,
                   bool_or(d.strict) AS strict, bool_or(d.standard) AS standard, bool_or(d.wide) AS wide,
                   max(d.weight_wide) AS weight_wide
            FROM dated d LEFT JOIN periods p ON p.instrument_id = d.instrument_id AND p.id > 0
                AND d.day >= coalesce(p.opens, DATE '0001-01-01') AND d.day < coalesce(p.closes, DATE '9999-12-31')
            GROUP BY ALL
        )
        SELECT a.publication_id, a.instrument_id, p.period, a.imputed, a.strict, a.standard, a.wide, a.weight_wide,
               CASE WHEN a.strict THEN i.share_strict / sum(a.strict::INT) OVER unit END AS share_strict,
               CASE WHEN a.standard THEN i.share_standard / sum(a.standard::INT) OVER unit END AS share_standard,
               CASE WHEN a.wide THEN i.share_wide * a.weight_wide / sum(a.weight_wide::DECIMAL(18, 12)) OVER unit
                   END AS share_wide
        FROM placed a JOIN publication_instruments i USING (publication_id, instrument_id)
        LEFT JOIN periods p ON p.id = a.period_id
        WINDOW unit AS (PARTITION BY a.publication_id, a.instrument_id)
        """,
        by_level=True,
        kept=False,
    ),
)
