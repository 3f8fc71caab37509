"""How often data of the facility were used, by whom."""

from puma.measuring import Metric

METRIC = Metric(
    slug="data_reuse",
    label="Uses of data",
    unit="uses",
    kpi="K52",
    fact="data_uses",
    numerator="count(DISTINCT id)",
    counts="pairs of a dataset and a publication that cites it or is supplemented by it, each once however many say so",
    date_rule="year of the publication",
    where="f.{policy}",
    columns=("id",),
    record="publication_id",
    notes="Own data: an author was on the team, the proposal is linked, or the dataset is a supplement. "
    "Counted apart from what colleagues of the same institution and others do.",
)
