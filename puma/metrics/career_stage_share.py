"""At what stage of their career users say to be."""

from puma.measuring import Metric

METRIC = Metric(
    slug="career_stage_share",
    label="Users by declared career stage",
    unit="share",
    kpi="K34",
    fact="declared_stages",
    numerator="count(DISTINCT person_id) FILTER (chosen)",
    counts="persons with a participation, by the career stage that they declared themselves",
    date_rule="start of the session; of several words in a year the last one stands",
    denominator="count(DISTINCT person_id)",
    out_of="persons with a participation who declared any",
    columns=("person_id", "chosen"),
    record="person_id",
    fewest=5,
    people="count(DISTINCT person_id) FILTER (chosen)",
    others="count(DISTINCT person_id) - count(DISTINCT person_id) FILTER (chosen)",
    least=20,
    role="viewer",
    counted_only=True,
    notes="Over several years who moved on counts at each stage. Who declared none is in another number: the share "
    "undeclared.",
    filled_by="People say it to the user office: the table session_participants has the columns gender and "
    "career_stage, which are read where the source says `self_declared = true`.",
)
