"""Dimensions: what numbers are cut by and filtered with; one entry each, with the way to it from each kind of fact."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Way:
    """How a fact ``f`` reaches a dimension. ``join``: SQL after FROM; ``key``: the value; ``share``: fractional weight.
    ``weight``: where the value rests on links, what it counts under the wide policy; else that of the fact.

    ``{policy}`` in the SQL stands for the link policy: strict, standard or wide.
    """

    key: str
    join: str = ""
    share: str = ""
    weight: str = ""


@dataclass(frozen=True, slots=True)
class Dimension:
    """One way of cutting numbers. ``names``: SQL giving (key, name) pairs where the key is a number."""

    slug: str
    label: str
    help: str
    ways: Mapping[str, Way] = field(default_factory=dict)
    names: str = ""
    many: bool = False  # one fact may have several values, so that rows may sum to more than the total
    whole: bool = False  # only a cut, never a filter: one value alone would tell of few people what the others hide


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
ROOT_OF_WORK = """
JOIN (
    SELECT c.publication_id, t.within_id AS root_id, sum(c.share) AS share
    FROM publication_institutions c JOIN institution_tree t ON t.institution_id = c.institution_id AND t.root
    GROUP BY ALL
) pr ON pr.publication_id = f.id
"""
ROOT_OF_VISIT = """
JOIN (
    SELECT c.visit_id, t.within_id AS root_id, sum(c.share) AS share
    FROM visit_institutions c JOIN institution_tree t ON t.institution_id = c.institution_id AND t.root GROUP BY ALL
) vr ON vr.visit_id = f.id
"""
ROOT_OF_PROPOSAL = """
JOIN (
    SELECT m.proposal_id, t.within_id AS root_id FROM participants m
    JOIN institution_tree t ON t.institution_id = m.institution_id AND t.root
    WHERE m.role IS DISTINCT FROM 'local_contact'
) tr ON tr.proposal_id = f.id
"""
WITHIN_OF_WORK = """
JOIN publication_institutions pw ON pw.publication_id = f.id
JOIN institution_tree ow ON ow.institution_id = pw.institution_id
"""
WITHIN_OF_VISIT = """
JOIN visit_institutions vw ON vw.visit_id = f.id
JOIN institution_tree ow ON ow.institution_id = vw.institution_id
"""
WITHIN_OF_PROPOSAL = """
JOIN participants tw ON tw.proposal_id = f.id AND tw.role IS DISTINCT FROM 'local_contact'
JOIN institution_tree ow ON ow.institution_id = tw.institution_id
"""
OF_PROPOSAL = "LEFT JOIN proposals p ON p.id = f.proposal_id"
COUNTRY_OF_WORK = "JOIN publication_countries pc ON pc.publication_id = f.id"
INSTITUTION_OF_WORK = "JOIN publication_institutions pin ON pin.publication_id = f.id"
TEAM = "JOIN participants pt ON pt.proposal_id = f.id AND pt.role IS DISTINCT FROM 'local_contact'"
SESSIONS_OF_COLLECTION = """
SELECT e.id AS session_id, c.collection_id FROM experiments e JOIN collection_items c ON c.record_id = e.id
UNION SELECT e.id, c.collection_id FROM experiments e JOIN collection_items c ON c.record_id = e.proposal_id
"""

FACTS = (
    "works", "proposals", "beamtime", "outcomes", "experiments", "visits", "user_years", "year_users", "datasets",
    "transfers", "data_uses", "pdb_entries", "productivity", "fair", "losses", "declared_genders", "declared_stages",
    "user_authors", "beam_uses", "demand",
)  # fmt: skip
"""What is counted: one row of a table of the snapshot each."""
OF_ONE_INSTRUMENT = (
    "beamtime", "experiments", "losses", "beam_uses", "demand", "visits", "datasets", "transfers", "data_uses",
    "pdb_entries",
)  # fmt: skip
OF_NO_FACILITY = ("works", "user_years", "year_users", "user_authors", "declared_genders", "declared_stages")

_entries = (
    Dimension(
        "year",
        "Year",
        "Publications: year of publication; proposals and beam time asked for: year of their call's cycle; experiments "
        "and visits: their start; what became of proposals: first delivered session; data carried away: when; "
        "use of data: "
        "year of the publication; PDB entries: release; papers per beam day: last year of the window.",
        {fact: Way("f.year") for fact in FACTS},
    ),
    Dimension(
        "type",
        "Type",
        "Type of the publication or proposal, as harvested.",
        {
            "works": Way("f.type"),
            "user_authors": Way("f.type"),
            "beam_uses": Way("f.type"),
            "proposals": Way("f.type"),
            "beamtime": Way("f.type"),
            "outcomes": Way("f.type"),
            **{fact: Way("p.type", OF_PROPOSAL) for fact in ("experiments", "losses")},
        },
    ),
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
        "country",
        "Country",
        "Publications: countries of the authors' affiliations; proposals, beam time, experiments and data carried "
        "away: of all proposers; visits: of the affiliation given on the proposal. Unresolved affiliations are "
        "'unknown'.",
        {
            "works": Way("pc.country", COUNTRY_OF_WORK, "pc.share"),
            "proposals": Way("coalesce(pt.country, 'unknown')", TEAM),
            "outcomes": Way("prc.country", "JOIN proposal_countries prc ON prc.proposal_id = f.id"),
            "beamtime": Way(
                "prc.country", "JOIN proposal_countries prc ON prc.proposal_id = f.proposal_id", "prc.share"
            ),
            "visits": Way("vc.country", "JOIN visit_countries vc ON vc.visit_id = f.id", "vc.share"),
            **{
                fact: Way(
                    "coalesce(prc.country, 'unknown')",
                    "LEFT JOIN proposal_countries prc ON prc.proposal_id = f.proposal_id",
                    "coalesce(prc.share, 1.0)",
                )
                for fact in ("experiments", "losses", "transfers")
            },
        },
        many=True,
    ),
    Dimension(
        "first_country",
        "Country of the first author",
        "Countries of the first author's affiliations, each whole; 'unknown' where none is known.",
        {
            "works": Way(
                "coalesce(pcf.country, 'unknown')",
                "LEFT JOIN publication_countries pcf ON pcf.publication_id = f.id AND pcf.first_author",
            )
        },
        many=True,
    ),
    Dimension(
        "institution",
        "Institution",
        "Institutions that the affiliations were resolved to; unresolved ones are not among the rows.",
        {
            "works": Way("pin.institution_id", INSTITUTION_OF_WORK, "pin.share"),
            "proposals": Way("pt.institution_id", TEAM),
            "visits": Way("vi.institution_id", "JOIN visit_institutions vi ON vi.visit_id = f.id", "vi.share"),
        },
        "SELECT id, name FROM institutions",
        many=True,
    ),
    Dimension(
        "root",
        "Root organisation",
        "The topmost organisation, by the ROR registry, of each institution that the affiliations were resolved to; "
        "what several parts of it share counts once. Unresolved affiliations are not among the rows.",
        {
            "works": Way("pr.root_id", ROOT_OF_WORK, "pr.share"),
            "proposals": Way("tr.root_id", ROOT_OF_PROPOSAL),
            "visits": Way("vr.root_id", ROOT_OF_VISIT, "vr.share"),
        },
        "SELECT id, name FROM institutions",
        many=True,
    ),
    Dimension(
        "organisation",
        "Institution with its parts",
        "An institution and all that is a part of it by the ROR registry, however deep; each counts under everything "
        "above it too. Unresolved affiliations are not among the rows.",
        {
            "works": Way("ow.within_id", WITHIN_OF_WORK),
            "proposals": Way("ow.within_id", WITHIN_OF_PROPOSAL),
            "visits": Way("ow.within_id", WITHIN_OF_VISIT),
        },
        "SELECT id, name FROM institutions",
        many=True,
    ),
    Dimension(
        "sector",
        "Sector",
        "Sector of the institutions as the ROR registry has it: education, government, company ...; publications: of "
        "the authors' affiliations, proposals, beam time and experiments: of all proposers, visits: of the affiliation "
        "given on the proposal. Who has none that is known is 'unknown'.",
        {
            "works": Way(
                "coalesce(ps.sector, 'unknown')", "JOIN publication_sectors ps ON ps.publication_id = f.id", "ps.share"
            ),
            "proposals": Way("coalesce(prs.sector, 'unknown')", "JOIN proposal_sectors prs ON prs.proposal_id = f.id"),
            "outcomes": Way("coalesce(prs.sector, 'unknown')", "JOIN proposal_sectors prs ON prs.proposal_id = f.id"),
            "beamtime": Way(
                "coalesce(prs.sector, 'unknown')",
                "JOIN proposal_sectors prs ON prs.proposal_id = f.proposal_id",
                "prs.share",
            ),
            **{
                fact: Way(
                    "coalesce(prs.sector, 'unknown')",
                    "LEFT JOIN proposal_sectors prs ON prs.proposal_id = f.proposal_id",
                    "coalesce(prs.share, 1.0)",
                )
                for fact in ("experiments", "losses")
            },
            "visits": Way("coalesce(vs.sector, 'unknown')", "JOIN visit_sectors vs ON vs.visit_id = f.id", "vs.share"),
        },
        many=True,
    ),
    Dimension(
        "decision",
        "Decision",
        "What the panel decided.",
        {fact: Way("coalesce(f.decision, 'unknown')") for fact in ("proposals", "beamtime")},
    ),
    Dimension(
        "call",
        "Call",
        "The call for proposals.",
        {fact: Way("f.call") for fact in ("proposals", "beamtime", "outcomes", "demand")},
    ),
    Dimension(
        "area",
        "Scientific area",
        "As given on the proposal.",
        {fact: Way("f.scientific_area") for fact in ("proposals", "beamtime", "outcomes")},
    ),
    Dimension(
        "access",
        "Access",
        "How a person came in a year, at best: on site before remote before others; data: did not come, but took data "
        "away.",
        {fact: Way("f.access") for fact in ("user_years", "year_users")},
    ),
    Dimension(
        "technique",
        "Technique",
        "Techniques of the PaNET ontology: the publication's own, else those of its data, its proposals or, at last, "
        "its "
        "instruments. Each counts under every broader technique too.",
        {
            "works": Way(
                "coalesce(ptt.label, 'unknown')",
                "LEFT JOIN publication_terms ptt ON ptt.publication_id = f.id AND ptt.{policy}",
            )
        },
        many=True,
    ),
    Dimension(
        "topic",
        "Topic",
        "Subject fields, subject headings and keywords that the sources give, the vocabulary before each.",
        {
            "works": Way(
                "coalesce(ptp.topic, 'unknown')", "LEFT JOIN publication_topics ptp ON ptp.publication_id = f.id"
            )
        },
        many=True,
    ),
    Dimension(
        "use",
        "Use of data",
        "Own data: an author was on the team, or the proposal is linked. Same institution: no author was, "
        "but they share "
        "an institution. Independent: neither. Unknown: the authors or the team are not known.",
        {"data_uses": Way("f.use")},
    ),
    Dimension("assessed", "Assessed", "The whole facility, or one instrument.", {"fair": Way("f.assessed")}),
    Dimension("principle", "Principle", "Findable, accessible, interoperable, reusable.", {"fair": Way("f.principle")}),
    Dimension("route", "Route", "How data were carried away.", {"transfers": Way("f.route")}),
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
    Dimension(
        "gender",
        "Gender",
        "As people say of themselves, the last word of a year; it is never read out of names.",
        {"declared_genders": Way("f.gender")},
        whole=True,
    ),
    Dimension(
        "career_stage",
        "Career stage",
        "At the time of a session, as people say of themselves; the last word of a year.",
        {"declared_stages": Way("f.career_stage")},
        whole=True,
    ),
    Dimension(
        "open_access",
        "Open access",
        "Best open-access status known.",
        {"works": Way("coalesce(f.open_access, 'unknown')")},
    ),
    Dimension(
        "journal",
        "Journal",
        "Where it was published.",
        {"works": Way("f.journal_id")},
        "SELECT id, title FROM journals",
    ),
    Dimension("publisher", "Publisher", "Who published the dataset.", {"datasets": Way("f.publisher")}),
    Dimension(
        "collection",
        "Collection",
        "A set of records that somebody made; beam time, experiments and visits: of its proposals and sessions.",
        {
            **{
                fact: Way("ci.collection_id", "JOIN collection_items ci ON ci.record_id = f.id")
                for fact in ("works", "proposals", "outcomes", "datasets")
            },
            "beamtime": Way("ci.collection_id", "JOIN collection_items ci ON ci.record_id = f.proposal_id"),
            "experiments": Way("cs.collection_id", f"JOIN ({SESSIONS_OF_COLLECTION}) cs ON cs.session_id = f.id"),
            **{
                fact: Way("cs.collection_id", f"JOIN ({SESSIONS_OF_COLLECTION}) cs ON cs.session_id = f.experiment_id")
                for fact in ("losses", "visits")
            },
        },
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
)

DIMENSIONS: dict[str, Dimension] = {dimension.slug: dimension for dimension in _entries}
