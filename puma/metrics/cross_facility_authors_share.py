"""Which share of the authors published results of more than one facility."""

from puma.measuring import Metric

METRIC = Metric(
    slug="cross_facility_authors_share",
    label="Users of several facilities, by authorship",
    unit="share",
    kpi="K36",
    fact="user_authors",
    numerator="count(DISTINCT person_id) FILTER (facilities >= 2)",
    counts="authors, taken as users, whose linked publications of any years are credited to two or more facilities",
    date_rule="year of publication",
    denominator="count(DISTINCT person_id)",
    out_of="authors of a linked publication who have an ORCID iD or stand on a proposal, where two or more facilities "
    "have any; else it is not known",
    where="f.linked_{policy} AND (SELECT count(DISTINCT x.facility_id) FROM joint_credit x WHERE x.{policy}) >= 2",
    columns=(
        "person_id",
        "(SELECT count(DISTINCT j.facility_id) FROM user_authors x JOIN joint_credit j ON j.publication_id = "
        "x.publication_id AND j.{policy} WHERE x.person_id = f.person_id) AS facilities",
    ),
    record="person_id",
    fewest=5,
    people="count(DISTINCT person_id) FILTER (facilities >= 2)",
    others="count(DISTINCT person_id) FILTER (facilities < 2)",
    least=20,
    role="viewer",
    notes="By authorship: who signs a paper need not have come. Facilities of this installation, and those whose "
    "credits are fetched: work elsewhere is not seen.",
    candidates_whole=True,
    filled_by="Load a second facility's sources, or fetch the credits of another installation (`puma_peer`).",
)
