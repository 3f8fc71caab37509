"""Real records of OpenAlex, ORCID and reference managers: each is read, or skipped with a reason."""

from collections import Counter
from typing import Any

import pytest

from tests.real.test_real_sources import DATA, outcome, values

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the real records in ../shared/data are not on this machine")

# harvester, files, records that the files hold (counted by other means), of which so many can be read
SOURCES = [
    ("openalex", "04_works/openalexpro_works_2025.jsonl.gz", 150, 149),
    ("openalex", "04_works/tu9_books_theses_2022.jsonl.gz", 207, 207),
    ("openalex", "04_works/dspace/openalex*", 1, 1),
    ("openalex", "04_works/scholkit/openalex*", 2, 2),
    ("orcid", "04_works/orcid", 259, 258),  # ten persons, lists of works, and works by their numbers
    ("bibliography", "01_facility/aps/*.bib", 156, 155),
    ("bibliography", "05_datacite/*/*.ris", 3, 3),
    ("bibliography", "01_facility/kfb_bf2035.json.gz", 304, 266),  # the others are web pages and films
    ("bibliography", "04_works/dissemin_citeproc_works.jsonl.gz", 87, 87),
    ("bibliography", "01_facility/kfb_theses.json.gz", 116, 0),  # Zotero's own form
]


@pytest.mark.parametrize(("name", "path", "held", "readable"), SOURCES)
def test_every_real_record_is_read_or_skipped_with_a_reason(
    name: str, path: str, held: int, readable: int, capsys: pytest.CaptureFixture[str]
) -> None:
    found = outcome(name, path)
    with capsys.disabled():
        kinds = ", ".join(f"{number} {kind}" for kind, number in Counter(claim.kind for claim in found.claims).items())
        print(f"\n{name:12} {path}: {found.records} records, {found.read} read ({kinds})")
        for reason, number in found.skipped.most_common():
            print(f"{number:16} skipped: {reason}")
    assert found.records == held
    assert not found.repeated or name == "orcid"  # its works were asked for several times
    assert found.read + found.skipped.total() == found.records
    assert found.read == readable


def test_affiliations_of_openalex_keep_their_text_and_most_their_ror() -> None:
    works = outcome("openalex", "04_works/openalexpro_works_2025.jsonl.gz").claims
    places = [
        place for work in values(works, "publication") for one in work["authors"] for place in one["affiliations"]
    ]
    assert all(place["text"] for place in places)
    assert sum(place["ror"] is not None for place in places) > len(places) / 2


def test_no_work_of_orcid_has_authors_and_half_have_a_doi() -> None:
    works = list(values(outcome("orcid", "04_works/orcid").claims, "publication"))
    assert not any("authors" in one for one in works)
    assert sum(one["doi"] is not None for one in works) > len(works) / 2


def test_the_beamline_list_of_the_aps_has_letters_in_place_of_latex() -> None:
    works = list(values(outcome("bibliography", "01_facility/aps/*.bib").claims, "publication"))
    people = [name for one in works for person in one["authors"] for name in (person["name"], person["family_name"])]
    assert {"Gürsoy", "De Carlo", "Müller", "van Vliet"} <= set(people)
    assert not any(sign in name for name in people for sign in "\\{}$~")
    assert not any(sign in one["title"] for one in works for sign in ("{", "}", "\\&", "~"))


def test_a_work_is_the_same_whichever_manager_wrote_it_down() -> None:
    saved: dict[str, dict[str, Any]] = {}
    for path in ("05_datacite/bolognese/crossref.ris", "05_datacite/lupo/files_crossref.ris"):
        (saved[path],) = values(outcome("bibliography", path).claims, "publication")
    first, second = saved.values()
    same = ("doi", "title", "authors", "journal", "published_on", "volume", "abstract")
    assert [first[name] for name in same] == [second[name] for name in same]
