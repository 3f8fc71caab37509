"""What a dimension is, and the kinds of facts that it is reached from."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Way:
    """How a fact ``f`` reaches a dimension. ``join``: SQL after FROM; ``key``: the value; ``share``: fractional weight.
    ``weight``: where the value rests on links, what it counts under the wide policy; else that of the fact.

    ``{policy}`` in the SQL stands for the link policy: strict, standard or wide.
    """

    key: str
    join: str = ""
    share: str = ""
    weight: str = ""


@dataclass(frozen=True, slots=True)
class Dimension:
    """One way of cutting numbers. ``names``: SQL giving (key, name) pairs where the key is a number."""

    slug: str
    label: str
    help: str
    ways: Mapping[str, Way] = field(default_factory=dict)
    names: str = ""
    many: bool = False  # one fact may have several values, so that rows may sum to more than the total
    whole: bool = False  # only a cut, never a filter: one value alone would tell of few people what the others hide


FACTS = (
    "works", "proposals", "beamtime", "outcomes", "experiments", "visits", "user_years", "year_users", "datasets",
    "transfers", "data_uses", "pdb_entries", "productivity", "fair", "losses", "declared_genders", "declared_stages",
    "user_authors", "beam_uses", "demand",
)  # fmt: skip
"""What is counted: one row of a table of the snapshot each."""
