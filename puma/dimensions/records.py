"""What records say themselves: when, of which type, on which subject; and who gathered them."""

from puma.dimensions.kinds import FACTS, Dimension, Way

OF_PROPOSAL = "LEFT JOIN proposals p ON p.id = f.proposal_id"
SESSIONS_OF_COLLECTION = """
SELECT e.id AS session_id, c.collection_id FROM experiments e JOIN collection_items c ON c.record_id = e.id
UNION SELECT e.id, c.collection_id FROM experiments e JOIN collection_items c ON c.record_id = e.proposal_id
"""

RECORDS = (
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
)
