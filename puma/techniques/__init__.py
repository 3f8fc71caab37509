"""Techniques: the PaNET ontology of photon and neutron techniques, their names, and the broader ones of each.

`panet.csv` holds code, label, next broader ones and other names of PaNET 1.3 (Photon and Neutron Experimental
Techniques, purl.org/pan-science/PaNET, CC BY 4.0), as its reasoner completed them, without the six classes that are
broader than everything and without the specifiers, which are no techniques.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Technique:
    """One technique. broader: the codes of the next broader ones. also: its other names."""

    code: str
    label: str
    broader: tuple[str, ...]
    also: tuple[str, ...]


@cache
def techniques() -> dict[str, Technique]:
    """All techniques by their PaNET id."""
    with (Path(__file__).parent / "panet.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["code"]: Technique(row["code"], row["label"], _several(row["broader"]), _several(row["also"]))
            for row in csv.DictReader(file)
        }


def _several(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(";") if part)


@cache
def _codes() -> dict[str, str]:
    """PaNET ids by folded name; a label wins over another technique's other name."""
    others = {_folded(name): one.code for one in techniques().values() for name in one.also}
    return others | {_folded(one.label): one.code for one in techniques().values()}


def _folded(name: str) -> str:
    return " ".join(name.replace("-", " ").casefold().split())


def code_of(name: str) -> str:
    """The PaNET id of a technique by one of its names, whatever its hyphens and capitals; empty for an unknown one."""
    return _codes().get(_folded(name), "")


def label_of(code_or_label: str) -> str:
    """The label of a PaNET id; anything else as it is."""
    known = techniques().get(code_or_label)
    return known.label if known else code_or_label


@cache
def rolled_up(code: str) -> Sequence[str]:
    """The label of a PaNET id, then those of everything broader, nearest first; empty for an unknown id.

    What is found under a technique is so found under the broader ones too.
    """
    found: dict[str, None] = {}
    waiting = [code]
    while waiting:
        one = techniques().get(waiting.pop(0))
        if one is not None and one.label not in found:
            found[one.label] = None
            waiting += one.broader
    return tuple(found)
