"""Which share of the proposals was accepted."""

from puma.measuring import Metric

METRIC = Metric(
    slug="acceptance_rate",
    label="Acceptance rate",
    unit="share",
    kpi="K21",
    fact="proposals",
    numerator="count(DISTINCT id) FILTER (decision = 'accepted')",
    counts="accepted proposals",
    date_rule="year of the cycle of the call, else of deposit, whatever was decided",
    denominator="count(DISTINCT id)",
    out_of="proposals on which a decision is known, withdrawn ones left out",
    where="f.decision IN ('accepted', 'refused', 'reserve')",
    columns=("id", "decision"),
    least=20,
    role="user_office",
    left_out=(
        ("were withdrawn", "f.decision = 'withdrawn'"),
        ("have no decision yet", "f.decision IS NULL"),
    ),
)
