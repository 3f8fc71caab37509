"""Mentions of persons in works, the persons that are known, and how common a name is."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from puma.names import PersonName, fold, given_names_compatible, initials, name_keys


@dataclass(frozen=True, slots=True)
class Mention:
    """One author of one work, as written there. ``institutions``: record numbers of the resolved affiliations."""

    work_id: int
    position: int
    name: PersonName
    orcid: str | None = None
    institutions: frozenset[int] = frozenset()
    year: int | None = None

    @property
    def key(self) -> str:
        """What stays the same when the work is harvested again: work and folded name."""
        return f"{self.work_id}/{fold(self.name.family)}, {fold(self.name.given)}"


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """A person that a user office or another authority knows; ``teams``: the proposals the person was on."""

    person_id: int
    names: tuple[PersonName, ...]
    orcid: str | None = None
    institutions: frozenset[int] = frozenset()
    teams: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Assignment:
    """Whose authorship it is: a known person, or a cluster of mentions (its number); neither: nobody can say.

    options: the known persons it may be, with probabilities, the likeliest first; they need not add up to 1.
    """

    person_id: int | None
    cluster: int | None
    probability: float
    options: tuple[tuple[int, float], ...] = ()


@dataclass(slots=True)
class Population:
    """How common names are among all names seen, each distinct full name counted once."""

    size: int = 1
    families: Counter[str] = field(default_factory=Counter)
    givens: Counter[str] = field(default_factory=Counter)
    initials: Counter[str] = field(default_factory=Counter)
    remembered: dict[PersonName, float] = field(default_factory=dict)

    @classmethod
    def of(cls, names: Iterable[PersonName]) -> "Population":
        here = cls()
        for family, given in sorted({(fold(name.family), fold(name.given)) for name in names}):
            here.size += 1
            here.families[family] += 1
            if given:
                here.initials[given[0]] += 1
                if len(given.split(" ")[0]) > 1:
                    here.givens[given.split(" ")[0]] += 1
        return here

    def namesakes(self, name: PersonName) -> float:
        """How many people of this name are expected among the population; initials are many people's."""
        found = self.remembered.get(name)
        if found is None:
            found = self.remembered[name] = self._expected(name)
        return found

    def _expected(self, name: PersonName) -> float:
        family, given = fold(name.family), fold(name.given)
        share = self.families[family] + 0.2
        if not given:
            return share
        first = given.split(" ")[0]
        if len(first) > 1:
            return share * (self.givens[first] + 0.2) / max(self.givens.total(), 1)
        some = share * (self.initials[first] + 0.5) / self.size
        return some * (0.35 if len(initials(name)) > 1 else 1.0)


@lru_cache(maxsize=1 << 17)
def is_full(name: PersonName) -> bool:
    """Whether a given name is written out."""
    return any(len(part) > 1 for part in fold(name.given).split()) and not (
        name.given.isupper() and len(name.given) < 4
    )


def same_person_possible(one: PersonName, other: PersonName) -> bool:
    """Whether two names that share a key can be one person's."""
    if one.is_collaboration or other.is_collaboration:
        return one == other
    if given_names_compatible(one.given, other.given):
        return bool(name_keys(one) & name_keys(other))
    swapped = PersonName(other.family, other.given)
    return (
        bool(other.given)
        and fold(one.family) == fold(swapped.family)
        and given_names_compatible(one.given, swapped.given)
    )


def short_name(name: PersonName) -> str:
    """Folded family name and first initial."""
    return f"{fold(name.family)} {fold(name.given)[:1]}".strip()
