"""Pairs among those of their publication, or of their proposal: sums, gaps to the best, ranks, the best other one."""

import numpy as np

from puma.matching.links.evidence import Values
from puma.matching.links.sides import Indices


def summed(keys: Indices, values: Values) -> Values:
    """For each pair the sum over all pairs of its key."""
    found: Values = np.bincount(keys, weights=values).astype(np.float64) if len(keys) else np.zeros(0)
    return found[keys]


def behind(keys: Indices, values: Values) -> Values:
    """For each pair how far its value is below the best of its key."""
    if not len(keys):
        return np.zeros(0)
    best = np.full(int(keys.max()) + 1, -np.inf)
    np.maximum.at(best, keys, values)
    return best[keys] - values


def best_other(keys: Indices, values: Values) -> Values:
    """For each pair the best value of the other pairs of its key; 0 where there is none."""
    if not len(keys):
        return np.zeros(0)
    best, second = np.zeros(int(keys.max()) + 1), np.zeros(int(keys.max()) + 1)
    np.maximum.at(best, keys, values)
    is_best = values == best[keys]
    np.maximum.at(second, keys[~is_best], values[~is_best])
    alone = np.bincount(keys, weights=is_best)[keys] == 1
    return np.where(is_best & alone, second[keys], best[keys])


def ranked(keys: Indices, values: Values) -> Values:
    """For each pair how many pairs of its key are better; equal ones share a rank."""
    keys = keys.astype(np.min_scalar_type(keys.max(initial=0)))  # short numbers are sorted sooner
    order = np.lexsort((-values, keys))
    sorted_keys, sorted_values = keys[order], values[order]
    new = np.ones(len(keys), dtype=bool)
    new[1:] = (sorted_keys[1:] != sorted_keys[:-1]) | (sorted_values[1:] != sorted_values[:-1])
    place = np.maximum.accumulate(np.where(new, np.arange(len(keys)), 0))
    starts = np.searchsorted(sorted_keys, sorted_keys, side="left")
    rank = np.empty(len(keys))
    rank[order] = place - starts
    return rank


def place_of_best(keys: Indices, values: Values, numbers: Indices) -> Indices:
    """For each pair the place of the best pair of its key; of equal ones that of the lowest number."""
    best = np.zeros(int(keys.max()) + 1 if len(keys) else 0, dtype=np.int64)
    order = np.lexsort((-numbers, values))
    best[keys[order]] = order
    return best[keys] if len(keys) else np.zeros(0, dtype=np.int64)
