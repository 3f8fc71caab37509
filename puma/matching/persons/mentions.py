"""Mentions of persons in works, the persons that are known, and whose authorship is whose."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from puma.names import PersonName, display, fold, parse_name


@dataclass(slots=True, unsafe_hash=True)  # not frozen, which takes four times as long: there are very many
class Mention:
    """One author of one work, as written there. ``institutions``: record numbers of the resolved affiliations.

    affiliation: as written. coauthors: `mate_names` of the work's other authors; empty, they are taken from the other
    mentions of the work.
    """

    work_id: int
    position: int
    name: PersonName
    orcid: str | None = None
    institutions: frozenset[int] = frozenset()
    year: int | None = None
    affiliation: str = ""
    coauthors: frozenset[str] = frozenset()
    title: str = ""
    venue: str = ""

    @property
    def key(self) -> str:
        """What stays the same when the work is harvested again: work and folded name."""
        return f"{self.work_id}/{fold(self.name.family)}, {fold(self.name.given)}"


@dataclass(slots=True, unsafe_hash=True)  # not frozen, which takes twice as long to send elsewhere
class KnownPerson:
    """A person that a user office or another authority knows; ``teams``: the proposals the person was on.

    affiliations, coauthors, titles, venues: as in `Mention`, of everything that is known to be the person's.
    other_orcids: further ORCID iDs of whom people said that it is one person.
    """

    person_id: int
    names: tuple[PersonName, ...]
    orcid: str | None = None
    institutions: frozenset[int] = frozenset()
    teams: frozenset[int] = frozenset()
    affiliations: tuple[str, ...] = ()
    coauthors: frozenset[str] = frozenset()
    titles: tuple[str, ...] = ()
    venues: tuple[str, ...] = ()
    years: tuple[int, int] | None = None
    other_orcids: frozenset[str] = frozenset()


@dataclass(slots=True, unsafe_hash=True)  # not frozen, which takes four times as long: there are very many
class Assignment:
    """Whose authorship it is: a known person, or a cluster of mentions (its number); neither: nobody can say.

    options: the known persons it may be, with probabilities, the likeliest first; they need not add up to 1.
    """

    person_id: int | None
    cluster: int | None
    probability: float
    options: tuple[tuple[int, float], ...] = ()


@lru_cache(maxsize=1 << 17)
def is_full(name: PersonName) -> bool:
    """Whether a given name is written out."""
    return any(len(part) > 1 for part in fold(name.given).split()) and not (
        name.given.isupper() and len(name.given) < 4
    )


def best_name(names: Mapping[PersonName, int]) -> PersonName:
    """The name to show of all that a person is written with, each with how often: the fullest, then the commonest."""
    if len(names) == 1:
        return next(iter(names))
    return max(names, key=lambda n: (is_full(n), len(fold(n.given)), names[n], display(n)))


def best_spelling(names: Mapping[str, int]) -> str:
    """The same of names as they are written: the best name in the way that it is mostly spelled."""
    if len(names) == 1:
        return next(iter(names))
    read: dict[PersonName, dict[str, int]] = {}
    for name, count in names.items():
        read.setdefault(parse_name(name), {})[name] = count
    spelled = read[best_name({name: sum(counts.values()) for name, counts in read.items()})]
    return min(spelled, key=lambda name: (-spelled[name], name))


def short_name(name: PersonName) -> str:
    """Folded family name and first initial."""
    return f"{fold(name.family)} {fold(name.given)[:1]}".strip()


@lru_cache(maxsize=1 << 17)
def mate_names(name: PersonName) -> frozenset[str]:
    """What a co-author is known by to those beside: the short name, and the full one where it is written out."""
    full = f"{fold(name.family)}, {fold(name.given)}"
    return frozenset({short_name(name), full} if is_full(name) else {short_name(name)})


def topic_words(title: str) -> frozenset[str]:
    """The words of a title."""
    return frozenset(word for word in fold(title).split() if len(word) > 2)


def place_words(text: str) -> frozenset[str]:
    """The words of an affiliation."""
    return frozenset(fold(text).split())
