"""Persons by checksums of the keys of their names: an index that whoever is free can make, without the database."""

from collections.abc import Sequence
from itertools import chain
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from puma.names import PersonName, name_keys, parse_name

MANY = 10_000  # persons; of more, each of whose names hardly comes twice, nothing is remembered

Keys = NDArray[np.int64]
Written = tuple[int, bool, PersonName, Sequence[str]]
"""A person: its number, whether proposals tell of it, its main name, and its further names as they are written."""


def keyed(persons: Sequence[Written]) -> Keys:
    """The rows of an index of persons: checksum of a key of a name, person, 1 where proposals tell of it; sorted."""
    few = len(persons) < MANY
    read, keys_of = (parse_name, name_keys) if few else (parse_name.__wrapped__, name_keys.__wrapped__)
    rows = [
        (crc32(key.encode()), number, known)
        for number, known, main, more in persons
        for key in set(chain.from_iterable(map(keys_of, (main, *map(read, more)))))
    ]
    found = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return found[np.lexsort(found.T[::-1])]
