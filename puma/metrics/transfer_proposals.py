"""Of how many proposals data were carried away."""

from puma.measuring import Metric

METRIC = Metric(
    slug="transfer_proposals",
    label="Proposals whose data were carried away",
    unit="proposals",
    kpi="K54",
    fact="transfers",
    numerator="count(DISTINCT proposal_id)",
    counts="different proposals, known from the path, with a finished transfer to the outside",
    date_rule="year of the transfer",
    where="f.proposal_id IS NOT NULL",
    columns=("proposal_id",),
    record="proposal_id",
    role="viewer",
    filled_by="The harvester `transfers` reads what the transfer service and the data portal log.",
)
