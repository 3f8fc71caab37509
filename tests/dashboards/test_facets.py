"""Facets: values as people read them, and the order in which they stand."""

from dashboards.finding.facets import BANDS, word_of
from puma.conditions import CONDITIONS


def test_bands_stand_from_little_to_much_and_large_energies_are_read_in_kilo() -> None:
    assert BANDS["wavelength_band"] == ["< 0.5 Å", "0.5–1 Å", "1–2 Å", "2–5 Å", "5–10 Å", "≥ 10 Å"]
    read = [word_of("energy_band", band) for band in BANDS["energy_band"]]
    assert read == ["< 0.1 eV", "0.1–100 eV", "0.1–2 keV", "2–8 keV", "8–15 keV", "15–40 keV", "≥ 40 keV"]
    assert all(one.band_of(one.bands[-1]) == BANDS[f"{name}_band"][-1] for name, one in CONDITIONS.items())
