"""Which share of the uses of data is by others."""

from puma.measuring import Metric

METRIC = Metric(
    slug="independent_reuse_share",
    label="Uses of data by others",
    unit="share",
    kpi="K52",
    fact="data_uses",
    numerator="count(DISTINCT id) FILTER (use = 'independent')",
    counts="uses of data by authors who neither measured them nor share an institution with who did",
    date_rule="year of the publication",
    denominator="count(DISTINCT id)",
    out_of="uses of data of which authors and team are known",
    where="f.{policy} AND f.use <> 'unknown'",
    columns=("id", "use"),
    record="publication_id",
    least=20,
    left_out=(
        (
            "have authors, or data of a team, that are not known",
            "f.{policy} AND f.use = 'unknown' AND NOT EXISTS (SELECT 1 FROM data_uses x "
            "WHERE x.publication_id = f.publication_id AND x.{policy} AND x.use <> 'unknown')",
        ),
    ),
)
