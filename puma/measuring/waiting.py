"""Time to the first publication as curves: one of all proposals that the filters keep, or one for each of a group."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from puma.access import Viewer
from puma.dimensions import DIMENSIONS
from puma.errors import NotHere, WrongUsage
from puma.facts import Snapshot
from puma.measuring.answer import Question
from puma.measuring.query import Filters
from puma.measuring.receipts import facts_behind
from puma.measuring.survival import BAND, Quantile, Step, quantile, steps

METRIC = "time_to_publication"
DAYS = 365.25  # of a year
SPAN = 5  # years of one cohort, where there are more years than SINGLE
SINGLE = 4
LEAST = 20
"""Proposals from which on a curve is given."""
BY = {"": "", "cohort": "year", "instrument": "instrument", "type": "type", "country": "country"}
"""What curves can be compared by, and the dimension that says it of a proposal."""
RULES = (
    "The curve is Kaplan and Meier's: of all proposals with delivered beam time the share that has a counted "
    "publication so many years after the end of the first delivered session. A proposal without one counts for as long "
    "as it was watched: until the day of the facts.",
    BAND,
    f"With fewer than {LEAST} proposals no curve is given.",
)


@dataclass(frozen=True, slots=True)
class Curve:
    """Proposals and how long they wait. key: as a filter names the group, empty for all of them and for those of
    which it is not known; times of the steps are days."""

    name: str
    key: str
    proposals: int
    published: int
    steps: Sequence[Step]

    @property
    def enough(self) -> bool:
        """Whether there are enough proposals for a curve."""
        return self.proposals >= LEAST

    def after(self, part: float) -> Quantile:
        """Years after which that part of the proposals has a publication."""
        found = quantile(self.steps, part)
        return Quantile(*(None if days is None else days / DAYS for days in (found.time, found.low, found.high)))


def curves(
    snapshot: Snapshot | None, viewer: Viewer, filters: Filters, *, by: str = "", policy: str = "standard"
) -> list[Curve]:
    """A curve of what the metric ``time_to_publication`` counts under the same filters, or one per group: cohorts from
    the newest on, other groups from the largest on. A proposal of several instruments or countries is in each group.

    Raises NotHere without facts, WrongUsage for filters or groups that there are not, Refused below the metric's role.
    """
    if snapshot is None:
        raise NotHere("There are no facts yet: `puma harvest` brings the sources in and writes them.")
    if by not in BY:
        raise WrongUsage(f"Curves are not compared by {by!r}; they are by: {', '.join(one for one in BY if one)}.")
    cut = BY[by]
    question = Question(METRIC, (cut,) if cut else (), {key: tuple(some) for key, some in filters.items()}, policy)
    rows = facts_behind(snapshot, viewer, question).to_pydict()
    values = rows.get("d0", [""] * len(rows["id"]))
    groups: dict[object, list[tuple[float, bool]]] = {}
    spans = _spans(values) if by == "cohort" else {}
    for value, days, seen in zip(values, rows["days"], rows["seen"], strict=True):
        groups.setdefault(spans.get(value, value), []).append((float(days), bool(seen)))
    names = dict(snapshot.connect(viewer).execute(DIMENSIONS[cut].names).fetchall()) if by == "instrument" else {}
    chosen = set(filters.get(cut, ())) if by in ("instrument", "type", "country") else set()
    found = [
        Curve(*_named(value, names), len(times), sum(seen for _, seen in times), steps(times))
        for value, times in groups.items()
        if not chosen or str(value) in chosen or str(names.get(value, "")) in chosen
    ]
    if by == "cohort":
        return sorted(found, key=lambda one: one.key, reverse=True)
    return sorted(found, key=lambda one: (-one.proposals, one.name, one.key))


def _named(value: object, names: Mapping[object, object]) -> tuple[str, str]:
    """The name of a group and its key; what is not known has no key, as no filter finds it."""
    return ("unknown", "") if value is None else (str(names.get(value, value)), str(value))


def _spans(years: Sequence[int]) -> dict[object, str]:
    """The cohort of each year: the year itself where they are few, else five years as filters write them."""
    known = sorted({int(year) for year in years if year is not None})
    if len(known) <= SINGLE:
        return {year: str(year) for year in known}
    return {year: f"{year // SPAN * SPAN}-{year // SPAN * SPAN + SPAN - 1}" for year in known}
