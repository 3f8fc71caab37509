"""Which share of the reports that were due has not come."""

from puma.measuring import Metric

METRIC = Metric(
    slug="reports_overdue_share",
    label="Share of reports overdue",
    unit="share",
    kpi="K08",
    fact="experiments",
    numerator="count(DISTINCT id) FILTER (report_received_on IS NULL)",
    counts="sessions whose report has not been received",
    date_rule="start of the session",
    denominator="count(DISTINCT id)",
    out_of="sessions whose report was due before the facts were written, by the day that the facility sets",
    where="f.report_due_on < (SELECT day FROM as_of)",
    columns=("id", "report_received_on"),
    least=20,
    role="user_office",
    left_out=(
        ("have a report that is not due yet", "f.report_due_on >= (SELECT day FROM as_of)"),
        ("have no day on which a report is due", "f.report_due_on IS NULL"),
    ),
    filled_by="The table sessions has the columns report_due and report_received.",
)
