"""How many users declare no career stage."""

from puma.measuring import Metric

METRIC = Metric(
    slug="career_stage_undeclared_share",
    label="Users without a declared career stage",
    unit="share",
    kpi="K34",
    fact="user_years",
    numerator="count(DISTINCT person_id) - count(DISTINCT person_id) FILTER (stage_declared)",
    counts="persons with a participation who declared no career stage",
    date_rule="start of the session",
    denominator="count(DISTINCT person_id)",
    out_of="persons with a participation, in years in which anybody declared one",
    where="f.year IN (SELECT x.year FROM user_years x WHERE x.stage_declared)",
    columns=("person_id", "stage_declared"),
    record="person_id",
    fewest=5,
    people="count(DISTINCT person_id) - count(DISTINCT person_id) FILTER (stage_declared)",
    others="count(DISTINCT person_id) FILTER (stage_declared)",
    least=20,
    role="viewer",
    counted_only=True,
    filled_by="People say it to the user office: the table session_participants has the columns gender and "
    "career_stage, which are read where the source says `self_declared = true`.",
)
