"""Which share of accepted proposals led to a publication."""

from puma.measuring import Metric

METRIC = Metric(
    slug="proposal_yield",
    label="Proposals with a publication",
    unit="share",
    kpi="K04",
    fact="proposals",
    numerator="count(DISTINCT id) FILTER (published)",
    counts="accepted proposals with at least one publication linked under the policy",
    date_rule="operation year, else year of deposit",
    denominator="count(DISTINCT id)",
    out_of="accepted proposals; recent years are not mature",
    where="f.decision = 'accepted'",
    columns=(
        "id",
        "EXISTS (SELECT 1 FROM publication_proposals l WHERE l.proposal_id = f.id AND "
        "(l.state = 'validated' OR (l.state = 'auto' AND '{policy}' <> 'strict') "
        "OR (l.probability >= 0.9 AND '{policy}' = 'wide'))) AS published",
    ),
    least=20,
)
