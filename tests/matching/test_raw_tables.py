"""Tables of raw data say instrument, detector and wavelength; what only looks like one says nothing."""

import pytest

from puma.matching.miner.mine import FacilityGrammar, Miner

MINER = Miner(
    [
        FacilityGrammar("EPNS", "Example Photon and Neutron Source", (), ("D22", "ID01", "PLOVER", "SANS-1")),
        FacilityGrammar("ILL", "Institut Laue-Langevin", (), ("D22", "D19")),
    ]
)
LETTER = (
    "raw data letters\nTable 1\nRaw data\nDOI https://doi.org/10.5281/zenodo.7193538\nData archive Zenodo\n"
    "Data format CBF\nData collection\nDiffraction source EPNS beamline ID01\nTemperature (K) 100\n"
    "Detector type EIGER2 X 4M\nWavelength (Å) 0.9763\nBeam center (mm) 1042.1, 1091.7\nDetector distance (mm) 160.2\n"
)
READ = [
    (LETTER, ["ID01", "EIGER2 X 4M", "0.9763"]),
    ("Raw data table | Beamline | PLOVER | Detector | hybrid pixel | Wavelength (Å) | 1.5406",
     ["PLOVER", "hybrid pixel", "1.5406"]),
    ("Raw-data table\nX-ray source: ID01\nDetector: photon counting, 16 M\nWavelength: 97.63 pm",
     ["ID01", "photon counting, 16 M", "0.9763"]),
    ("raw data letters\nInstrument\nD22\nDetector\nHe tubes\nNeutron wavelength, nm\n0.6(1)",
     ["D22", "He tubes", "6"]),
    ("raw data letters\nSource / Beamline: EPNS, SANS\u20111\nDetector Pilatus 6M\nWavelength (A\u02da ) 1.0000",
     ["SANS-1", "Pilatus 6M", "1"]),
]  # fmt: skip
NO_TABLE = {
    "no raw data": LETTER.replace("raw data", "research").replace("Raw data", "Statistics"),
    "no detector": LETTER.replace("Detector type", "Counter"),
    "no unit": LETTER.replace("(Å)", ""),
    "no instrument known": LETTER.replace("ID01", "ID99"),
    "of another facility": LETTER.replace("EPNS", "Diamond Light Source"),
    "running text": "The raw data are kept.\nBeamline of choice was ID01, whose\nDetector was replaced at once. The\n"
    "Wavelength of 0.9763 Å was used on ID01",
    "far apart": "raw data\nDiffraction source ID01\n" + "a line\n" * 20 + "Detector EIGER\nWavelength (Å) 1.0",
    "a distance is no detector": LETTER.replace("Detector type EIGER2 X 4M\n", ""),
}


def said(text: str, miner: Miner = MINER) -> list[str]:
    found = [hit for hit in miner.mine([(3, text)]) if hit.kind.startswith("table")]
    return list(dict.fromkeys(hit.value for hit in found))


@pytest.mark.parametrize(("text", "values"), READ, ids=[values[0] for _, values in READ])
def test_a_table_of_raw_data_says_instrument_detector_and_wavelength(text: str, values: list[str]) -> None:
    assert said(text) == values


@pytest.mark.parametrize("why", NO_TABLE)
def test_what_only_looks_like_a_table_says_nothing(why: str) -> None:
    assert said(LETTER)
    assert said(NO_TABLE[why]) == []


def test_what_was_read_is_found_again_at_its_place() -> None:
    hits = [hit for hit in MINER.mine([(3, LETTER)]) if hit.kind.startswith("table")]
    assert [(hit.kind, LETTER[hit.start : hit.end]) for hit in hits] == [
        ("table instrument", "ID01"), ("table detector", "EIGER2 X 4M"), ("table wavelength", "0.9763"),
    ]  # fmt: skip
    assert "10.5281/zenodo.7193538" in {hit.value for hit in MINER.mine([(3, LETTER)]) if hit.kind == "data doi"}


def test_of_an_instrument_that_two_facilities_have_the_one_of_the_named_facility_is_meant() -> None:
    text = LETTER.replace("EPNS beamline ID01", "Institut Laue-Langevin, D22")
    hits = [hit for hit in MINER.mine([(3, text)]) if hit.kind == "table instrument"]
    assert [(hit.value, hit.facility) for hit in hits] == [("D22", "ILL")]
