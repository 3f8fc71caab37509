"""Text of sound pages: ligatures, broken words, accents, scripts, metadata, page order."""

import unicodedata
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from puma.fulltext import Limits, State
from puma.fulltext.extract import read
from puma.fulltext.page_text import clean_page, join_broken_words, logical_order
from puma.matching.miner.mine import FacilityGrammar, Miner
from tests.fulltext.conftest import drawn, extracted, many_pages, of_characters

Reader = Literal["pdfium", "pdfminer"]


def page_of(lines: list[str], tmp_path: Path, reader: Reader = "pdfium") -> str:
    path = tmp_path / "made.pdf"
    path.write_bytes(of_characters(lines))
    reading = read(path, reader, Limits(), 30)
    assert reading.state is State.TEXT
    return reading.pages[0]


@pytest.mark.parametrize("reader", ["pdfium", "pdfminer"])
def test_ligatures_are_letters_and_broken_words_are_whole_with_either_reader(reader: Reader, tmp_path: Path) -> None:
    page = page_of(["an e\ufb03cient \ufb02ow by dif-", "fraction, and soft\u00ad", "ened matter"], tmp_path, reader)
    assert page.split() == ["an", "efficient", "flow", "by", "diffraction,", "and", "softened", "matter"]


def test_words_that_are_written_with_a_hyphen_keep_it_at_a_line_end(tmp_path: Path) -> None:
    path = drawn(
        tmp_path / "hyphens.pdf",
        ["Small-angle scattering and X-", "rays; then small-", "angle again, from Bragg-", "Brentano to EXAFS-",
         "based work in 2015-", "2018 on first-", "and second-order transi-", "tions."],
    )  # fmt: skip
    page = " ".join(extracted(path)["hyphens.pdf"].pages[0].split())
    assert page == (
        "Small-angle scattering and X-rays; then small-angle again, from Bragg-Brentano to EXAFS-based work in "
        "2015-2018 on first- and second-order transitions."
    )


@pytest.mark.parametrize(
    ("lines", "whole"),
    [
        (["data in doi 10.5291/ILL-", "DATA.8-02-889 are open"], "10.5291/ILL-DATA.8-02-889"),
        (["data in 10.5291/ILL-DATA.8-02-", "889 are open"], "10.5291/ILL-DATA.8-02-889"),
        (["at https://doi.org/10.5291/", "ILL-DATA.8-02-889 they are"], "10.5291/ILL-DATA.8-02-889"),
        (["see 10.1016/j.nima.2019.04.", "012 for more"], "10.1016/j.nima.2019.04.012"),
        (["see 10.1016/j.", "nima.2019.04.012 for more"], "10.1016/j.nima.2019.04.012"),
        (["see 10.1103/PhysRevB.98.", "134412 for more"], "10.1103/PhysRevB.98.134412"),
        (["see 10.", "1107/S2052252519008285 for more"], "10.1107/S2052252519008285"),
        (["see 10.1107", "/S2052252519008285 for more"], "10.1107/S2052252519008285"),
        (["see 10.15151/esrf-", "dc-12345 for more"], "10.15151/esrf-dc-12345"),
        (["proposal MA-", "1234 was granted"], "MA-1234"),
        (["proposal 8-", "02-889 was granted"], "8-02-889"),
        (["proposal 8-02-", "889 was granted"], "8-02-889"),
        (["proposal EV/AS-", "1200 was granted"], "EV/AS-1200"),
        (["in 2015-", "2018 it was"], "2015-2018"),
    ],
)
def test_dois_and_codes_that_a_line_end_divides_are_whole(lines: list[str], whole: str, tmp_path: Path) -> None:
    (page,) = extracted(drawn(tmp_path / "divided.pdf", lines))["divided.pdf"].pages
    assert any(word.endswith(whole) for word in page.split())


@pytest.mark.parametrize(
    "lines",
    [
        ["as in 10.1107/S2052252519008285.", "The next sentence begins"],
        ["as in 10.1107/S2052252519008285.", "12. The next reference"],
        ["as in 10.1107/S2052252519008285.", "[12] The next reference"],
        ["as in 10.1107/S2052252519008285.", "2015 was a good year"],
        ["as in 10.1107/S2052252519008285", "2015 was a good year"],
        ["version 10.", "The next sentence begins"],
    ],
)
def test_a_doi_that_ends_with_its_line_takes_nothing_of_the_next(lines: list[str], tmp_path: Path) -> None:
    (page,) = extracted(drawn(tmp_path / "ended.pdf", lines))["ended.pdf"].pages
    assert page.splitlines() == lines


def test_the_miner_finds_codes_and_dois_of_a_pdf_whatever_line_end_divides_them(tmp_path: Path) -> None:
    facilities = [
        FacilityGrammar("ILL", "Institut Laue-Langevin", ("8-02-889",), ("D22",)),
        FacilityGrammar("EPNS", "Example Source", ("20190234", "MA-1234", "EV/AS-1200"), ()),
    ]
    path = drawn(
        tmp_path / "thanks.pdf",
        ["We thank the Example Source for beamtime under proposal 2019-", "0234 and for proposal MA-"],
        ["We thank the Example Source for beamtime under proposal MA-", "1234 and under proposal EV/AS-", "1200."],
        ["Beam time at the ILL, proposal 8-02-", "889, is acknowledged; data: 10.5291/", "ILL-DATA.8-02-889."],
    )
    pages = extracted(path)["thanks.pdf"].pages
    hits = Miner(facilities).mine(list(enumerate(pages, start=1)))
    assert {(hit.page, hit.kind, hit.value) for hit in hits if hit.kind in ("proposal", "data doi")} == {
        (1, "proposal", "20190234"),
        (2, "proposal", "ma1234"),
        (2, "proposal", "evas1200"),
        (3, "proposal", "802889"),
        (3, "data doi", "10.5291/ill-data.8-02-889"),
    }


def test_two_words_of_the_document_keep_the_hyphen_between_them_and_syllables_do_not() -> None:
    page = clean_page("resolved in time, a time-\nresolved study of diffrac-\ntion")
    assert join_broken_words([page]) == ("resolved in time, a time-resolved study of diffraction",)


def test_a_hyphen_seen_once_does_not_beat_the_word_as_written_elsewhere() -> None:
    pages = [clean_page("super-symmetric once, supersymmetric twice"), clean_page("a super-\nsymmetric model")]
    assert join_broken_words(pages)[1] == "a supersymmetric model"


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("Schr¨odinger and F´ısica", "Schrödinger and Física"),
        ("D.F., M ´ exico", "D.F., México"),
        ("10−2\u00a0Å", "10−2 Å"),
        ("a\x00b\u202ec\u200b \ue000d \ufffd", "abc d"),
        ("one\r\n\r\n\r\n\r\n  two\t three ", "one\n\ntwo three"),
        ("x\ud800y", "xy"),
        ("dose - \nrate", "dose -\nrate"),
    ],
)
def test_what_a_page_says_is_cleaned(raw: str, clean: str) -> None:
    assert join_broken_words([clean_page(raw)]) == (clean,)


@given(st.text() | st.text(alphabet="ab-\u2010\xad\x02\ufffe\n\r \ufb01¨´uı\u202e"))
def test_no_text_whatever_leaves_controls_ligatures_or_bidi_marks(raw: str) -> None:
    (page,) = join_broken_words([clean_page(raw)])
    unwanted = {c for c in page if unicodedata.category(c) in ("Cc", "Cs", "Co") or c in "\xad\u202e\ufffe\ufb01"}
    assert unwanted <= {"\n"}
    page.encode()


def test_right_to_left_text_is_in_reading_order_with_both_readers(tmp_path: Path) -> None:
    assert page_of(["\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd"[::-1]], tmp_path) == "שלום עולם"
    assert logical_order("(2019) םלוע םולש X-ray") == "X-ray שלום עולם (2019)"
    assert logical_order("plain words (2019)") == "plain words (2019)"


def test_chinese_japanese_and_korean_are_found(tmp_path: Path) -> None:
    japanese = drawn(tmp_path / "ja.pdf", ["中性子回折の研究"], font="HeiseiMin-W3")
    chinese = drawn(tmp_path / "zh.pdf", ["同步辐射光源"], font="STSong-Light")
    korean = drawn(tmp_path / "ko.pdf", ["방사광 가속기"], font="HYSMyeongJo-Medium")
    found = extracted(japanese, chinese, korean)
    assert {name: extraction.pages for name, extraction in found.items()} == {
        "ja.pdf": ("中性子回折の研究",),
        "zh.pdf": ("同步辐射光源",),
        "ko.pdf": ("방사광 가속기",),
    }


def test_mathematical_letters_beyond_the_first_plane_are_plain_letters(tmp_path: Path) -> None:
    assert page_of(["energy \U0001d438 = \U0001d45a\U0001d450\u00b2"], tmp_path) == "energy E = mc2"


def test_pages_stand_in_order_and_an_empty_page_keeps_its_number(tmp_path: Path) -> None:
    path = drawn(tmp_path / "pages.pdf", ["first"], [], ["third"])
    extraction = extracted(path)["pages.pdf"]
    assert extraction.pages == ("first", "", "third")
    assert (extraction.page_count, extraction.reader, extraction.reason) == (3, "pdfium", "")
    assert extraction.metadata["Title"] == "Made for a test"


def test_pdfminer_reads_pages_and_metadata_as_pdfium_does(tmp_path: Path) -> None:
    path = drawn(tmp_path / "both.pdf", ["neutron reflectometry"], ["muon spin rotation"])
    one, other = (read(path, reader, Limits(), 30) for reader in ("pdfium", "pdfminer"))
    assert one.pages == other.pages == ("neutron reflectometry", "muon spin rotation")
    assert one.metadata["Title"] == other.metadata["Title"] == "Made for a test"
    assert one.page_count == other.page_count == 2


def test_what_was_read_before_the_time_was_over_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "long.pdf"
    path.write_bytes(many_pages(50, 2000))
    reading = read(path, "pdfium", Limits(), 0.0)
    assert (reading.state, reading.page_count, len(reading.pages)) == (State.TIMED_OUT, 50, 1)
    assert "neutron scattering" in reading.pages[0]
