"""Page state to and from the URL's query: pure, so that a link shows its receiver what its sender saw."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode

from puma.dimensions import DIMENSIONS
from puma.measuring.definition import COUNTINGS, POLICIES

PLACES = ("page", "at")
"""Keys that say where one is in a list: any other change begins the list anew."""
MOST = 250  # values of one URL that are read; a longer one is cut, not refused


@dataclass(frozen=True)
class State:
    """What a page shows: words by key, in the order chosen. Never holds an empty value or one value twice.

    unread: how many values of the address it was read from were left out, because they were too many.
    """

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unread: int = field(default=0, compare=False)

    @classmethod
    def read(cls, search: str | None) -> "State":
        """The state that a query string (with or without its question mark) says; what cannot be read is left out."""
        found: dict[str, tuple[str, ...]] = {}
        text = (search or "").removeprefix("?")
        pairs = parse_qsl(text, keep_blank_values=False, errors="replace")
        for key, value in pairs[:MOST]:
            value = "".join(letter for letter in value if letter.isprintable()).strip()
            if value and value not in found.get(key, ()):
                found[key] = (*found.get(key, ()), value)
        return cls(found, max(len(pairs) - MOST, 0))

    def query(self) -> str:
        """The query string, always with its question mark: the same state gives the same string."""
        pairs = [(key, value) for key in sorted(self.values) for value in self.values[key]]
        return "?" + urlencode(pairs)

    def many(self, key: str) -> tuple[str, ...]:
        """All values of a key."""
        return tuple(self.values.get(key, ()))

    def one(self, key: str, default: str = "") -> str:
        """The first value of a key."""
        values = self.values.get(key)
        return values[0] if values else default

    def number(self, key: str, default: int = 0) -> int:
        """The first value of a key as a number from 0 on; the default when it is none."""
        word = self.one(key)
        return int(word) if word.isascii() and word.isdigit() and len(word) < 10 else default

    def put(self, key: str, *values: str) -> "State":
        """The state with these values of a key, and at the beginning of its lists."""
        kept = {k: v for k, v in self.values.items() if k != key and (k not in PLACES or key in PLACES)}
        wanted = tuple(dict.fromkeys(value for value in values if value))
        return State({**kept, key: wanted} if wanted else kept)

    def without(self, *keys: str) -> "State":
        """The state without these keys, and at the beginning of its lists."""
        return State({k: v for k, v in self.values.items() if k not in keys and k not in PLACES})

    def turned(self, key: str, value: str) -> "State":
        """The value instead of none, or none instead of it, at the same place of every list."""
        kept = {k: v for k, v in self.values.items() if k != key}
        return State(kept if key in self.values else {**kept, key: (value,)})

    def toggled(self, key: str, value: str) -> "State":
        """The value taken in, or out when it is in already."""
        old = self.many(key)
        return self.put(key, *(v for v in old if v != value)) if value in old else self.put(key, *old, value)

    def only(self, key: str, value: str) -> "State":
        """The value instead of all others, or none when it is the only one already."""
        return self.put(key) if self.many(key) == (value,) else self.put(key, value)

    @property
    def filters(self) -> dict[str, tuple[str, ...]]:
        """The values by dimension, in the order of the dimensions."""
        return {slug: self.many(slug) for slug in DIMENSIONS if self.many(slug)}

    @property
    def policy(self) -> str:
        """The link policy."""
        return self.one("policy") if self.one("policy") in POLICIES else "standard"

    @property
    def counting(self) -> str:
        """The counting method."""
        return self.one("counting") if self.one("counting") in COUNTINGS else "full"

    @property
    def years(self) -> tuple[int | None, int | None]:
        """The span of years that the filter means; None on an open side or when it is not a span."""
        first, dash, last = self.one("year").partition("-")
        return (_year(first), _year(last if dash else first))

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Each filter value by itself, as chips show them."""
        for slug, values in self.filters.items():
            for value in values:
                yield slug, value


def _year(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) == 4 else None
