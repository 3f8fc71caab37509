"""The full text of an open publication is everybody's where the facility says so, and nobody else's than before."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import insert

from puma.access import OPEN_TEXT, Viewer, with_open_texts
from puma.claims import Claim
from puma.entities import FilePage, Record
from puma.listing import page_links, texts_of_files
from puma.openness import open_licence, opened_by
from puma.search import EmbeddedEngine, Engine, Search, parse
from puma.search.documents import INDEX_FIELDS, NEWEST_BY, TITLE, WORDS
from puma.search.indexing import index_all, index_changes
from puma.settings import AccessSettings
from puma.storage import Storage
from puma.visibility import OPEN_MARK, classes_of, exists_for, may_know, needed
from tests.accounts.browser import Browser
from tests.accounts.conftest import Make
from tests.resolve.desk import Desk, proposal, publication

CC_BY = "https://creativecommons.org/licenses/by/4.0/"
PAPERS: dict[str, dict[str, Any]] = {
    "licensed": {"license": CC_BY, "open_access": "green"},
    "gold": {"open_access": "gold"},
    "green": {"open_access": "green"},
    "mined": {"open_access": "gold", "license": "https://www.elsevier.com/tdm/userlicense/1.0/"},
}
VISITOR, READER, MEMBER = Viewer(), with_open_texts(Viewer()), Viewer("viewer", "Vi")


def doi(name: str) -> tuple[str, str]:
    return "doi", f"10.5555/{name}"


def digest(name: str) -> str:
    return (name.encode().hex() + "0" * 64)[:64]


def file(name: str, of: tuple[str, str]) -> Claim:
    return Claim("file", (("sha256", digest(name)),), {"name": f"{name}.pdf", "of": list(of), "url": "https://x.org/a"})


@pytest.fixture
def desk(storage: Storage) -> Desk:
    """Four papers and a refused proposal, each with a file of one page that nobody else's words are in."""
    return furnished(storage)


def furnished(storage: Storage) -> Desk:
    desk = Desk(storage, {"library": 10})
    desk.hand_in("library", *(publication(doi(name), title=name, **told) for name, told in PAPERS.items()))
    desk.hand_in("library", proposal("A", decision="refused"), file("secret", ("code", "EPNS/a")))
    desk.hand_in("library", *(file(name, doi(name)) for name in PAPERS))
    with storage.writing() as session:
        for name in (*PAPERS, "secret"):
            number = desk.number("file", "sha256", digest(name))
            session.execute(insert(FilePage).values(file_id=number, page=1, text=f"kiln of {name} clay"))
    return desk


def names(desk: Desk, viewer: Viewer) -> set[str]:
    """The files that exist for a viewer, asked in both ways."""
    known = {desk.number("file", "sha256", digest(name)): name for name in (*PAPERS, "secret")}
    with desk.storage.reading() as session:
        found = {one.id for one in session.query(Record).where(exists_for(viewer), Record.kind == "file")}
        assert found == {number for number in known if may_know(viewer, session.get_one(Record, number))}
    return {known[number] for number in found}


def indexed(desk: Desk, make: Callable[..., Engine]) -> Engine:
    engine = make(INDEX_FIELDS, newest_by=NEWEST_BY, title=TITLE)
    index_all(desk.storage, engine, lambda *_: None)
    return engine


def found(engine: Engine, viewer: Viewer, typed: str = "kiln") -> set[str]:
    answer = engine.search(Search(parse(typed, WORDS), viewer.reads))
    return {str(hit.fields["title"]) for hit in answer.hits}


def test_a_visitor_knows_of_the_files_of_open_publications_only_and_only_when_that_is_switched_on(desk: Desk) -> None:
    assert names(desk, VISITOR) == set()
    assert names(desk, READER) == {"licensed", "gold"}
    assert names(desk, MEMBER) == names(desk, with_open_texts(MEMBER)) == set(PAPERS)
    assert names(desk, Viewer("admin")) == {*PAPERS, "secret"}
    number = desk.number("publication", *doi("licensed"))
    assert [one.opened_by for one in texts_of_files(desk.storage, READER, number)] == ["CC BY 4.0"]
    assert texts_of_files(desk.storage, VISITOR, number) == []


def test_words_of_an_open_text_find_its_record_for_everybody_and_open_it_at_the_page(
    desk: Desk, tmp_path_factory: pytest.TempPathFactory
) -> None:
    engine = indexed(desk, lambda *given, **more: EmbeddedEngine(tmp_path_factory.mktemp("index"), *given, **more))
    assert found(engine, VISITOR) == set()
    assert found(engine, READER) == {"licensed", "gold"}
    assert found(engine, MEMBER) == set(PAPERS)
    assert found(engine, READER, "gold -kiln") == set()
    assert found(engine, VISITOR, "gold -kiln") == {"gold"}
    number = desk.number("publication", *doi("gold"))
    links = {number: "https://x.org/a#page=1"}
    for viewer, expected in ((VISITOR, {}), (READER, links), (MEMBER, links)):
        assert {key[0]: to for key, to in page_links(desk.storage, viewer, {number: [1]}).items()} == expected
    desk.correct("publication", doi("gold"), "open_access", "closed")
    index_changes(desk.storage, engine, desk.at)
    assert (found(engine, READER), found(engine, MEMBER)) == ({"licensed"}, set(PAPERS))
    assert names(desk, READER) == {"licensed"}


def test_a_restriction_of_the_file_itself_wins(desk: Desk) -> None:
    assert needed(("restricted", ""), ("public", "")) == "restricted"
    assert needed(("restricted", OPEN_MARK), ("public", "")) == "restricted"
    assert needed(("internal", OPEN_MARK), ("public", "")) == OPEN_TEXT
    assert needed(("internal", OPEN_MARK), ("internal", "")) == ""
    assert classes_of("restricted", OPEN_MARK) == "restricted"
    number = desk.number("file", "sha256", digest("gold"))
    with desk.storage.writing() as session:
        session.get_one(Record, number).visibility = "restricted"
    assert names(desk, READER) == {"licensed"}


@pytest.mark.parametrize("switched", [False, True])
def test_the_doors_open_texts_only_where_the_facility_says_so(make: Make, switched: bool) -> None:
    assert AccessSettings().open_texts is False
    house = make(open_texts=switched)
    number = furnished(house.storage).number("publication", *doi("licensed"))
    assert ("licensed.pdf" in Browser(house).get(f"/record/{number}.json").text) is switched


@pytest.mark.parametrize(
    ("licence", "status", "by"),
    [
        (CC_BY, "closed", "CC BY 4.0"),
        ("http://creativecommons.org/licenses/by-nc-nd/3.0/legalcode", None, "CC BY-NC-ND 3.0"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", None, "CC0"),
        ("cc_by", None, "CC BY"),
        ("CC BY-SA 3.0 IGO", None, "CC BY-SA 3.0"),
        ("https://example.org/creativecommons.org/licenses/by/4.0/", "gold", ""),
        ("not CC BY", "gold", ""),
        ("https://www.elsevier.com/tdm/userlicense/1.0/", "hybrid", ""),
        (None, "diamond", "diamond open access"),
        (" ", "hybrid", "hybrid open access"),
        (None, "bronze", ""),
        (None, "green", ""),
        (None, None, ""),
    ],
)
def test_a_licence_decides_where_one_is_told_and_the_status_where_none_is(
    licence: str | None, status: str | None, by: str
) -> None:
    assert opened_by(licence, status) == by
    assert open_licence(None) == ""
