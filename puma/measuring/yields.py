"""The yield of beam time: which share of the proposals led to a publication within some years."""

from puma.measuring.definition import Metric

TOO_YOUNG = "are too young: the time is not over"
OWES_NOTHING = "are proprietary, commissioning, training or cancelled"


def over_for(years: int) -> str:
    """SQL that is true for an outcome when so many years are over: for it, and for all of its cohort."""
    return f"(f.last_end + INTERVAL {years} YEAR <= f.as_of AND f.year + {years} < year(f.as_of))"


def yield_within(years: int) -> Metric:
    """The yield within that many years after the end of a proposal's last session."""
    until = f"f.last_end + INTERVAL {years} YEAR"
    return Metric(
        slug=f"yield_{years}_years",
        label=f"Proposals with a publication within {years} years",
        unit="share",
        kpi="K04",
        fact="outcomes",
        numerator="count(DISTINCT id) FILTER (in_time)",
        counts=f"proposals with a counted publication at most {years} years after the end of their last session",
        date_rule=f"year of the first delivered session; only whole years, and proposals in them, whose "
        f"{years} years are over",
        denominator="count(DISTINCT id)",
        out_of="proposals with delivered beam time, without proprietary, commissioning, training and cancelled ones",
        where=f"NOT f.exempt AND {over_for(years)}",
        columns=("id", f"coalesce(f.day_{{policy}} <= {until}, false) AS in_time"),
        least=20,
        role="viewer",
        left_out=((TOO_YOUNG, f"NOT f.exempt AND NOT {over_for(years)}"), (OWES_NOTHING, "f.exempt")),
        candidates_whole=True,
        version=2,
    )
