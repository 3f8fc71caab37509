"""Affiliations find their institution where name, country and city agree, and nobody where they do not."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from puma.matching.institutions.decoding import Fit, decode
from puma.matching.institutions.index import AffiliationText, InstitutionIndex, NameRow
from puma.matching.institutions.judge import load_judge
from puma.matching.institutions.names import Names
from puma.matching.institutions.words import country_of, segments

CLOSED = date(2018, 1, 1)
NAMES = [
    NameRow(1, "University of York", "label", "GB", "York"),
    NameRow(2, "York University", "label", "CA", "Toronto"),
    NameRow(3, "Université Paris Cité", "label", "FR", "Paris"),
    NameRow(4, "Sorbonne Université", "label", "FR", "Paris"),
    NameRow(5, "Institute of Science and Technology Austria", "label", "AT", "Klosterneuburg"),
    NameRow(5, "IST", "acronym", "AT", "Klosterneuburg"),
    NameRow(6, "University of Zurich", "label", "CH", "Zurich"),
    NameRow(6, "Universität Zürich", "alias", "CH", "Zurich"),
    NameRow(7, "ETH Zurich", "label", "CH", "Zurich"),
    NameRow(7, "Eidgenössische Technische Hochschule Zürich", "alias", "CH", "Zurich"),
    NameRow(8, "Institut Laue-Langevin", "label", "FR", "Grenoble"),
    NameRow(8, "ILL", "acronym", "FR", "Grenoble"),
    NameRow(9, "Northern Institute of Optics", "label", "DE", "Kiel"),
    NameRow(10, "Northern Institute of Optics", "label", "DE", "Rostock"),
    NameRow(11, "University of Cambridge", "label", "GB", "Cambridge"),
    NameRow(12, "Massachusetts Institute of Technology", "label", "US", "Cambridge"),
    NameRow(12, "MIT", "acronym", "US", "Cambridge"),
    NameRow(13, "Paul Scherrer Institute", "label", "CH", "Villigen"),
    NameRow(14, "Technische Universität München", "label", "DE", "Munich"),
    NameRow(14, "Technical University of Munich", "alias", "DE", "Munich"),
    NameRow(15, "Ludwig-Maximilians-Universität München", "label", "DE", "Munich"),
    NameRow(16, "Rutherford Appleton Laboratory", "label", "GB", "Didcot", 17),
    NameRow(17, "Science and Technology Facilities Council", "label", "GB", "Swindon"),
    NameRow(18, "Lakeside Institute of Crystallography", "label", "SE", "Lund", None, "facility", CLOSED, 19),
    NameRow(19, "Scandinavian Institute of Matter", "label", "SE", "Lund"),
    NameRow(20, "Peter the Great St. Petersburg Polytechnic University", "label", "RU", "Saint Petersburg"),
    NameRow(21, "Lomonosov Moscow State University", "label", "RU", "Moscow"),
    NameRow(21, "Московский государственный университет", "alias", "RU", "Moscow"),
    NameRow(22, "Peking University", "label", "CN", "Beijing"),
    NameRow(22, "北京大学", "alias", "CN", "Beijing"),
    NameRow(23, "Siemens (Germany)", "label", "DE", "Munich", None, "company"),
    NameRow(24, "Siemens (United States)", "label", "US", None, None, "company"),
    NameRow(25, "Centre Hospitalier Universitaire de Nantes", "label", "FR", "Nantes"),
    NameRow(25, "CHU", "acronym", "FR", "Nantes"),
    NameRow(26, "Shanghai Jiao Tong University", "label", "CN", "Shanghai"),
    NameRow(28, "Beijing Jiaotong University", "label", "CN", "Beijing"),
    NameRow(27, "University of Geneva", "label", "CH", "Geneva"),
    NameRow(27, "Université de Genève", "alias", "CH", "Geneva"),
]
RORS = {"01xtjs520": 8, "02en5vm52": 4}
INDEX = InstitutionIndex(NAMES, RORS)

CASES = [
    # department first, whole names
    ("Department of Physics, University of York, York YO10 5DD, UK", 1),
    ("Department of Physics, York University, Toronto, Ontario, Canada", 2),
    ("Physik-Institut, Universität Zürich, Winterthurerstrasse 190, 8057 Zürich, Switzerland", 6),
    ("Department of Materials, ETH Zurich, Zurich, Switzerland", 7),
    ("Institut Laue-Langevin, 71 avenue des Martyrs, 38042 Grenoble, France", 8),
    ("Institut Laue Langevin, Grenoble", 8),
    ("Cavendish Laboratory, University of Cambridge, Cambridge, UK", 11),
    ("Lehrstuhl E13, Technische Universität München, 85748 Garching, Germany", 14),
    ("Faculty of Physics, Ludwig-Maximilians-Universität München, Munich, Germany", 15),
    ("Département de physique, Sorbonne Université, 75005 Paris, France", 4),
    # abbreviated, misspelt, glued, transliterated
    ("Paul Scherrer Inst., 5232 Villigen, Switzerland", 13),
    ("Tech. Univ. Munich, Garching, Germany", 14),
    ("Rutherford Appelton Laboratory, Didcot, UK", 16),
    ("University ofCambridge, Cambridge, United Kingdom", 11),
    ("Universitaet Zuerich, Zuerich, Switzerland", 6),
    ("Shanghai Jiaotong University, Shanghai, China", 26),
    ("Peter the Great St Petersburg Polytechnic University, St. Petersburg, Russia", 20),
    ("Московский государственный университет, Москва, Россия", 21),
    ("北京大学物理学院", 22),
    ("Section de physique, Université de Genève, 1211 Genève 4, Suisse", 27),
    # former names
    ("Université Pierre et Marie Curie, Paris, France", 4),
    # acronyms: with country or city only
    ("MIT, Cambridge, MA 02139, USA", 12),
    ("ILL, Grenoble, France", 8),
    ("IST", None),
    ("ILL", None),
    ("MIT", None),
    ("CHU", None),
    ("CHU de Brest, Brest, Germany", None),
    ("Laboratory 3, IST-Strasse 12, Hannover, Germany", None),
    ("MIT, Manukau, New Zealand", None),
    # companies with a country in their name
    ("Siemens AG, Erlangen, Germany", 23),
    ("Siemens Corporation, Princeton, NJ, USA", 24),
    # ties and conflicts
    ("Northern Institute of Optics, Kiel, Germany", 9),
    ("Northern Institute of Optics, Rostock, Germany", 10),
    ("Northern Institute of Optics, Germany", None),
    ("Northern Institute of Optics", None),
    ("AstraZeneca, Cambridge, UK", None),
    ("Institute of Technology, Cambridge, UK", None),
    # no organisation at all
    ("12 Main Street, Springfield", None),
    ("71 avenue des Martyrs, 38042 Grenoble, France", None),
    ("York, United Kingdom", None),
    ("Tel. +33 4 76 20 71 11", None),
    ("somebody@example.org", None),
    ("Retired", None),
    ("University", None),
    ("Department of Physics", None),
    ("Germany", None),
    ("", None),
    ("???", None),
    ("DES", None),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_an_affiliation_finds_its_institution_or_nobody(text: str, expected: int | None) -> None:
    assert INDEX.resolve([AffiliationText(text)])[0].institution_id == expected


def test_the_words_of_york_in_the_other_order_never_give_the_canadian_one() -> None:
    found = INDEX.resolve([AffiliationText("York University, Heslington, York, United Kingdom")])[0]
    assert found.institution_id in (None, 1)


def test_several_organisations_of_one_affiliation_are_all_named() -> None:
    text = "Paul Scherrer Institute, 5232 Villigen, Switzerland; Institut Laue-Langevin, 38042 Grenoble, France"
    found = INDEX.resolve([AffiliationText(text)])[0]
    assert {found.institution_id, *found.also} == {8, 13}


def test_two_institutions_written_without_a_comma_are_rivals_only_where_their_names_share_a_word() -> None:
    names = Names(NAMES)

    def fit(institution: int, probability: float, name: str) -> Fit:
        return Fit(names.number[institution], probability, 0, -1, 3, name=names.text.index(name))

    sorbonne, scherrer = fit(4, 0.71, "sorbonne university"), fit(13, 0.69, "paul scherrer institute")
    found, _, _ = decode(names, [sorbonne, scherrer], accept=0.9, ask=0.4)
    assert found == [sorbonne, scherrer]
    york = fit(1, 0.69, "university york")
    found, _, why = decode(names, [sorbonne, york], accept=0.9, ask=0.4)
    assert (found, why) == ([], "several institutions fit equally well")


def test_what_is_believed_is_more_probable_than_what_is_asked() -> None:
    judge = load_judge()
    found = INDEX.resolve([AffiliationText(text) for text, _ in CASES])
    for one in found:
        if one.institution_id is None:
            assert one.band == "reject"
        else:
            assert one.band == ("accept" if one.probability >= judge.accept else "ask")
            assert one.probability >= judge.ask


def test_a_stated_ror_comes_first_and_gives_its_country() -> None:
    found = INDEX.resolve([AffiliationText("University of York, UK", "01xtjs520")])[0]
    assert (found.institution_id, found.country, found.band) == (8, "FR", "accept")


def test_a_ror_that_nobody_knows_leaves_the_text_to_speak() -> None:
    assert INDEX.resolve([AffiliationText("University of York, York, UK", "02feahw73")])[0].institution_id == 1


def test_the_country_that_the_source_states_decides_between_namesakes() -> None:
    assert INDEX.resolve([AffiliationText("Siemens", None, "US")])[0].institution_id in (None, 24)
    assert INDEX.resolve([AffiliationText("York University", None, "CA")])[0].institution_id == 2


def test_the_country_is_read_from_the_text_where_no_institution_is_found() -> None:
    found = INDEX.resolve([AffiliationText("A small company, Lyon, France")])[0]
    assert (found.institution_id, found.country) == (None, "FR")


def test_equally_good_institutions_are_left_to_a_person() -> None:
    found = INDEX.resolve([AffiliationText("Northern Institute of Optics, Germany")])[0]
    assert (found.institution_id, found.country, found.band) == (None, "DE", "reject")


@pytest.mark.parametrize(
    ("day", "expected"), [(None, 18), (date(2010, 5, 1), 18), (date(2017, 12, 31), 18), (date(2019, 1, 1), 19)]
)
def test_a_closed_institution_is_followed_by_its_successor_from_the_day_it_closed(
    day: date | None, expected: int
) -> None:
    text = AffiliationText("Lakeside Institute of Crystallography, Lund, Sweden", day=day)
    assert INDEX.resolve([text])[0].institution_id == expected


def test_the_names_of_a_withdrawn_institution_are_those_of_its_successor() -> None:
    rows = [
        NameRow(1, "Quarry Medical School", "label", "SE", "Lund", successor_id=2),
        NameRow(2, "Quarry University", "label", "SE", "Lund"),
    ]
    index = InstitutionIndex(rows, {"01xtjs520": 1})
    texts = [AffiliationText("Quarry Medical School, Lund, Sweden"), AffiliationText("somewhere", "01xtjs520")]
    assert [one.institution_id for one in index.resolve(texts)] == [2, 2]


def test_an_institution_that_follows_itself_keeps_its_names() -> None:
    index = InstitutionIndex([NameRow(1, "Quarry University", "label", "SE", "Lund", successor_id=1)])
    assert index.resolve([AffiliationText("Quarry University, Lund, Sweden")])[0].institution_id == 1


SHORTENED = [
    NameRow(1, "Johannes Gutenberg University Mainz", "label", "DE", "Mainz"),
    NameRow(2, "Mainz University of Applied Sciences", "label", "DE", "Mainz"),
    NameRow(3, "Palacký University Olomouc", "label", "CZ", "Olomouc"),
    NameRow(4, "Heidelberg University", "label", "DE", "Heidelberg"),
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Institut für Physik, Universität Mainz, Staudinger Weg 7, D-55099 Mainz, Germany", 1),
        ("Department of Optics, Palacký University, 771 46 Olomouc, Czech Republic", 3),
        ("Physikalisches Institut, Universität Heidelberg, Heidelberg, Germany", 4),
    ],
)
def test_a_university_is_found_by_the_short_form_of_its_name(text: str, expected: int) -> None:
    assert InstitutionIndex(SHORTENED).resolve([AffiliationText(text)])[0].institution_id == expected


FULLER = [
    NameRow(1, "Universidade de Lisboa", "label", "PT", "Lisbon"),
    NameRow(1, "University of Lisbon", "alias", "PT", "Lisbon"),
    NameRow(2, "Universidade Nova de Lisboa", "label", "PT", "Lisbon"),
    NameRow(3, "Technische Universität München", "label", "DE", "Munich"),
    NameRow(4, "Ludwig-Maximilians-Universität München", "label", "DE", "Munich"),
    NameRow(4, "University of Munich", "alias", "DE", "Munich"),
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("NOVA University of Lisbon, Lisbon, Portugal", 2),
        ("Department of Physics, University of Lisbon, Lisbon, Portugal", 1),
        ("Tech. Univ. Munich, Garching, Germany", 3),
        ("Fakultät für Physik, Universität München, Munich, Germany", 4),
    ],
)
def test_the_name_that_explains_more_words_is_preferred_to_one_within_it(text: str, expected: int) -> None:
    assert InstitutionIndex(FULLER).resolve([AffiliationText(text)])[0].institution_id == expected


def test_a_short_form_that_two_institutions_of_a_country_share_is_none() -> None:
    rows = [
        NameRow(1, "Anna Kvist University Kiel", "label", "DE", "Kiel"),
        NameRow(2, "Bert Munk University Kiel", "label", "DE", "Kiel"),
    ]
    assert "university kiel" in Names(rows[:1]).text
    assert "university kiel" not in Names(rows).text


def test_the_level_decides_between_an_institution_and_the_one_above_it() -> None:
    text = AffiliationText("Rutherford Appleton Laboratory, Didcot, United Kingdom")
    assert INDEX.resolve([text])[0].institution_id == 16
    assert InstitutionIndex(NAMES, RORS, level="top").resolve([text])[0].institution_id == 17


def test_a_ring_of_parents_and_successors_ends() -> None:
    rows = [
        NameRow(1, "Institute of Rings", "label", "SE", "Lund", 2, None, CLOSED, 2),
        NameRow(2, "Council of Rings", "label", "SE", "Lund", 1, None, CLOSED, 1),
    ]
    text = AffiliationText("Institute of Rings, Lund, Sweden", None, None, date(2020, 1, 1))
    assert InstitutionIndex(rows, level="top").resolve([text])[0].institution_id in (1, 2)


def test_the_order_of_questions_changes_no_answer() -> None:
    texts = [AffiliationText(text) for text, _ in CASES]
    assert INDEX.resolve(texts) == INDEX.resolve(texts[::-1])[::-1]


def test_an_affiliation_asked_alone_gets_the_same_answer_as_among_others() -> None:
    texts = [AffiliationText(text) for text, _ in CASES]
    assert INDEX.resolve(texts) == [INDEX.resolve([text])[0] for text in texts]


def test_the_order_of_the_registry_changes_no_answer() -> None:
    texts = [AffiliationText(text) for text, _ in CASES]
    shuffled = InstitutionIndex(sorted(NAMES, key=lambda row: (-row.institution_id, row.kind != "label")), RORS)
    assert [one.institution_id for one in shuffled.resolve(texts)] == [
        one.institution_id for one in INDEX.resolve(texts)
    ]


def test_an_empty_index_knows_nobody() -> None:
    found = InstitutionIndex([]).resolve([AffiliationText("University of York, UK")])[0]
    assert (found.institution_id, found.country) == (None, "GB")


def test_the_shipped_model_says_what_it_was_fitted_on() -> None:
    card = load_judge().card
    assert {"fitted on", "splits", "data", "kind", "holds"} <= card.keys()


def test_an_abbreviation_ends_no_part_of_an_affiliation() -> None:
    assert segments("Inst. of Comput. Technol., Beijing") == [("institute", "computer", "technology"), ("beijing",)]


def test_old_and_dotted_spellings_are_read_as_the_names_are() -> None:
    assert segments("K.U.Leuven, Heverlee") == segments("KU Leuven, Heverlee")
    assert segments("Indian Institute of Science, Bangalore") == segments("Indian Institute of Science, Bengaluru")
    assert segments("Max-Plank-Institut") == segments("Max-Planck-Institut")


def test_russian_names_in_latin_letters_and_short_forms_of_institutes_are_read_as_the_names_are() -> None:
    assert segments("Moskovskii gosudarstvennyi universitet") == segments("Moscow State University")
    assert segments("Northwestern Poly Tech. Univ.") == segments("Northwestern Polytechnical University")
    assert segments("MPI für Physik") == segments("Max Planck Institute for Physics")


def test_a_state_at_the_end_says_the_country() -> None:
    assert country_of("University of Michigan, Ann Arbor, Michigan") == "US"
    assert country_of("Mount Sinai, New York, NY") == "US"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=200), max_size=5))
def test_no_text_breaks_the_index(texts: list[str]) -> None:
    assert len(INDEX.resolve([AffiliationText(text) for text in texts])) == len(texts)


def test_a_very_long_text_is_answered() -> None:
    text = "University of York, York, UK; " * 5000
    assert len(INDEX.resolve([AffiliationText(text)])) == 1
