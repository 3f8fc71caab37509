"""Facets: values as people read them, and the order in which they stand."""

from dashboards.drawing.markup import AsIs
from dashboards.finding.facets import BANDS, shown, word_of
from dashboards.finding.ranges import in_words, without, written
from puma.conditions import CONDITIONS
from puma.languages import speaker
from puma.search import FacetValue


def test_bands_stand_from_little_to_much_and_large_energies_are_read_in_kilo() -> None:
    assert BANDS["wavelength_band"] == ["< 0.5 Å", "0.5–1 Å", "1–2 Å", "2–5 Å", "5–10 Å", "≥ 10 Å"]
    read = [word_of("energy_band", band) for band in BANDS["energy_band"]]
    assert read == ["< 0.1 eV", "0.1–100 eV", "0.1–2 keV", "2–8 keV", "8–15 keV", "15–40 keV", "≥ 40 keV"]
    assert all(one.band_of(one.bands[-1]) == BANDS[f"{name}_band"][-1] for name, one in CONDITIONS.items())


def test_ranges_in_a_search_are_read_taken_out_and_said() -> None:
    text = "magnet* wavelength:0.9-1.1 Temperature:-4.2 energy:8000- year:2015-2018 wavelengths:3"
    assert written(text) == {"wavelength": ("0.9", "1.1"), "temperature": ("", "4.2"), "energy": ("8000", "")}
    assert written("wavelength:1.54") == {"wavelength": ("1.54", "1.54")}
    assert written("wavelength:") == written("wavelength:-") == written("a wavelength:1-2)") == {}
    assert without(text, "temperature") == "magnet* wavelength:0.9-1.1 energy:8000- year:2015-2018 wavelengths:3"
    assert in_words("0.9", "1.1", "Å") == "0.9–1.1 Å"
    assert (in_words("2", "", "K"), in_words("", "4.2", "K"), in_words("5", "5", "K")) == ("≥ 2 K", "≤ 4.2 K", "5 K")


def test_decimals_of_bands_and_ranges_are_written_as_the_language_does() -> None:
    for code in ("fr", "de"):
        say = speaker(code)
        assert say is not None
        said = [
            say(one) for one in ("0.9–1.1 Å", "< 0.1 eV", "0.1–2 keV", "≥ 0.5 Å", "93.0–98.3\u2009%", "0.21 ± 0.05")
        ]
        assert said == ["0,9–1,1 Å", "< 0,1 eV", "0,1–2 keV", "≥ 0,5 Å", "93,0–98,3\u2009%", "0,21 ± 0,05"]
        assert [say(one) for one in ("1.0.2", "10.1038/x.1", "links-2.json")] == [
            "1.0.2",
            "10.1038/x.1",
            "links-2.json",
        ]


def test_words_of_records_are_said_as_they_are_written_in_every_language() -> None:
    for facet, value in (
        ("person", "Goto, Takashi"), ("institution", "The University of Osaka"), ("journal", "Science"),
        ("instrument", "Firefly"), ("keyword", "PDB: open"), ("formula", "NO"), ("technique", "diffraction"),
    ):  # fmt: skip
        assert isinstance(shown(facet, FacetValue(value, 3)), AsIs), facet
        assert isinstance(shown(facet, FacetValue("7", 3, value)), AsIs), facet
    for facet, value in (("country", "Germany"), ("kind", "dataset"), ("open_access", "gold"), ("energy_band", "x")):
        assert not isinstance(word_of(facet, value), AsIs), facet
