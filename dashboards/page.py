"""What a page is, what it may use, and how the pages are found: one file each in `dashboards/pages/`."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeAlias

from dash.development.base_component import Component

from dashboards.frame.state import State
from puma.access import Entrance, Viewer
from puma.dimensions import DIMENSIONS
from puma.installation import Installation
from puma.measuring import Answer, Question, asked_years, metric

Content: TypeAlias = Component | str | Sequence[Component | str | None] | None


@dataclass(frozen=True)
class Desk:
    """What a page works with: whose installation, who looks, the state in the URL, and the colours.

    rest: what follows the page's own path, ``123`` in ``/record/123``. entrance: how one comes in here.
    path: the page's own path; empty where it stands alone.
    """

    installation: Installation
    viewer: Viewer
    state: State
    rest: str = ""
    scheme: str = "light"
    entrance: Entrance = Entrance()
    path: str = ""

    @property
    def number(self) -> int:
        """The number that the path ends in, 123 in ``/record/123``; 0 for anything else, which is no number of any."""
        return int(self.rest) if self.rest.isascii() and self.rest.isdigit() and len(self.rest) < 16 else 0

    def ask(
        self,
        slug: str,
        *by: str,
        without: Sequence[str] = (),
        filters: Mapping[str, tuple[str, ...]] | None = None,
    ) -> "Asked":
        """Ask a metric under the filters of the page, as far as it can be cut by them.

        without: filters that are left aside (an axis shows all its values). filters: further or other ones.
        """
        one = metric(slug)
        can = {dimension.slug for dimension in one.dimensions if not dimension.whole}
        wanted = {k: v for k, v in self.state.filters.items() if k not in without} | dict(filters or {})
        splits = len(by) == 1 and bool(one.fractional and DIMENSIONS[by[0]].ways[one.fact].share)
        question = Question(
            slug,
            by,
            {k: v for k, v in wanted.items() if k in can},
            self.state.policy,
            self.state.counting if splits else "full",
        )
        answer = self.installation.ask(self.viewer, question)
        aside = tuple(k for k in self.state.filters if k in without and k in can)
        return Asked(answer, tuple(k for k in wanted if k not in can), aside)

    def names_others(self, here: Mapping[str, tuple[str, ...]]) -> bool:
        """Whether a filter names another than the one that the page is about, which goes before. here: of the path."""
        return any(set(self.state.many(key)) - {*values} for key, values in here.items())

    def years_asked(self, slug: str) -> list[int]:
        """The years that are chosen, as far as the metric can have a value there: each has its place on every axis and
        in every table over years, as in reports."""
        snapshot, chosen = self.installation.snapshot(), self.state.many("year")
        question = Question(slug, filters={"year": chosen}, policy=self.state.policy)
        return asked_years(snapshot, self.viewer, question) if snapshot and chosen else []


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer; the filters that the metric cannot follow, and those left aside so that their axis shows whole."""

    answer: Answer
    ignored: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """What came of an act. words: for the toast. undo: a decision that it offers to take back. leave: keys of the
    state that have had their time, like the form that was sent. back: another act, and what it is done to, that undoes
    it, where no decision does."""

    words: Content
    undo: int = 0
    leave: tuple[str, ...] = ()
    back: tuple[str, str] | None = None


Draw: TypeAlias = Callable[[Desk], Content]
Act: TypeAlias = Callable[[Desk, str, Mapping[str, str]], Done]
"""What a button does: (desk, on what, the entries of the form by name). Raises what the person is to be told."""
DeskOf: TypeAlias = Callable[[str, str, str], Desk]
"""Makes the desk of a request from the path, the query and the colour scheme."""


@dataclass(frozen=True)
class Page:
    """One page. ``layout`` draws the frame with its slots; each of ``panels`` fills the slot of its name by itself.

    path: ``/record`` also serves ``/record/...``. menu: the word of the top menu that it stands under, empty for
    none. beside: the page whose menu is lit while this one is open, which has no entry of its own. tab: its own word
    among the pages of that menu. role: who may open it. live: draws the part of that name
    again while something runs. roles: who may see a panel, by its name, where not everybody may who opens the page.
    acts: what its buttons do, by name. wire: adds callbacks of its own to the Dash
    application (which has no types).
    """

    path: str
    title: str
    layout: Callable[[Desk], Content]
    panels: Mapping[str, Draw] = field(default_factory=dict)
    live: Callable[[Desk, str], Content] | None = None
    roles: Mapping[str, str] = field(default_factory=dict)
    acts: Mapping[str, Act] = field(default_factory=dict)
    menu: str = ""
    tab: str = ""
    beside: str = ""
    order: int = 100
    role: str = "anonymous"
    help: str = ""
    wire: Callable[[Any, DeskOf], None] | None = None


@cache
def pages() -> dict[str, Page]:
    """All pages by path, in the order of the menu, as found in ``dashboards/pages/``."""
    package = importlib.import_module("dashboards.pages")
    found: list[Page] = []
    for module in sorted(m.name for m in pkgutil.iter_modules(package.__path__)):
        found.append(importlib.import_module(f"dashboards.pages.{module}").PAGE)
    return {page.path: page for page in sorted(found, key=lambda page: (page.order, page.path))}


def page_at(pathname: str | None) -> tuple[Page | None, str]:
    """The page of a path and what follows the page's own part; None when there is no such page."""
    parts = (pathname or "/").strip("/").split("/", 1)
    page = pages().get(f"/{parts[0]}")
    rest = parts[1].strip("/") if len(parts) > 1 else ""
    return page, rest
