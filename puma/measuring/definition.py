"""What a metric is: its words, the facts it counts, and how; one file each in `puma/metrics/`."""

import importlib
import pkgutil
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from puma.dimensions import DIMENSIONS, Dimension
from puma.errors import WrongUsage
from puma.measuring.few import RULE, RULE_OF_RATES

POLICIES = {
    "strict": "links that a person validated",
    "standard": "validated links, and automatic ones with an identifier among their evidence",
    "wide": "standard, and candidates from 90 % probability on, weighted by it: an estimate, in no report",
}
"""Link policies: which links count."""

WHOLE = "Under the wide link policy each candidate counts as a whole here, because a part of one makes no sense."
"""What is said of metrics that cannot weigh candidates."""

COUNTINGS = {
    "full": "every unit present counts 1, so that rows may sum to more than the total",
    "fractional": "each record counts 1 in all, split over the units present",
}


ARTICLE = "f.countable AND f.linked_{policy} AND f.type IN ('JOURNAL_ARTICLE', 'DATA_PAPER')"
"""Core publications: linked articles, on which rates rest."""


STAFF_ALONE = "f.countable AND NOT f.linked_standard AND f.id IN (SELECT x.publication_id FROM staff_works x)"
"""Publications by staff without linked beam time, which no link policy changes."""


def exact_sum(value: str, where: str = "true") -> str:
    """SQL of a sum that is the same to the last digit in whatever order its rows come: binary fractions are none.

    It has nine decimals. where: SQL condition on the rows that are added up.
    """
    return f"round(sum(({value})::DECIMAL(38, 12)) FILTER ({where}), 9)::DOUBLE"


KIND_OF_FACT = {
    "works": "publication",
    "proposals": "proposal",
    "experiments": "experiment",
    "datasets": "dataset",
    "outcomes": "proposal",
    "transfers": "transfer",
    "pdb_entries": "dataset",
}
"""What a fact is a record of, where it is one itself."""
KIND_OF_RECORD = {
    "person_id": "person",
    "proposal_id": "proposal",
    "experiment_id": "experiment",
    "publication_id": "publication",
    "paper_id": "publication",
    "record_id": "instrument",
    "instrument_id": "instrument",
}
"""Else the record that the metric names."""

WEIGHED = ("works", "data_uses", "productivity")
"""Facts with a weight under the wide policy."""

_OF_OTHERS = re.compile(r"DISTINCT (?!id\b)")
"""Counts something else than the facts themselves, each of which has one year."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One measure.

    fact: the table of the snapshot whose rows are counted, named ``f``. numerator: SQL aggregate over the rows;
    denominator: another one, for a rate. where: SQL condition on ``f``; ``{policy}`` stands for the link policy.
    columns: what the aggregates need of ``f``. fractional: SQL aggregate over rows with a ``share``, where records are
    split; empty when that makes no sense; fractional_denominator: its like of a rate. finish: turns what the numerator
    gathered (a list) into the number, where SQL cannot. fewest: a value about fewer people is not shown. people: SQL
    aggregate that counts them, where the value itself does not; of a rate those in the numerator, and others: those in
    the rest of the denominator. least: no rate below
    this denominator. role: who may ask, where a part of the facts would mislead. left_out: why records of its kind
    are not counted, of a rate in neither part, in words that follow a number, and the SQL condition on ``f`` that finds
    them; no record has two reasons. versions: SQL that says in words which lists, kept by people, the value rests on.
    weight: SQL of what each fact counts under the wide link policy, a candidate its probability; candidates_whole:
    where that makes no sense, so that each counts 1.
    filled_by: what brings values where there are none, in a sentence for who looks after the sources.
    counted_only: it rests on what people say of themselves, so that nobody is told whom it counts.
    """

    slug: str
    label: str
    unit: str
    kpi: str
    fact: str
    numerator: str
    counts: str
    date_rule: str
    denominator: str = ""
    out_of: str = ""
    where: str = "true"
    columns: tuple[str, ...] = ("id",)
    fractional: str = ""
    fractional_denominator: str = ""
    finish: Callable[[Any], float | None] | None = None
    record: str = "id"
    fewest: int = 0
    people: str = ""
    others: str = ""
    least: int = 0
    role: str = "anonymous"
    left_out: tuple[tuple[str, str], ...] = ()
    versions: str = ""
    notes: str = ""
    weight: str = "f.weight_wide"
    candidates_whole: bool = False
    filled_by: str = ""
    counted_only: bool = False
    version: int = 1

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """What it can be cut by: every dimension that has a way from its facts."""
        return tuple(dimension for dimension in DIMENSIONS.values() if self.fact in dimension.ways)

    @property
    def kind(self) -> str:
        """The kind of the records that it counts."""
        return KIND_OF_RECORD.get(self.record) or KIND_OF_FACT[self.fact]

    @property
    def follows_links(self) -> bool:
        """Whether it counts by links, so that the link policy belongs to its value."""
        return any("{policy}" in part for part in (self.where, *self.columns))

    @property
    def weighed(self) -> bool:
        """Whether its queries weigh candidates; where facts hold sums of weights already they need not."""
        return self.fact in WEIGHED and self.follows_links and not self.candidates_whole

    @property
    def is_rate(self) -> bool:
        """Whether it is a numerator over a denominator."""
        return bool(self.denominator)

    @property
    def counts_nothing_as_nought(self) -> bool:
        """Whether no records mean 0: of counts and sums, not of rates and medians, nor of what may not be known."""
        return not self.is_rate and self.finish is None and not self.numerator.startswith("nullif(")

    @property
    def never_added_up(self) -> str:
        """Why its values of several years are not added up; empty where they may be, as each record has one year."""
        if self.is_rate:
            return "shares and rates of several years do not add up"
        if self.finish is not None:
            return "medians and indices of several years do not add up"
        if self.fewest:
            return "two sums side by side would give away numbers about too few people"
        if _OF_OTHERS.search(self.numerator):
            return "what counts in several years would count several times"
        return ""

    @property
    def divided_by(self) -> str:
        """The sentence of the definition about the denominator; empty where there is none."""
        return f"Divided by {self.out_of}." if self.is_rate else ""

    def rule(self) -> str:
        """The definition in sentences, as charts, help and exports print it."""
        parts = [f"Counts {self.counts}."]
        if self.is_rate:
            parts.append(self.divided_by)
        parts.append(f"Date: {self.date_rule}.")
        if self.fewest:
            parts.append((RULE_OF_RATES if self.is_rate else RULE).format(fewest=self.fewest))
        if self.least:
            parts.append(f"With fewer than {self.least} in the denominator no rate is given.")
        if self.notes:
            parts.append(self.notes)
        return " ".join(parts)


@cache
def metrics() -> dict[str, Metric]:
    """All metrics by slug, as found in ``puma/metrics/``."""
    package = importlib.import_module("puma.metrics")
    found = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(package.__path__)):
        one: Metric = importlib.import_module(f"puma.metrics.{module}").METRIC
        found[one.slug] = one
    return found


def metric(slug: str) -> Metric:
    """The metric of that name. Raises WrongUsage when there is none."""
    if slug not in metrics():
        raise WrongUsage(f'There is no metric "{slug}"; there are: {", ".join(metrics())}.')
    return metrics()[slug]
