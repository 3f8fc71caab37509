"""How many publications came out of the facility."""

from puma.measuring import STAFF_ALONE, Metric, exact_sum

METRIC = Metric(
    slug="publications",
    label="Publications",
    unit="publications",
    kpi="K01",
    fact="works",
    numerator="count(DISTINCT id)",
    fractional=exact_sum("share"),
    counts="publications (articles, proceedings, books, chapters, theses, data papers; not retracted) "
    "with a counted link to an experiment, proposal or instrument of this facility",
    date_rule="year of publication; a year is provisional until the end of the next one",
    where="f.countable AND f.linked_{policy}",
    left_out=(
        ("are retracted", "f.retracted AND f.linked_{policy}"),
        ("are there to correct another publication", "f.corrects AND NOT f.retracted AND f.linked_{policy}"),
        ("are by staff alone, without linked beam time", f"{STAFF_ALONE} AND NOT f.linked_{{policy}}"),
    ),
    notes="Preprints, errata and other types are not counted. Publications by staff alone stand apart. Counts of "
    "publications alone say little of what a facility is worth.",
    version=2,
)
