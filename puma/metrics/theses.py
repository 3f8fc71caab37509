"""How many theses came out of the facility."""

from puma.measuring import Metric, exact_sum

METRIC = Metric(
    slug="theses",
    label="Theses",
    unit="theses",
    kpi="K14",
    fact="works",
    numerator="count(DISTINCT id)",
    fractional=exact_sum("share"),
    counts="doctoral theses with a counted link to an experiment, proposal or instrument of this facility",
    date_rule="year of publication, which is that of the defence where nothing else is known",
    where="f.countable AND f.linked_{policy} AND f.type = 'THESIS'",
)
