"""From which institution, country and sector."""

from puma.dimensions.kinds import Dimension, Way

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
COUNTRY_OF_WORK = "JOIN publication_countries pc ON pc.publication_id = f.id"
INSTITUTION_OF_WORK = "JOIN publication_institutions pin ON pin.publication_id = f.id"
TEAM = "JOIN participants pt ON pt.proposal_id = f.id AND pt.role IS DISTINCT FROM 'local_contact'"
INSTITUTION_OF_PROPOSAL = """
JOIN participants ti ON ti.proposal_id = f.id AND ti.role IS DISTINCT FROM 'local_contact'
    AND ti.institution_id IS NOT NULL
"""

PLACES = (
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
            "proposals": Way("ti.institution_id", INSTITUTION_OF_PROPOSAL),
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
)
