"""Which share of the users comes from companies."""

from puma.measuring import Metric

METRIC = Metric(
    slug="industrial_users_share",
    label="Users from companies",
    unit="share",
    kpi="K37",
    fact="visits",
    numerator="count(DISTINCT person_id) FILTER (sector = 'company')",
    counts="persons with a participation whose institution is a company",
    date_rule="start of the session; the institution is that of the proposal",
    denominator="count(DISTINCT person_id)",
    out_of="persons with a participation whose institution's sector is known",
    where="f.sector IS NOT NULL",
    columns=("person_id", "sector"),
    record="person_id",
    fewest=5,
    people="count(DISTINCT person_id) FILTER (sector = 'company')",
    others="count(DISTINCT person_id) - count(DISTINCT person_id) FILTER (sector = 'company')",
    least=20,
    role="viewer",
)
