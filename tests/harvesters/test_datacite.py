"""DataCite records: what becomes a dataset or a publication, and which of their many words are believed."""

import json
from pathlib import Path
from typing import Any

import pytest

from harvesters import datacite
from harvesters._datacite_record import size_bytes
from puma.claims import Claim, check
from puma.errors import SkipRecord

SOURCE = datacite.Source(name="dc", harvester="datacite", path=Path("x"), facility="EPNS")


def read(**attributes: Any) -> Claim:
    given = {"doi": "10.5072/x", "titles": [{"title": "A title"}], **attributes}
    (claim,) = datacite.read(json.dumps({"id": given["doi"], "attributes": given}).encode(), SOURCE)
    return check(claim)


def types(general: str, words: str = "", ris: str = "") -> dict[str, str]:
    return {"resourceTypeGeneral": general, "resourceType": words, "ris": ris}


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (types("JournalArticle"), "JOURNAL_ARTICLE"),
        (types("Dissertation"), "THESIS"),
        (types("Preprint"), "PREPRINT"),
        (types("DataPaper"), "DATA_PAPER"),
        (types("Text", "Journal Article", "RPRT"), "JOURNAL_ARTICLE"),
        (types("Text", "JournalArticle", "JOUR"), "JOURNAL_ARTICLE"),
        (types("Text", "Academic thesis", "RPRT"), "THESIS"),
        (types("Text", "Conference Paper", "RPRT"), "PROCEEDINGS_ARTICLE"),
        (types("Text", "BookChapter", "CHAP"), "BOOK_CHAPTER"),
        (types("Text", "Letter", "RPRT"), "OTHER"),
        (types("Collection", "doctoralThesis", "GEN"), "THESIS"),
        (types("Software"), "OTHER"),
        (types("", "", "JOUR"), "JOURNAL_ARTICLE"),
        (types(""), "OTHER"),
    ],
)
def test_texts_become_publications_of_their_type(given: dict[str, str], kind: str) -> None:
    claim = read(types=given)
    assert (claim.kind, claim.values["type"]) == ("publication", kind)


@pytest.mark.parametrize("general", ["Dataset", "Collection", "Image", "Model", "Audiovisual"])
def test_data_of_every_sort_become_datasets(general: str) -> None:
    assert read(types=types(general)).kind == "dataset"


def test_a_facility_data_doi_is_a_dataset_whatever_its_type_says() -> None:
    assert read(doi="10.5291/ILL-DATA.8-02-889", types=types("Other")).kind == "dataset"


def test_an_instrument_with_a_doi_is_an_instrument() -> None:
    claim = read(types=types("Instrument"), titles=[{"title": "BL-7 Reflectometer"}])
    assert claim.kind == "instrument"
    assert claim.keys == (("name", "EPNS/bl 7 reflectometer"), ("pid", "10.5072/x"))


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ({"types": types("PhysicalObject")}, "PhysicalObject"),
        ({"titles": []}, "title"),
        ({"titles": [{"title": "(:unav)"}]}, "title"),
        ({"titles": [{"title": "\u0000 \u200b"}]}, "title"),
        ({"doi": None}, "identifier"),
    ],
)
def test_what_cannot_be_read_is_skipped_with_a_reason(attributes: dict[str, Any], reason: str) -> None:
    with pytest.raises(SkipRecord, match=reason):
        read(**attributes)


@pytest.mark.parametrize(
    "payload", [b"", b"[1]", b"null", b"\xff\xfe", b'{"a":' * 3000, b"<a", b"<!DOCTYPE a><a/>", b"<a/>"]
)
def test_garbage_is_skipped_and_nothing_else_is_raised(payload: bytes) -> None:
    with pytest.raises(SkipRecord):
        datacite.read(payload, SOURCE)


def test_a_doi_in_capitals_with_a_trailing_dot_is_cleaned_and_kept_as_written_beside() -> None:
    claim = read(doi="https://doi.org/10.5072/ABC.")
    assert claim.keys == (("doi", "10.5072/abc"), ("source", "dc:https://doi.org/10.5072/ABC."))


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"doi": "10.5291/ILL-DATA.8-02-889"}, {"facility": "ILL", "proposal_code": "8-02-889"}),
        ({"doi": "10.15151/ESRF-ES-2210534378"}, {"facility": "ESRF", "session_code": "2210534378"}),
        (
            {
                "subjects": [
                    {"subject": "MX-2738", "subjectScheme": "Proposal"},
                    {"subject": "ID30A-3", "subjectScheme": "Instrument"},
                ]
            },
            {"facility": "EPNS", "proposal_code": "MX-2738", "instrument_name": "ID30A-3"},
        ),
        (
            {"alternateIdentifiers": [{"alternateIdentifier": "20190586", "alternateIdentifierType": "Proposal ID"}]},
            {"proposal_code": "20190586"},
        ),
        ({"titles": [{"title": "Data of proposal no. EP-20231"}]}, {"proposal_code": "EP-20231"}),
        ({"titles": [{"title": "A research proposal 2019 for everybody"}]}, {"proposal_code": None}),
        (
            {"subjects": [{"subject": "Macromolecules", "subjectScheme": "Proposal Type Description"}]},
            {"proposal_code": None},
        ),
    ],
)
def test_proposal_instrument_and_session_are_taken_where_they_are_stated(
    attributes: dict[str, Any], expected: dict[str, str | None]
) -> None:
    values = read(types=types("Dataset"), **attributes).values
    assert {name: values.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        # The year of publication is the end of the embargo there: the data were taken three years before.
        (
            {
                "publicationYear": 2028,
                "dates": [
                    {"date": "2025-09-05", "dateType": "Collected"},
                    {"date": "2028-09-06", "dateType": "Available"},
                ],
            },
            {"created_on": "2025-09-05", "year": 2025, "open_on": "2028-09-06"},
        ),
        (
            {"publicationYear": 2019, "dates": [{"date": "0000-00-00", "dateType": "Created"}]},
            {"created_on": None, "year": 2019, "open_on": None},
        ),
        (
            {"publicationYear": 2019, "dates": [{"date": "2018", "dateType": "Created"}]},
            {"created_on": None, "year": 2018},
        ),
        ({"publicationYear": "", "dates": [None, "x"]}, {"created_on": None, "year": None}),
    ],
)
def test_dates_of_a_dataset_say_when_it_was_made_and_nothing_is_guessed(
    attributes: dict[str, Any], expected: dict[str, Any]
) -> None:
    values = read(types=types("Dataset"), **attributes).values
    assert {name: values[name] for name in expected} == expected


def test_a_publication_takes_the_finer_date_of_its_year() -> None:
    dates = [{"date": "2019", "dateType": "Issued"}, {"date": "2019-05-03", "dateType": "Available"}]
    values = read(types=types("Preprint"), dates=dates).values
    assert (values["published_on"], values["published_precision"]) == ("2019-05-03", "day")


def test_creators_keep_order_orcid_and_affiliation_and_placeholders_are_no_people() -> None:
    creators = [
        {
            "name": "Lind, Ada",
            "nameIdentifiers": [{"nameIdentifier": "https://orcid.org/0000-0002-1825-0097"}],
            "affiliation": [
                {"name": "Lund University", "affiliationIdentifier": "https://ror.org/012a77v79"},
                "MAX IV",
            ],
        },
        {"name": "(:unav)"},
        {"name": "Freie Universität Berlin"},
        {"name": "The Sample Consortium", "nameType": "Organizational"},
        {"name": "Kim, B", "nameIdentifiers": {"nameIdentifier": "0000-0002-1825-0098"}, "affiliation": "  "},
        "Anonymous",
    ]
    authors = read(creators=creators).values["authors"]
    assert [(one["family_name"], one["given_name"]) for one in authors] == [
        ("Lind", "Ada"),
        ("Freie Universität Berlin", None),
        ("The Sample Consortium", None),
        ("Kim", "B"),
    ]
    assert authors[0]["orcid"] == "0000-0002-1825-0097"
    assert [(one["text"], one["ror"] is not None) for one in authors[0]["affiliations"]] == [
        ("Lund University", True),
        ("MAX IV", False),
    ]
    assert authors[3]["orcid"] is None  # its check digit is wrong
    assert authors[3]["affiliations"] == []


def test_relations_of_both_sides_are_kept_once_and_unknown_words_become_related() -> None:
    attributes = {
        "doi": "10.5072/x",
        "titles": [{"title": "T"}],
        "relatedIdentifiers": [
            {"relationType": "IsSupplementTo", "relatedIdentifierType": "DOI", "relatedIdentifier": "10.1107/S205."},
            {
                "relationType": "IsSupplementTo",
                "relatedIdentifierType": "URL",
                "relatedIdentifier": "https://doi.org/10.1107/s205",
            },
            {"relationType": "Loves", "relatedIdentifierType": "URL", "relatedIdentifier": "https://example.org/a"},
            {"relationType": "IsPartOf", "relatedIdentifierType": "ISSN", "relatedIdentifier": "20522525"},
            {"relationType": "Cites", "relatedIdentifierType": "DOI", "relatedIdentifier": "coming soon"},
        ],
    }
    relationships = {"citations": {"data": [{"id": "10.1000/CITER", "type": "dois"}]}, "references": {"data": []}}
    record = {"id": "10.5072/x", "attributes": attributes, "relationships": relationships}
    (claim,) = datacite.read(json.dumps(record).encode(), SOURCE)
    assert [(one["type"], one["scheme"], one["value"]) for one in claim.values["related"]] == [
        ("IsSupplementTo", "doi", "10.1107/s205"),
        ("IsRelatedTo", "url", "https://example.org/a"),
        ("IsPartOf", "issn", "2052-2525"),
        ("Cites", "text", "coming soon"),
        ("IsCitedBy", "doi", "10.1000/citer"),
    ]


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        (["22 KB"], 22_000),
        (["1.5 GB", "500 MB"], 2_000_000_000),
        (["2 KiB"], 2048),
        (["12,5 kB"], 12_500),
        (["14719 Bytes", "3 pages"], 14_719),
        (["12064"], None),
        (["JPEG cm"], None),
        (["1.2.3 MB"], None),
        ([], None),
    ],
)
def test_sizes_need_a_unit(sizes: list[str], expected: int | None) -> None:
    assert size_bytes(sizes) == expected


def test_keywords_keep_their_scheme_and_lists_in_one_text_are_taken_apart() -> None:
    subjects = [{"subject": "neutrons; spin ice"}, {"subject": "0299", "subjectScheme": "FOR 2008"}]
    funding = [{"funderName": "Example Fund", "awardNumber": "EP-1"}]
    words = read(subjects=subjects, fundingReferences=funding).values["keywords"]
    assert [(one["namespace"], one["value"]) for one in words] == [
        ("SUBJECT", "neutrons"),
        ("SUBJECT", "spin ice"),
        ("FOR_2008", "0299"),
        ("FUNDER", "Example Fund"),
        ("AWARD", "Example Fund: EP-1"),
    ]


def test_xml_and_json_of_one_record_claim_the_same() -> None:
    xml = b"""\xef\xbb\xbf<?xml version="1.0" encoding="UTF-8"?>
    <resource xmlns="http://datacite.org/schema/kernel-4"><identifier identifierType="DOI">10.5072/X</identifier>
    <creators><creator><creatorName nameType="Personal">Lind, Ada</creatorName><nameIdentifier
    nameIdentifierScheme="ORCID">0000-0002-1825-0097</nameIdentifier><affiliation
    affiliationIdentifier="https://ror.org/012a77v79">Lund University</affiliation></creator></creators>
    <titles><title>Spin <!-- x -->ice</title><title titleType="Subtitle">A study</title></titles>
    <publisher>EPNS</publisher><publicationYear>2024</publicationYear>
    <resourceType resourceTypeGeneral="Dataset">raw</resourceType>
    <subjects><subject subjectScheme="Proposal">EP-1234</subject></subjects>
    <dates><date dateType="Collected">2023-01-02/2023-01-04</date></dates><sizes><size>2 KB</size></sizes>
    <relatedIdentifiers>
    <relatedIdentifier relatedIdentifierType="DOI" relationType="IsCitedBy">10.1000/A</relatedIdentifier>
    </relatedIdentifiers>
    <descriptions><description descriptionType="Abstract">Cold<br/>spins.</description></descriptions>
    </resource>"""
    record = {
        "doi": "10.5072/X",
        "creators": [
            {
                "name": "Lind, Ada",
                "nameType": "Personal",
                "nameIdentifiers": [{"nameIdentifier": "0000-0002-1825-0097"}],
                "affiliation": [{"name": "Lund University", "affiliationIdentifier": "https://ror.org/012a77v79"}],
            }
        ],
        "titles": [{"title": "Spin ice"}, {"title": "A study", "titleType": "Subtitle"}],
        "publisher": "EPNS",
        "publicationYear": 2024,
        "types": {"resourceTypeGeneral": "Dataset", "resourceType": "raw"},
        "subjects": [{"subject": "EP-1234", "subjectScheme": "Proposal"}],
        "dates": [{"date": "2023-01-02/2023-01-04", "dateType": "Collected"}],
        "sizes": ["2 KB"],
        "relatedIdentifiers": [
            {"relationType": "IsCitedBy", "relatedIdentifierType": "DOI", "relatedIdentifier": "10.1000/A"}
        ],
        "descriptions": [{"description": "Cold spins.", "descriptionType": "Abstract"}],
    }
    assert datacite.read(xml, SOURCE) == datacite.read(json.dumps(record).encode(), SOURCE)
    assert datacite.read(json.dumps({"data": {"attributes": record}}).encode(), SOURCE) == datacite.read(xml, SOURCE)
