"""At which instrument, of which facility; what the beam time there was like."""

from puma.dimensions.kinds import FACTS, Dimension, Way

INSTRUMENT_OF_WORK = "LEFT JOIN publication_instruments pi ON pi.publication_id = f.id AND pi.{policy}"
PERIOD_OF_WORK = "LEFT JOIN publication_periods pp ON pp.publication_id = f.id AND pp.{policy}"
INSTRUMENT_OF_PROPOSAL = "JOIN proposal_instruments pri ON pri.proposal_id = f.id"
GROUP_OF_WORK = """
LEFT JOIN (
    SELECT c.publication_id, i.group_id, sum(c.share_{policy}) AS share, max(c.weight_wide) AS weight_wide
    FROM publication_instruments c LEFT JOIN instruments i ON i.id = c.instrument_id WHERE c.{policy} GROUP BY ALL
) pg ON pg.publication_id = f.id
"""
GROUP_OF_PROPOSAL = """
JOIN (
    SELECT t.proposal_id, i.group_id FROM proposal_instruments t LEFT JOIN instruments i ON i.id = t.instrument_id
) prg ON prg.proposal_id = f.id
"""
GROUP = "(SELECT ig.group_id FROM instruments ig WHERE ig.id = f.instrument_id)"
OF_ONE_INSTRUMENT = (
    "beamtime", "experiments", "losses", "beam_uses", "demand", "visits", "datasets", "transfers", "data_uses",
    "pdb_entries",
)  # fmt: skip
OF_NO_FACILITY = ("works", "user_years", "year_users", "user_authors", "declared_genders", "declared_stages")

MACHINES = (
    Dimension(
        "instrument",
        "Instrument",
        "Publications: through linked experiments, else linked proposals, else a direct link; others: as recorded.",
        {
            "works": Way("pi.instrument_id", INSTRUMENT_OF_WORK, "coalesce(pi.share_{policy}, 1.0)", "pi.weight_wide"),
            "proposals": Way("pri.instrument_id", INSTRUMENT_OF_PROPOSAL),
            "outcomes": Way("pri.instrument_id", INSTRUMENT_OF_PROPOSAL),
            "beamtime": Way("f.instrument_id"),
            "transfers": Way("f.instrument_id"),
            "experiments": Way("f.instrument_id"),
            "losses": Way("f.instrument_id"),
            "beam_uses": Way("f.instrument_id"),
            "demand": Way("f.instrument_id"),
            "visits": Way("f.instrument_id"),
            "datasets": Way("f.instrument_id"),
            "data_uses": Way("f.instrument_id"),
            "pdb_entries": Way("f.instrument_id"),
            "productivity": Way("f.instrument_id", share="f.share_{policy}"),
        },
        "SELECT id, name FROM instruments",
        many=True,
    ),
    Dimension(
        "period",
        "Instrument period",
        "Dated periods of the instruments credited, by the beam time: start of the experiment, else first session of "
        "the proposal there, else 1 July of its year. Where no beam time is known, the day is imputed: publication "
        "less the instrument's median time from experiment to publication. What is outside declared periods is shown.",
        {
            "works": Way(
                "coalesce(pp.period, 'unknown')", PERIOD_OF_WORK, "coalesce(pp.share_{policy}, 1.0)", "pp.weight_wide"
            )
        },
        many=True,
    ),
    Dimension(
        "group",
        "Instrument group",
        "Instruments that belong together, as through rebuilds: what several of a group share counts once. Instruments "
        "of no group, and what has no instrument, are 'unknown'.",
        {
            "works": Way("pg.group_id", GROUP_OF_WORK, "coalesce(pg.share, 1.0)", "pg.weight_wide"),
            "proposals": Way("prg.group_id", GROUP_OF_PROPOSAL),
            "outcomes": Way("prg.group_id", GROUP_OF_PROPOSAL),
            **{fact: Way(GROUP) for fact in OF_ONE_INSTRUMENT},
            "productivity": Way(GROUP, share="f.share_{policy}"),
        },
        'SELECT DISTINCT group_id, "group" FROM instruments WHERE group_id IS NOT NULL',
        many=True,
    ),
    Dimension(
        "facility",
        "Facility",
        "The facility of the record; publications: those of this installation that are credited by a counted link.",
        {
            "works": Way(
                "pfc.facility_id",
                "LEFT JOIN publication_facilities pfc ON pfc.publication_id = f.id AND pfc.{policy}",
                "coalesce(pfc.share_{policy}, 1.0)",
                "pfc.weight_wide",
            ),
            **{fact: Way("f.facility_id") for fact in FACTS if fact not in OF_NO_FACILITY},
        },
        "SELECT id, code FROM facilities",
        many=True,
    ),
    Dimension(
        "mode",
        "Mode",
        "On site, remote, mail-in; hybrid sessions are those to which somebody came while somebody was remote.",
        {
            "experiments": Way("coalesce(sm.mode, 'unknown')", "LEFT JOIN session_modes sm ON sm.experiment_id = f.id"),
            "losses": Way(
                "coalesce(sm.mode, 'unknown')", "LEFT JOIN session_modes sm ON sm.experiment_id = f.experiment_id"
            ),
            "visits": Way("coalesce(f.mode, 'unknown')"),
        },
    ),
    Dimension(
        "reason",
        "Reason of loss",
        "What beam time was lost to: the machine, the instrument, the users, a cancellation. Of what nobody says why "
        "it is 'unknown'.",
        {"losses": Way("coalesce(f.reason, 'unknown')")},
    ),
)
