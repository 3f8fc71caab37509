"""What a report holds: which numbers and tables, asked of the metrics as every page asks them, and which records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from puma.access import Viewer
from puma.countries import country_name
from puma.dimensions import DIMENSIONS
from puma.errors import NotHere, WrongUsage
from puma.facts import Snapshot
from puma.listing import records
from puma.measuring import Answer, Question, ask, metric, records_behind
from puma.measuring.definition import POLICIES
from puma.storage import Storage

Part = tuple[str, str, tuple[str, ...]]
"""Title, metric, and what it is cut by."""

NUMBERS = (
    "publications", "citations", "open_access_share", "international_share", "theses", "proposals", "acceptance_rate",
    "oversubscription", "allocated_hours", "delivered_hours", "experiments", "users", "user_visits", "new_users",
    "yield_3_years", "publication_debt", "time_to_publication", "datasets", "data_citation_share",
)  # fmt: skip
"""The numbers at the head of every report, as far as its subject can be asked for and its reader may know."""

PUBLICATIONS: Part = ("Publications per year, by type", "publications", ("year", "type"))
DECISIONS: Part = ("Proposals per year of their call, by decision", "proposals", ("year", "decision"))
OPENNESS: Part = ("Publications per year, by open-access status", "publications", ("year", "open_access"))
BEAM_TIME: Part = ("Allocated hours per year, by type of proposal", "allocated_hours", ("year", "type"))
YIELD: Part = ("Proposals with a publication within 3 years, by year of first session", "yield_3_years", ("year",))
COUNTRIES: Part = ("Publications by country of the authors", "publications", ("country",))
INSTITUTIONS: Part = ("Publications by institution", "publications", ("institution",))
INSTRUMENTS: Part = ("Publications by instrument", "publications", ("instrument",))
JOURNALS: Part = ("Publications by journal", "publications", ("journal",))
SECTORS: Part = ("Publications by sector of the institutions", "publications", ("sector",))
VISITS: Part = ("User visits by country of the user", "user_visits", ("country",))
MODES: Part = ("Experiments per year, by mode", "experiments", ("year", "mode"))

KINDS: Mapping[str, tuple[Part, ...]] = {
    "facility": (PUBLICATIONS, INSTRUMENTS, COUNTRIES, OPENNESS, DECISIONS, BEAM_TIME, YIELD, MODES, VISITS,
                 INSTITUTIONS, SECTORS, JOURNALS),
    "instrument": (PUBLICATIONS, DECISIONS, BEAM_TIME, YIELD, MODES, VISITS, COUNTRIES, INSTITUTIONS, JOURNALS),
    "country": (PUBLICATIONS, DECISIONS, BEAM_TIME, INSTRUMENTS, INSTITUTIONS, SECTORS, OPENNESS, JOURNALS),
    "institution": (PUBLICATIONS, DECISIONS, INSTRUMENTS, COUNTRIES, OPENNESS, JOURNALS),
}  # fmt: skip
"""The sections of each kind of report, in order."""

ROWS = 25  # of a table in a report that people read; the workbook has all
LISTED = 5_000  # publications that are listed by name
FIELDS = {"title": "Title", "journal": "Journal", "year": "Year", "doi": "DOI", "citations": "Citations"}


@dataclass(frozen=True, slots=True)
class Section:
    """One table with its rule. ``answer``: what was asked, with its total; ``note``: how it was counted, in a line."""

    title: str
    answer: Answer

    @property
    def notes(self) -> list[str]:
        """The rule, policy and counting, sentence by sentence."""
        return self.answer.footnotes

    def crossed(self) -> pd.DataFrame:
        """The table as it is read: one row per value of the first cut, one column per value of the second."""
        table, by = self.answer.table, self.answer.question.by
        if len(by) == 1:
            kept = [by[0], "value", *(["numerator", "denominator"] if self.answer.metric.is_rate else [])]
            return table[kept].rename(columns={by[0]: DIMENSIONS[by[0]].label, "value": self.answer.metric.label})
        order = list(table.groupby(by[1])["value"].sum().sort_values(ascending=False).index)
        wide = table.pivot_table(index=by[0], columns=by[1], values="value", aggfunc="sum").reindex(columns=order)
        wide.insert(0, DIMENSIONS[by[0]].label, wide.index)
        return wide.reset_index(drop=True)


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that is printed. numbers: the answers at its head; publications: rows of ``FIELDS``, the newest first;
    known: how many publications there are, where not all of them are listed."""

    kind: str
    name: str
    years: tuple[int, int] | None
    policy: str
    facility: str
    as_of: datetime
    version: int
    sources: Mapping[str, datetime | None]
    numbers: Sequence[Answer]
    sections: Sequence[Section]
    publications: pd.DataFrame
    known: int

    @property
    def title(self) -> str:
        """``Instrument D22``, ``France``; the facility and institutions by their own names."""
        if self.kind in ("facility", "institution"):
            return self.name
        return country_name(self.name) if self.kind == "country" else f"{self.kind.capitalize()} {self.name}"

    @property
    def span(self) -> str:
        """The years that it is about."""
        if self.years is None:
            return "all years"
        return str(self.years[0]) if self.years[0] == self.years[1] else f"{self.years[0]}–{self.years[1]}"


def make_report(
    storage: Storage,
    snapshot: Snapshot | None,
    viewer: Viewer,
    kind: str,
    name: str,
    *,
    facility: str,
    years: tuple[int, int] | None = None,
    policy: str = "standard",
) -> Report:
    """Ask everything that a report of this kind prints.

    name: of the instrument or institution, code of the country (two letters), nothing for the facility. Raises
    WrongUsage for another kind or policy, NotHere when nothing is known by that name or there are no facts yet.
    """
    if kind not in KINDS:
        raise WrongUsage(f"There is no report of the kind {kind!r}; there are: {', '.join(KINDS)}.")
    if policy not in POLICIES:
        raise WrongUsage(f"There is no link policy {policy!r}; there are: {', '.join(POLICIES)}.")
    if snapshot is None:
        raise NotHere("There are no facts yet: `puma harvest` brings the sources in and writes them.")
    subject = {} if kind == "facility" else {kind: (_known(snapshot, viewer, kind, name),)}
    filters = subject | ({"year": (f"{years[0]}-{years[1]}",)} if years else {})
    numbers = [
        ask(snapshot, viewer, Question(slug, (), filters, policy)) for slug in NUMBERS if _may(viewer, slug, filters)
    ]
    sections = [
        Section(title, ask(snapshot, viewer, Question(slug, by, filters, policy)))
        for title, slug, by in KINDS[kind]
        if _may(viewer, slug, {**filters, **dict.fromkeys(by, ())})
    ]
    behind = records_behind(snapshot, viewer, Question("publications", (), filters, policy))
    return Report(
        kind=kind,
        name=facility if kind == "facility" else subject[kind][0],
        years=years,
        policy=policy,
        facility=facility,
        as_of=snapshot.as_of,
        version=snapshot.version,
        sources=snapshot.sources,
        numbers=[one for one in numbers if one.total is not None],
        sections=[section for section in sections if section.answer.table["value"].notna().any()],
        publications=_listed(storage, viewer, behind),
        known=len(behind),
    )


def _may(viewer: Viewer, slug: str, cuts: Mapping[str, Sequence[str]]) -> bool:
    """Whether a metric can be cut so, and the reader may know it."""
    one = metric(slug)
    return viewer.at_least(one.role) and set(cuts) <= {dimension.slug for dimension in one.dimensions}


def _known(snapshot: Snapshot, viewer: Viewer, kind: str, name: str) -> str:
    """The name as it is written here. Raises NotHere with names that are near."""
    if kind == "country":
        name = name.upper()
    table = ask(snapshot, viewer, Question("publications_known", (kind,))).table
    names = sorted({str(value) for value in table[kind] if value != "unknown"})
    found = {one.casefold(): one for one in names}.get(name.casefold())
    if found:
        return found
    near = [one for one in names if name.casefold() in one.casefold()][:8] or names[:8]
    raise NotHere(f"There is no {kind} {name!r} with publications. Known are: {', '.join(near)} ({len(names)} in all).")


def _listed(storage: Storage, viewer: Viewer, ids: Sequence[int]) -> pd.DataFrame:
    rows = records(
        storage, viewer, "publication", ids=ids[-LISTED:], sort="published_on", descending=True, limit=LISTED
    )
    return pd.DataFrame(
        [{head: row.values.get(name) for name, head in FIELDS.items()} for row in rows.rows],
        columns=list(FIELDS.values()),
    )
