"""The OpenSearch engine: an index behind an alias on a cluster, rebuilt beside and swapped."""

import contextlib
import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import IO, Any

from puma.errors import NotHere, PumaError, StopRun, TryLater, WrongUsage
from puma.search.engine import Answer, Document, FacetValue, Hit, Search
from puma.search.facets import count_facets, first_wish, no_facets
from puma.search.highlights import Marker, all_snippets
from puma.search.index_document import ID, PRINT, named, texts_of
from puma.search.index_field import PAGES, IndexField
from puma.search.opensearch_documents import LineMaker, index_body, opensearch_print
from puma.search.opensearch_facets import CountedShards, Found, sized
from puma.search.opensearch_indexes import Indexes
from puma.search.opensearch_queries import OpenSearchQueries, TextForms
from puma.search.opensearch_server import WRITE_PATIENCE_S, Operation, Patience, Server

WINDOW = 10_000  # hits that one request may reach without a cursor, as servers are set by default
_KEEP = "2m"  # how long the server keeps a cursor that is not asked again
_IN_MEMORY = 20_000_000  # bytes of unpublished changes; more lie in a file
_PARTIAL_PATIENCE_S = 5.0  # a shard whose node has just gone is soon led by another


class OpenSearchEngine:
    """An `Engine` on a server. Any number of processes may read and write; a second rebuild gets TryLater.

    Changes are kept here until `publish` sends them, so a faulty document leaves no trace. With one shard they are then
    seen all at once. name: what the alias and its indexes begin with. shards: of the next rebuild.
    """

    def __init__(
        self,
        server: Server,
        fields: Sequence[IndexField],
        *,
        newest_by: str | None = None,
        title: str | None = None,
        name: str = "puma",
        shards: int = 1,
    ) -> None:
        self._fields = named(fields)
        given = list(self._fields.values())
        self._server = server
        self._lines = LineMaker(given, newest_by, title)
        self._queries = OpenSearchQueries(self._fields)
        self._indexes = Indexes(server, name, opensearch_print(given, newest_by, title))
        self._body = index_body(given, shards)
        self._waiting: IO[str] | None = None
        self._writing = threading.RLock()  # pages and their threads share one engine
        # Copies publish one after the other: a reader who changed between them would see a count go down again.
        self._parts_away = Patience(_PARTIAL_PATIENCE_S)
        self._same_copies = {"preference": f"puma{secrets.token_hex(8)}"}

    # -- writing

    def add(self, documents: Iterable[Document]) -> int:
        """Adds or replaces; seen after `publish`. On a faulty document nothing since the last `publish` is kept."""
        number = 0
        with self._writing, self._undone_on_error():
            for document in documents:
                key, line = self._lines.make(document)
                self._keep(key, line)
                number += 1
        return number

    def delete(self, ids: Iterable[int]) -> None:
        """Removes; seen after `publish`."""
        with self._writing, self._undone_on_error():
            for key in ids:
                self._keep(key, None)

    def _keep(self, key: int, line: str | None) -> None:
        if self._waiting is None:
            self._indexes.alias_in_use(self._body)
            self._waiting = tempfile.SpooledTemporaryFile(_IN_MEMORY, mode="w+", encoding="utf-8")  # noqa: SIM115
        self._waiting.write(f"{key}\t{line or ''}\n")

    def _kept(self) -> Iterator[Operation]:
        if self._waiting is not None:
            self._waiting.seek(0)
            for text in self._waiting:
                key, _, line = text.rstrip("\n").partition("\t")
                yield Operation(int(key), line or None)

    def publish(self) -> None:
        """Sends everything since the last `publish`; when it has failed with TryLater it may be called again."""
        with self._writing:
            if self._waiting is not None:
                alias = self._indexes.alias_in_use(self._body)
                for _ in self._server.write(alias, self._kept(), alias=True):
                    pass
                self._refresh(alias)
                self._forget()

    def rebuild(self, documents: Iterable[Document]) -> int:
        """A new index beside the old one; on any error the old one stays. Unpublished changes are dropped."""
        self._forget()
        with self._indexes.building(self._body) as building:
            known: set[int] = set()

            def operations() -> Iterator[Operation]:
                for document in documents:
                    key, line = self._lines.make(document)
                    known.add(key)
                    yield Operation(key, line)

            for _ in self._server.write(building.index, operations(), alias=False):
                building.sign_of_life()
            self._refresh(building.index)
            there = self._count(building.index)
            if there != len(known):
                raise StopRun(f"Of {len(known)} documents the new search index holds {there}; the old one stays.")
            building.swap()
        return len(known)

    def _refresh(self, index: str) -> None:
        """Make what was written seen on every copy that there is."""
        until = time.monotonic() + WRITE_PATIENCE_S
        while True:
            told = self._server.ask("POST", f"/{index}/_refresh", patience_s=WRITE_PATIENCE_S)
            failed = told["_shards"]["failed"]
            if not failed:
                return
            if time.monotonic() > until:
                raise TryLater(f"{failed} parts of the search index do not take what was written; publish again.")
            time.sleep(0.5)

    def _forget(self) -> None:
        with self._writing:
            waiting, self._waiting = self._waiting, None
            if waiting is not None:
                waiting.close()

    @contextlib.contextmanager
    def _undone_on_error(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self._forget()
            raise

    # -- reading

    def count(self) -> int:
        """Documents in the index, whoever may see them."""
        try:
            return self._count(self._indexes.alias)
        except NotHere:
            self._indexes.check_empty()
            return 0

    def _count(self, index: str) -> int:
        told, _ = whole(lambda: self._server.ask("GET", f"/{index}/_count", params=self._same_copies), TryLater)
        return int(told["count"])

    def prints(self) -> dict[int, int]:
        """Id and fingerprint of every document, whoever may see it."""
        question = {"query": {"match_all": {}}, "sort": [{ID: "asc"}], "docvalue_fields": [PRINT], "_source": False}
        try:
            with self._cursor(question) as portions:
                return {int(hit["_id"]): int(hit["fields"][PRINT][0]) for portion in portions for hit in portion}
        except NotHere:
            self._indexes.check_empty()
            return {}

    def ids(self, question: Search) -> Iterator[int]:
        """The ids of all hits in their order; a cursor keeps the moment on the server."""
        query, order, _ = self._queries.ranked(question)
        try:
            with self._cursor({"query": query, "sort": order, "_source": False}) as portions:
                for portion in portions:
                    yield from (int(hit["_id"]) for hit in portion)
        except NotHere:
            self._indexes.check_empty()

    def search(self, question: Search) -> Answer:
        """The answer as of the last `publish`. Raises WrongUsage for an unknown field or a negative limit."""
        began = time.perf_counter()
        if question.offset < 0 or question.limit < 0 or question.facet_size < 0:
            raise WrongUsage("offset, limit and the size of a facet cannot be negative")
        try:
            total, hits, told, incomplete = self._hits(question)
            facets, left_out = self._facets(question, total, told)
        except NotHere:
            self._indexes.check_empty()
            return Answer(0, 0.0, [], {name: [] for name in question.facets})
        took_ms = (time.perf_counter() - began) * 1000
        return Answer(total, took_ms, hits, facets, incomplete or left_out)

    def _asked(self, body: Found, *, pinned: bool = False) -> tuple[Found, str]:
        """A search request; pinned: to the moment that its cursor keeps. The sentence tells when a part stayed away."""
        path = "/_search" if pinned else f"/{self._indexes.alias}/_search"
        params = {} if pinned else self._same_copies
        return whole(lambda: self._server.ask("POST", path, body, params=params), patience=self._parts_away)

    def _hits(self, question: Search) -> tuple[int, list[Hit], Found, str]:
        """(total, the asked hits, the answer with the counts of what they have in common, what is missing)."""
        query, order, boosts = self._queries.ranked(question)
        marked = question.highlight and question.query is not None and question.limit > 0
        fields = self._marked_fields(question) if marked else []
        readable = self._queries.searched_in(PAGES, question.visible) if PAGES in fields else []
        texts = [item.name for item in readable]
        source = ["shown", *texts]
        body = {"query": query, "sort": order, "track_total_hits": True, "_source": source}
        deep = question.offset + question.limit > WINDOW
        first = {"from": 0, "size": 0} if deep else {"from": question.offset, "size": question.limit}
        _, together = self._counted(question)
        wish = first_wish(together, question.facet_size, question.facet_like, question.facet_of)
        counts = {"aggs": sized(wish, CountedShards.each)} if wish else {}
        told, incomplete = self._asked({**body, **first, **counts})
        found: Sequence[Found] = told["hits"]["hits"]
        total = int(told["hits"]["total"]["value"])
        if deep and question.offset < total:
            found = self._far(body, question)
        return total, self._read(found, question, fields, texts, boosts), told, incomplete

    def _marked_fields(self, question: Search) -> list[str]:
        assert question.query is not None
        return list(self._queries.needles(question.query, question.visible, lambda item, word: (word,)))

    def _read(
        self,
        found: Sequence[Found],
        question: Search,
        fields: Sequence[str],
        readable: Sequence[str],
        boosts: Mapping[float, float],
    ) -> list[Hit]:
        """Hits with their snippets, which are made here: texts of any length are marked as the embedded engine does."""
        sources = [hit["_source"] for hit in found]
        pages = [[page for name in readable for page in source.get(name, ())] for source in sources]
        texts = [texts_of(source["shown"], own, fields) for source, own in zip(sources, pages, strict=True)]
        needles = {}
        if fields and question.query is not None:
            needles = self._queries.needles(question.query, question.visible, TextForms(texts).of)
        markers = {name: Marker(those) for name, those in needles.items()}
        return [
            Hit(int(hit["_id"]), boosts.get(hit.get("_score") or 0.0, 0.0), source["shown"], all_snippets(own, markers))
            for hit, source, own in zip(found, sources, texts, strict=True)
        ]

    def _far(self, body: Mapping[str, Any], question: Search) -> list[Found]:
        """The asked hits beyond the window: a cursor walks there, only the asked ones with their texts."""
        end = question.offset + question.limit
        light = {**body, "_source": False, "track_total_hits": False}
        keys: list[str] = []
        passed = 0
        with self._cursor(light) as portions:
            for portion in portions:
                keys += [hit["_id"] for hit in portion[max(question.offset - passed, 0) : end - passed]]
                passed += len(portion)
                if passed >= end:
                    break
        found: list[Found] = []
        for start in range(0, len(keys), WINDOW):
            some = keys[start : start + WINDOW]
            those = {"bool": {"filter": [{"ids": {"values": some}}], "must": [body["query"]]}}
            asked = {**body, "query": those, "size": len(some), "track_total_hits": False}
            found += self._asked(asked)[0]["hits"]["hits"]
        return found

    @contextlib.contextmanager
    def _cursor(self, body: Found) -> Iterator[Iterator[Sequence[Found]]]:
        """All hits of a sorted question as of one moment, ten thousand at a time."""
        path, params = f"/{self._indexes.alias}/_search/point_in_time", {"keep_alive": _KEEP, **self._same_copies}
        pit = whole(lambda: self._server.ask("POST", path, params=params), TryLater)[0]["pit_id"]

        def portions() -> Iterator[Sequence[Found]]:
            after: dict[str, Any] = {}
            while True:
                asked = {**body, **after, "size": WINDOW, "pit": {"id": pit, "keep_alive": _KEEP}}
                hits, incomplete = self._asked(asked, pinned=True)
                if incomplete:
                    raise TryLater(incomplete)
                found = hits["hits"]["hits"]
                if not found:
                    return
                yield found
                after = {"search_after": found[-1]["sort"]}

        try:
            yield portions()
        finally:
            with contextlib.suppress(PumaError):  # the server forgets it by itself
                self._server.ask("DELETE", "/_search/point_in_time", {"pit_id": [pit]})

    def _counted(self, question: Search) -> tuple[list[IndexField], list[IndexField]]:
        """The facets with a selection of their own, each counted without it, and the others, counted together."""
        items = [self._queries.field(name) for name in dict.fromkeys(question.facets)]
        alone = [item for item in items if question.filters.get(item.name) or item.name in question.ranges]
        return alone, [item for item in items if item not in alone]

    def _facets(self, question: Search, total: int, told: Found) -> tuple[dict[str, list[FacetValue]], str]:
        """The counts of every facet; told: what was asked beside the hits."""
        alone, together = self._counted(question)
        counted = no_facets([*alone, *together])
        incomplete = ""
        for items, without in ((together, None), *(([item], item.name) for item in alone)):
            if without is None and not (items and total):
                continue
            limits = self._queries.limits(question, without=without)
            query = {"bool": {"filter": [*limits, *self._queries.wanted(question)]}}
            shards = CountedShards(self._asked, query, told if without is None else None)
            counted |= count_facets(shards, items, question.facet_size, question.facet_like, question.facet_of)
            incomplete = incomplete or shards.incomplete
        return {name: counted[name] for name in question.facets}, incomplete


def whole(
    ask: Callable[[], Found], otherwise: type[PumaError] | None = None, *, patience: Patience | None = None
) -> tuple[Found, str]:
    """The answer of all shards. Where one stays away it is a sentence beside the rest, or the error `otherwise`.

    patience: shared by questions, of which one waits for the shard and the next ones do not.
    """
    patience = patience or Patience(_PARTIAL_PATIENCE_S)
    began = patience.clock()
    while True:
        told = ask()
        shards = told["_shards"]
        absent = shards["total"] - shards["successful"]  # one without a node is neither successful nor failed
        if not absent and not told.get("timed_out"):
            return told, ""
        if patience.has_ended(began):
            break
        time.sleep(0.3)
    parts = f"{absent} of the {shards['total']} parts of the search index did not answer"
    if otherwise is not None:
        raise otherwise(f"{parts}: look at the cluster's health, then try again.")
    return told, f"{parts}: records are missing here, and the numbers are too small."
