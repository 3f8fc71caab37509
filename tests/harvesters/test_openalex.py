"""OpenAlex works: both generations of the schema, affiliations that say one thing or several, paging with a key."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from loopback import serving
from pydantic import ValidationError

from harvesters import openalex
from puma.claims import Claim, check
from puma.errors import SkipRecord, StopRun, WrongUsage
from puma.harvesting import Page, Visit
from puma.harvesting.transport import Web

SOURCE = openalex.Source(name="oa", harvester="openalex", path=Path("x"))
NOW = datetime(2026, 3, 2, tzinfo=UTC)
LUND = {"id": "https://openalex.org/I1", "ror": "https://ror.org/012a77v79", "country_code": "SE"}
PHYSICS = {"id": "https://openalex.org/I2", "country_code": "SE", "lineage": ["https://openalex.org/I2", LUND["id"]]}
ELSEWHERE = {"id": "https://openalex.org/I3", "country_code": "US"}


def read(**record: Any) -> Claim:
    given = {"id": "https://openalex.org/W1", "type": "article", "title": "A title", **record}
    (claim,) = openalex.read(json.dumps(given).encode(), SOURCE)
    return check(claim)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"type": "article"}, "JOURNAL_ARTICLE"),
        ({"type": "review"}, "JOURNAL_ARTICLE"),
        ({"type": "article", "primary_location": {"raw_type": "proceedings-article"}}, "PROCEEDINGS_ARTICLE"),
        ({"type": "article", "type_crossref": "proceedings-article"}, "PROCEEDINGS_ARTICLE"),
        ({"type": "book-chapter", "type_crossref": "book-chapter"}, "BOOK_CHAPTER"),
        ({"type": "dissertation"}, "THESIS"),
        ({"type": "preprint"}, "PREPRINT"),
        ({"type": "erratum"}, "OTHER"),
        ({"type": "retraction", "type_crossref": "journal-article"}, "OTHER"),
        ({"type": "monograph"}, "BOOK"),
        ({"type": "report"}, "OTHER"),
        ({"type": None}, "OTHER"),
    ],
)
def test_types_of_both_schemas_are_mapped(record: dict[str, Any], expected: str) -> None:
    assert read(**record).values["type"] == expected


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("2024-05-17", ("2024-05-17", "day", 2024)),
        ("2024-05-01", ("2024-05-01", "month", 2024)),
        ("2024-01-01", ("2024-07-01", "year", 2024)),
        (None, ("2023-07-01", "year", 2023)),
    ],
)
def test_a_first_day_is_how_openalex_writes_an_unknown_one(date: str | None, expected: tuple[Any, ...]) -> None:
    values = read(publication_date=date, publication_year=2023).values
    assert tuple(values[name] for name in ("published_on", "published_precision", "year")) == expected


def authorship(*institutions: dict[str, Any], words: str = "Physics, Lund", **more: Any) -> dict[str, Any]:
    ids = [one["id"] for one in institutions]
    return {
        "raw_author_name": "Ada Lind",
        "institutions": list(institutions),
        "raw_affiliation_strings": [words],
        "affiliations": [{"raw_affiliation_string": words, "institution_ids": ids}],
        **more,
    }


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (authorship(LUND), [("Physics, Lund", "012a77v79", "SE")]),
        (authorship(LUND, PHYSICS), [("Physics, Lund", None, "SE")]),  # the narrower one, which has no ROR
        (authorship(LUND, ELSEWHERE), [("Physics, Lund", None, None)]),  # one text and two countries: nobody knows
        (authorship(words="Physics", countries=["SE"]), [("Physics", None, "SE")]),
        ({"author": {"display_name": "A"}, "institutions": [LUND], "raw_affiliation_string": "Lunds universitet"},
         [("Lunds universitet", "012a77v79", "SE")]),
        ({"author": {"display_name": "A"}, "institutions": [{**LUND, "display_name": "Lund University"}]},
         [("Lund University", "012a77v79", "SE")]),
        ({"author": {"display_name": "A"}, "institutions": [], "raw_affiliation_string": None}, []),
    ],
)  # fmt: skip
def test_an_affiliation_has_a_ror_only_where_one_institution_was_found(
    given: dict[str, Any], expected: list[tuple[str, str | None, str | None]]
) -> None:
    (author,) = read(authorships=[given]).values["authors"]
    assert [(one["text"], one["ror"], one["country"]) for one in author["affiliations"]] == expected


def test_the_publishers_orcid_is_taken_before_the_one_that_openalex_concluded() -> None:
    concluded = {"display_name": "Ada Lind", "orcid": "https://orcid.org/0000-0002-1825-0097"}
    people = [
        {"author": concluded},
        {"author": {**concluded, "display_name": "B Kim"}, "raw_orcid": None},
        {"author": {"display_name": "C Sand"}, "raw_orcid": "https://orcid.org/0000-0002-1825-0097"},
    ]
    orcids = [one["orcid"] for one in read(authorships=people).values["authors"]]
    assert orcids == ["0000-0002-1825-0097", None, "0000-0002-1825-0097"]


def test_an_inverted_index_becomes_the_abstract_in_its_order() -> None:
    index = {"freeze.": [1, 4], "Spins": [0], "and": [3], "again": [2], "odd": "x"}
    assert read(abstract_inverted_index=index).values["abstract"] == "Spins freeze. again and freeze."
    assert read(abstract_inverted_index=None).values["abstract"] == ""


def test_the_journal_is_the_first_place_that_is_no_repository() -> None:
    archive = {
        "source": {"display_name": "arXiv", "type": "repository"},
        "landing_page_url": "https://arxiv.org/abs/2403.01234",
    }
    journal = {
        "source": {"display_name": "IUCrJ", "type": "journal", "issn_l": "2052-2525", "host_organization_name": "IUCr"}
    }
    newer = read(primary_location=archive, locations=[archive, journal]).values
    assert (newer["journal"], newer["issn"], newer["publisher"]) == ("IUCrJ", "2052-2525", "IUCr")
    assert newer["related"] == [{"type": "IsIdenticalTo", "scheme": "arxiv", "value": "2403.01234"}]
    older = read(host_venue={"display_name": "IUCrJ", "issn": ["2052-2525"], "publisher": "IUCr", "type": "publisher"})
    assert (older.values["journal"], older.values["issn"], older.values["publisher"]) == ("IUCrJ", "2052-2525", "IUCr")


@pytest.mark.parametrize("status", ["diamond", "gold", "hybrid", "green", "bronze", "closed"])
def test_open_access_is_as_openalex_says(status: str) -> None:
    assert read(open_access={"oa_status": status}).values["open_access"] == status


def test_open_access_that_is_not_said_is_not_guessed() -> None:
    assert read(open_access={"oa_status": None, "is_oa": False}).values["open_access"] is None


def test_words_keep_their_namespace_and_weak_ones_are_left_out() -> None:
    values = read(
        topics=[{"display_name": "Magnetism"}],
        concepts=[{"display_name": "Physics", "score": 1}],
        keywords=[{"display_name": "Spin ice", "score": 0.8}, {"display_name": "Geography", "score": 0.1}],
        grants=[{"funder_display_name": "Example Fund", "award_id": "EP-1"}],
    ).values
    assert [(one["namespace"], one["value"]) for one in values["keywords"]] == [
        ("OPENALEX_TOPIC", "Magnetism"),
        ("OPENALEX_KEYWORD", "Spin ice"),
        ("FUNDER", "Example Fund"),
        ("AWARD", "Example Fund: EP-1"),
    ]
    older = read(concepts=[{"display_name": "Physics", "score": "0.9"}, {"display_name": "Art", "score": "0"}])
    assert [one["value"] for one in older.values["keywords"]] == ["Physics"]


def test_what_is_not_read_is_told_by_name() -> None:
    assert read(fwci=1.2, cited_by_count=3, apc_list=None).unread == ("fwci",)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"type": "paratext"}, "part of another"),
        ({"is_paratext": True}, "part of another"),
        ({"type": "grant"}, "grant"),
        ({"title": None}, "no title"),
        ({"id": None}, "no identifier"),
    ],
)
def test_what_is_no_publication_is_skipped_with_a_reason(record: dict[str, Any], reason: str) -> None:
    with pytest.raises(SkipRecord, match=reason):
        read(**record)


# --- Fetching --------------------------------------------------------------------------------------------------------

WORKS = [{"id": f"https://openalex.org/W{n}", "title": f"Work {n}", "type": "article"} for n in range(7)]


class Service:
    """Seven works behind a cursor, three per answer; ``again``: the same page for ever."""

    def __init__(self, *, again: bool = False) -> None:
        self.asked: list[dict[str, str]] = []
        self.again = again

    def __call__(self, path: str, query: dict[str, str]) -> tuple[int, bytes]:
        self.asked.append(query)
        start = 0 if query["cursor"] == "*" or self.again else int(query["cursor"].removeprefix("c"))
        following = f"c{start + 3}" if start + 3 < len(WORKS) or self.again else None
        body = {"meta": {"count": len(WORKS), "next_cursor": following}, "results": WORKS[start : start + 3]}
        return (200, json.dumps(body).encode()) if path == "/works" else (404, b"")


def harvest(service: Service, visit: dict[str, Any] | None = None, **settings: Any) -> list[Page]:
    with serving(service) as url:
        source = openalex.Source(
            name="oa", harvester="openalex", url=url, allow_private=True, timeout_s=5, page_size=3, **settings
        )
        with Web(source) as web:
            return list(openalex.fetch(source, Visit(web, NOW, **(visit or {}))))


def test_all_works_are_fetched_once_and_a_run_goes_on_behind_any_page() -> None:
    whole = harvest(Service())
    assert [record.key for page in whole for record in page.records] == [one["id"] for one in WORKS]
    for number, page in enumerate(whole, start=1):
        rest = harvest(Service(), {"cursor": page.cursor})
        assert [one.records for one in rest] == [one.records for one in whole[number:]]


def test_the_key_comes_from_the_environment_and_never_stands_in_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_OPENALEX_KEY", "k1")
    service = Service()
    harvest(service, api_key="env:TEST_OPENALEX_KEY")
    assert {asked["api_key"] for asked in service.asked} == {"k1"}
    with pytest.raises(ValidationError, match="is a secret"):
        harvest(service, api_key="k1")
    with pytest.raises(WrongUsage, match="NOT_THERE"):
        harvest(service, api_key="env:NOT_THERE")


def test_only_a_key_that_may_ask_for_updates_asks_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_OPENALEX_KEY", "k1")
    since = {"since": datetime(2026, 2, 1, 12, tzinfo=UTC)}
    filters = []
    for settings in ({"only_updated": True, "api_key": "env:TEST_OPENALEX_KEY"}, {"only_updated": True}, {}):
        service = Service()
        harvest(service, since, filter="institutions.ror:012a77v79", **settings)
        filters.append(service.asked[0]["filter"])
    plain = "institutions.ror:012a77v79"
    assert filters == [f"{plain},from_updated_date:2026-02-01", plain, plain]


def test_a_page_that_comes_again_stops_the_run() -> None:
    with pytest.raises(StopRun, match="again and again"):
        harvest(Service(again=True))
