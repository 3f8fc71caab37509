"""Which records of a list filters leave: the filters of numbers, so that a filtered list is as long as its number."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches

from puma.access import Viewer
from puma.countries import country_code, country_name
from puma.dimensions import DIMENSIONS
from puma.errors import NotHere, WrongUsage
from puma.facts import Snapshot
from puma.listing.whole import WHAT
from puma.measuring import metric
from puma.measuring.query import check, records_query

COUNTED = {
    "publications": "publications_known", "proposals": "proposals", "experiments": "experiments",
    "datasets": "datasets", "links": "publications_known",
}  # fmt: skip
"""The lists that have filters, each with the number whose filters they are; links have those of their publications."""
UNKNOWN = "unknown"
Filters = Mapping[str, Sequence[str]]


def chosen(snapshot: Snapshot | None, viewer: Viewer, what: str, filters: Filters) -> list[int]:
    """The numbers of the records of a list that the filters leave, whatever the number of that list leaves out; of
    links those of their publications. Raises WrongUsage for filters that there are not, Refused, NotHere."""
    if what in WHAT and what not in COUNTED:
        raise WrongUsage(f"The list of {what} has no filters; those of {', '.join(COUNTED)} have.")
    if what not in COUNTED:
        raise WrongUsage(f"{what!r} cannot be exported; there are: {', '.join(WHAT)}.")
    one = replace(metric(COUNTED[what]), where="true")
    viewer.must_be(one.role, f"The filtered list of {what}")
    check(one, (), filters, "standard", "full")
    if snapshot is None:
        raise NotHere("There are no facts yet: `puma harvest` brings the sources in and writes them.")
    must_be_known(snapshot, viewer, filters)
    query = records_query(one, filters, "standard")
    return [int(row[0]) for row in snapshot.connect(viewer).execute(query.sql, query.parameters).fetchall()]


def must_be_known(snapshot: Snapshot | None, viewer: Viewer, filters: Filters) -> None:
    """Raise WrongUsage for a country, instrument, institution ... that there is not: of a name that is written wrong
    nothing is found, and a program would take that for nought."""
    for slug in filters.keys() & DIMENSIONS.keys():
        if slug.endswith("country"):
            for value in filters[slug]:
                _must_be_country(value)
        elif DIMENSIONS[slug].names and snapshot is not None:
            _must_be_named(snapshot, viewer, slug, filters[slug])


def _must_be_country(value: str) -> None:
    if value == UNKNOWN or (len(value) == 2 and value.isupper() and country_name(value) != value):
        return
    code = country_code(value)
    hint = f" Is it {code}?" if code else ""
    raise WrongUsage(f"A country is written by two letters, or unknown; not {value[:200]!r}.{hint}")


def _must_be_named(snapshot: Snapshot, viewer: Viewer, slug: str, values: Sequence[str]) -> None:
    """Numbers are let through: what an address held once may have been merged since."""
    asked = {value for value in values if value != UNKNOWN and not (value.isascii() and value.isdigit())}
    if not asked:
        return
    pairs = snapshot.connect(viewer).execute(DIMENSIONS[slug].names).fetchall()
    names = {str(name) for _, name in pairs if name}
    for value in sorted(asked - names):
        folded = {name.casefold(): name for name in names}
        like = [folded[one] for one in get_close_matches(value.casefold()[:200], sorted(folded), 3)]
        hint = f" Is it {', '.join(like)}?" if like else ""
        raise WrongUsage(f"There is no {DIMENSIONS[slug].label.lower()} {value[:200]!r}.{hint}")
