"""Three nodes of OpenSearch: one stops while documents are written and searched; nothing is lost, no error is shown."""

import threading
import time
from collections.abc import Iterator

import pytest

from puma.errors import TryLater
from puma.search import Answer, Document, IndexField, Search, Word
from puma.search.opensearch import OpenSearchEngine
from puma.search.opensearch_server import Server
from tests.search.opensearch.cluster import Cluster, NotToBeHad

ALL = frozenset({"public"})
FIELDS = [IndexField("title", "text"), IndexField("topic", "keyword", facet=True)]


def notes(first: int, last: int) -> list[Document]:
    return [
        {
            "id": key,
            "kind": "note",
            "visibility": "public",
            "title": f"note {key}",
            "topic": f"t{key % 5}",
            "print": key,
        }
        for key in range(first, last)
    ]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    try:
        three = Cluster(3)
    except NotToBeHad as reason:
        pytest.skip(str(reason))
    yield three
    three.close()


@pytest.fixture
def engine(cluster: Cluster) -> OpenSearchEngine:
    return OpenSearchEngine(Server(",".join(cluster.urls)), FIELDS, name="three", shards=2)


def green(server: Server, nodes: int) -> None:
    assert not server.ask("GET", f"/_cluster/health?wait_for_status=green&wait_for_nodes={nodes}")["timed_out"]


@pytest.mark.slow
def test_a_node_that_stops_while_one_writes_and_searches_loses_nothing_and_shows_no_error(
    cluster: Cluster, engine: OpenSearchEngine
) -> None:
    engine.rebuild(notes(0, 500))
    server = Server(",".join(cluster.urls))
    green(server, 3)
    answers: list[Answer] = []
    errors: list[BaseException] = []
    done = threading.Event()

    published = 500

    def search() -> None:
        while not done.is_set():
            before = published
            try:
                answer = engine.search(Search(Word("note"), ALL, facets=["topic"]))
                assert before <= answer.total <= published + 100
                answers.append(answer)
            except BaseException as error:
                errors.append(error)

    searching = threading.Thread(target=search)
    searching.start()
    stopping = threading.Thread(target=cluster.stop, args=(1,))  # the one that leads
    until = time.monotonic() + 8
    while time.monotonic() < until or stopping.is_alive() or published < 3_000:
        engine.add(notes(published, published + 100))
        engine.publish()
        published += 100
        if published == 1_000:
            stopping.start()
    done.set()
    searching.join()
    assert not errors
    assert {answer.incomplete for answer in answers} == {""}
    assert engine.prints() == {key: key for key in range(published)}
    rebuilt = engine.rebuild(notes(0, 800))
    assert (rebuilt, engine.count()) == (800, 800)
    cluster.start(1)
    green(server, 3)
    assert engine.prints() == {key: key for key in range(800)}


@pytest.mark.slow
def test_an_answer_without_a_part_of_the_index_says_so(cluster: Cluster, engine: OpenSearchEngine) -> None:
    engine.rebuild(notes(0, 300))
    server = Server(",".join(cluster.urls))
    (index,) = server.ask("GET", "/three-*/_alias")
    settings = {"index.auto_expand_replicas": "false", "index.number_of_replicas": 0}
    server.ask("PUT", f"/{index}/_settings", settings)
    green(server, 3)
    shards = server.ask("GET", f"/_cat/shards/{index}", params={"format": "json"})
    number = int(shards[0]["node"].removeprefix("Node "))
    cluster.stop(number)
    answer = engine.search(Search(Word("note"), ALL))
    assert 0 < answer.total < 300
    assert "did not answer: records are missing here" in answer.incomplete
    with pytest.raises(TryLater, match="did not answer"):
        engine.prints()
    cluster.start(number)
    green(server, 3)
    assert engine.search(Search(Word("note"), ALL)).total == 300
