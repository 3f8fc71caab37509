"""Recipes: everything that a report is asked for, so that it can be made again: subject, filters, rules, language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from puma.access import Viewer
from puma.dimensions import DIMENSIONS
from puma.errors import WrongUsage
from puma.keeping import collections
from puma.languages import LANGUAGES, PSEUDO
from puma.measuring.definition import COUNTINGS, POLICIES
from puma.measuring.query import year_span
from puma.storage import Storage

KINDS = ("facility", "instrument", "group", "country", "institution", "organisation", "sector", "collection")
"""What a report can be about."""
ESTIMATE = "wide"
SURE = tuple(one for one in POLICIES if one != ESTIMATE)
"""The link policies that a report may have."""
MOST = 400  # values of one filter


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a report is about. name: of the instrument, group or institution, or its number; a country's two letters;
    the word of a sector; a collection's number. An organisation is an institution with all its parts.

    filters: values by dimension as the pages have them, ``year`` as ``2019`` or ``2015-2019`` among them.
    language: that it is printed in, as a code of ``LANGUAGES``.
    """

    kind: str
    name: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    policy: str = "standard"
    counting: str = "full"
    language: str = "en"

    @property
    def span(self) -> str:
        """The years that it is about, in words."""
        return ", ".join(one.replace("-", "–") for one in self.filters.get("year", ())) or "all years"

    def asked(self) -> dict[str, Any]:
        """The recipe as it is stored."""
        filters = {slug: list(values) for slug, values in sorted(self.filters.items())}
        return {"kind": self.kind, "name": self.name, "filters": filters, "policy": self.policy,
                "counting": self.counting, "language": self.language}  # fmt: skip


def recipe(
    kind: str,
    name: str = "",
    filters: Mapping[str, Sequence[str]] | None = None,
    *,
    policy: str = "standard",
    counting: str = "full",
    language: str = "en",
) -> Recipe:
    """A recipe that can be made, in one order. Raises WrongUsage for what there is not, and for estimates."""
    must_be_sure(policy)
    return _recipe(kind, name, filters or {}, policy, counting, language)


def must_be_sure(policy: str) -> None:
    """Raise WrongUsage for the link policy that is an estimate: a report is taken for what is known."""
    if policy == ESTIMATE:
        raise WrongUsage("The link policy wide is an estimate and stands in no report: choose strict or standard.")


def recipe_of(asked: Mapping[str, Any]) -> Recipe:
    """A stored recipe, also of a report that was frozen before estimates were refused. Raises WrongUsage where this
    version does not understand it. What was stored before reports had a language is English."""
    return _recipe(
        str(asked.get("kind", "")), str(asked.get("name", "")), asked.get("filters") or {},
        str(asked.get("policy", "standard")), str(asked.get("counting", "full")), str(asked.get("language", "en")),
    )  # fmt: skip


def _recipe(
    kind: str, name: str, filters: Mapping[str, Sequence[str]], policy: str, counting: str, language: str
) -> Recipe:
    for word, known, what in ((kind, KINDS, "report of the kind"), (policy, POLICIES, "link policy"),
                              (counting, COUNTINGS, "counting method"),
                              (language, (*LANGUAGES, PSEUDO), "language")):  # fmt: skip
        if word not in known:
            raise WrongUsage(f"There is no {what} {word!r}; there are: {', '.join(known)}.")
    if kind != "facility" and not name.strip():
        raise WrongUsage(f"A report on one {kind} needs its name.")
    kept = {slug: tuple(map(str, filters[slug])) for slug in DIMENSIONS if filters.get(slug)}
    if unknown := set(filters) - set(DIMENSIONS):
        raise WrongUsage(f"There is no filter {', '.join(sorted(unknown))}; there are: {', '.join(DIMENSIONS)}.")
    if any(len(values) > MOST for values in kept.values()):
        raise WrongUsage(f"A filter has at most {MOST} values.")
    if "year" in kept:
        kept["year"] = tuple(_in_order(one) for one in kept["year"])
    kept.pop(kind, None)  # the subject itself
    return Recipe(kind, "" if kind == "facility" else name.strip(), kept, policy, counting, language)


def _in_order(years: str) -> str:
    first, last = year_span(years)
    return f"{first}-{last}" if first != last else f"{first}"


def among_own(storage: Storage, viewer: Viewer, filters: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The filters with only those collections among them that exist for the viewer."""
    if not filters.get("collection"):
        return dict(filters)
    shown = {str(one.id) for one in collections(storage, viewer)}
    kept = tuple(one for one in filters["collection"] if one in shown) or ("0",)  # no collection has this number
    return {**filters, "collection": kept}
