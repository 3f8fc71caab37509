"""Real records of every format that OAI-PMH repositories offer: each is read, or skipped with a reason."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.real.test_real_sources import DATA, Outcome, outcome

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the real records in ../shared/data are not on this machine")

# folder, records in it (with what cannot be cut out), of which so many can be read, deleted ones
FOLDERS = [
    ("03_oai/swepub_mods", 165, 158, 1),  # two files are broken, three records come twice
    ("03_oai/oai_cerif_openaire/samples", 68, 48, 1),  # patents, grants, programmes and an event have no place
    ("03_oai/datacite_oai", 3, 2, 0),  # and a schema
    ("03_oai/dspace", 5, 5, 0),
    ("03_oai/dissemin", 22, 20, 0),  # and two answers that are errors
    ("03_oai/hepcrawl", 30, 0, 0),  # arXiv's own format; the same repository offers oai_dc
    ("03_oai/recordmanager", 21, 14, 0),  # and formats of museums, archives and film
    ("03_oai/invenio_demosite", 142, 84, 1),  # and authorities, pictures, records without number
    ("03_oai/sickle", 23, 6, 3),  # and answers to other questions
    ("05_datacite/schema/*.xml", 54, 49, 0),
    ("05_datacite/lupo/*.xml", 12, 11, 0),
    ("05_datacite/bolognese/*.xml", 24, 21, 0),
]


@pytest.mark.parametrize(("path", "held", "readable", "deleted"), FOLDERS)
def test_every_real_record_is_read_or_skipped_with_a_reason(
    path: str, held: int, readable: int, deleted: int, capsys: pytest.CaptureFixture[str]
) -> None:
    found = outcome("oai_pmh", path, facility="EPNS")
    with capsys.disabled():
        print(f"\n{path}: {found.records} records, {found.read} read, {dict(found.skipped)}")
    assert (found.records, found.read) == (held, readable)
    assert found.read + found.skipped.total() + deleted >= found.records
    titled = [claim for claim in found.claims if claim.kind in ("publication", "dataset", "journal")]
    assert all(claim.values["title"] for claim in titled)


def by_key(found: Outcome) -> dict[str, Mapping[str, Any]]:
    """The values of the claims by the repository's own number."""
    return {value.partition(":")[2]: claim.values for claim in found.claims for scheme, value in claim.keys[-1:]}


@pytest.fixture(scope="module")
def mods() -> dict[str, Mapping[str, Any]]:
    return by_key(outcome("oai_pmh", "03_oai/swepub_mods"))


def test_nearly_all_swedish_publications_have_authors_a_year_and_a_language(mods: dict[str, Mapping[str, Any]]) -> None:
    assert sum(bool(one["authors"]) for one in mods.values()) >= len(mods) - 2  # two name publishers only
    assert all(one["year"] and one["language"] for one in mods.values())
    authors = [author for one in mods.values() for author in one["authors"]]
    assert len(authors) > 500
    assert sum(author["orcid"] is not None for author in authors) >= 108  # all with a right check digit
    assert sum(bool(author["affiliations"]) for author in authors) >= 381  # all that state one
    assert sum(one["issn"] is not None for one in mods.values()) >= 70


def test_a_swedish_article_is_read_as_a_librarian_would(mods: dict[str, Mapping[str, Any]]) -> None:
    article = mods["oai:DiVA.org:kth-255179"]
    expected = {
        "doi": "10.1007/s11192-019-03121-z",
        "title": "Comparison of publication-level approaches to ex-post citation normalization",
        "type": "JOURNAL_ARTICLE",
        "journal": "Scientometrics",
        "issn": "0138-9130",
        "volume": "120",
        "issue": "1",
        "pages": "283-300",
        "publisher": "SPRINGER",
        "year": 2019,
        "published_precision": "year",
        "language": "eng",
    }
    assert {name: article[name] for name in expected} == expected
    assert [(one["name"], one["orcid"]) for one in article["authors"]] == [
        ("Colliander, Cristian", None),  # the check digit of the one stated is wrong
        ("Ahlgren, Per", "0000-0003-0229-3073"),
    ]
    assert [one["text"] for one in article["authors"][0]["affiliations"]] == [
        "Umea Univ, Dept Sociol, Inforsk, Umea, Sweden.",
        "Umea Univ, Univ Lib, Umea, Sweden.",
    ]
    assert article["abstract"].startswith("In this paper, we compare two sophisticated publication-level approaches")
    assert {"namespace": "HSV", "value": "Information Studies"} in article["keywords"]


def test_a_hierarchy_of_units_in_two_languages_is_one_affiliation(mods: dict[str, Mapping[str, Any]]) -> None:
    article = mods["oai:lup.lub.lu.se:135609c1-08ca-4401-97f7-4071962423d9"]
    assert [one["text"] for one in article["authors"][0]["affiliations"]] == [
        "Family Medicine, Cardiovascular Epidemiology and Lifestyle, Department of Clinical Sciences, Malmö, "
        "Faculty of Medicine, Lund University",
        "University of Tartu",
        "Umeå University",
    ]


def test_the_examples_of_the_cris_guidelines_say_who_wrote_what_where() -> None:
    found = by_key(outcome("oai_pmh", "03_oai/oai_cerif_openaire/samples", facility="EPNS"))
    paper = found["oai:cris.example.org:Publications/4123451"]
    expected = {
        "doi": "10.1007/978-3-642-35233-1_18",
        "type": "PROCEEDINGS_ARTICLE",
        "published_on": "2012-11-30",
        "volume": "343",
        "pages": "168-180",
        "publisher": "Springer",
    }
    assert {name: paper[name] for name in expected} == expected
    assert [
        (one["name"], one["orcid"], [place["text"] for place in one["affiliations"]]) for one in paper["authors"]
    ] == [
        ("Paolo Manghi", "0000-0001-7291-3210", ["CNR"]),
        ("Nikos Houssos", "0000-0002-5277-285X", ["EKT"]),
        ("Marko Mikulicic", None, []),
        ("Brigitte Jörg", "0000-0001-7941-8108", ["UKOLN"]),
    ]
    assert {"namespace": "AWARD", "value": "European Commission: 283595"} in paper["keywords"]
    data = found["oai:cris.example.org:Products/7123451"]
    assert (data["instrument_name"], data["created_on"]) == ("SkyArrow 650 TCNS operated by IBIMET CNR", "2010-03-01")
    bielefeld = found["oai:cris.example.org:OrgUnits/350001"]
    assert (bielefeld["ror"], bielefeld["sector"]) == ("02hpadn98", "education")


def test_what_is_left_over_is_told_by_name() -> None:
    found = outcome("oai_pmh", "03_oai/datacite_oai")
    assert {claim.unread for claim in found.claims} == {("contributors", "formats", "version")}
