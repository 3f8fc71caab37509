"""The OpenSearch engine alone: several parts, busy servers, passwords and certificates, rebuilds beside each other."""

import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from puma.errors import PumaError, StopRun, TryLater, WrongUsage
from puma.search import Document, EmbeddedEngine, Engine, IndexField, Search, Word, parse
from puma.search.index_document import PRINT
from puma.search.indexing import open_engine
from puma.search.opensearch import OpenSearchEngine, whole
from puma.search.opensearch_indexes import DEAD_S
from puma.search.opensearch_server import GIVEN_UP_S, Patience, Server
from puma.settings import SearchSettings, Settings, load_settings
from tests.search.opensearch.gate import certificate_for_loopback, gate

ALL = frozenset({"public", "staff", "admin"})
FIELDS = [IndexField("title", "text"), IndexField("topic", "text", facet=True, many=True)]

Make = Callable[..., OpenSearchEngine]


def note(key: int, title: str = "a note", **more: object) -> Document:
    return {"id": key, "kind": "note", "visibility": "public", "title": title, **more}


def total(engine: Engine) -> int:
    return engine.search(Search(Word("note"), ALL)).total


@pytest.fixture
def name() -> str:
    return f"test-{secrets.token_hex(6)}"


@pytest.fixture
def make(opensearch: str, name: str) -> Make:
    """Opens engines on one place; url: another way to the same server."""

    def engine(url: str = opensearch, *, shards: int = 1, **more: str) -> OpenSearchEngine:
        return OpenSearchEngine(Server(url, **more), FIELDS, name=name, shards=shards)  # type: ignore[arg-type]

    return engine


def test_an_index_in_three_parts_answers_as_one_in_one_part(
    opensearch: str,
    name: str,
    embedded_forty: EmbeddedEngine,
    records: tuple[Document, ...],
    fields: tuple[IndexField, ...],
    words: dict[str, IndexField],
) -> None:
    engine = OpenSearchEngine(Server(opensearch), fields, newest_by="year", title="title", name=name, shards=3)
    engine.rebuild(records)
    for typed in ("", "van gogh", "neutron | x-ray", '"van gogh" painting*', "paintings -susini", "year:2000-2015"):
        for size in (1, 3, 25):
            question = Search(parse(typed, words), ALL, facets=("authors", "year", "country"), facet_size=size)
            told, expected = engine.search(question), embedded_forty.search(question)
            assert (told.total, told.hits, told.facets) == (expected.total, expected.hits, expected.facets)


def test_counts_of_three_parts_are_exact_where_each_reports_only_some(make: Make) -> None:
    engine = make(shards=3)

    def notes() -> Iterator[Document]:
        for key in range(3_000):
            often = [f"topic {number:02}" for number in range(1, 40) if key % 40 < number]
            yield note(key, topic=[*often, f"once {key:06}", f"one more {key:06}"])

    engine.rebuild(notes())
    counted = engine.search(Search(None, ALL, facets=["topic"], facet_size=41)).facets["topic"]
    expected = {number: sum(key % 40 < number for key in range(3_000)) for number in range(1, 40)}
    assert [(one.value, one.count) for one in counted] == [
        *((f"topic {number:02}", expected[number]) for number in range(39, 0, -1)),
        ("once 000000", 1),
        ("once 000001", 1),
    ]


def test_a_busy_server_is_asked_again_and_no_document_is_lost(opensearch: str, make: Make) -> None:
    with gate(opensearch) as busy:
        engine = make(busy.url)
        busy.busy = {"_bulk": [429, 0, 503, 0], "_search": [429, 503], "_refresh": [503]}
        assert engine.rebuild(note(key) for key in range(1_200)) == 1_200
        assert total(engine) == 1_200
        assert not any(busy.busy.values())
    assert make().prints().keys() == set(range(1_200))


def test_a_server_that_does_not_answer_is_asked_again_later() -> None:
    with pytest.raises(TryLater, match="does not answer"):
        Server("http://127.0.0.1:9").ask("GET", "/", patience_s=0.3)


def test_what_one_question_waited_for_in_vain_the_next_ones_do_not_wait_for() -> None:
    seconds = [0.0]
    patience = Patience(5.0, clock=lambda: seconds[0])
    away = {"total": 3, "successful": 2}

    def asked(*shards: dict[str, int]) -> tuple[int, str]:
        left = [*shards]

        def ask() -> dict[str, object]:
            seconds[0] += 3
            return {"_shards": left.pop(0)}

        incomplete = whole(ask, patience=patience)[1]
        return len(shards) - len(left), incomplete

    soon_there = {"total": 3, "successful": 3}
    assert asked(away, soon_there) == (2, ""), "a shard whose node has just gone is waited for"
    times, said = asked(away, away, away)
    assert (times, said[:10]) == (2, "1 of the 3")
    assert asked(away, soon_there)[0] == 1, "not again"
    assert asked(soon_there) == (1, "")
    seconds[0] += GIVEN_UP_S
    assert asked(away, soon_there) == (2, ""), "after a while it is"


def test_of_several_nodes_one_that_answers_is_enough(opensearch: str, make: Make) -> None:
    engine = make(f"http://127.0.0.1:9, {opensearch}")
    engine.rebuild([note(1)])
    assert total(engine) == 1


def test_the_certificate_and_the_password_are_checked(opensearch: str, make: Make, tmp_path: Path) -> None:
    certificate = certificate_for_loopback(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    with gate(opensearch, user="puma", password="secret", certificate=certificate) as door:
        known = {"user": "puma", "password": "secret"}
        engine = make(door.url, ca=certificate, **known)
        engine.rebuild([note(1)])
        assert total(engine) == 1
        for wrong in ({}, {"ca": certificate_for_loopback(other)}):
            with pytest.raises(WrongUsage, match=r"\[search\] ca: .* not trusted"):
                total(make(door.url, **known, **wrong))
        with pytest.raises(WrongUsage, match=r"\[search\] user: .*401"):
            total(make(door.url, ca=certificate, user="puma", password="guessed"))


def test_a_server_that_asks_who_comes_is_shown_a_certificate(opensearch: str, make: Make, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    theirs, own = certificate_for_loopback(tmp_path), certificate_for_loopback(tmp_path / "own")
    with gate(opensearch, certificate=theirs, known=own) as door:
        engine = make(door.url, ca=theirs, certificate=own)
        engine.rebuild([note(1)])
        assert total(engine) == 1
        with pytest.raises(WrongUsage, match=r"\[search\] certificate: .* asks for one"):
            total(make(door.url, ca=theirs))


def test_a_certificate_for_another_name_is_not_taken_for_this_one(opensearch: str, make: Make, tmp_path: Path) -> None:
    certificate = certificate_for_loopback(tmp_path)
    with gate(opensearch, certificate=certificate) as door:
        by_name = make(door.url.replace("127.0.0.1", "localhost"), ca=certificate)
        with pytest.raises(WrongUsage, match="not trusted"):
            total(by_name)
    assert door.asked == 0


def test_user_and_password_may_be_variables_of_the_environment(
    opensearch: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = certificate_for_loopback(tmp_path)
    with gate(opensearch, user="puma", password="secret", certificate=certificate) as door:
        given = {"url": door.url, "user": "env:SEARCH_USER", "password": "env:SEARCH_PASSWORD", "ca": certificate.name}
        settings = SearchSettings.model_validate({**given, "index": name})
        monkeypatch.setenv("SEARCH_USER", "puma")
        with pytest.raises(WrongUsage, match=r"\[search\] password .* SEARCH_PASSWORD .* not set"):
            open_engine(settings, tmp_path, tmp_path / "index")
        monkeypatch.setenv("SEARCH_PASSWORD", "secret")
        engine = open_engine(settings, tmp_path, tmp_path / "index")
        engine.rebuild([note(1)])
        assert engine.count() == 1


def test_a_server_that_takes_the_question_and_stays_silent_is_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(TryLater, match="does not answer"):
        Server(f"http://127.0.0.1:{silent.getsockname()[1]}").ask("GET", "/", patience_s=0.2)


def test_a_later_change_of_a_document_never_arrives_before_an_earlier_one(make: Make) -> None:
    engine = make()
    engine.rebuild([note(key % 700, f"a note {key}") for key in range(2_100)])
    told = engine.search(Search(None, ALL, limit=700)).hits
    assert {hit.id: hit.fields["title"] for hit in told} == {key: f"a note {key + 1_400}" for key in range(700)}


def test_what_is_written_to_the_index_in_use_is_on_disk_when_the_server_says_so(
    make: Make, opensearch: str, name: str
) -> None:
    make().rebuild([note(1)])
    ((_, told),) = Server(opensearch).ask("GET", f"/{name}-*/_settings").items()
    assert told["settings"]["index"]["translog"]["durability"] == "request"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"url": "ftp://search.example.org"}, "embedded:, or https"),
        ({"url": "https://"}, "is no address"),
        ({"url": "https://a.example.org:9200, b"}, "is no address"),
        ({"url": "https://me:word@search.example.org"}, "PUMA_SEARCH__PASSWORD"),
        ({"url": "http://search.example.org", "user": "a", "password": "b"}, "over https:// only"),
        ({"url": "https://search.example.org", "ca": "gone.pem"}, "there is no file"),
        ({"url": "https://search.example.org", "certificate": "gone.pem"}, "there is no file"),
    ],
)
def test_settings_that_cannot_be_are_named(given: dict[str, str], said: str, tmp_path: Path) -> None:
    settings = SearchSettings.model_validate(given)
    with pytest.raises(WrongUsage, match=r"\[search\] (url|ca|certificate).*" + said):
        open_engine(settings, tmp_path, tmp_path / "index")


def test_the_password_comes_from_the_environment_and_is_never_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "puma.toml").write_text('[search]\nurl = "https://search.example.org:9200"\nuser = "puma"\n', "utf-8")
    monkeypatch.setenv("PUMA_SEARCH__PASSWORD", "hunter2")
    settings: Settings = load_settings(tmp_path / "puma.toml")
    assert settings.search.password.get_secret_value() == "hunter2"
    assert "hunter2" not in f"{settings!r} {settings.search} {settings.model_dump_json()}"


def test_two_rebuilds_do_not_run_beside_each_other(make: Make) -> None:
    first, second = make(), make()
    first.rebuild([note(1)])

    def notes() -> Iterator[Document]:
        yield note(2)
        with pytest.raises(TryLater, match="rebuilt by somebody else"):
            second.rebuild([note(3)])
        yield note(4)

    assert first.rebuild(notes()) == 2
    assert first.prints().keys() == {2, 4}
    second.rebuild([note(5)])
    assert first.prints().keys() == {5}


def test_what_a_killed_rebuild_left_is_removed_once_it_gives_no_sign_of_life(
    make: Make, opensearch: str, name: str
) -> None:
    engine, server = make(), Server(opensearch)
    engine.rebuild([note(1)])
    (index,) = server.ask("GET", f"/{name}-*/_alias")
    left = index[:-6] + "000077"
    server.ask("PUT", f"/{left}", {"mappings": {"_meta": {"alive_at": time.time() - DEAD_S - 1}}})
    engine.rebuild([note(2)])
    assert list(server.ask("GET", f"/{name}-*/_alias")) == [index[:-6] + "000078"]


def test_an_index_of_somebody_else_with_a_similar_name_stays(make: Make, opensearch: str, name: str) -> None:
    server = Server(opensearch)
    server.ask("PUT", f"/{name}-notes")
    engine = make()
    engine.rebuild([note(1)])
    engine.rebuild([note(2)])
    assert f"{name}-notes" in server.ask("GET", f"/{name}-*/_alias")
    assert total(engine) == 1


def test_a_document_that_the_server_refuses_is_named_and_the_old_index_stays(make: Make) -> None:
    engine = make()
    engine.rebuild([note(1)])
    with pytest.raises(StopRun, match="refuses document 7"):
        engine.rebuild([note(6), {**note(7), PRINT: 2**70}])
    assert engine.prints().keys() == {1}


def test_changes_that_could_not_be_sent_are_sent_by_the_next_publish(opensearch: str, make: Make) -> None:
    with gate(opensearch) as door:
        engine = make(door.url)
        engine.rebuild([note(1)])
        engine.add([note(2)])
        engine.delete([1])
        door.busy = {"_bulk": [400]}
        with pytest.raises(PumaError):
            engine.publish()
        assert engine.prints().keys() == {1}
        engine.publish()
        assert engine.prints().keys() == {2}


def test_many_threads_may_write_through_one_engine(make: Make) -> None:
    engine = make()
    engine.rebuild([note(0)])
    errors: list[BaseException] = []

    def write(first: int) -> None:
        try:
            for key in range(first, first + 10):
                engine.add([note(key)])
                engine.publish()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(first,)) for first in (100, 200, 300)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert len(engine.prints()) == 31
