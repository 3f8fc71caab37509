"""Countries: many spellings, one code; ambiguous names stay open; affiliations are read at their end."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from puma.countries import country_at_end, country_code, country_name

SPELLINGS = {
    "US": [
        "USA",
        "U.S.A.",
        "U. S. A.",
        "US",
        "United States",
        "The United States of America",
        "Vereinigte Staaten",
        "us",
    ],
    "GB": ["UK", "U.K.", "England", "Scotland", "Wales", "Northern Ireland", "Great Britain", "Vereinigtes Königreich"],
    "CN": [
        "China",
        "PR China",
        "P.R. China",
        "P. R. China",
        "People's Republic of China",
        "People’s Republic of China",
        "中国",
    ],
    "TW": ["Taiwan", "Taiwan, R.O.C.", "Republic of China", "Taiwan, Province of China", "Chinese Taipei"],
    "HK": ["Hong Kong", "Hong Kong SAR", "Hong Kong, China"],
    "KR": [
        "Korea",
        "South Korea",
        "Republic of Korea",
        "Korea, Republic of",
        "Korea (Republic of)",
        "대한민국",
        "Südkorea",
    ],
    "KP": ["North Korea", "DPRK", "Korea, Democratic People's Republic of"],
    "CZ": ["Czech Republic", "Czechia", "Česko", "Česká republika", "Tschechien"],
    "RU": ["Russia", "Russian Federation", "Россия"],
    "TR": ["Turkey", "Türkiye", "Turkiye", "TÜRKİYE", "Türkei"],
    "BR": ["Brazil", "Brasil"],
    "DE": ["Germany", "Deutschland", "Allemagne", "DE", "DEU", "de", "Federal Republic of Germany", "ドイツ"],
    "NL": ["The Netherlands", "Netherlands", "Holland", "Nederland", "Pays-Bas"],
    "NE": ["Niger"],
    "NG": ["Nigeria"],
    "GN": ["Guinea"],
    "DM": ["Dominica"],
    "DO": ["Dominican Republic"],
    "IR": ["Iran", "Iran, Islamic Republic of", "Islamic Republic of Iran"],
    "CI": ["Côte d'Ivoire", "Cote d’Ivoire", "Ivory Coast"],
    "VN": ["Viet Nam", "Vietnam"],
    "BA": ["Bosnia & Herzegovina", "Bosnia and Herzegovina"],
    "LC": ["St. Lucia", "Saint Lucia"],
    "AE": ["UAE", "United Arab Emirates"],
    "SK": ["Slovakia", "Slovak Republic"],
}


@pytest.mark.parametrize(("code", "name"), [(code, name) for code, names in SPELLINGS.items() for name in names])
def test_every_spelling_leads_to_its_code(code: str, name: str) -> None:
    assert country_code(name) == code


@pytest.mark.parametrize(
    "name", ["", "Congo", "Atlantis", "Yugoslavia", "USSR", "Columbia", "Virgin Islands", "Europe", "N/A", "Germny"]
)
def test_ambiguous_and_unknown_names_stay_open(name: str) -> None:
    assert country_code(name) is None


def test_names_of_many_languages_agree_with_babel() -> None:
    from babel import Locale

    for language in ("en", "de", "fr", "es", "it", "pl", "ru", "ja", "zh"):
        territories = Locale.parse(language).territories
        wrong = {
            code: territories[code]
            for code in ("FR", "JP", "SE", "PL", "AU", "IN", "CH")
            if country_code(territories[code]) != code
        }
        assert not wrong, language


def test_a_code_has_a_name_in_the_reader_s_language() -> None:
    assert country_name("DE") == "Germany"
    assert country_name("de", "fr") == "Allemagne"
    assert country_name("DE", "xx_nonsense") == "Germany"
    assert country_name("??") == "??"


@pytest.mark.parametrize(
    ("affiliation", "code"),
    [
        ("MIT, Cambridge, MA 02139, USA", "US"),
        ("Lawrence Berkeley Lab, Berkeley, CA 94720", "US"),
        ("DESY, Hamburg, Germany. Electronic address: a.b@desy.de", "DE"),
        ("DESY, Hamburg, Germany (a.b@desy.de)", "DE"),
        ("KEK, Tsukuba, Ibaraki 305-0801, Japan.", "JP"),
        ("University, Seoul, Korea, Republic of", "KR"),
        ("HKU, Hong Kong, China", "HK"),
        ("University of Macau, Taipa, Macao SAR 999078, China", "MO"),
        ("HKUST, Clear Water Bay, Hong Kong, People’s Republic of China", "HK"),
        ("NSRRC, Hsinchu 30076, Taiwan, R.O.C.", "TW"),
        ("ESRF, 38043 Grenoble Cedex 9, France", "FR"),
        ("NUS, Singapore 117543", "SG"),
        ("ILL, Grenoble (France)", "FR"),
        ("JINR, Dubna; Russia", "RU"),
        ("Univ of Basel Switzerland", "CH"),
        ("Beijing 100049 P. R. China", "CN"),
        ("Xi'an People's Republic of China", "CN"),
        ("TSU, Tbilisi, Georgia", "GE"),
        ("Atlanta, Georgia", None),
        ("Newark, DE", None),
        ("Santa Fe, New Mexico", None),
        ("University of British Columbia", None),
        ("University of Jordan", None),
        ("Polish Academy of Sciences", None),
        ("a.b@desy.de", None),
        ("", None),
    ],
)
def test_the_country_is_read_at_the_end_of_an_affiliation(affiliation: str, code: str | None) -> None:
    assert country_at_end(affiliation) == code


def test_importing_the_room_loads_no_tables() -> None:
    code = "import sys, puma.countries; sys.exit('pycountry' in sys.modules or 'babel' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@given(st.one_of(st.text(), st.text(alphabet="USA UKchina,.() 0123@-", max_size=60)))
def test_no_text_breaks_it_and_every_answer_is_a_code(text: str) -> None:
    for code in (country_code(text), country_at_end(text)):
        assert code is None or country_code(code) == code or code == "NA"
