"""Pairs of publications and proposals with all that was measured of them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from puma.matching.links.evidence import Values
from puma.matching.links.sides import Indices

Flags = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of rows with what was measured. identified: for each kind of identifier the pairs that have it (0 or 1).

    features: shape (pairs, features), as the model takes them. signing: how many of the proposal's people sign, as
    `features.signing` counts them. impression, words, team: the first impression, likeness of texts and rarity of the
    shared people. claim: the share of the publication that falls to the proposal, in hundredths: what is far behind
    changes nothing elsewhere.
    """

    rows: Indices
    columns: Indices
    features: NDArray[np.float32]
    identified: Mapping[str, Flags]
    signing: Values
    impression: Values
    words: Values
    team: Values
    claim: Values


BESIDE = ("rows", "columns", "signing", "impression", "words", "team", "claim")
"""What is known of pairs beside features and identifiers."""


def some_pairs(pairs: Pairs, places: Indices) -> Pairs:
    """Some of the pairs."""
    return Pairs(
        np.asarray(pairs.rows[places]), pairs.columns[places], pairs.features[places],
        {kind: values[places] for kind, values in pairs.identified.items()},
        pairs.signing[places], pairs.impression[places], pairs.words[places], pairs.team[places], pairs.claim[places],
    )  # fmt: skip
