"""The miner finds codes, data DOIs and instruments in sixty texts, and leaves alone what only looks like them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from puma.identifiers import fold_code
from puma.matching.miner.grammar import pack_of, packs, shapes
from puma.matching.miner.mine import FacilityGrammar, Miner, straightened

MINER = Miner(
    [
        FacilityGrammar(
            "EPNS",
            "Example Photon and Neutron Source",
            ("MA-1234", "CH-998", "IH-LS-12", "20190234", "HC-3721", "MD5"),
            ("D22", "ID01", "IN5", "L08", "PLOVER"),
        ),
        FacilityGrammar("ILL", "Institut Laue-Langevin", ("8-02-889", "TEST-2401", "5-31-2310"), ("D22", "IN16B")),
        FacilityGrammar("ISIS", "ISIS Neutron and Muon Source", ("RB1820123", "RB1910044"), ("LET", "POLARIS")),
    ]
)

CODES = [
    ("We thank EPNS for beam time under proposal MA-1234.", {"ma1234"}),
    ("beam time was granted under proposal MA 1234", {"ma1234"}),
    ("beamtime (proposal no. MA1234)", {"ma1234"}),
    ("Experiments MA-1234 and CH-998 were performed at the EPNS.", {"ma1234", "ch998"}),
    ("proposals MA-1234, CH-998 and IH-LS-12", {"ma1234", "ch998", "ihls12"}),
    ("through proposal MA-\n1234 at the EPNS", {"ma1234"}),
    ("through proposal MA-12\n34 at the EPNS", set()),  # a number cut without a hyphen could be anything
    ("proposal MA\u20131234", {"ma1234"}),
    ("proposal MA\u20111234", {"ma1234"}),
    ("proposal MA\u00ad-1234", {"ma1234"}),
    ("proposal MA\u22121234", {"ma1234"}),
    ("The of\ufb01cial experiment number was HC-3721.", {"hc3721"}),
    ("exp. no. HC-3721", {"hc3721"}),
    ("Experiment number: IH-LS-12", {"ihls12"}),
    ("in-house experiment IH-LS-\n12 at the EPNS", {"ihls12"}),
    ("proposal 20190234", {"20190234"}),
    ("Proposal ID: 20190234", {"20190234"}),
    ("proposal number 20190234 of the EPNS", {"20190234"}),
    ("experiment 8-02-889 at the Institut Laue-Langevin", {"802889"}),
    ("ILL experiment no. 8-02-\n889", {"802889"}),
    ("We acknowledge the ILL (5-31-2310) for neutrons.", {"5312310"}),
    ("test time TEST-2401 at ILL is acknowledged", {"test2401"}),
    ("beam time at ISIS under RB1820123", {"rb1820123"}),
    ("STFC is thanked for beam time (RB 1820123)", {"rb1820123"}),
    ("experiment RB1910044 on LET", {"rb1910044"}),
    ("Data of MA-1234 were reduced with the software of the instrument.", {"ma1234"}),
    ("PROPOSAL HC-3721", {"hc3721"}),
    ("beamtime allocation HC-3721.", {"hc3721"}),
    ("Awarded beam time (HC-3721) is gratefully acknowledged.", {"hc3721"}),
    ("(experiments MA-1234; CH-998)", {"ma1234", "ch998"}),
    ("session HC-3721/1 at the EPNS", {"hc3721"}),
]

TRAPS = [
    "the compound D22 was dissolved",
    "compounds D22 and D23",
    "patient ID01 was excluded",
    "Patients ID01 to ID09",
    "subject ID01",
    "the gene IN5 is expressed",
    "gene: IN5",
    "the IN5 gene",
    "the IN5 mutant",
    "RB1820123 rubidium",
    "rubidium RB1820123",
    "87Rb atoms in a trap",
    "a cloud of Rb-87",
    "grant MA-1234",
    "Grant No. MA-1234",
    "funded by the DFG under grant MA 1234/5-1",
    "contract HC-3721",
    "DFG project number 20190234",
    "see 20190234 for details",
    "on 20190234",
    "CCDC 20190234",
    "deposition number 20190234",
    "the sample MA-1234 was heated",
    "Samples MA-1234",
    "strain MA-1234 of yeast",
    "cell line HC-3721",
    "antibody HC-3721",
    "catalogue no. HC-3721",
    "Table MA-1234",
    "steel grade CH-998",
    "batch HC-3721",
    "XMA-1234Y",
    "MA-12345",
    "MD5 checksums were computed",
    "MD5",
    "vitamin D22",
    "room L08",
    "Fig. ID01",
]


@pytest.mark.parametrize(("text", "codes"), CODES)
def test_a_proposal_code_is_found_however_it_is_written(text: str, codes: set[str]) -> None:
    found = {hit.value for hit in MINER.mine([(1, text)]) if hit.kind == "proposal"}
    assert found == {fold_code(code) for code in codes}


@pytest.mark.parametrize("text", TRAPS)
def test_what_only_looks_like_a_code_or_an_instrument_is_left_alone(text: str) -> None:
    assert [hit for hit in MINER.mine([(1, text)]) if hit.kind in ("proposal", "instrument")] == []


def test_a_hit_knows_page_and_place_in_the_text_as_it_was() -> None:
    text = "The of\ufb01cial proposal was MA-\n1234, at EPNS."
    hit = next(hit for hit in MINER.mine([(1, "nothing here"), (7, text)]) if hit.kind == "proposal")
    assert (hit.page, text[hit.start : hit.end]) == (7, "MA-\n1234")
    assert hit.context == "acknowledgement"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("measured on the beamline ID01", "ID01"),
        ("the instrument D22 at ILL", "D22"),
        (
            "Table 1. Raw data\nDiffraction source: ID01\nDetector: photon counting, 16 M\nWavelength (Å): 0.9763",
            "ID01",
        ),
        ("Raw data table | Beamline | L08 | Detector | hybrid pixel | Wavelength (Å) | 1.5406", "L08"),
        ("using the PLOVER diffractometer", "PLOVER"),
        ("time-of-flight data from LET at ISIS", "LET"),
        ("IN-16B at the Institut Laue-Langevin", None),
    ],
)
def test_an_instrument_counts_near_words_of_an_instrument_or_the_facility(text: str, name: str | None) -> None:
    found = {hit.value for hit in MINER.mine([(1, text)]) if hit.kind == "instrument"}
    assert found == ({name} if name else found & {"IN16B"})


def test_a_code_inside_a_data_doi_is_no_second_hit_and_the_doi_tells_its_code() -> None:
    hits = MINER.mine([(1, "Data: https://doi.org/10.5291/ILL-DATA.8-02-889 (ILL).")])
    assert [hit.value for hit in hits if hit.kind == "data doi"] == ["10.5291/ill-data.8-02-889"]
    assert not [hit for hit in hits if hit.kind == "proposal"]
    assert MINER.codes_in("10.5291/ill-data.8-02-889") == {"802889"}
    assert MINER.codes_in("10.99901/epns-data.hc-3721.2") == {"hc3721"}


def test_a_code_of_the_facility_that_nobody_here_knows_is_told_apart() -> None:
    hits = MINER.mine([(1, "We thank the ILL for beam time (proposal 9-13-999).")])
    assert [(hit.kind, hit.value) for hit in hits if "proposal" in hit.kind] == [("other proposal", "913999")]


OFFICES = {
    "ESRF": ("MA-4321", "MA-4322", "HC-3721", "HC-3722", "CH-5232", "26-02-678"),
    "ILL": ("8-02-889", "5-31-2310", "5-31-2311"),
    "ISIS": ("1820123", "1820124", "1910569"),
    "DESY": ("I-20180123 EC", "I-20200456"),
    "PSI": ("20190234", "20190235"),
    "EuXFEL": ("2719", "2450"),
    "DIAMOND": ("SC29208", "SI22995"),
    "ANSTO": ("1125", "13914"),
}
"""Codes as the user office of each facility has them: ISIS, the European XFEL and ANSTO have bare numbers."""
AS_PAPERS_SAY = [
    ("ISIS", "beam time on POLREF (RB1820123) at ISIS", {"1820123"}),
    ("ISIS", "experiment RB 1820123 (https://doi.org/10.5286/ISIS.E.RB1820123)", {"1820123"}),
    ("ISIS", "proposals RB1820123 and 1820124 at ISIS", {"1820123", "1820124"}),
    ("ISIS", "RB number 1910569 at ISIS", {"1910569"}),
    ("ISIS", "a vapour of rubidium RB1820123", set()),
    ("EuXFEL", "experiment p002719 at SPB/SFX of the European XFEL", {"2719"}),
    ("EuXFEL", "proposals #2719 and #2450 at the European XFEL", {"2719", "2450"}),
    ("EuXFEL", "pages 2719 to 2450", set()),
    ("ANSTO", "TAIPAN at ANSTO under proposal P13914", {"13914"}),
    ("ANSTO", "in the year 1125 at ANSTO", set()),
    ("DESY", "Beamtime was allocated for proposal I-20180123.", {"i20180123ec"}),
    ("DESY", "Beamtime was allocated for proposal I-20200456 EC.", {"i20200456"}),
    ("ESRF", "beamtime was allocated under proposals MA-4321, 4322 and HC-3721", {"ma4321", "ma4322", "hc3721"}),
    ("ESRF", "experiments HC-3721/3722 at the ESRF", {"hc3721", "hc3722"}),
    ("ESRF", "proposal HC-3721 and 3722 keV", {"hc3721"}),
    ("ESRF", "the exper-\niment 26-\n02-678 on BM26", {"2602678"}),
    ("ESRF", "ESRF, Grenoble. Paul Scherrer Institut, CH-5232 Villigen PSI, Switzerland", set()),
    ("ESRF", "experiment CH-5232 at the ESRF", {"ch5232"}),
    ("DIAMOND", "University of South Carolina, Columbia, SC 29208, USA. Diamond Light Source, Harwell", set()),
    ("DIAMOND", "Diamond Light Source for beamtime on I07 (SI22995-1)", {"si22995"}),
    ("ILL", "ILL proposal 5-31-2310/2311", {"5312310", "5312311"}),
    ("PSI", "under propos-\nal 20190234", {"20190234"}),
    ("PSI", "under proposal with number 20190234 at SINQ", {"20190234"}),
    ("PSI", "Proposal-ID 20190234 at PSI", {"20190234"}),
]


@pytest.mark.parametrize(("facility", "text", "codes"), AS_PAPERS_SAY)
def test_a_code_is_the_user_offices_however_papers_of_that_facility_write_it(
    facility: str, text: str, codes: set[str]
) -> None:
    one = Miner([FacilityGrammar(facility, "", OFFICES[facility])])
    asked: set[str] = set()
    assert {hit.value for hit in one.mine([(1, text)], asked) if hit.kind == "proposal"} == codes
    assert {f"{facility}/{code}" for code in codes} <= asked


@pytest.mark.parametrize(
    "cut", ["10.5291/\nILL-DATA.8-02-889", "10.5291/ILL-\nDATA.8-02-889", "10.5291/ILL-DATA.8- 02-889"]
)
def test_a_data_doi_that_a_line_end_or_a_blank_cuts_is_whole(cut: str) -> None:
    text = f"Data are at https://doi.org/{cut} (ILL)."
    hits = Miner([FacilityGrammar("ILL", "", ("8-02-889",))]).mine([(1, text)])
    assert [
        (hit.value, text[hit.start : hit.end]) for hit in hits if hit.value.startswith("10.5291/ill-data.8-02")
    ] == [("10.5291/ill-data.8-02-889", cut)]


def test_the_next_reference_is_no_part_of_a_doi() -> None:
    hits = MINER.mine([(1, "see 10.1103/PhysRevB.1. 2719 others, 10.1021/ma9- 123")])
    assert {hit.value for hit in hits if hit.kind == "data doi"} == {"10.1103/physrevb.1", "10.1021/ma9-"}


def test_every_pack_is_readable_and_its_own_examples_are_of_its_shape() -> None:
    assert {"ESRF", "ILL", "ISIS", "DESY", "PSI", "EuXFEL", "ESS", "MAXIV", "DIAMOND", "SOLEIL", "ANSTO", ""} <= set(
        packs()
    )
    assert pack_of("X", "European Synchrotron Radiation Facility").code == "ESRF"
    assert pack_of("NEW", "A new facility").spoken == ("NEW", "A new facility")


def test_shapes_keep_few_letters_and_let_digits_vary() -> None:
    assert shapes(["MA-1234", "CH-998"]) == (r"(?:CH|MA)[-/_ ]{0,2}\d{3,4}",)


@given(st.text(max_size=300))
def test_no_text_breaks_the_miner(text: str) -> None:
    for hit in MINER.mine([(1, text)]):
        assert 0 <= hit.start < hit.end <= len(text)


@given(st.text(max_size=200))
def test_a_straightened_text_maps_back_in_order(text: str) -> None:
    clean, at = straightened(text)
    assert len(at) == len(clean) + 1
    assert all(one <= other for one, other in zip(at, at[1:], strict=False))
