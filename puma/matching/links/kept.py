"""What a full matching leaves on disk, and the scoring of few publications against it, as if all had been scored."""

import json
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import numpy as np
from scipy.sparse import csr_matrix

from puma.matching.links.features import Pairs, beside_works, measure_alone, together
from puma.matching.links.grids import Finder, Grids, find
from puma.matching.links.score import Scored, score_compared
from puma.matching.links.sides import Axes, BidSide, Indices, WorkSide, counted, joined, take, work_side
from puma.matching.links.works import Work
from puma.matching.model import Model

CARD = "card.json"
Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class Kept:
    """Both sides, the pairs with what was measured, and the rarities as they were. names: of the people of the axis.

    by_bid, starts: the places of the pairs in order of their proposals, and where each proposal begins.
    """

    axes: Axes
    of_works: WorkSide
    of_bids: BidSide
    near: Finder
    names: np.ndarray[Any, np.dtype[np.str_]]
    pairs: Pairs
    by_bid: Indices
    starts: Indices

    @classmethod
    def of(cls, m: Grids, pairs: Pairs) -> "Kept":
        """What is to be kept of a full matching."""
        order = np.argsort(pairs.columns, kind="stable")
        starts = np.searchsorted(pairs.columns[order], np.arange(len(m.of_bids.numbers) + 1))
        return cls(m.axes, m.of_works, m.of_bids, m.finder, m.names, pairs, order, starts)


@dataclass(frozen=True, slots=True)
class Again:
    """Links of some publications. pairs: all candidates looked at again, also those that are no link.

    touched: the rows of the proposals whose other publications were looked at again, those of earlier times too.
    """

    scored: list[Scored]
    pairs: frozenset[tuple[int, int]]
    touched: Indices


def score_again(
    kept: Kept,
    works: Sequence[Work],
    gone: Collection[int],
    touched: Indices,
    *,
    least: float,
    model: Model,
) -> Again:
    """Score publications that are new or changed since the full matching, and what they change of others.

    works: all publications that are new or changed since then, as they are now; gone: those that are no more. touched:
    of earlier calls since then, so that what they changed is changed back when its cause is gone. The result is that
    of scoring everything with the rarities of the full matching: a publication bears only on pairs of the proposals
    that are its candidates, and of those the other pairs need only be judged again, not measured.
    """
    fresh = work_side(works, kept.of_bids.numbers, kept.axes, counted(works, kept.axes))
    rows, columns = find(fresh, kept.of_bids, kept.near)
    new = measure_alone(fresh, kept.of_bids, kept.axes.rarity, rows, columns)
    outdated = np.isin(kept.of_works.numbers, np.array([*gone, *(one.work_id for one in works)], dtype=np.int64))
    before = np.flatnonzero(outdated)
    first, last = (np.searchsorted(kept.pairs.rows, before, side=side) for side in ("left", "right"))
    left_behind = _stretches(first, last)
    touched = np.unique(np.concatenate([touched, columns, kept.pairs.columns[left_behind]]))
    places = kept.by_bid[_stretches(kept.starts[touched], kept.starts[touched + 1])]
    places = np.sort(places[~outdated[kept.pairs.rows[places]]])
    old = _some(kept.pairs, places)
    others, place = np.unique(old.rows, return_inverse=True)
    pairs = beside_works(together([_at(old, place), _at(new, new.rows + len(others))]))
    m = Grids(
        (), (), joined([take(kept.of_works, others), fresh]), kept.of_bids, kept.axes, kept.near, kept.names, {}
    )  # fmt: skip
    numbers = m.of_works.numbers[pairs.rows].tolist(), kept.of_bids.numbers[pairs.columns].tolist()
    removed = kept.of_works.numbers[kept.pairs.rows[left_behind]], kept.of_bids.numbers[kept.pairs.columns[left_behind]]
    seen = frozenset(zip(*numbers, strict=True)) | frozenset(zip(*(one.tolist() for one in removed), strict=True))
    return Again(score_compared(m, pairs, least=least, model=model), seen, touched)


def _stretches(first: Indices, last: Indices) -> Indices:
    parts = [np.arange(a, b) for a, b in zip(first.tolist(), last.tolist(), strict=True)]
    return np.concatenate([np.zeros(0, dtype=np.int64), *parts])


def _some(pairs: Pairs, places: Indices) -> Pairs:
    return Pairs(
        np.asarray(pairs.rows[places]), pairs.columns[places], pairs.features[places],
        {kind: values[places] for kind, values in pairs.identified.items()},
        pairs.sure[places], pairs.impression[places], pairs.words[places], pairs.team[places],
    )  # fmt: skip


def _at(pairs: Pairs, rows: Indices) -> Pairs:
    return Pairs(
        rows, pairs.columns, pairs.features, pairs.identified, pairs.sure, pairs.impression, pairs.words, pairs.team
    )


# --- on disk ----------------------------------------------------------------------------------------------------------


def keep(folder: Path, kept: Kept, card: Mapping[str, Any]) -> None:
    """Write it beside what is there, then take its place; one writer at a time. ``card``: what `card_of` will tell."""
    beside = folder.with_name(folder.name + ".new")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    shapes: dict[str, Any] = {}
    for name, array in _arrays("kept", kept, shapes):
        np.save(beside / f"{name}.npy", array, allow_pickle=False)
    (beside / CARD).write_text(json.dumps({"card": dict(card), "shapes": shapes}), "utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    beside.rename(folder)


def card_of(folder: Path) -> Mapping[str, Any] | None:
    """The card of what is kept there; None where nothing is."""
    if not (folder / CARD).exists():
        return None
    found: dict[str, Any] = json.loads((folder / CARD).read_text("utf-8"))["card"]
    return found


def load_kept(folder: Path) -> Kept:
    """What was kept, mapped into memory: only what is used is read. Raises OSError where nothing is."""
    shapes = json.loads((folder / CARD).read_text("utf-8"))["shapes"]
    return _read(folder, "kept", Kept, shapes)


def _arrays(name: str, thing: Any, shapes: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """All arrays of a nest of dataclasses, dicts, sparse matrices and arrays, with names."""
    if is_dataclass(thing):
        for one in fields(thing):
            yield from _arrays(f"{name}.{one.name}", getattr(thing, one.name), shapes)
    elif isinstance(thing, Mapping):
        shapes[name] = sorted(thing)
        for key, value in thing.items():
            yield from _arrays(f"{name}.{key}", value, shapes)
    elif isinstance(thing, np.ndarray):
        yield name, thing
    else:
        shapes[name] = thing.shape
        yield from ((f"{name}.{part}", getattr(thing, part)) for part in ("data", "indices", "indptr"))


def _read(folder: Path, name: str, kind: type[Thing], shapes: Mapping[str, Any]) -> Thing:
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{one.name: _read(folder, f"{name}.{one.name}", hints[one.name], shapes) for one in fields(kind)})
    held: Any
    if name in shapes and isinstance(shapes[name][0], int):
        parts = tuple(_array(folder, f"{name}.{part}") for part in ("data", "indices", "indptr"))
        held = csr_matrix(parts, shape=tuple(shapes[name]), copy=False)
    elif name in shapes:
        held = {key: _array(folder, f"{name}.{key}") for key in shapes[name]}
    else:
        held = _array(folder, name)
    return held  # type: ignore[no-any-return]  # what the name says


def _array(folder: Path, name: str) -> np.ndarray[Any, np.dtype[Any]]:
    found: np.ndarray[Any, np.dtype[Any]] = np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
    return found
