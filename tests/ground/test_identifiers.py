"""Identifiers: what is cleaned, what is refused, and that no text breaks a cleaner."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from puma.identifiers import (
    clean_arxiv,
    clean_doi,
    clean_issn,
    clean_orcid,
    clean_proposal_code,
    clean_ror,
    data_doi_facility,
    data_doi_proposal,
    find_dois,
    fold_code,
)

CLEANERS = [clean_doi, clean_orcid, clean_ror, clean_issn, clean_arxiv, clean_proposal_code]
SICI = "10.1002/(sici)1521-3773(19990115)38:1/2<127::aid-anie127>3.0.co;2-#"


@pytest.mark.parametrize(
    ("written", "doi"),
    [
        ("10.1107/S2052252519008285", "10.1107/s2052252519008285"),
        ("https://doi.org/10.1000/abc", "10.1000/abc"),
        ("http://dx.doi.org/10.1000/ABC.", "10.1000/abc"),
        ("doi:10.1000/abc", "10.1000/abc"),
        ("DOI: 10.1000/abc,", "10.1000/abc"),
        ("DOI 10.1000/abc", "10.1000/abc"),
        ("info:doi/10.1000/abc", "10.1000/abc"),
        ("urn:doi:10.1000/abc", "10.1000/abc"),
        ("https://doi.org/doi:10.1000/abc", "10.1000/abc"),
        ("http://doi.org/http://dx.doi.org/10.1000/abc", "10.1000/abc"),
        ("https://doi.org/10.1000%2Fabc", "10.1000/abc"),
        ("https://doi.org/10.1000%252Fabc", "10.1000/abc"),
        ("https://doi.org/10.1000/abc?utm_source=mail#top", "10.1000/abc"),
        ("https://doi.ill.fr/10.5291/ILL-DATA.8-01-418", "10.5291/ill-data.8-01-418"),
        ("https://pubs.acs.org/doi/full/10.1021/acs.x?src=1", "10.1021/acs.x"),
        ("https://doi-org.proxy.example.edu/10.1000/abc", "10.1000/abc"),
        ("10.3389/fphy.2019.00001/full", "10.3389/fphy.2019.00001"),
        ("10.1007/s10833\u2010021\u201009435\u20131", "10.1007/s10833-021-09435-1"),
        ("10.1000/a\u200bb\u00adc", "10.1000/abc"),
        ("10.1007/978-3-540-37256-1\\textunderscore87", "10.1007/978-3-540-37256-1_87"),
        ("10.1000/x [doi]", "10.1000/x"),
        ("(10.1000/x)", "10.1000/x"),
        ("(10.1000/a(b))", "10.1000/a(b)"),
        ("10.1000/a(b)", "10.1000/a(b)"),
        ("10.1000/ abc", "10.1000/abc"),
        ("http://dx.doi.org/10.1002/(SICI)1521-3773(19990115)38:1/2%3C127::AID-ANIE127%3E3.0.CO;2-%23", SICI),
        ("10.1002/(SICI)1521-3773(19990115)38:1/2&lt;127::AID-ANIE127&gt;3.0.CO;2-#", SICI),
        ("https://doi.org/10.1002/(SICI)1521-3773(19990115)38:1/2<127::AID-ANIE127>3.0.CO;2-#", SICI),
    ],
)
def test_a_doi_is_found_under_every_usual_spelling(written: str, doi: str) -> None:
    assert clean_doi(written) == doi


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10.1000/",
        "10.1/x",
        "n/a",
        "10.1000/a b",
        "https://example.org/10.1000/a",
        "see 10.1000/abc",
        "11.1000/a",
        "10.1000/" + "x" * 3000,
    ],
)
def test_what_is_not_a_doi_alone_is_none(text: str) -> None:
    assert clean_doi(text) is None


def test_dois_are_found_in_running_text_with_their_place() -> None:
    text = (
        "See (doi:10.1000/a(b)), https://doi.org/10.1021/X; 10.1002/(SICI)1521-3773(19990115)38:1/2<127::AID-ANIE127>"
        '3.0.CO;2-#. <a href="https://doi.org/10.1234/x">10.1234/y</a> 10.1000/a,10.1000/b [10.1000/c]. '
        "http://x.org/?doi=10.1000/f&x=1 and 210.1000/no, 5.10.1000/no 10.1007/12-zhttps://doi.org/10.1007/13"
    )
    found = find_dois(text)
    assert [doi for doi, _, _ in found] == [
        "10.1000/a(b)", "10.1021/x", SICI, "10.1234/x", "10.1234/y", "10.1000/a", "10.1000/b", "10.1000/c", "10.1000/f",
        "10.1007/12-z", "10.1007/13",
    ]  # fmt: skip
    assert text[slice(*found[0][1:])] == "10.1000/a(b)"
    assert text[slice(*found[1][1:])] == "10.1021/X"


@given(st.text())
def test_every_found_doi_stands_at_its_place_and_is_clean(text: str) -> None:
    for doi, start, end in find_dois(f"{text} 10.1000/x{text}"):
        assert clean_doi(f"{text} 10.1000/x{text}"[start:end]) == doi == clean_doi(doi)


@pytest.mark.parametrize(
    "written",
    [
        "0000-0002-1825-0097", "0000000218250097", "https://orcid.org/0000-0002-1825-0097",
        "orcid.org/0000-0002-1825-0097/",
        "ORCID: 0000-0002-1825-0097", "0000 0002 1825 0097", "0000\u20100002\u20101825\u20100097",
        "http://www.orcid.org/0000-0002-1825-0097",
    ],
)  # fmt: skip
def test_an_orcid_is_read_from_every_spelling(written: str) -> None:
    assert clean_orcid(written) == "0000-0002-1825-0097"


def test_an_orcid_may_end_in_x() -> None:
    assert clean_orcid("https://orcid.org/0000-0002-1694-233x") == "0000-0002-1694-233X"


def test_the_invented_orcid_of_many_forms_is_refused() -> None:
    assert clean_orcid("0000-0001-2345-6789") is None  # its check digit is right
    assert clean_orcid("0000-0000-0000-0001") is None


def test_an_isni_is_no_orcid_though_it_looks_like_one() -> None:
    assert clean_orcid("0000 0004 0417 8770") is None  # an organisation's ISNI with a right check digit
    assert clean_orcid("0009-0000-0000-0009") == "0009-0000-0000-0009"


CHECKED = [
    (clean_orcid, "0000-0002-1825-0097"),
    (clean_ror, "02feahw73"),
    (clean_issn, "2052-2525"),
]


@pytest.mark.parametrize(("cleaner", "right"), CHECKED)
def test_every_single_wrong_digit_is_noticed(cleaner: Callable[[str], str | None], right: str) -> None:
    assert cleaner(right) == right
    for place, old in enumerate(right):
        for new in "0123456789":
            if old.isdigit() and new != old:
                assert cleaner(right[:place] + new + right[place + 1 :]) is None


@pytest.mark.parametrize(
    "written",
    ["https://ror.org/02feahw73", "ror.org/02FEAHW73", "ROR: 02feahw73", "02feahw73", "http://ror.org/02feahw73/"],
)
def test_a_ror_id_is_read_from_every_spelling(written: str) -> None:
    assert clean_ror(written) == "02feahw73"


@pytest.mark.parametrize(
    "written", ["2052-2525", "20522525", "ISSN 2052-2525", "eISSN: 2052-2525", "urn:issn:2052-2525", "2052\u20132525"]
)
def test_an_issn_is_read_from_every_spelling(written: str) -> None:
    assert clean_issn(written) == "2052-2525"


@pytest.mark.parametrize(
    ("written", "arxiv"),
    [
        ("arXiv:1706.03762v5", "1706.03762"),
        ("https://arxiv.org/pdf/1706.03762.pdf", "1706.03762"),
        ("https://arxiv.org/abs/cond-mat/0512345v2", "cond-mat/0512345"),
        ("math.GT/0309136", "math/0309136"),
        ("10.48550/arXiv.2101.01234", "2101.01234"),
        ("https://doi.org/10.48550/arxiv.2101.01234", "2101.01234"),
        ("oai:arXiv.org:0704.0001", "0704.0001"),
        ("2101.01234 [cond-mat.str-el]", "2101.01234"),
        ("1512.1234", None),
        ("2113.01234", None),
        ("no-such/0512345", None),
        ("1706.03762 and more", None),
    ],
)
def test_an_arxiv_number_is_bare_and_without_version(written: str, arxiv: str | None) -> None:
    assert clean_arxiv(written) == arxiv


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("ma\u20131234", "MA-1234"),
        ("  MA   1234 ", "MA 1234"),
        ("IH\u2011CH\u2011659", "IH-CH-659"),
        ("8-02-889", "8-02-889"),
        ("\uff2d\uff21\uff0d\uff11", "MA-1"),
        ("N/A", None),
        ("none", None),
        ("-", None),
        ("", None),
        ("x" * 101, None),
    ],
)
def test_a_proposal_code_is_tidied_and_never_invented(written: str, code: str | None) -> None:
    assert clean_proposal_code(written) == code


def test_codes_that_differ_in_dashes_spaces_and_case_have_one_key() -> None:
    assert {fold_code(code) for code in ("MA-1234", "ma1234", "MA 1234", "Ma\u20131234", "MA_1234", "MA/1234")} == {
        "ma1234"
    }
    assert fold_code("MA-1234") != fold_code("MA-1235")
    assert fold_code("RB 2220651") == fold_code("2220651")
    assert fold_code("RB-12") != fold_code("12")
    assert fold_code("n/a") == ""


@pytest.mark.parametrize(
    ("doi", "facility", "code"),
    [
        ("10.5291/ill-data.8-02-889", "ILL", "8-02-889"),
        ("10.5291/ILL-DATA.DIR-123", "ILL", "DIR-123"),
        ("10.5291/ill-data.8-02-889/experimental-report", "ILL", "8-02-889"),
        ("10.5286/isis.e.rb1234567", "ISIS", "RB1234567"),
        ("10.5286/isis.e.rb2220651-1", "ISIS", "RB2220651"),
        ("10.5286/isis.e.24066501", "ISIS", None),
        ("10.22003/xfel.eu-data-002234-00", "European XFEL", "2234"),
        ("10.15151/esrf-es-123456", "ESRF", None),
        ("10.16907/13dc29a3-733b-419b-ad61-838d17ddfa47", "PSI", None),
        ("10.17199/brightness/v200245", "ESS", None),
        ("10.1000/ill-data.8-02-889", None, None),
    ],
)
def test_the_proposal_code_is_read_out_of_data_dois_that_carry_it(
    doi: str, facility: str | None, code: str | None
) -> None:
    assert data_doi_facility(doi) == facility
    assert data_doi_proposal(doi) == ((facility, code) if code else None)


IDENTIFIER_LIKE = st.one_of(
    st.text(),
    st.text(alphabet="10./-–abxX:;,()<>[]&%#? dDoOiIlt2Ff\u00ad\u200b", max_size=60),
    st.builds("10.{}/{}".format, st.integers(1000, 99999), st.text(max_size=30)),
    st.builds("https://doi.org/10.1000/{}".format, st.text(max_size=30)),
)


@pytest.mark.parametrize("cleaner", CLEANERS)
@given(text=IDENTIFIER_LIKE)
def test_cleaning_never_raises_and_a_clean_value_stays(cleaner: Callable[[str], str | None], text: str) -> None:
    clean = cleaner(text)
    assert clean is None or cleaner(clean) == clean


@given(st.integers(15_000_000, 35_000_000) | st.integers(1_000_000_000, 999_999_999_999_999))
def test_exactly_one_check_character_fits_an_orcid(number: int) -> None:
    fitting = [last for last in "0123456789X" if clean_orcid(f"{number:015}{last}")]
    assert len(fitting) == 1
