"""Which share of the sessions that owe a report is late with it."""

from puma.measuring import Metric

METRIC = Metric(
    slug="reports_overdue_share",
    label="Sessions late with their report",
    unit="share",
    kpi="K08",
    fact="experiments",
    numerator="count(DISTINCT id) FILTER (report_due_on < (SELECT day FROM as_of) AND report_received_on IS NULL)",
    counts="sessions whose report was due before the facts were written and has not been received",
    date_rule="start of the session",
    denominator="count(DISTINCT id)",
    out_of="sessions that have ended and owe a report",
    where="f.report_due_on IS NOT NULL AND coalesce(f.ends_at, f.starts_at)::DATE < (SELECT day FROM as_of)",
    columns=("id", "report_due_on", "report_received_on"),
    least=20,
    role="user_office",
)
