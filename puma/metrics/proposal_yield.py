"""Which share of accepted proposals led to a publication."""

from puma.measuring import Metric

METRIC = Metric(
    slug="proposal_yield",
    label="Proposals with a publication",
    unit="share",
    kpi="",
    fact="proposals",
    numerator="count(DISTINCT id) FILTER (published)",
    counts="accepted proposals with at least one publication linked under the policy",
    date_rule="year of the cycle of the call, else of deposit, whatever was decided",
    denominator="count(DISTINCT id)",
    out_of="accepted proposals; recent years are not mature",
    where="f.decision = 'accepted'",
    columns=(
        "id",
        "EXISTS (SELECT 1 FROM publication_proposals l "
        "JOIN works w ON w.id = l.publication_id AND w.countable "
        "WHERE l.proposal_id = f.id AND "
        "(l.state = 'validated' OR (l.state = 'auto' AND '{policy}' <> 'strict') "
        "OR (l.probability >= 0.9 AND '{policy}' = 'wide'))) AS published",
    ),
    least=20,
    role="viewer",
)
