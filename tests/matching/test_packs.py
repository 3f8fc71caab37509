"""Every facility's grammar finds its codes and leaves what looks like them; the table of cases says why of each."""

import csv
from pathlib import Path

import pytest

from puma.identifiers import fold_code
from puma.matching.miner.grammar import facility_of_data, pack_of, packs
from puma.matching.miner.mine import FacilityGrammar, Miner

with (Path(__file__).parent / "cases.csv").open(encoding="utf-8", newline="") as file:
    CASES = [tuple(row.values()) for row in csv.DictReader(file)]
FACILITIES = sorted({row[0] for row in CASES})
KNOWN = {
    "EPNS": FacilityGrammar("EPNS", "Example Photon and Neutron Source", ("MA-1234", "MD5"), ("D22", "ID01", "L08"))
}


def miner(facility: str) -> Miner:
    """As in an installation that knows no proposals of the facility; of our own it knows some."""
    return Miner([KNOWN.get(facility) or FacilityGrammar(facility)])


@pytest.mark.parametrize(("facility", "text", "expected", "reason"), CASES)
def test_a_code_is_found_and_what_looks_like_one_is_not(facility: str, text: str, expected: str, reason: str) -> None:
    text = text.replace("\\n", "\n").encode("raw_unicode_escape").decode("raw_unicode_escape")
    hits = [hit for hit in miner(facility).mine([(1, text)]) if hit.kind in ("proposal", "other proposal")]
    assert {hit.value for hit in hits} == {fold_code(code) for code in expected.split()}, reason
    assert all(0 <= hit.start < hit.end <= len(text) for hit in hits)


def test_every_facility_has_five_codes_and_five_look_alikes_in_the_table() -> None:
    for facility in FACILITIES:
        rows = [row for row in CASES if row[0] == facility]
        assert sum(bool(row[2]) for row in rows) >= 5, facility
        assert sum(not row[2] for row in rows) >= 5, facility
    assert {pack.code for pack in packs().values() if pack.code} <= set(FACILITIES)


def test_a_known_instrument_is_found_under_its_other_names() -> None:
    one = Miner([FacilityGrammar("PSI", "", (), ("X02DA", "X12SA"))])
    text = "Tomograms were recorded at the TOMCAT beamline of the Swiss Light Source."
    assert [hit.value for hit in one.mine([(1, text)]) if hit.kind == "instrument"] == ["X02DA"]
    assert not [hit for hit in one.mine([(1, "A tomcat slept at the door.")]) if hit.kind == "instrument"]


@pytest.mark.parametrize(
    ("doi", "facility"),
    [
        ("10.15151/esrf-es-90632784", "ESRF"),
        ("10.5291/ill-data.8-02-889", "ILL"),
        ("10.5286/isis.e.rb1820123", "ISIS"),
        ("10.5286/isis.e.24079772", "ISIS"),
        ("10.22003/xfel.eu-data-002719-00", "EuXFEL"),
        ("10.16907/63ac1a63-1111", "PSI"),
        ("10.48391/b0c36bb8-2222", "MAXIV"),
        ("10.17199/a07ea9ba-3333", "ESS"),
        ("10.1103/physrevlett.1.1", ""),
    ],
)
def test_a_data_doi_tells_its_facility(doi: str, facility: str) -> None:
    assert facility_of_data(doi) == facility


def test_another_source_is_told_from_our_own() -> None:
    one = miner("EPNS")

    def places(text: str) -> list[str]:
        return [hit.value for hit in one.mine([(1, text)]) if hit.kind == "elsewhere"]

    assert places("The measurements were carried out at the Northern Ring Source.") == ["Northern Ring Source"]
    assert places("Data were collected at the Diamond Light Source.") == ["Diamond Light Source"]
    assert places("Experiments were performed with a laboratory diffractometer.") == ["laboratory diffractometer"]
    assert not places("Data were collected on ID01 at EPNS.")
    assert not places("The measurements were carried out at the Example Photon and Neutron Source.")
    assert not places("The samples were bought from the Northern Ring Source.")


def test_an_entry_of_the_protein_data_bank_is_found_with_its_place() -> None:
    text = "Coordinates were deposited (PDB ID 6GV0)."
    hit = next(hit for hit in miner("EPNS").mine([(3, text)]) if hit.kind == "pdb")
    assert (hit.page, hit.value) == (3, "6gv0")
    assert "6GV0" in text[hit.start : hit.end]


def test_a_pack_is_found_by_any_name_of_its_facility() -> None:
    assert pack_of("X", "Institut Max von Laue - Paul Langevin").code == "ILL"
    assert "MX12345" not in pack_of("NEW").codes
