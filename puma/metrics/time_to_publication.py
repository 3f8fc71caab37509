"""How long it takes until half of the proposals have a publication."""

from collections.abc import Mapping

from puma.measuring import Metric, kaplan_meier, median_time
from puma.measuring.yields import OWES_NOTHING

DAYS = 365.25  # of a year
TOO_EARLY = "have a publication from before the end of their first session, which is a suspicious link"


def median_years(often: Mapping[int, int] | None) -> float | None:
    """Median in years of twice the days, and 1 where there is a publication then, with how often that is so; None while
    less than half have published."""
    if not often:
        return None
    days = median_time(kaplan_meier({(time // 2, time % 2 == 1): count for time, count in often.items()}))
    return None if days is None else days / DAYS


METRIC = Metric(
    slug="time_to_publication",
    label="Time to first publication",
    unit="years",
    kpi="K06",
    fact="outcomes",
    numerator="histogram(2 * days + seen)",
    counts="years until half of the proposals with delivered beam time have a counted publication "
    "(Kaplan and Meier); proposals that have none yet count for as long as they were watched",
    date_rule="from the end of the first delivered session to the first publication; cut by the year of that session",
    where="NOT f.exempt AND coalesce(f.day_{policy}, f.as_of) >= f.first_end",
    columns=(
        "id",
        "date_diff('day', f.first_end, coalesce(f.day_{policy}, f.as_of)) AS days",
        "(f.day_{policy} IS NOT NULL)::INT AS seen",
    ),
    finish=median_years,
    notes="Publications before the end of the session are suspicious links: they are left out here.",
    role="viewer",
    left_out=(
        (TOO_EARLY, "NOT f.exempt AND f.day_{policy} < f.first_end"),
        (OWES_NOTHING, "f.exempt"),
    ),
    candidates_whole=True,
)
