"""Which share of the publications has an author at a company."""

from puma.measuring import Metric

LINKED = "f.countable AND f.linked_{policy}"
PLACED = (
    "EXISTS (SELECT 1 FROM publication_institutions x JOIN institutions i ON i.id = x.institution_id "
    "WHERE x.publication_id = f.id AND i.sector IS NOT NULL)"
)

METRIC = Metric(
    slug="company_share",
    label="Publications with a company",
    unit="share",
    kpi="K37",
    fact="works",
    numerator="count(DISTINCT id) FILTER (company)",
    counts="linked publications with at least one author at an institution of the sector company",
    date_rule="year of publication",
    denominator="count(DISTINCT id)",
    out_of="linked publications with at least one institution of known sector",
    where=f"{LINKED} AND {PLACED}",
    columns=(
        "id",
        "EXISTS (SELECT 1 FROM publication_institutions x JOIN institutions i ON i.id = x.institution_id "
        "WHERE x.publication_id = f.id AND i.sector = 'company') AS company",
    ),
    least=20,
    left_out=(("have no institution of a known sector", f"{LINKED} AND NOT {PLACED}"),),
)
