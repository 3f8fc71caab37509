"""Tables of raw data say instrument, detector and wavelength; what only looks like one says nothing."""

from collections.abc import Sequence

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
LABELS = ("DOI", "Data archive", "Data format", "Data collection", "Diffraction source", "Temperature (K)",
          "Radiation type", "Detector type", "Wavelength (Å)", "Beam center (mm)", "Detector axis",
          "Detector distance (mm)", "Pixel size (mm)", "No. of pixels")  # fmt: skip
VALUES = ("https://doi.org/10.5281/zenodo.7193538", "Zenodo", "CBF", "EPNS beamline ID01", "100", "Synchrotron",
          "Dectris EIGER2 X 4M", "0.9763", "1042.1, 1091.7", "\u2212Z", "160.2", "0.075 × 0.075",
          "4148 × 4362")  # fmt: skip
HEAD, AFTER = "raw data letters\nTable 1\nRaw data\n", "Table 2\nScans\nScan axis\nomega\n"


def columns(labels: Sequence[str] = LABELS, values: Sequence[str] = VALUES, after: str = AFTER) -> str:
    """A table as some PDFs give it: all labels, then all values."""
    return HEAD + "\n".join([*labels, *values]) + "\n" + after


def with_value(place: int, *values: str) -> list[str]:
    return [*VALUES[:place], *values, *VALUES[place + 1 :]]


BY_COLUMN = {
    "as printed": columns(),
    "at the end of a page": columns(after=""),
    "before running text": columns(after="The raw data were collected on a crystal that had been kept at 100 K.\n"),
    "of three rows": "Raw data\nDetector\nWavelength (Å)\nBeamline\nDectris EIGER2 X 4M\n0.9763\nID01\n",
    "two rows": "raw data\nBeamline | Detector | Wavelength (Å)\nID01 | Dectris EIGER2 X 4M | 0.9763\n",
}
NO_COLUMNS = {
    "a value on two lines": columns(values=with_value(3, "EPNS beamline", "ID01")),
    "a value too few": columns(values=VALUES[:6] + VALUES[7:]),
    "a value too many, below": columns(after="0.1\n" + AFTER),
    "two values per label": columns(values=[one for one in VALUES for _ in range(2)]),
    "an unknown label": columns(labels=[*LABELS[:5], "Remarks", *LABELS[5:]]),
    "values in another order": columns(values=[*VALUES[:6], VALUES[7], VALUES[6], *VALUES[8:]]),
    "a wavelength with a word": columns(values=with_value(7, "0.9763 at first")),
    "no DOI where one should be": columns(values=with_value(0, "in preparation")),
    "a DOI elsewhere": columns(values=with_value(1, "10.5281/zenodo.1")),
    "a detector that is a figure": columns(values=with_value(6, "16")),
}
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


@pytest.mark.parametrize("how", BY_COLUMN)
def test_a_table_that_is_given_column_by_column_says_the_same(how: str) -> None:
    assert sorted(said(BY_COLUMN[how])) == ["0.9763", "Dectris EIGER2 X 4M", "ID01"]


@pytest.mark.parametrize("why", NO_COLUMNS)
def test_columns_that_do_not_agree_say_nothing(why: str) -> None:
    assert said(NO_COLUMNS[why]) == []


def test_a_word_that_is_label_and_value_takes_no_row_away() -> None:
    rows = "Raw data\nSource\nSynchrotron\nBeamline\nID01\nDetector\nEIGER2\nWavelength (Å)\n0.9763\n"
    assert said(rows) == ["ID01", "EIGER2", "0.9763"]


def test_what_was_read_is_found_again_at_its_place() -> None:
    hits = [hit for hit in MINER.mine([(3, LETTER)]) if hit.kind.startswith("table")]
    assert [(hit.kind, LETTER[hit.start : hit.end]) for hit in hits] == [
        ("table instrument", "ID01"), ("table detector", "EIGER2 X 4M"), ("table wavelength", "0.9763"),
    ]  # fmt: skip
    kinds = [(hit.kind, columns()[hit.start : hit.end]) for hit in MINER.mine([(3, columns())])]
    assert {(f"table {kind}", value) for kind, value in (
        ("instrument", "ID01"), ("detector", "Dectris EIGER2 X 4M"), ("wavelength", "0.9763"),
    )} <= set(kinds)  # fmt: skip
    assert "10.5281/zenodo.7193538" in {hit.value for hit in MINER.mine([(3, LETTER)]) if hit.kind == "data doi"}


def test_of_an_instrument_that_two_facilities_have_the_one_of_the_named_facility_is_meant() -> None:
    text = LETTER.replace("EPNS beamline ID01", "Institut Laue-Langevin, D22")
    hits = [hit for hit in MINER.mine([(3, text)]) if hit.kind == "table instrument"]
    assert [(hit.value, hit.facility) for hit in hits] == [("D22", "ILL")]
