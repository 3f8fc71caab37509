"""Crossref works: types, the earliest date, authors, relations, retractions, and titles that are not there."""

import json
from pathlib import Path
from typing import Any

import pytest

from harvesters import crossref
from puma.claims import Claim, check
from puma.errors import SkipRecord

SOURCE = crossref.Source(name="cr", harvester="crossref", path=Path("x"))


def read(**record: Any) -> Claim:
    given = {"DOI": "10.5555/x", "type": "journal-article", "title": ["A title"], **record}
    (claim,) = crossref.read(json.dumps(given).encode(), SOURCE)
    return check(claim)


def parts(*numbers: int) -> dict[str, list[list[int]]]:
    return {"date-parts": [list(numbers)]}


@pytest.mark.parametrize(
    ("kind", "subtype", "expected"),
    [
        ("journal-article", None, "JOURNAL_ARTICLE"),
        ("proceedings-article", None, "PROCEEDINGS_ARTICLE"),
        ("posted-content", "preprint", "PREPRINT"),
        ("posted-content", "other", "OTHER"),
        ("dissertation", None, "THESIS"),
        ("monograph", None, "BOOK"),
        ("book-chapter", None, "BOOK_CHAPTER"),
        ("peer-review", None, "OTHER"),
        ("something-new", None, "OTHER"),
        (None, None, "OTHER"),
    ],
)
def test_types_are_mapped_and_new_ones_are_other(kind: str | None, subtype: str | None, expected: str) -> None:
    assert read(type=kind, subtype=subtype).values["type"] == expected


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"published-print": parts(2020, 3), "published-online": parts(2019, 12, 20)}, ("2019-12-20", "day", 2019)),
        ({"published-print": parts(2019), "published-online": parts(2019, 12, 20)}, ("2019-12-20", "day", 2019)),
        ({"published-print": parts(2019, 3), "published-online": parts(2019, 5, 20)}, ("2019-03-01", "month", 2019)),
        ({"published-print": parts(2019, 5), "published-online": parts(2019, 5, 20)}, ("2019-05-20", "day", 2019)),
        ({"issued": parts(2018)}, ("2018-07-01", "year", 2018)),
        (
            {"published-online": parts(2009, 4, 24), "journal-issue": {"published-print": parts(1969, 9)}},
            ("1969-09-01", "month", 1969),
        ),
        ({"issued": {"date-parts": [[None]]}, "approved": parts(2013, 5)}, ("2013-05-01", "month", 2013)),
        ({"issued": {"date-parts": [[0, 0, 0]]}}, (None, None, None)),
        ({"issued": {"date-parts": [[2019, 2, 10**30]]}}, (None, None, None)),
        ({}, (None, None, None)),
    ],
)
def test_the_earliest_date_in_print_or_online_is_taken(record: dict[str, Any], expected: tuple[Any, ...]) -> None:
    values = read(**record).values
    assert tuple(values.get(name) for name in ("published_on", "published_precision", "year")) == expected


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"title": []}, "no title"),
        ({"title": [""]}, "no title"),
        ({"title": None}, "no title"),
        ({"DOI": ""}, "no DOI"),
        ({"type": "component"}, "supplement"),
        ({"type": "journal-issue"}, "issue"),
        ({"type": "grant"}, "grant"),
        ({"type": "journal"}, "ISSN"),
    ],
)
def test_what_is_no_publication_is_skipped_with_a_reason(record: dict[str, Any], reason: str) -> None:
    with pytest.raises(SkipRecord, match=reason):
        read(**record)


def test_a_journal_is_a_journal() -> None:
    claim = read(type="journal", ISSN=["20522525"], title=["IUCrJ"])
    assert (claim.kind, claim.keys) == ("journal", (("issn", "2052-2525"),))


def test_a_doi_in_capitals_with_a_trailing_dot_is_cleaned_and_kept_as_written_beside() -> None:
    assert read(DOI="10.5555/ABC.").keys == (("doi", "10.5555/abc"), ("source", "cr:10.5555/ABC."))


def test_authors_keep_order_orcid_ror_and_suffix_and_collaborations_are_authors() -> None:
    people = [
        {
            "family": "King",
            "given": "Martin L.",
            "suffix": "Jr.",
            "ORCID": "http://orcid.org/0000-0002-1825-0097",
            "affiliation": [
                {
                    "name": "Lund University",
                    "department": ["Physics"],
                    "place": ["Lund, Sweden"],
                    "id": [{"id": "https://ror.org/012a77v79"}],
                },
                "EPNS",
            ],
        },
        {"name": "The Sample Collaboration", "sequence": "additional"},
        {"given": "Suharto", "ORCID": "nonsense"},
        {"affiliation": []},
    ]
    first, second, third = read(author=people).values["authors"]
    assert (first["name"], first["family_name"], first["given_name"]) == ("King, Martin L., Jr.", "King", "Martin L.")
    assert first["orcid"] == "0000-0002-1825-0097"
    assert [one["text"] for one in first["affiliations"]] == ["Physics, Lund University, Lund, Sweden", "EPNS"]
    assert first["affiliations"][0]["ror"]
    assert (second["family_name"], second["given_name"]) == ("The Sample Collaboration", None)
    assert (third["family_name"], third["given_name"], third["orcid"]) == ("Suharto", None, None)


def test_a_book_without_authors_has_its_editors() -> None:
    editors = [{"family": "Lind", "given": "Ada"}]
    assert len(read(type="edited-book", editor=editors).values["authors"]) == 1
    assert read(editor=editors).values["authors"] == []


def test_only_references_with_a_doi_are_related() -> None:
    references = [
        {"key": "1", "DOI": "10.1000/ABC", "unstructured": "Lind, A. 2019"},
        {"key": "2", "unstructured": "Kim, B. Phys. Rev. 2019. https://doi.org/10.1000/def."},
        {"key": "3", "unstructured": "Private communication, 2019"},
        {"key": "4", "article-title": "No DOI"},
    ]
    related = read(reference=references).values["related"]
    assert [(one["type"], one["scheme"], one["value"]) for one in related] == [
        ("References", "doi", "10.1000/abc"),
        ("References", "doi", "10.1000/def"),
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("is-preprint-of", "IsVersionOf"),
        ("has-preprint", "HasVersion"),
        ("is-supplemented-by", "IsSupplementedBy"),
        ("has-review", "IsReviewedBy"),
        ("cites", "Cites"),
        ("is-comment-on", "IsRelatedTo"),
    ],
)
def test_relations_get_datacite_words(name: str, expected: str) -> None:
    (one,) = read(relation={name: [{"id-type": "doi", "id": "10.1000/A"}], "empty": []}).values["related"]
    assert one == {"type": expected, "scheme": "doi", "value": "10.1000/a"}


def test_a_retracted_paper_is_flagged_and_its_notice_and_a_corrected_one_are_not() -> None:
    assert read(**{"updated-by": [{"type": "retraction", "DOI": "10.1000/n"}]}).values["retracted"] is True
    assert read(title=["RETRACTED ARTICLE: On spins"]).values["retracted"] is True
    notice = read(**{"update-to": [{"type": "retraction", "DOI": "10.1000/r"}]}).values
    assert (notice["retracted"], notice["type"]) == (None, "OTHER")
    assert read(**{"update-to": [{"type": "new_version", "DOI": "10.1000/r"}]}).values["type"] == "JOURNAL_ARTICLE"
    assert notice["related"] == [{"type": "Obsoletes", "scheme": "doi", "value": "10.1000/r"}]
    assert read(**{"updated-by": [{"type": "correction", "DOI": "10.1000/n"}]}).values["retracted"] is None


@pytest.mark.parametrize(
    ("title", "subtitle", "expected"),
    [
        ("Spin ice", "A study of cold", "Spin ice: A study of cold"),
        ("Is it cold?", "A study", "Is it cold? A study"),
        ("The cold of complex spins", "Cold of Complex Spins", "The cold of complex spins"),
        ("H<sub>2</sub>O\u0000 under\n pressure", "", "H<sub>2</sub>O under pressure"),
    ],
)
def test_titles_keep_markup_and_get_subtitles_but_no_running_heads(title: str, subtitle: str, expected: str) -> None:
    assert read(title=[title], subtitle=[subtitle]).values["title"] == expected


def test_an_abstract_is_plain_text_without_its_heading() -> None:
    jats = "<jats:title>Abstract</jats:title>\n <jats:p>Spins of Dy<jats:sub>2</jats:sub>Ti freeze &lt; 1 K.</jats:p>"
    assert read(abstract=jats).values["abstract"] == "Spins of Dy2Ti freeze < 1 K."


def test_funders_awards_licence_and_citations_are_kept() -> None:
    values = read(
        funder=[{"name": "Example Fund", "award": ["EP-1", "EP-2"]}, {"name": "Other"}],
        license=[{"URL": "https://tdm", "content-version": "tdm"}, {"URL": "https://cc-by", "content-version": "vor"}],
        **{
            "is-referenced-by-count": 7,
            "container-title": ["IUCrJ", "I."],
            "article-number": "012",
            "ISSN": ["x", "2052-2525"],
        },
    ).values
    assert [(one["namespace"], one["value"]) for one in values["keywords"]] == [
        ("FUNDER", "Example Fund"),
        ("AWARD", "Example Fund: EP-1"),
        ("AWARD", "Example Fund: EP-2"),
        ("FUNDER", "Other"),
    ]
    assert (values["license"], values["citations"], values["journal"]) == ("https://cc-by", 7, "IUCrJ")
    assert (values["pages"], values["issn"]) == ("012", "2052-2525")
