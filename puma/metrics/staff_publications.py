"""How many publications staff wrote without any beam time that is linked."""

from puma.measuring import STAFF_ALONE, Metric, exact_sum

METRIC = Metric(
    slug="staff_publications",
    label="Publications by staff alone",
    unit="publications",
    kpi="K01",
    fact="works",
    numerator="nullif(count(DISTINCT id), 0)",
    fractional=exact_sum("share"),
    counts="publications without a validated or automatic link to an experiment, proposal or instrument, with an "
    "author whose affiliation on them is the facility itself or one of its parts",
    date_rule="year of publication",
    where=STAFF_ALONE,
    notes="A class of its own: never counted as the result of beam time. The facility is known among the affiliations "
    "by the ROR id that the settings give it; without one nothing can be counted.",
)
