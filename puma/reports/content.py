"""What a report holds: which numbers and tables, asked of the metrics as every page asks them, and which records."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pandas as pd

from puma.access import Viewer
from puma.dimensions import DIMENSIONS
from puma.errors import NotHere
from puma.facts import Snapshot
from puma.keeping import collection
from puma.languages import ENGLISH, Tongue, tongue
from puma.listing import records
from puma.measuring import (
    Answer,
    Question,
    ask,
    asked_years,
    collaboration,
    metric,
    records_behind,
    with_years,
)
from puma.measuring.collaboration import RULE as TOGETHER
from puma.reports.in_words import valued
from puma.reports.recipe import Recipe, among_own, recipe
from puma.storage import Storage

Filters = Mapping[str, tuple[str, ...]]
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
SECTORS_OF_USERS: Part = ("User visits by sector of the institution", "user_visits", ("sector",))
ROOTS: Part = ("Publications by root organisation", "publications", ("root",))
MEMBERS: Part = ("Publications of the group by instrument, others that share them included", "publications",
                 ("instrument",))  # fmt: skip
PERIODS: Part = ("Publications by instrument period", "publications", ("period",))
TECHNIQUES: Part = ("Publications by technique, each with what lies below it", "publications", ("technique",))
TOPICS: Part = ("Publications by topic, the vocabulary before each", "publications", ("topic",))
VISITS: Part = ("User visits by country of the user", "user_visits", ("country",))
MODES: Part = ("Experiments per year, by mode", "experiments", ("year", "mode"))
KNOWN: Part = ("All its publications per year, by type, linked or not", "publications_known", ("year", "type"))
DATASETS: Part = ("Datasets per year of their creation", "datasets", ("year",))

KINDS: Mapping[str, tuple[Part, ...]] = {
    "facility": (PUBLICATIONS, INSTRUMENTS, COUNTRIES, OPENNESS, DECISIONS, BEAM_TIME, YIELD, MODES, VISITS,
                 INSTITUTIONS, ROOTS, SECTORS, SECTORS_OF_USERS, JOURNALS),
    "instrument": (PUBLICATIONS, PERIODS, DECISIONS, BEAM_TIME, YIELD, MODES, VISITS, TECHNIQUES, TOPICS, COUNTRIES,
                   INSTITUTIONS, SECTORS, JOURNALS),
    "group": (PUBLICATIONS, MEMBERS, PERIODS, DECISIONS, BEAM_TIME, YIELD, MODES, VISITS, TECHNIQUES, TOPICS, COUNTRIES,
              INSTITUTIONS, SECTORS, JOURNALS),
    "country": (PUBLICATIONS, DECISIONS, BEAM_TIME, INSTRUMENTS, INSTITUTIONS, ROOTS, SECTORS, SECTORS_OF_USERS,
                OPENNESS, JOURNALS),
    "institution": (PUBLICATIONS, DECISIONS, INSTRUMENTS, COUNTRIES, OPENNESS, JOURNALS),
    "organisation": (PUBLICATIONS, DECISIONS, INSTITUTIONS, INSTRUMENTS, COUNTRIES, OPENNESS, JOURNALS),
    "sector": (PUBLICATIONS, DECISIONS, BEAM_TIME, YIELD, INSTRUMENTS, MODES, VISITS, COUNTRIES, INSTITUTIONS, ROOTS,
               OPENNESS, JOURNALS),
    "collection": (KNOWN, PUBLICATIONS, OPENNESS, DECISIONS, YIELD, MODES, VISITS, DATASETS, TECHNIQUES, TOPICS,
                   INSTRUMENTS, COUNTRIES, INSTITUTIONS, SECTORS, JOURNALS),
}  # fmt: skip
"""The sections of each kind of report, in order."""

PAIRED = ("facility", "country", "collection")
"""The kinds of report that also tell whose authors publish with whose, as their pages do."""

ROWS = 25  # of a table in a report that people read, but of years all; the workbook has all of the others too
FURTHER = "The first {} of {} rows; the workbook has all."
LISTED = 5_000  # publications that are listed by name
FIELDS = {"title": "Title", "journal": "Journal", "year": "Year", "doi": "DOI", "citations": "Citations"}


@dataclass(frozen=True, slots=True)
class Section:
    """One table with its rule. answer: what was asked, with its total; aside: filters that it cannot follow; years:
    those asked for, of a table by year, which has a row also for those without a record."""

    title: str
    answer: Answer
    aside: tuple[str, ...] = ()
    years: Sequence[int] = ()

    def notes(self, say: Tongue = ENGLISH) -> list[str]:
        """The rule, policy and counting, sentence by sentence."""
        return notes_of(self.answer, self.aside, say)

    def shown(self, say: Tongue = ENGLISH) -> tuple[pd.DataFrame, list[str]]:
        """The table as far as people read it, and the sentence about what is left out."""
        table = self.crossed()
        if self.answer.question.by[0] == "year" or len(table) <= ROWS:
            return table, []
        return table.head(ROWS), [say(FURTHER, ROWS, len(table))]

    def crossed(self) -> pd.DataFrame:
        """The table as it is read: one row per value of the first cut, one column per value of the second."""
        table, by = self.answer.table, self.answer.question.by
        if len(by) == 1:
            kept = [by[0], "value", *(["numerator", "denominator"] if self.answer.metric.is_rate else [])]
            named = {by[0]: DIMENSIONS[by[0]].label, "value": self.answer.metric.label}
            return with_years(table[kept].rename(columns=named), self.years, self.answer)
        order = list(table.groupby(by[1])["value"].sum().sort_values(ascending=False).index)
        wide = table.groupby(list(by))["value"].sum(min_count=1).unstack().reindex(columns=order)
        wide.insert(0, DIMENSIONS[by[0]].label, wide.index)
        return with_years(wide.reset_index(drop=True), self.years, self.answer)


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that is printed. numbers: the answers at its head; publications: rows of ``FIELDS``, the newest first;
    known: how many publications there are, where not all of them are listed; listed: the numbers of their records;
    chosen: the filters in words of its language; aside: by metric, the filters that it cannot follow; together: pairs
    of countries (``first_country``, ``other_country``, ``value``), empty where its kind does not tell them."""

    kind: str
    name: str
    recipe: Recipe
    facility: str
    as_of: datetime
    version: int
    sources: Mapping[str, datetime | None]
    numbers: Sequence[Answer]
    sections: Sequence[Section]
    publications: pd.DataFrame
    known: int
    listed: Sequence[int] = ()
    chosen: Sequence[str] = ()
    aside: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    together: pd.DataFrame = field(default_factory=pd.DataFrame)

    def titled(self, say: Tongue) -> str:
        """``Instrument D22``, ``France``; the facility, institutions and collections by their own names."""
        if self.kind in ("facility", "institution", "collection"):
            return self.name
        if self.kind in ("country", "sector"):
            return valued(say, self.kind, self.name)
        if self.kind == "organisation":
            return say("{} with all its parts", self.name)
        return f"{say(DIMENSIONS[self.kind].label)} {self.name}"

    @property
    def title(self) -> str:
        """The title in English, as lists of reports and names of files have it."""
        return self.titled(ENGLISH)

    def pairs_notes(self, say: Tongue) -> list[str]:
        """The rule of the pairs of countries, and that of the publications that they are made of."""
        papers = next((one for one in self.numbers if one.metric.slug == "publications"), None)
        told = notes_of(papers, self.aside.get("publications", ()), say) if papers else []
        return [say(TOGETHER), *told]

    @property
    def tongue(self) -> Tongue:
        """What says its texts."""
        return tongue(self.recipe.language)

    @property
    def span(self) -> str:
        """The years that it is about."""
        return self.recipe.span

    @property
    def policy(self) -> str:
        """Which links count."""
        return self.recipe.policy


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
    """The report of a kind on a subject, as ``make`` makes it. Raises what that raises."""
    span = {"year": (f"{years[0]}-{years[1]}" if years[0] != years[1] else f"{years[0]}",)} if years else {}
    return make(storage, snapshot, viewer, recipe(kind, name, span, policy=policy), facility=facility)


Told = Callable[[str, int, int], None]
"""Told what is being done, how many parts are done, and of how many."""


def make(
    storage: Storage,
    snapshot: Snapshot | None,
    viewer: Viewer,
    asked: Recipe,
    *,
    facility: str,
    tell: Told = lambda *_: None,
) -> Report:
    """Ask everything that a report prints, under the filters that a page would ask it with.

    Raises NotHere when nothing is known by the name of the subject or there are no facts yet.
    """
    if snapshot is None:
        raise NotHere("There are no facts yet: `puma harvest` brings the sources in and writes them.")
    kind, name, subject = asked.kind, facility, {}
    if kind != "facility":
        known = _collected(storage, viewer, asked.name) if kind == "collection" else None
        key, name = known or _known(snapshot, viewer, kind, asked.name)
        subject = {kind: (key,)}
    filters = among_own(storage, viewer, asked.filters)
    heads = [slug for slug in NUMBERS if _may(viewer, slug, subject)]
    parts = [part for part in KINDS[kind] if _may(viewer, part[1], (*subject, *part[2]))]
    steps = len(heads) + len(parts) + 1
    numbers, sections, aside = [], [], {}
    for place, slug in enumerate(heads):
        tell("numbers", place, steps)
        answer, aside[slug] = _ask(snapshot, viewer, slug, (), subject, filters, asked)
        numbers.append(answer)
    for place, (title, slug, by) in enumerate(parts, start=len(heads)):
        tell("tables", place, steps)
        answer, beside = _ask(snapshot, viewer, slug, by, subject, filters, asked)
        years = asked_years(snapshot, viewer, answer.question) if by[0] == "year" else []
        sections.append(Section(title, answer, beside, years))
    tell("publications", steps - 1, steps)
    followed, _ = _followed("publications", subject, filters)
    behind = records_behind(snapshot, viewer, Question("publications", (), followed, asked.policy))
    publications, listed = _listed(storage, viewer, behind)
    paired = {"together": collaboration(snapshot, viewer, followed, policy=asked.policy)} if kind in PAIRED else {}
    return Report(
        kind=kind,
        name=name,
        recipe=asked,
        facility=facility,
        as_of=snapshot.as_of,
        version=snapshot.version,
        sources=snapshot.sources,
        numbers=[one for one in numbers if one.total is not None],
        sections=[section for section in sections if section.answer.table["value"].notna().any()],
        publications=publications,
        known=len(behind),
        listed=listed,
        chosen=_words(snapshot, viewer, asked, filters),
        aside={slug: slugs for slug, slugs in aside.items() if slugs},
        **paired,
    )


def notes_of(answer: Answer, aside: Sequence[str], say: Tongue) -> list[str]:
    """The rule of an answer sentence by sentence, and the filters that it cannot follow."""
    return [say(one) for one in answer.footnotes] + not_followed(aside, say)


def not_followed(aside: Sequence[str], say: Tongue) -> list[str]:
    """The sentence about filters that a number cannot follow; nothing where there are none."""
    return (
        [say("Not filtered by {}.", ", ".join(say.within(DIMENSIONS[slug].label) for slug in aside))] if aside else []
    )


def _ask(
    snapshot: Snapshot,
    viewer: Viewer,
    slug: str,
    by: tuple[str, ...],
    subject: Filters,
    filters: Filters,
    asked: Recipe,
) -> tuple[Answer, tuple[str, ...]]:
    """An answer as a page asks it, and the filters that it cannot follow."""
    one, (followed, aside) = metric(slug), _followed(slug, subject, filters)
    splits = len(by) == 1 and bool(one.fractional and DIMENSIONS[by[0]].ways[one.fact].share)
    counting = asked.counting if splits else "full"
    return ask(snapshot, viewer, Question(slug, by, followed, asked.policy, counting)), aside


def _followed(slug: str, subject: Filters, filters: Filters) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    can = {dimension.slug for dimension in metric(slug).dimensions}
    kept = {key: values for key, values in filters.items() if key in can}
    return {**kept, **subject}, tuple(key for key in filters if key not in can)


def _may(viewer: Viewer, slug: str, cuts: Iterable[str]) -> bool:
    """Whether a metric can be cut so, and the reader may know it."""
    one = metric(slug)
    return viewer.at_least(one.role) and set(cuts) <= {dimension.slug for dimension in one.dimensions}


def _known(snapshot: Snapshot, viewer: Viewer, kind: str, name: str) -> tuple[str, str]:
    """What a subject is filtered by, and its name as it is written here. Raises NotHere with names that are near."""
    if kind == "country":
        name = name.upper()
    table = ask(snapshot, viewer, Question("publications_known", (kind,))).table
    if f"{kind}_id" in table and name.isdecimal():  # a number tells two of the same name apart
        by_number = dict(zip(table[f"{kind}_id"].astype("string"), table[kind], strict=True))
        named = by_number.get(name) or _names(snapshot, viewer, kind).get(name)
        if named:
            return name, str(named)
    names = sorted({str(value) for value in table[kind] if value != "unknown"})
    found = {one.casefold(): one for one in names}.get(name.casefold())
    if found:
        return found, found
    near = [one for one in names if name.casefold() in one.casefold()][:8] or names[:8]
    raise NotHere(f"There is no {kind} {name!r} with publications. Known are: {', '.join(near)} ({len(names)} in all).")


def subject_of(storage: Storage, snapshot: Snapshot | None, viewer: Viewer, asked: Recipe) -> str:
    """The name of what a report is about; as it was asked where nothing is known by that."""
    if asked.kind == "facility" or snapshot is None:
        return asked.name
    try:
        known = _collected(storage, viewer, asked.name) if asked.kind == "collection" else None
        return (known or _known(snapshot, viewer, asked.kind, asked.name))[1]
    except NotHere:
        return asked.name


def _collected(storage: Storage, viewer: Viewer, number: str) -> tuple[str, str]:
    """The number of a collection, and its title. Raises NotHere when there is none for this viewer."""
    if not (number.isascii() and number.isdigit() and len(number) < 16):
        raise NotHere("A collection is named by its number, as in the address of its page.")
    found = collection(storage, viewer, int(number))
    return str(found.id), found.title


def _names(snapshot: Snapshot, viewer: Viewer, slug: str) -> dict[str, str]:
    """The names of a numbered dimension by number, as text."""
    rows = snapshot.connect(viewer).execute(DIMENSIONS[slug].names).fetchall()
    return {str(key): str(name) for key, name in rows}


def _words(snapshot: Snapshot, viewer: Viewer, asked: Recipe, filters: Filters) -> list[str]:
    """The filters beside the years, each in words: ``Type: Thesis``."""
    say, found = tongue(asked.language), []
    for slug, values in filters.items():
        if slug in ("year", "collection"):
            continue
        names = _names(snapshot, viewer, slug) if DIMENSIONS[slug].names else {}
        said = ", ".join(names.get(value) or valued(say, slug, value) for value in values)
        found.append(f"{say(DIMENSIONS[slug].label)}: {said}")
    if filters.get("collection"):
        found.append(say("records of a collection"))
    return found + ([say("fractional counting where records are split")] if asked.counting == "fractional" else [])


def _listed(storage: Storage, viewer: Viewer, ids: Sequence[int]) -> tuple[pd.DataFrame, list[int]]:
    rows = records(
        storage, viewer, "publication", ids=ids[-LISTED:], sort="published_on", descending=True, limit=LISTED
    )
    table = pd.DataFrame(
        [{head: row.values.get(name) for name, head in FIELDS.items()} for row in rows.rows],
        columns=list(FIELDS.values()),
    )
    return table, [row.id for row in rows.rows]
