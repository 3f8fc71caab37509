"""Under which conditions data were taken, out of the parameters of catalogues, each with names and units of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from statistics import median_low
from typing import Any, NamedTuple

from harvesters._reading import Json, objects, text, texts
from puma.conditions import CONDITIONS

DEEPEST = 5  # groups in groups of a catalogue's free metadata
NAMES = {
    "wavelength": "wavelength", "incidentwavelength": "wavelength", "photonwavelength": "wavelength",
    "beamwavelength": "wavelength", "neutronwavelength": "wavelength", "energy": "energy",
    "photonenergy": "energy", "incidentphotonenergy": "energy", "incidentenergy": "energy", "beamenergy": "energy",
    "excitationenergy": "energy", "xrayenergy": "energy", "temperature": "temperature",
    "sampletemperature": "temperature", "formula": "formula", "chemicalformula": "formula",
    "samplechemicalformula": "formula", "sampleformula": "formula", "molecularformula": "formula",
}  # fmt: skip
"""What of the names of parameters, small letters only, says which condition."""
LONGEST = 200  # letters of all formulas together


class Parameter(NamedTuple):
    """A parameter as its catalogue has it."""

    name: str
    value: object
    unit: str


def conditions(parameters: Iterable[Parameter]) -> dict[str, Any]:
    """The values of a dataset's conditions. Of several amounts the middle one stands for all; an amount without a unit
    that is known says nothing."""
    amounts: dict[str, list[float]] = {}
    formulas: dict[str, None] = {}
    for one in parameters:
        name = NAMES.get(re.sub(r"[^a-z]", "", one.name.lower()))
        if name == "formula":
            formulas |= dict.fromkeys(texts(one.value))
        elif name is not None and (value := CONDITIONS[name].value_of(_amount(one.value), one.unit)) is not None:
            amounts.setdefault(name, []).append(value)
    found: dict[str, Any] = {name: median_low(some) for name, some in amounts.items()}
    told = ", ".join(formulas)
    return found | ({"formula": told} if told and len(told) <= LONGEST else {})


def free(metadata: object, name: str = "", depth: int = 0) -> Iterator[Parameter]:
    """The parameters in SciCat's free metadata: {name: {value, unit}}, {name: value}, and groups of such."""
    if depth > DEEPEST:
        return
    if isinstance(metadata, dict):
        if "value" in metadata and not isinstance(metadata["value"], dict | list):
            yield Parameter(name, metadata["value"], text(metadata.get("unit")))
            return
        for inner, value in metadata.items():
            yield from free(value, inner, depth + 1)
    elif isinstance(metadata, list):
        for one in metadata:
            yield from free(one, name, depth + 1)
    elif metadata is not None:
        yield Parameter(name, metadata, "")


def listed(record: Json) -> Iterator[Parameter]:
    """The parameters of a PaNOSC dataset: [{name, value, unit}]."""
    for one in objects(record.get("parameters")):
        yield Parameter(text(one.get("name")), one.get("value"), text(one.get("unit")))


def _amount(value: object) -> float:
    if isinstance(value, bool):
        return float("nan")
    try:
        return float(value)  # type: ignore[arg-type]  # whatever it is: what is no number is refused right here
    except (TypeError, ValueError, OverflowError):
        return float("nan")
