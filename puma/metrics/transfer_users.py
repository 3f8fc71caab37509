"""How many people carried data away."""

from puma.measuring import Metric

METRIC = Metric(
    slug="transfer_users",
    label="People who carried data away",
    unit="people",
    kpi="K54",
    fact="transfers",
    numerator="count(DISTINCT user_key)",
    counts="different accounts with a finished transfer to the outside",
    date_rule="year of the transfer",
    where="f.user_key IS NOT NULL",
    columns=("user_key",),
    fewest=5,
    role="viewer",
    filled_by="The harvester `transfers` reads what the transfer service and the data portal log.",
)
