"""The metadata formats of OAI-PMH: what each says is claimed, and what is left over is told by name."""

from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from harvesters import oai_pmh
from puma.claims import Claim, check
from puma.errors import SkipRecord

SAMPLES = Path(__file__).parents[2] / "sample_data"
OAI = "http://www.openarchives.org/OAI/2.0/"
SOURCE = oai_pmh.Source.model_validate({"name": "library", "harvester": "oai_pmh", "path": "x", "facility": "EPNS"})


def sample(folder: str, key: str) -> list[Claim]:
    """The claims of one of the recorded records."""
    for file in sorted((SAMPLES / folder).glob("*.xml")):
        if file.name == "cut.xml":
            continue
        for record in etree.parse(file).iter(f"{{{OAI}}}record"):
            if record.findtext(f"{{{OAI}}}header/{{{OAI}}}identifier") == key:
                return [check(claim) for claim in oai_pmh.read(etree.tostring(record), SOURCE)]
    raise LookupError(key)


def read(metadata: str, key: str = "oai:example.org:1") -> list[Claim]:
    record = (
        f'<record xmlns="{OAI}"><header><identifier>{key}</identifier></header><metadata>{metadata}</metadata></record>'
    )
    return [check(claim) for claim in oai_pmh.read(record.encode(), SOURCE)]


def mods(inner: str, genre: str = "<genre>article</genre>") -> dict[str, Any]:
    title = "<titleInfo><title>A title</title></titleInfo>"
    return dict(read(f'<mods xmlns="http://www.loc.gov/mods/v3">{title}{genre}{inner}</mods>')[0].values)


def cerif(record: str, key: str = "oai:example.org:1") -> list[Claim]:
    kind, _, rest = record.partition(" ")
    return read(f'<{kind} xmlns="https://www.openaire.eu/cerif-profile/1.2/" {rest}</{kind}>', key)


def places(author: dict[str, Any]) -> list[str]:
    return [one["text"] for one in author["affiliations"]]


# --- MODS ------------------------------------------------------------------------------------------------------------


def test_a_mods_article_keeps_everything_that_a_report_needs() -> None:
    (article,) = sample("oai_pmh.mods", "oai:repository.example.org:201")
    assert article.keys == (("doi", "10.5555/epns.2024.201"), ("source", "library:oai:repository.example.org:201"))
    expected = {
        "title": "The phonons of an invented clathrate: a triple-axis study",
        "type": "JOURNAL_ARTICLE",
        "abstract": "We measured the phonons & found a soft mode.",
        "journal": "Journal of Invented Neutron Science",
        "issn": "2052-2525",
        "volume": "12",
        "issue": "3",
        "pages": "45-52",
        "language": "eng",
        "published_on": "2024-03-07",
        "published_precision": "day",
        "open_access": "green",
        "pdf_url": "https://repository.example.org/201/FULLTEXT01.pdf",
        "proposals_stated": "MA-4711",
    }
    assert {name: article.values[name] for name in expected} == expected
    assert {"type": "IsVariantFormOf", "scheme": "doi", "value": "10.5555/preprint.201"} in article.values["related"]


def test_mods_authors_come_in_order_with_orcid_and_affiliations_and_without_other_roles() -> None:
    (article,) = sample("oai_pmh.mods", "oai:repository.example.org:201")
    first, second = article.values["authors"]
    assert (first["name"], first["orcid"]) == ("Lindqvist, Astrid", "0000-0002-1825-0097")
    assert places(first) == ["Example Univ, Dept Phys, Exampletown, Sweden.", "Institute of Neutrons, Lyon, France."]
    assert (second["family_name"], second["orcid"]) == ("Okafor", "0000-0001-5109-3700")
    assert places(second) == ["Department of Physics, Example University"]


def test_an_affiliation_in_mods_keeps_the_ror_id_that_it_states() -> None:
    name = '<name type="personal"><namePart>Sato, K.</namePart><affiliation valueURI="https://ror.org/02feahw73">U</affiliation></name>'
    assert mods(name)["authors"][0]["affiliations"] == [{"text": "U", "ror": "02feahw73", "country": None}]


def test_units_that_name_each_other_in_a_circle_end() -> None:
    units = (
        '<affiliation authority="a" valueURI="b">B</affiliation><affiliation authority="b" valueURI="a">A</affiliation>'
    )
    assert isinstance(mods(f"<name><namePart>Sato, K.</namePart>{units}</name>")["authors"], list)


@pytest.mark.parametrize(
    ("genres", "type_"),
    [
        (["info:eu-repo/semantics/bookPart"], "BOOK_CHAPTER"),
        (["http://purl.org/coar/resource_type/c_db06"], "THESIS"),
        (["publication/doctoral-thesis"], "THESIS"),
        (["conferencePaper", "publishedPaper"], "PROCEEDINGS_ARTICLE"),
        (["conferencePaper", "poster"], "OTHER"),
        (["manuscript"], "PREPRINT"),
        (["report", "rap"], "OTHER"),
        ([], "OTHER"),
    ],
)
def test_genres_of_many_vocabularies_give_a_type(genres: list[str], type_: str) -> None:
    assert mods("", "".join(f"<genre>{word}</genre>" for word in genres))["type"] == type_


def test_an_isbn_is_the_books_own_or_that_of_the_book_around_a_chapter() -> None:
    isbn = '<identifier type="isbn">978-3-16-148410-0</identifier>'
    assert [one["type"] for one in mods(isbn, "<genre>book</genre>")["related"]] == ["IsIdenticalTo"]
    assert [one["type"] for one in mods(isbn, "<genre>book part</genre>")["related"]] == ["IsPartOf"]


def test_a_grant_agreement_is_no_journal() -> None:
    host = (
        '<relatedItem type="host"><genre>grantAgreement</genre><titleInfo><title>Grant</title></titleInfo>'
        "<name><namePart>Council</namePart></name><identifier>77</identifier></relatedItem>"
    )
    values = mods(host)
    assert values["journal"] is None
    assert {"namespace": "AWARD", "value": "Council: 77"} in values["keywords"]


def test_the_year_of_print_does_not_make_a_publication_older_than_its_day_online() -> None:
    origin = '<originInfo><dateIssued>2017</dateIssued><dateOther type="online">2016-12-05</dateOther></originInfo>'
    assert mods(origin)["published_on"] == "2016-12-05"


def test_records_of_mods_without_envelope_are_read_from_a_collection() -> None:
    payload = b'<mods xmlns="http://www.loc.gov/mods/v3"><titleInfo><title>T</title></titleInfo><identifier>7</identifier></mods>'
    assert oai_pmh.read(payload, SOURCE)[0].keys == (("source", "library:7"),)


# --- CERIF-XML -------------------------------------------------------------------------------------------------------


def test_a_cerif_project_becomes_a_proposal_with_its_team() -> None:
    proposal, *people = sample("oai_pmh.cerif", "oai:cris.example.org:Projects/1")
    assert proposal.keys[0] == ("code", "EPNS/ma4711")
    expected = {"decision": "accepted", "call_code": "2024-I", "operation_year": 2024, "type": "public"}
    assert {name: proposal.values[name] for name in expected} == expected
    assert [one["instrument"] for one in proposal.values["times"]] == ["P17"]
    team = proposal.values["participants"]
    assert [one["role"] for one in team] == ["proposer", "co_proposer", "local_contact"]
    assert (team[0]["affiliation"], team[0]["ror"]) == ("University of Example", "02feahw73")
    assert [person.keys[0] for person in people] == [tuple(one["person"]) for one in team]


def test_the_member_of_a_team_is_the_person_of_its_own_record_in_both_versions_of_the_profile() -> None:
    _, first, *_ = sample("oai_pmh.cerif", "oai:cris.example.org:Projects/1")
    (person,) = sample("oai_pmh.cerif", "oai:cris.example.org:Persons/1")  # in 1.1, whose ids are bare numbers
    assert first.keys[0] == person.keys[0] == ("source", "library:oai:cris.example.org:Persons/1")
    assert person.values["email"] == "astrid@example.org"


def test_a_project_that_got_money_is_a_grant_and_one_that_uses_an_instrument_a_proposal() -> None:
    payer = "<Funded><By><DisplayName>ERC</DisplayName></By></Funded>"
    project = f'Project id="Projects/2"><Title>Soft</Title><Identifier>7</Identifier>{{}}{payer}'
    with pytest.raises(SkipRecord, match="a grant of ERC"):
        cerif(project.format(""))
    (proposal,) = cerif(project.format("<Uses><Equipment><Name>P17</Name></Equipment></Uses>"))
    assert proposal.kind == "proposal"


def test_a_cerif_publication_tells_proposals_from_grants() -> None:
    (article,) = sample("oai_pmh.cerif", "oai:cris.example.org:Publications/1")
    assert article.values["proposals_stated"] == "MA-4711"
    assert {"namespace": "AWARD", "value": "Example Research Council: 2023-0001"} in article.values["keywords"]
    assert article.values["authors"][0]["affiliations"] == [
        {"text": "Department of Physics, University of Example", "ror": "02feahw73", "country": None}
    ]
    expected = {"type": "JOURNAL_ARTICLE", "issn": "2052-2525", "open_access": "green", "publisher": "Inventa"}
    assert {name: article.values[name] for name in expected} == expected


def test_a_cerif_product_is_a_dataset_with_the_end_of_its_embargo_and_all_its_instruments() -> None:
    (data,) = sample("oai_pmh.cerif", "oai:cris.example.org:Products/1")
    expected = {
        "proposal_code": "MA-4711",
        "instrument_name": "P17",
        "created_on": "2024-02-01",
        "open_on": "2027-02-01",
        "size_bytes": 1024,
    }
    assert {name: data.values[name] for name in expected} == expected
    assert {"namespace": "INSTRUMENT", "value": "P18"} in data.values["keywords"]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ('Patent id="1">', "patent"),
        ('Event id="1">', "event"),
        ('Service id="1">', "system itself"),
        ('Person id="1">', "no name"),
        ('OrgUnit id="1">', "no name"),
        ('Equipment id="1">', "no name"),
        ('Project id="1">', "no title"),
        ('Funding id="1">', "no code"),
        ('Funding id="1"><Type>x#Grant</Type><Acronym>G</Acronym>', "of the type Grant"),
        ('Publication id="1"><Type>http://purl.org/coar/resource_type/c_0640</Type><Title>J</Title>', "without ISSN"),
    ],
)
def test_kinds_and_records_that_have_no_place_are_skipped_with_the_reason(record: str, reason: str) -> None:
    with pytest.raises(SkipRecord, match=reason):
        cerif(record)


def test_without_a_facility_proposals_and_instruments_go_by_their_sources_number() -> None:
    source = SOURCE.model_copy(update={"facility": ""})
    for record in (
        "<Project {}><Title>T</Title><Acronym>A1</Acronym></Project>",
        "<Equipment {}><Name>N</Name></Equipment>",
    ):
        payload = record.format('xmlns="https://www.openaire.eu/cerif-profile/1.2/" id="X/1"').encode()
        assert oai_pmh.read(payload, source)[0].keys == (("source", "library:X/1"),)


# --- DataCite, Dublin Core, MARC -------------------------------------------------------------------------------------


def test_a_datacite_record_is_known_by_the_repositorys_number_and_its_doi() -> None:
    (data,) = sample("oai_pmh.datacite", "oai:data.example.org:77")
    assert data.keys == (("doi", "10.5555/epns.data.77"), ("source", "library:oai:data.example.org:77"))
    assert data.values["proposal_code"] == "MA-4711"
    assert [author["orcid"] for author in data.values["authors"]] == ["0000-0002-1825-0097", None]  # not an ISNI
    assert data.unread == ("contributors", "version")


def test_rights_of_the_old_datacite_kernel_are_read() -> None:
    inner = "<identifier>10.5555/1</identifier><titles><title>T</title></titles><rights>ODbL</rights>"
    kind = '<resourceType resourceTypeGeneral="Text">Journal article</resourceType>'
    (paper,) = read(f'<resource xmlns="http://datacite.org/schema/kernel-2.1">{inner}{kind}</resource>')
    assert paper.values["license"] == "ODbL"


def test_qualified_dublin_core_says_journal_day_of_issue_rights_and_references() -> None:
    (article,) = sample("oai_pmh.qualified_dc", "oai:repository.example.org:301")
    expected = {
        "abstract": "Residual strain was mapped.",
        "journal": "Acta Inventa",
        "published_on": "2025-03-01",
        "published_precision": "month",
        "open_access": "green",
        "license": "https://creativecommons.org/licenses/by/4.0/",
    }
    assert {name: article.values[name] for name in expected} == expected
    assert article.values["related"] == [{"type": "References", "scheme": "doi", "value": "10.5555/epns.data.78"}]
    assert article.unread == ("available", "dateAccepted")


def test_rioxx_tells_the_work_from_its_data_and_keeps_orcid_ids() -> None:
    (article,) = sample("oai_pmh.qualified_dc", "oai:repository.example.org:302")
    assert article.values["doi"] == "10.5555/epns.2023.302"
    assert article.values["related"] == [{"type": "IsSupplementedBy", "scheme": "doi", "value": "10.5555/epns.data.79"}]
    assert [(one["name"], one["orcid"]) for one in article.values["authors"]] == [
        ("Sato, Kenji", "0000-0002-1825-0097"),
        ("Rossi, Carla", None),
    ]
    assert article.values["pdf_url"] == "https://repository.example.org/302/paper.pdf"
    assert article.values["journal"] is None  # its source is an ISSN


def test_dspaces_own_format_leads_to_the_pdf() -> None:
    (article,) = sample("oai_pmh.qualified_dc", "oai:repository.example.org:303")
    assert article.values["pdf_url"] == "https://repository.example.org/bitstreams/1/download"
    assert article.values["published_on"] == "2024-06-05"


def test_markup_inside_a_title_does_not_take_words_away() -> None:
    dc = 'xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    (article,) = read(f"<oai_dc:dc {dc}><dc:title>Ice H<sub>2</sub>O</dc:title><dc:format>pdf</dc:format></oai_dc:dc>")
    assert article.values["title"] == "Ice H2O"
    assert article.unread == ("format",)


def test_marc_subfields_that_are_left_out_are_told_by_name() -> None:
    fields = "".join(
        f'<datafield tag="{tag}" ind1=" " ind2=" "><subfield code="{code}">{text}</subfield></datafield>'
        for tag, code, text in (
            ("245", "a", "T"),
            ("300", "a", "7 p."),
            ("490", "v", ""),
            ("024", "a", "38000001"),
            ("020", "a", "978-3-16-148410-0"),
        )
    ).replace("38000001</subfield>", '38000001</subfield><subfield code="2">PMID</subfield>')
    (book,) = read(f'<record xmlns="http://www.loc.gov/MARC21/slim"><leader>00000nam</leader>{fields}</record>')
    assert book.unread == ("300$a",)
    assert [(one["scheme"], one["value"]) for one in book.values["related"]] == [
        ("pmid", "38000001"),
        ("isbn", "978-3-16-148410-0"),
    ]


def test_a_format_that_is_not_known_is_skipped_by_name() -> None:
    with pytest.raises(SkipRecord, match=r"its format \{http://arxiv.org/OAI/arXiv/\}arXiv is not read"):
        read('<arXiv xmlns="http://arxiv.org/OAI/arXiv/"><title>T</title></arXiv>')
