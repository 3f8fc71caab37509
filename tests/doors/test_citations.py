"""Citations and files for reference managers, read back by the libraries of their users."""

import io
import json
from datetime import date

import bibtexparser
import pytest
import rispy

from puma.exports import exports
from puma.exports.citation import item, line

PAPER = {
    "id": 7, "type": "JOURNAL_ARTICLE", "title": "La<sub>2</sub>CuO4: TY  - JOUR\nER  - ", "journal": "Soft Matter",
    "authors": "Müller, Karl-Alex; CERN Collaboration", "year": 2019, "date": date(2019, 3, 2), "volume": "4",
    "issue": "2", "pages": "11–19", "doi": "10.1/x", "keywords": "EPNS: ice; snow",
}  # fmt: skip
PROPOSAL = {
    "id": 8,
    "type": "PROPOSAL_ACCEPTED",
    "code": "IH-CH-659",
    "title": "Ice",
    "authors": "Doe, J.",
    "year": 2020,
}
ROWS = [PAPER, PROPOSAL, {"id": 9, "type": "DATASET", "title": None}]


def written(name: str) -> bytes:
    file = io.BytesIO()
    assert exports()[name].write((), iter(ROWS), file, "three records") == 3
    return file.getvalue()


def test_a_line_names_authors_year_title_place_and_doi() -> None:
    told = line(item({**PAPER, "title": "Ice"}))
    assert told == "Müller, K. A. & CERN Collaboration (2019). Ice. Soft Matter, 4(2), 11–19. https://doi.org/10.1/x"
    assert line(item(PROPOSAL)) == "Doe, J. (2020). Ice. Proposal (accepted) IH-CH-659."
    assert line(item({"id": 1, "type": "OTHER"})) == "Untitled."


def test_a_day_is_cited_as_far_as_it_is_known() -> None:
    assert item(PAPER)["issued"] == {"date-parts": [[2019, 3, 2]]}
    assert item({**PAPER, "published_precision": "month"})["issued"] == {"date-parts": [[2019, 3]]}
    assert item({**PAPER, "date": None})["issued"] == {"date-parts": [[2019]]}


def test_ris_has_one_entry_for_each_record_whatever_its_title_holds() -> None:
    text = written("ris").decode()
    entries = rispy.loads(text)
    assert [one["id"] for one in entries] == ["7", "8", "9"]
    assert entries[0]["authors"] == ["Müller, Karl-Alex", "CERN Collaboration"]
    assert entries[0]["doi"] == "10.1/x"
    assert (entries[0]["start_page"], entries[0]["end_page"]) == ("11", "19")
    assert text.count("\nER  - \n") == 3
    assert text.startswith("TY  - JOUR\n")


def test_csl_json_is_one_array_of_items_without_empty_fields() -> None:
    items = json.loads(written("csl"))
    assert [one["type"] for one in items] == ["article-journal", "document", "dataset"]
    assert items[0]["author"] == [{"family": "Müller", "given": "Karl-Alex"}, {"literal": "CERN Collaboration"}]
    assert all(value not in (None, "", []) for one in items for value in one.values())


@pytest.mark.parametrize("name", ["ris", "csl", "bibtex"])
def test_a_file_for_reference_managers_holds_what_a_search_finds(name: str) -> None:
    assert "search" in exports()[name].only


def test_bibtex_holds_proposals_with_what_they_are() -> None:
    library = bibtexparser.parse_string(written("bibtex").decode())
    assert len(library.entries) == 3
    assert library.entries[1].fields_dict["note"].value == "Proposal (accepted) IH-CH-659"
