"""How many publications rest on open data of the facility, without any beam time."""

from puma.measuring import Metric, exact_sum

METRIC = Metric(
    slug="open_data_publications",
    label="Publications from open data",
    unit="publications",
    kpi="K53",
    fact="works",
    numerator="count(DISTINCT id)",
    fractional=exact_sum("share"),
    counts="publications that use data of the facility, none of it their own, with no proposal or experiment linked",
    date_rule="year of publication",
    where="f.countable AND EXISTS (SELECT 1 FROM open_data_works x WHERE x.id = f.id AND x.{policy})",
    weight="(SELECT x.weight_wide FROM open_data_works x WHERE x.id = f.id)",
    notes="A class of its own: never counted as the result of beam time.",
)
