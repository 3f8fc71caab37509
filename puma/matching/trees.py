"""Boosted trees that are asked and never fitted: LightGBM's library without its Python side, which weighs 120 MB."""

import ctypes
import json
from functools import cache, cached_property, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import finalize

import numpy as np
from numpy.typing import NDArray

from puma.errors import WrongUsage
from puma.matching.tree_tables import TreeTables

if TYPE_CHECKING:
    from lightgbm import Booster

Floats = NDArray[np.float64]

MANY = 2_000  # rows; of fewer the library is asked, since to make tables takes as long as many walks
_FLOAT32, _BY_ROWS = 0, 1
_SCORE, _LEAF, _CONTRIBUTION = 1, 2, 3
_ONE_THREAD = b"num_threads=1"  # who has several processes shares the work among them


class Trees:
    """Fitted trees. text: as LightGBM writes them; they travel between processes as that."""

    def __init__(self, text: str) -> None:
        _library()  # who lacks it learns so before any work is done
        self.text = text
        self._loaded: tuple[ctypes.c_void_p, int] | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return Trees, (self.text,)

    @classmethod
    def of(cls, fitted: "Booster") -> "Trees":
        """Those that were just fitted."""
        return cls(fitted.model_to_string())

    def booster(self) -> "Booster":
        """As LightGBM's Python side has them, to fit more of them or to look at them."""
        from lightgbm import Booster

        return Booster(model_str=self.text)

    def score(self, rows: NDArray[np.float32]) -> Floats:
        """The raw score of each row, shape (rows,)."""
        tables = self._tables if len(rows) >= MANY else None
        return tables.score(rows) if tables else self._told(rows, _SCORE, 1).ravel()

    def leaves(self, rows: NDArray[np.float32]) -> NDArray[np.int64]:
        """The leaf of each tree that a row falls to, shape (rows, trees)."""
        return self._told(rows, _LEAF, self._open()[1]).astype(np.int64)

    def contributions(self, rows: NDArray[np.float32]) -> Floats:
        """What each feature adds to the raw score of each row, and at the end the mean; shape (rows, features + 1)."""
        return self._told(rows, _CONTRIBUTION, rows.shape[1] + 1)

    def described(self) -> list[dict[str, Any]]:
        """The trees with their splits and leaves."""
        length, size = ctypes.c_int64(0), 1 << 20
        while True:
            text = ctypes.create_string_buffer(size)
            _call("BoosterDumpModel", self._open()[0], 0, -1, 0, ctypes.c_int64(size), ctypes.byref(length), text)
            if length.value <= size:
                trees: list[dict[str, Any]] = json.loads(text.value)["tree_info"]
                return trees
            size = length.value

    def _told(self, rows: NDArray[np.float32], kind: int, width: int) -> Floats:
        rows = np.ascontiguousarray(rows, dtype=np.float32)
        found = np.empty((len(rows), width), dtype=np.float64)
        if found.size:
            count = ctypes.c_int64(0)
            _call(
                "BoosterPredictForMat", self._open()[0], rows.ctypes.data_as(ctypes.c_void_p), _FLOAT32, *rows.shape,
                _BY_ROWS, kind, 0, -1, _ONE_THREAD, ctypes.byref(count), found.ctypes.data_as(ctypes.c_void_p),
            )  # fmt: skip
            if count.value != found.size:
                raise ValueError(f"The trees gave {count.value} numbers and not {found.size}.")
        return found

    @cached_property
    def _tables(self) -> TreeTables | None:
        return _tables_of(self.text)

    def _open(self) -> tuple[ctypes.c_void_p, int]:
        if self._loaded is None:
            handle, rounds = ctypes.c_void_p(), ctypes.c_int(0)
            text = self.text.encode()
            _call("BoosterLoadModelFromString", text, ctypes.byref(rounds), ctypes.byref(handle))
            finalize(self, _library().LGBM_BoosterFree, handle)
            self._loaded = handle, rounds.value
        return self._loaded


@lru_cache(maxsize=4)
def _tables_of(text: str) -> TreeTables | None:
    """The tables of a model, which comes again and again to those who judge part after part."""
    return TreeTables.of(text)


def _call(name: str, *given: Any) -> None:
    """Call the library. Raises ValueError with its words when it says no."""
    library = _library()
    if library[f"LGBM_{name}"](*given):
        raise ValueError(library.LGBM_GetLastError().decode())


@cache
def _library() -> ctypes.CDLL:
    """LightGBM's library; its package is found and not imported. Raises WrongUsage where it cannot be loaded."""
    spec = find_spec("lightgbm")
    folders = (spec.submodule_search_locations if spec else None) or []
    path = next(file for folder in folders for file in Path(folder).rglob("lib_lightgbm.*"))
    try:
        library = ctypes.CDLL(str(path))
    except OSError as missing:  # the one part that does not come with the Python packages
        raise WrongUsage(
            "Matching needs the system's OpenMP library (libgomp.so.1), which is not on this machine. "
            "Debian and Ubuntu: apt-get install libgomp1; Fedora: dnf install libgomp."
        ) from missing
    library.LGBM_GetLastError.restype = ctypes.c_char_p
    return library
