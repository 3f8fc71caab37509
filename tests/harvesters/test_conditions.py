"""Conditions of a measurement: what catalogues call them, their units, and what says nothing."""

import pytest

from harvesters import _conditions
from harvesters._conditions import Parameter, conditions, free, listed
from puma.conditions import CONDITIONS


@pytest.mark.parametrize(
    ("name", "value", "unit", "kept"),
    [
        ("wavelength", 0.9537011592418765, "angstrom", {"wavelength": 0.953701}),
        ("incident_wavelength", 0.0689, "nm", {"wavelength": 0.689}),
        ("Wavelength", "154.06", "pm", {"wavelength": 1.5406}),
        ("wavelength", 10, "µm", {"wavelength": 100_000.0}),  # infrared
        ("wavelength", 10, "μm", {"wavelength": 100_000.0}),  # the Greek letter
        ("incident_photon_energy", 17994.95281399172, "eV", {"energy": 17995.0}),
        ("beamEnergy", 9.3, "keV", {"energy": 9300.0}),
        ("energy", 25, "meV", {"energy": 0.025}),
        ("energy", 1, "MeV", {"energy": 1e6}),
        ("sample_temperature", 500, "C", {"temperature": 773.15}),
        ("Sample temperature", 300, "K", {"temperature": 300.0}),
        ("temperature", 20, "mK", {"temperature": 0.02}),
        ("sample_chemical_formula", "SrCl2", "", {"formula": "SrCl2"}),
        ("chemical_formula", ["LaAlO3", "GdScO3", "LaAlO3"], "", {"formula": "LaAlO3, GdScO3"}),
        ("wavelength", 1.54, "", {}),  # of what
        ("wavelength", 1.54, "furlong", {}),
        ("wavelength", -1.0, "nm", {}),
        ("wavelength", "about two", "nm", {}),
        ("wavelength", True, "nm", {}),
        ("wavelength", float("nan"), "nm", {}),
        ("wavelength", 10**400, "nm", {}),
        ("wavelength", None, "nm", {}),
        ("BL17:Chop:Skf1:EnergyReq", 250, "MeV", {}),  # of a chopper, not of the beam
        ("ring_energy", 6, "GeV", {}),
        ("sample_chemical_formula", "X" * 400, "", {}),
        ("title", "energy", "eV", {}),
    ],
)
def test_a_parameter_is_known_by_its_name_and_read_in_its_unit(
    name: str, value: object, unit: str, kept: dict[str, object]
) -> None:
    assert conditions([Parameter(name, value, unit)]) == kept


def test_of_several_amounts_one_that_was_measured_stands_for_all() -> None:
    assert conditions(Parameter("temperature", value, "K") for value in (300, 4, 77, 10)) == {"temperature": 10.0}


def test_free_metadata_is_read_in_groups_and_lists_and_not_without_end() -> None:
    metadata = {
        "experiment": {"energy": {"value": 12.4, "unit": "keV", "valueSI": 1, "unitSI": "J"}},
        "sample": [{"sample_chemical_formula": "NiO"}, {"sample_chemical_formula": {"value": "MgO", "unit": ""}}],
        "comment": None,
    }
    assert conditions(free(metadata)) == {"energy": 12400.0, "formula": "NiO, MgO"}
    deep: dict[str, object] = {"energy": {"value": 1, "unit": "eV"}}
    for _ in range(_conditions.DEEPEST):
        deep = {"group": deep}
    assert conditions(free(deep)) == {}
    assert conditions(free("wavelength")) == conditions(free(None)) == conditions(free([1, 2])) == {}


def test_listed_parameters_are_read() -> None:
    told = {
        "parameters": [{"name": "photon_energy", "value": 8, "unit": "keV"}, {"name": "state", "value": "solid"}, 3]
    }
    assert conditions(listed(told)) == {"energy": 8000.0}
    assert conditions(listed({"parameters": "none"})) == {}


@pytest.mark.parametrize(
    ("name", "value", "band"),
    [
        ("wavelength", 0.49, "< 0.5 Å"), ("wavelength", 0.5, "0.5–1 Å"), ("wavelength", 10.0, "≥ 10 Å"),
        ("energy", 8000.0, "8000–15000 eV"), ("energy", 0.025, "< 0.1 eV"), ("temperature", 295.0, "280–320 K"),
    ],
)  # fmt: skip
def test_the_lower_end_of_a_band_belongs_to_it(name: str, value: float, band: str) -> None:
    assert CONDITIONS[name].band_of(value) == band
