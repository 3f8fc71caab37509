"""How much data was carried away."""

from puma.measuring import Metric, exact_sum

METRIC = Metric(
    slug="transferred_bytes",
    label="Data carried away",
    unit="byte",
    kpi="K54",
    fact="transfers",
    numerator="sum(size_bytes)",
    fractional=exact_sum("size_bytes * share"),
    counts="bytes of finished transfers to the outside",
    date_rule="year of the transfer",
    where="f.size_bytes IS NOT NULL",
    columns=("id", "size_bytes"),
    role="viewer",
    filled_by="The harvester `transfers` reads what the transfer service and the data portal log.",
)
