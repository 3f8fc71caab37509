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
