"""Affiliations find their institution where name, country and city agree, and nobody where they do not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from puma.matching.institutions import FEATURES, WEIGHTS, AffiliationText, InstitutionIndex, NameRow

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
    NameRow(16, "Rutherford Appleton Laboratory", "label", "GB", "Didcot"),
]
INDEX = InstitutionIndex(NAMES, {"01xtjs520": 8})

CASES = [
    ("Department of Physics, University of York, York YO10 5DD, UK", 1),
    ("Department of Physics, York University, Toronto, Ontario, Canada", 2),
    ("York University, Heslington, York, United Kingdom", 1),
    ("Physik-Institut, Universität Zürich, Winterthurerstrasse 190, 8057 Zürich, Switzerland", 6),
    ("Department of Materials, ETH Zurich, Zurich, Switzerland", 7),
    ("Institut Laue-Langevin, 71 avenue des Martyrs, 38042 Grenoble, France", 8),
    ("Institut Laue Langevin, Grenoble", 8),
    ("Laboratory 3, IST-Strasse 12, Hannover, Germany", None),
    ("IST", None),
    ("ILL", None),
    ("Northern Institute of Optics, Kiel, Germany", 9),
    ("Northern Institute of Optics, Rostock, Germany", 10),
    ("Northern Institute of Optics, Germany", None),
    ("AstraZeneca, Cambridge, UK", None),
    ("Cavendish Laboratory, University of Cambridge, Cambridge, UK", 11),
    ("MIT, Cambridge, MA 02139, USA", 12),
    ("Lehrstuhl E13, Technische Universität München, 85748 Garching, Germany", 14),
    ("Paul Scherrer Inst., 5232 Villigen, Switzerland", 13),
    ("12 Main Street, Springfield", None),
    ("Tel. +33 4 76 20 71 11", None),
    ("", None),
    ("???", None),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_an_affiliation_finds_its_institution_or_nobody(text: str, expected: int | None) -> None:
    assert INDEX.resolve([AffiliationText(text)])[0].institution_id == expected


def test_a_stated_ror_comes_first_and_gives_its_country() -> None:
    found = INDEX.resolve([AffiliationText("University of York, UK", "01xtjs520")])[0]
    assert (found.institution_id, found.country) == (8, "FR")


def test_a_ror_that_nobody_knows_leaves_the_text_to_speak() -> None:
    assert INDEX.resolve([AffiliationText("University of York, York, UK", "02feahw73")])[0].institution_id == 1


def test_the_country_is_read_from_the_text_where_no_institution_is_found() -> None:
    found = INDEX.resolve([AffiliationText("A small company, Lyon, France")])[0]
    assert (found.institution_id, found.country) == (None, "FR")


def test_equally_good_institutions_are_left_to_a_person() -> None:
    found = INDEX.resolve([AffiliationText("Northern Institute of Optics, Germany")])[0]
    assert (found.institution_id, found.country) == (None, "DE")


def test_the_order_of_questions_changes_no_answer() -> None:
    texts = [AffiliationText(text) for text, _ in CASES]
    assert INDEX.resolve(texts) == INDEX.resolve(texts[::-1])[::-1]


def test_an_empty_index_knows_nobody() -> None:
    found = InstitutionIndex([]).resolve([AffiliationText("University of York, UK")])[0]
    assert (found.institution_id, found.country) == (None, "GB")


def test_every_feature_has_a_weight() -> None:
    assert set(FEATURES) | {"prior"} == set(WEIGHTS)


@settings(max_examples=60)
@given(st.lists(st.text(max_size=200), max_size=5))
def test_no_text_breaks_the_index(texts: list[str]) -> None:
    assert len(INDEX.resolve([AffiliationText(text) for text in texts])) == len(texts)
