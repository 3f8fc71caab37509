"""How many sessions have no report though it was due."""

from puma.measuring import Metric

METRIC = Metric(
    slug="reports_overdue",
    label="Reports overdue",
    unit="sessions",
    kpi="K08",
    fact="experiments",
    numerator="count(DISTINCT id)",
    counts="sessions whose report was due before the facts were written and has not been received",
    date_rule="start of the session",
    where="f.report_due_on < (SELECT day FROM as_of) AND f.report_received_on IS NULL",
    role="user_office",
    filled_by="The table sessions has the columns report_due and report_received.",
)
