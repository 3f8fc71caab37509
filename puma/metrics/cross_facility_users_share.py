"""Which share of the users came to more than one facility."""

from puma.measuring import Metric

METRIC = Metric(
    slug="cross_facility_users_share",
    label="Users of several facilities",
    unit="share",
    kpi="K36",
    fact="visits",
    numerator="count(DISTINCT person_id) FILTER (facilities >= 2)",
    counts="persons with a participation, who took part in sessions of two or more facilities in any years",
    date_rule="start of the session",
    denominator="count(DISTINCT person_id)",
    out_of="persons with a participation, where two or more facilities have sessions; else it is not known",
    where="(SELECT count(DISTINCT x.facility_id) FROM visits x) >= 2",
    columns=(
        "person_id",
        "(SELECT count(DISTINCT x.facility_id) FROM visits x WHERE x.person_id = f.person_id) AS facilities",
    ),
    record="person_id",
    fewest=5,
    people="count(DISTINCT person_id) FILTER (facilities >= 2)",
    others="count(DISTINCT person_id) FILTER (facilities < 2)",
    least=20,
    role="viewer",
    notes="Facilities are those of this installation.",
    filled_by="Load the sessions of a second facility: its tables name it in the column facility, and people are "
    "known again by their ORCID iD.",
)
