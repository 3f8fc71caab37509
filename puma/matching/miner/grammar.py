"""Grammar packs: how each facility writes its codes, data DOIs and thanks; one declarative file per facility."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from puma.names import fold

_SEPARATOR = r"[-/_ ]{0,2}"
MOST_PREFIXES = 60  # beyond this many different letters at one place, any letters are meant


@dataclass(frozen=True, slots=True)
class Pack:
    """What one facility's pack says. ``codes`` and ``data_dois`` are regular expressions.

    instruments: names with the other names they go by; acknowledgements: phrases near which a code is believed;
    negatives: words before which it is not; instrument_words: words near which an instrument's name is believed.
    heads: what people write before a number that the user office has bare; tails: what they add to a code or leave out.
    """

    code: str
    name: str
    aliases: tuple[str, ...]
    codes: tuple[str, ...]
    data_dois: tuple[str, ...]
    acknowledgements: tuple[str, ...]
    negatives: tuple[str, ...]
    instrument_words: tuple[str, ...] = ()
    instruments: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    heads: tuple[str, ...] = ()
    tails: tuple[str, ...] = ()

    @property
    def spoken(self) -> tuple[str, ...]:
        """All names of the facility."""
        return tuple(name for name in (self.code, self.name, *self.aliases) if name)


@cache
def packs() -> dict[str, Pack]:
    """All packs by facility code; the one of every facility under ""."""
    found = {}
    for entry in sorted(files("puma.matching.miner").joinpath("packs").iterdir(), key=lambda one: one.name):
        if entry.name.endswith(".toml"):
            values: dict[str, Any] = tomllib.loads(entry.read_text(encoding="utf-8"))
            values.update({name: tuple(value) for name, value in values.items() if isinstance(value, list)})
            values["instruments"] = {name: tuple(also) for name, also in values.get("instruments", {}).items()}
            found[values["code"]] = Pack(**values)
    return found


def pack_of(code: str, name: str = "") -> Pack:
    """The pack of a facility by its code or one of its names; an empty one with these names where none is written."""
    wanted = {fold(code), fold(name)} - {""}
    for pack in packs().values():
        if pack.code and wanted & {fold(one) for one in pack.spoken}:
            return pack
    return Pack(code, name, (), (), (), (), ())


@cache
def _data_dois() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((one.code, re.compile(pattern)) for one in packs().values() for pattern in one.data_dois)


def facility_of_data(doi: str) -> str:
    """The code of the facility that gave a data DOI (clean, lower case); "" for another one's."""
    return next((code for code, pattern in _data_dois() if pattern.fullmatch(doi)), "")


def shapes(codes: Iterable[str]) -> tuple[str, ...]:
    """Regular expressions for codes built like the given ones: letters stay when they are few, digits may vary.

    "MA-1234" and "CH-998" give one that finds "CH 1001". Between the parts any one separator, or none, may stand.
    """
    parts_of: dict[tuple[str, ...], list[list[str]]] = {}
    for code in codes:
        parts = re.findall(r"[^\W\d_]+|\d+", code)
        if parts:
            parts_of.setdefault(tuple("d" if part.isdigit() else "l" for part in parts), []).append(parts)
    found = []
    for kinds, rows in sorted(parts_of.items(), key=lambda one: (-len(one[0]), one)):  # the longest is tried first
        pieces = []
        for place, kind in enumerate(kinds):
            values = sorted({row[place].upper() for row in rows})
            if kind == "l":
                pieces.append(
                    f"(?:{'|'.join(map(re.escape, values))})" if len(values) <= MOST_PREFIXES else "[A-Z]{1,6}"
                )
            else:
                lengths = sorted({len(value) for value in values})
                pieces.append(rf"\d{{{lengths[0]},{lengths[-1]}}}")
        found.append(_SEPARATOR.join(pieces))
    return tuple(found)
