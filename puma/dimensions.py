"""Dimensions: what numbers are cut by and filtered with; one entry each, with the way to it from each kind of fact."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Way:
    """How a fact ``f`` reaches a dimension. ``join``: SQL after FROM; ``key``: the value; ``share``: fractional weight.

    ``{policy}`` in the SQL stands for the link policy: strict, standard or wide.
    """

    key: str
    join: str = ""
    share: str = ""


@dataclass(frozen=True, slots=True)
class Dimension:
    """One way of cutting numbers. ``names``: SQL giving (key, name) pairs where the key is a number."""

    slug: str
    label: str
    help: str
    ways: Mapping[str, Way] = field(default_factory=dict)
    names: str = ""
    many: bool = False  # one fact may have several values, so that rows may sum to more than the total


INSTRUMENT_OF_WORK = "LEFT JOIN publication_instruments pi ON pi.publication_id = f.id AND pi.{policy}"
PERIOD_OF_WORK = "LEFT JOIN publication_periods pp ON pp.publication_id = f.id AND pp.{policy}"
INSTRUMENT_OF_PROPOSAL = "JOIN proposal_instruments pri ON pri.proposal_id = f.id"
COUNTRY_OF_WORK = "JOIN publication_countries pc ON pc.publication_id = f.id"
INSTITUTION_OF_WORK = "JOIN publication_institutions pin ON pin.publication_id = f.id"
TEAM = "JOIN participants pt ON pt.proposal_id = f.id AND pt.role IS DISTINCT FROM 'local_contact'"
SESSIONS_OF_COLLECTION = """
SELECT e.id AS session_id, c.collection_id FROM experiments e JOIN collection_items c ON c.record_id = e.id
UNION SELECT e.id, c.collection_id FROM experiments e JOIN collection_items c ON c.record_id = e.proposal_id
"""

FACTS = (
    "works", "proposals", "beamtime", "outcomes", "experiments", "visits", "user_years", "datasets", "transfers",
    "data_uses", "pdb_entries", "productivity", "fair",
)  # fmt: skip
"""What is counted: one row of a table of the snapshot each."""

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
            "proposals": Way("f.type"),
            "beamtime": Way("f.type"),
            "outcomes": Way("f.type"),
            "experiments": Way("p.type", "LEFT JOIN proposals p ON p.id = f.proposal_id"),
        },
    ),
    Dimension(
        "instrument",
        "Instrument",
        "Publications: through linked experiments, else linked proposals, else a direct link; others: as recorded.",
        {
            "works": Way("pi.instrument_id", INSTRUMENT_OF_WORK, "coalesce(pi.share_{policy}, 1.0)"),
            "proposals": Way("pri.instrument_id", INSTRUMENT_OF_PROPOSAL),
            "outcomes": Way("pri.instrument_id", INSTRUMENT_OF_PROPOSAL),
            "beamtime": Way("f.instrument_id"),
            "transfers": Way("f.instrument_id"),
            "experiments": Way("f.instrument_id"),
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
        {"works": Way("coalesce(pp.period, 'unknown')", PERIOD_OF_WORK, "coalesce(pp.share_{policy}, 1.0)")},
        many=True,
    ),
    Dimension(
        "group",
        "Instrument group",
        "The group of the instrument.",
        {
            "works": Way('ig."group"', f"{INSTRUMENT_OF_WORK} LEFT JOIN instruments ig ON ig.id = pi.instrument_id"),
            "experiments": Way('ig."group"', "JOIN instruments ig ON ig.id = f.instrument_id"),
        },
        many=True,
    ),
    Dimension(
        "country",
        "Country",
        "Publications: countries of the authors' affiliations; proposals, beam time and experiments: of all proposers; "
        "visits: of the affiliation given on the proposal. Unresolved affiliations are 'unknown'.",
        {
            "works": Way("pc.country", COUNTRY_OF_WORK, "pc.share"),
            "proposals": Way("coalesce(pt.country, 'unknown')", TEAM),
            "outcomes": Way("prc.country", "JOIN proposal_countries prc ON prc.proposal_id = f.id"),
            "beamtime": Way(
                "prc.country", "JOIN proposal_countries prc ON prc.proposal_id = f.proposal_id", "prc.share"
            ),
            "experiments": Way(
                "coalesce(prc.country, 'unknown')",
                "LEFT JOIN proposal_countries prc ON prc.proposal_id = f.proposal_id",
                "coalesce(prc.share, 1.0)",
            ),
            "visits": Way("vc.country", "JOIN visit_countries vc ON vc.visit_id = f.id", "vc.share"),
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
        "sector",
        "Sector",
        "Sector of the institution: education, government, company ...",
        {
            "works": Way(
                "coalesce(i.sector, 'unknown')",
                f"{INSTITUTION_OF_WORK} JOIN institutions i ON i.id = pin.institution_id",
            ),
            "visits": Way("coalesce(vi.sector, 'unknown')", "LEFT JOIN visit_institutions vi ON vi.visit_id = f.id"),
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
        {fact: Way("f.call") for fact in ("proposals", "beamtime", "outcomes")},
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
        "How a person came in a year, at best: on site before remote before others.",
        {"user_years": Way("f.access")},
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
        "On site, remote, hybrid or mail-in.",
        {"experiments": Way("coalesce(f.mode, 'unknown')"), "visits": Way("coalesce(f.mode, 'unknown')")},
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
            "visits": Way("cs.collection_id", f"JOIN ({SESSIONS_OF_COLLECTION}) cs ON cs.session_id = f.experiment_id"),
        },
        many=True,
    ),
    Dimension(
        "facility",
        "Facility",
        "The facility of the record.",
        {fact: Way("f.facility_id") for fact in FACTS if fact not in ("works", "user_years")},
        "SELECT id, code FROM facilities",
    ),
)

DIMENSIONS: dict[str, Dimension] = {dimension.slug: dimension for dimension in _entries}
