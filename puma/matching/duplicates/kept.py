"""What a look at all publications leaves behind, and the look at few ones beside it, as if all had been looked at."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from puma.matching.duplicates.containers import Meetings, container_mark
from puma.matching.duplicates.pairs import Described, Rarities, pair_rows, shelve
from puma.matching.duplicates.twins import MODEL, Sought, Twin, best, held_by, identifiers_of, nearest, told
from puma.matching.lexicon import Lexicon, Marks, marks_of
from puma.matching.model import load
from puma.matching.rarity import Floats

Numbers = NDArray[np.int64]
Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class Index:
    """For each of some things in a row the places of the works that have it: those of i are from starts[i] on."""

    starts: Numbers
    works: NDArray[np.int32]

    @classmethod
    def of(cls, rows: sparse.csr_matrix, order: Numbers) -> "Index":
        """Of the columns of rows of works, taken in this order."""
        table = rows.T.tocsr()[order]
        return cls(table.indptr.astype(np.int64), table.indices.astype(np.int32))

    def at(self, place: int) -> NDArray[np.int32]:
        """The works of one thing; of -1 none."""
        return self.works[self.starts[place] : self.starts[place + 1]] if place >= 0 else self.works[:0]

    def table(self, places: Marks, weight: Floats, total: int) -> sparse.csr_matrix:
        """The works of several things as rows, with one weight for each."""
        parts = [np.asarray(self.at(place)) for place in places.tolist()]
        sizes = [len(part) for part in parts]
        flat = np.concatenate([np.zeros(0, dtype=np.int32), *parts])
        starts = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])
        return sparse.csr_matrix((np.repeat(weight, sizes), flat, starts), (len(sizes), total))


@dataclass(frozen=True, slots=True)
class Kept:
    """How rare words were among all works, and by which words and identifiers each is found.

    numbers: of the works, by their places, rising. having, asking: for the words of ``rare``, in the order of their
    marks, the works that have it, and those that look by it. floor: how near a work must be to be among the nearest of
    each. names: marks of identifiers; named: the works that have each. met: meetings of containers, by the works'
    numbers.
    """

    rarities: Rarities
    rare: Lexicon
    having: Index
    asking: Index
    numbers: Numbers
    floor: Floats
    names: Marks
    named: Index
    met: Meetings


def look(works: Sequence[Described]) -> tuple[list[Twin], Kept]:
    """Duplicates and versions among all works, in rising order of their numbers, as `find_twins` finds them."""
    shelf = shelve(works)
    sought = Sought.of(shelf, works)
    one, other, floor = nearest(sought)
    rows = pair_rows(shelf, one, other)
    held = held_by(works)
    twins = told(works, one, other, rows, {pair for some in held.values() for pair in pairwise(some)}, load(MODEL))
    order = np.argsort(marks_of(sought.words))
    numbers = np.array([work.work_id for work in works], dtype=np.int64)
    meetings = np.column_stack([numbers[shelf.meetings[:, 0]], numbers[shelf.meetings[:, 1]], shelf.meetings[:, 2:]])
    names = marks_of(held)
    by_name = np.argsort(names)
    several = list(held.values())
    sizes = [len(several[place]) for place in by_name.tolist()]
    flat = [place for name in by_name.tolist() for place in several[name]]
    named = Index(np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]), np.array(flat, dtype=np.int32))
    kept = Kept(
        Rarities.of(shelf), sought.rare, Index.of(sought.rows, order), Index.of(sought.queries, order), numbers, floor,
        names[by_name], named, meetings,
    )  # fmt: skip
    return twins, kept


def look_again(
    kept: Kept,
    fresh: Sequence[Described],
    changed: Collection[int],
    describe: Callable[[Collection[int]], Sequence[Described]],
) -> list[Twin]:
    """The verdicts on all pairs of which one is a new or changed work, as a look at all works would give them.

    fresh: the works that are new or changed since, in rising order; changed: their numbers and those of works that are
    gone. describe: how the works of these numbers are described. Rarities are those of the last look at all: a word
    that came since counts as one that a single work has. Two others that a new work pushes apart, each being no longer
    among the nearest of the other, or that shared an identifier with a work that went, are told apart by the next
    look at all.
    """
    if not fresh:
        return []
    near = _near(kept, fresh, changed)
    twice = _twice(kept, fresh, changed)
    own = {work.work_id for work in fresh}
    others = {number for pair in near | twice for number in pair} - own
    works = sorted([*fresh, *describe(others)], key=lambda work: work.work_id)
    place = {work.work_id: n for n, work in enumerate(works)}
    codes = sorted((place[a], place[b]) for a, b in near if a in place and b in place)
    one, other = np.array(codes, dtype=np.int64).reshape(-1, 2).T
    shelf = shelve(works, kept.rarities)
    rows = pair_rows(shelf, one, other, _meetings(kept, set(shelf.containers), changed))
    pairs = {(place[a], place[b]) for a, b in twice if a in place and b in place}
    return told(works, one, other, rows, pairs, load(MODEL))


def _near(kept: Kept, fresh: Sequence[Described], changed: Collection[int]) -> set[tuple[int, int]]:
    """Pairs of numbers, the lower one first: who is among the nearest of a fresh one, and whose nearest it is among."""
    sought = Sought.of(shelve(fresh, kept.rarities), fresh, kept.rare)
    total = len(kept.numbers)
    places = kept.rare.places(sought.words)
    weight = kept.rare.weights(sought.words).astype(np.float32)
    alive = ~np.isin(kept.numbers, np.array(sorted(changed), dtype=np.int64))
    forth = (sought.queries @ kept.having.table(places, weight, total)).tocsr()
    forth.data *= alive[forth.indices]
    both = sparse.hstack([forth, sought.queries @ sought.rows.T], format="csr")
    one, other, _ = best(both, sought.mass)
    back = (sought.rows @ kept.asking.table(places, weight, total)).tocoo()
    welcome = alive[back.col] & (back.data >= kept.floor[back.col])
    mine = np.array([work.work_id for work in fresh], dtype=np.int64)
    numbers = np.concatenate([kept.numbers, mine])
    ones = mine[np.concatenate([one, back.row[welcome]])]
    others = numbers[np.concatenate([other, back.col[welcome]])]
    return {(min(a, b), max(a, b)) for a, b in zip(ones.tolist(), others.tolist(), strict=True) if a != b}


def _twice(kept: Kept, fresh: Sequence[Described], changed: Collection[int]) -> set[tuple[int, int]]:
    """Pairs of numbers that follow one another among those that share an identifier, one of them fresh."""
    gone = set(changed)
    holders: dict[str, set[int]] = {}
    for work in fresh:
        for name in identifiers_of(work):
            holders.setdefault(name, set()).add(work.work_id)
    for name, place in zip(holders, Lexicon(kept.names, _NONE, _NONE).places(holders).tolist(), strict=True):
        holders[name].update(set(kept.numbers[kept.named.at(place)].tolist()) - gone)
    own = {work.work_id for work in fresh}
    return {pair for some in holders.values() for pair in pairwise(sorted(some)) if own & set(pair)}


def _meetings(kept: Kept, containers: Collection[str], changed: Collection[int]) -> Meetings:
    """The meetings of all works that bear on these containers and are not looked at again."""
    here = np.array([container_mark(one) for one in sorted(containers)], dtype=np.int64)
    gone = np.array(sorted(changed), dtype=np.int64)
    told = np.isin(kept.met[:, 2:], here).any(axis=1) & ~np.isin(kept.met[:, :2], gone).any(axis=1)
    return np.asarray(kept.met[told])


_NONE = np.zeros(0)


# --- on disk ----------------------------------------------------------------------------------------------------------


def keep(path: Path, kept: Kept) -> None:
    """Write it as one file of arrays; for 100,000 works it has some ten megabytes."""
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **dict(_arrays("", kept)))


def load_kept(path: Path) -> Kept:
    """What was kept there. Raises OSError where nothing is."""
    with np.load(path, allow_pickle=False) as held:
        return _read("", Kept, held)


def _arrays(name: str, thing: Any) -> Iterator[tuple[str, NDArray[Any]]]:
    if is_dataclass(thing):
        for one in fields(thing):
            yield from _arrays(f"{name}.{one.name}", getattr(thing, one.name))
    else:
        yield name, np.array(sorted(thing), dtype=np.str_) if isinstance(thing, frozenset) else np.asarray(thing)


def _read(name: str, kind: type[Thing], held: Mapping[str, NDArray[Any]]) -> Thing:
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{one.name: _read(f"{name}.{one.name}", hints[one.name], held) for one in fields(kind)})
    found: Any = frozenset(held[name].tolist()) if held[name].dtype.kind == "U" else held[name]
    return found  # type: ignore[no-any-return]  # what the name says
