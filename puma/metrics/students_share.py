"""Which share of the users are students."""

from puma.measuring import Metric

STUDENTS = "count(DISTINCT person_id) FILTER (student)"

METRIC = Metric(
    slug="students_share",
    label="Students among users",
    unit="share",
    kpi="K14",
    fact="user_years",
    numerator=STUDENTS,
    counts="persons who declared to be a student or a doctoral student at a session",
    date_rule="start of the session",
    denominator="count(DISTINCT person_id)",
    out_of="persons with a participation, in years in which anybody declared a career stage",
    where="f.year IN (SELECT x.year FROM user_years x WHERE x.stage_declared)",
    columns=("person_id", "student"),
    record="person_id",
    fewest=5,
    people=STUDENTS,
    others=f"count(DISTINCT person_id) - {STUDENTS}",
    least=20,
    role="viewer",
    counted_only=True,
    notes="Whoever declared no stage is a user and no student here: the true share is higher by those of them who are. "
    "Local contacts of a session's proposal are staff and do not count.",
    filled_by="People say it to the user office: the table session_participants has the columns gender and "
    "career_stage, which are read where the source says `self_declared = true`.",
)
