"""What a full matching leaves on disk for the scoring of what comes after it."""

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import numpy as np
from scipy.sparse import csr_matrix

from puma.matching.links.grids import Finder, Grids, finder
from puma.matching.links.pairs import Pairs
from puma.matching.links.rows import let_go
from puma.matching.links.sides import Axes, BidSide, Indices, WorkSide

CARD = "card.json"
STEP = 100_000  # rows of a table that is in a file
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
        near = m.finder if isinstance(m.finder, Finder) else finder(m.of_bids, m.axes)[0]
        order = np.argsort(pairs.columns, kind="stable")
        starts = np.searchsorted(pairs.columns[order], np.arange(len(m.of_bids.numbers) + 1))
        return cls(m.axes, m.of_works, m.of_bids, near, m.names, pairs, order, starts)


# --- on disk ----------------------------------------------------------------------------------------------------------


def keep(folder: Path, kept: Kept, card: Mapping[str, Any]) -> None:
    """Write it beside what is there, then take its place; one writer at a time. ``card``: what `card_of` will tell."""
    beside = folder.with_name(folder.name + ".new")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    shapes: dict[str, Any] = {}
    for name, array in _arrays("kept", kept, shapes):
        _save(beside / f"{name}.npy", array)
    (beside / CARD).write_text(json.dumps({"card": dict(card), "shapes": shapes}), "utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    beside.rename(folder)


def _save(path: Path, array: Any) -> None:
    """As numpy saves it; of a table that is in a file no more than a part is in memory at a time."""
    if not isinstance(array, np.memmap):
        np.save(path, array, allow_pickle=False)
        return
    with path.open("wb") as target:
        np.lib.format.write_array_header_1_0(target, np.lib.format.header_data_from_array_1_0(array))
        for start in range(0, len(array), STEP):
            target.write(array[start : start + STEP].tobytes())
            let_go(array)


def card_of(folder: Path) -> Mapping[str, Any] | None:
    """The card of what is kept there; None where nothing is."""
    if not (folder / CARD).exists():
        return None
    found: dict[str, Any] = json.loads((folder / CARD).read_text("utf-8"))["card"]
    return found


def load_kept(folder: Path) -> Kept:
    """What was kept, mapped into memory: only what is used is read. Raises OSError where nothing is."""
    shapes = json.loads((folder / CARD).read_text("utf-8"))["shapes"]
    return _read(lambda name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False), "kept", Kept, shapes)


def keep_small(path: Path, thing: Any, card: Mapping[str, Any]) -> None:
    """Write a nest of dataclasses as one file, which takes the place of the one before, if any.

    Its first line says what the card says, and where which array begins in what follows.
    """
    shapes: dict[str, Any] = {}
    places: dict[str, Any] = {}
    parts, start = [], 0
    for name, array in _arrays("kept", thing, shapes):
        parts.append(np.ascontiguousarray(array).tobytes())
        places[name] = start, array.dtype.str, array.shape
        start += len(parts[-1])
    head = json.dumps({"card": dict(card), "shapes": shapes, "places": places}).encode() + b"\n"
    beside = path.with_name(path.name + ".new")
    beside.write_bytes(b"".join([head, *parts]))
    beside.replace(path)


def load_small(path: Path, kind: type[Thing]) -> tuple[Thing, Mapping[str, Any]]:
    """What `keep_small` wrote, and its card. Raises OSError where nothing is."""
    head, _, rest = path.read_bytes().partition(b"\n")
    said = json.loads(head)

    def get(name: str) -> Array:
        start, dtype, shape = said["places"][name]
        count = int(np.prod(shape))
        return np.frombuffer(rest, np.dtype(dtype), count, start if count else 0).reshape(shape).copy()

    return _read(get, "kept", kind, said["shapes"]), said["card"]


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


Array = np.ndarray[Any, np.dtype[Any]]


def _read(get: Callable[[str], Array], name: str, kind: type[Thing], shapes: Mapping[str, Any]) -> Thing:
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{one.name: _read(get, f"{name}.{one.name}", hints[one.name], shapes) for one in fields(kind)})
    held: Any
    if name in shapes and isinstance(shapes[name][0], int):
        parts = tuple(get(f"{name}.{part}") for part in ("data", "indices", "indptr"))
        held = csr_matrix(parts, shape=tuple(shapes[name]), copy=False)
    elif name in shapes:
        held = {key: get(f"{name}.{key}") for key in shapes[name]}
    else:
        held = get(name)
    return held  # type: ignore[no-any-return]  # what the name says
