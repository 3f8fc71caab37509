"""The embedded search engine: tantivy in a folder, many readers while one writes, rebuilt beside and swapped."""

import contextlib
import os
import shutil
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import tantivy
from tantivy import Order, Query

from puma.errors import WrongUsage
from puma.search.engine import Answer, Document, FacetValue, Hit, RebuildNeeded, Search, Sort
from puma.search.facets import count_facets, no_facets
from puma.search.generations import Generations
from puma.search.highlights import Marker, all_snippets
from puma.search.index_document import ID, NEWEST, OLDEST, PRINT, TITLE_ORDER, DocumentMaker, named, texts_of
from puma.search.index_field import PAGES, IndexField
from puma.search.tantivy_documents import embedded_print, made, make_schema, shown_fields, stored_pages
from puma.search.tantivy_facets import CountedSegments, RememberedCounts
from puma.search.tantivy_queries import TantivyQueries
from puma.search.words import word_analyser

_REBUILD_MB = 256  # more memory, fewer and larger segments
_UPDATE_MB = 64
_AT_ONCE = 100_000  # hits of a whole list that are read together: some ten megabytes; each portion sorts all before it
_DEEP = 10_000  # hits that are ranked here; beyond them the engine walks its lists once more
_MARK = "fields.sha256"
_ORDERS: dict[Sort, tuple[str, Order]] = {
    "relevance": (NEWEST, Order.Desc),
    "newest": (NEWEST, Order.Desc),
    "oldest": (OLDEST, Order.Desc),
    "title": (TITLE_ORDER, Order.Asc),
}


@dataclass(frozen=True, slots=True)
class _State:
    """One published state of the index, as a reader sees it until it looks again."""

    stamp: tuple[str, int, int]
    index: tantivy.Index
    searcher: tantivy.Searcher
    queries: TantivyQueries
    counts: RememberedCounts


class EmbeddedEngine:
    """An `Engine` in a folder. Several processes may read while one writes; a second writer gets TryLater.

    newest_by: the integer or date field that tells the age of a record; title: the text field to sort by.
    """

    def __init__(
        self, folder: Path, fields: Sequence[IndexField], *, newest_by: str | None = None, title: str | None = None
    ) -> None:
        self._fields = named(fields)
        given = list(self._fields.values())
        self._generations = Generations(folder)
        self._schema = make_schema(given)
        self._mark = embedded_print(given, newest_by, title)
        self._maker = DocumentMaker(given, newest_by, title)
        self._state: _State | None = None
        self._opening = threading.Lock()
        self._writing = threading.RLock()
        self._writer: tantivy.IndexWriter | None = None
        self._held = contextlib.ExitStack()

    # -- writing

    def add(self, documents: Iterable[Document]) -> int:
        """Adds or replaces; seen after `publish`. On a faulty document nothing since the last `publish` is kept."""
        number = 0
        with self._writing, self._undone_on_error():
            writer = self._open_writer()
            for document in documents:
                key, ready = made(self._maker, document)
                writer.delete_documents_by_term(ID, key)
                writer.add_document(ready)
                number += 1
        return number

    def delete(self, ids: Iterable[int]) -> None:
        """Removes; seen after `publish`."""
        with self._writing, self._undone_on_error():
            writer = self._open_writer()
            for key in ids:
                writer.delete_documents_by_term(ID, key)

    def publish(self) -> None:
        """Makes everything since the last `publish` visible, all at once; frees the index for other writers."""
        with self._writing, self._undone_on_error():
            if self._writer is not None:
                _publish(self._writer)
                self._writer = None
                self._held.close()

    def rebuild(self, documents: Iterable[Document]) -> int:
        """A new generation beside the old one; on any error the old one stays. Unpublished changes are dropped."""
        with self._writing:
            self._release()
            with self._generations.lock():
                generation = self._generations.begin()
                try:
                    number = self._fill(generation, documents)
                    self._generations.point_to(generation)
                except BaseException:
                    shutil.rmtree(generation, ignore_errors=True)
                    raise
                self._generations.sweep()
        return number

    def _fill(self, generation: Path, documents: Iterable[Document]) -> int:
        writer = self._create(generation).writer(_REBUILD_MB * 1_000_000, min(4, os.cpu_count() or 1))
        known: set[int] = set()
        try:
            for document in documents:
                key, ready = made(self._maker, document)
                if key in known:
                    writer.delete_documents_by_term(ID, key)
                known.add(key)
                writer.add_document(ready)
            _publish(writer)
        except BaseException:
            _forget(writer)
            raise
        return len(known)

    def _create(self, generation: Path) -> tantivy.Index:
        index = tantivy.Index(self._schema, path=str(generation), reuse=False)
        index.register_tokenizer("words", word_analyser())
        (generation / _MARK).write_text(self._mark, "ascii")
        return index

    def _open_writer(self) -> tantivy.IndexWriter:
        if self._writer is None:
            self._held.enter_context(self._generations.lock())
            generation = self._generations.current()
            if generation is None:
                generation = self._generations.begin()
                self._create(generation)
                self._generations.point_to(generation)
            self._writer = self._open(generation).writer(_UPDATE_MB * 1_000_000, 1)
        return self._writer

    @contextlib.contextmanager
    def _undone_on_error(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self._release()
            raise

    def _release(self) -> None:
        """Lets go of the writer; what it has not published is forgotten."""
        writer, self._writer = self._writer, None
        if writer is not None:
            _forget(writer)
        self._held.close()

    # -- reading

    def _open(self, generation: Path) -> tantivy.Index:
        mark = generation / _MARK
        if mark.read_text("ascii") != self._mark:
            raise RebuildNeeded("The search index was written for other fields. `puma index` rebuilds it.")
        index = tantivy.Index.open(str(generation))
        index.config_reader("manual")
        index.register_tokenizer("words", word_analyser())
        return index

    def _now(self) -> _State | None:
        """The last published state; None when there is no index yet. Two file looks when nothing has changed."""
        for attempt in range(10):
            generation = self._generations.current()
            if generation is None:
                return None
            try:
                published = (generation / "meta.json").stat()
                stamp = (generation.name, published.st_mtime_ns, published.st_ino)
                with self._opening:
                    state = self._state
                    if state is None or state.stamp != stamp:
                        state = self._opened(generation, stamp)
                        self._state = state
                return state
            except (OSError, ValueError):  # swapped and swept between two looks
                if attempt and generation == self._generations.current():
                    raise
        raise RebuildNeeded("The search index changes faster than it can be read.")

    def _opened(self, generation: Path, stamp: tuple[str, int, int]) -> _State:
        old = self._state
        index = old.index if old is not None and old.stamp[0] == stamp[0] else self._open(generation)
        index.reload()
        searcher = index.searcher()
        return _State(stamp, index, searcher, TantivyQueries(index.schema, self._fields, searcher), RememberedCounts())

    def count(self) -> int:
        """Documents in the index, whoever may see them."""
        state = self._now()
        return state.searcher.num_docs if state else 0

    def prints(self) -> dict[int, int]:
        """Id and fingerprint of every document, whoever may see it."""
        state = self._now()
        if state is None or not state.searcher.num_docs:
            return {}
        found = state.searcher.search(Query.all_query(), state.searcher.num_docs, order_by_field=NEWEST, count=False)
        places = [address for _, address in found.hits]
        values = [state.searcher.fast_field_values(name, places) for name in (ID, PRINT)]
        return {int(key or 0): int(content or 0) for key, content in zip(*values, strict=True)}

    def ids(self, question: Search) -> Iterator[int]:
        """The ids of all hits in their order; one state of the index answers to the end."""
        state = self._now()
        return _all_ids(state, question) if state is not None else iter(())

    def search(self, question: Search) -> Answer:
        """The answer as of the last `publish`. Raises WrongUsage for an unknown field or a negative limit."""
        began = time.perf_counter()
        if question.offset < 0 or question.limit < 0 or question.facet_size < 0:
            raise WrongUsage("offset, limit and the size of a facet cannot be negative")
        state = self._now()
        if state is None:
            return Answer(0, 0.0, [], {name: [] for name in question.facets})
        found, total = _found(state, question)
        hits = _hits(state, question, found)
        facets = _facets(state, question, total)
        return Answer(total, (time.perf_counter() - began) * 1000, hits, facets)


def _all_ids(state: _State, question: Search) -> Iterator[int]:
    for _, query in _apart(state, question):
        offset, total = 0, 1
        while offset < total:
            places, total = _walk(state, query, _AT_ONCE, question.sort, offset)
            yield from (int(key or 0) for key in state.searcher.fast_field_values(ID, places))
            offset += _AT_ONCE


def _publish(writer: tantivy.IndexWriter) -> None:
    # The one place outside puma.storage where this method is called: it is tantivy's, not a database's.
    writer.commit()
    writer.wait_merging_threads()


def _forget(writer: tantivy.IndexWriter) -> None:
    with contextlib.suppress(ValueError, RuntimeError, OSError):  # it may be what failed
        writer.rollback()
        writer.wait_merging_threads()  # only this stops its threads and frees the folder at once


def _found(state: _State, question: Search) -> tuple[list[tuple[float, tantivy.DocAddress]], int]:
    """(score, address) of the asked hits, and how many there are in all.

    By relevance: first what the most important fields alone hold, then what needs the next ones as well, and so on.
    Each of these lists holds the one before, so one walk for each is enough, and the last one counts all. A list that
    is cut is longer than what is asked: nothing after it is needed.
    """
    queries, node = state.queries, question.query
    end = question.offset + question.limit
    if node is None or not question.limit or end > _DEEP or not _is_ranked(state, question):
        return _far(state, question)
    limits = queries.limits(question)
    ranked: dict[tuple[int, int], tuple[float, tantivy.DocAddress]] = {}
    for boost in queries.boosts[:-1]:
        if len(ranked) < end:
            tier = queries.tree(node, question.visible, boost)
            _rank(ranked, boost, _walk(state, queries.all_of([*limits, tier]), end, counted=False)[0])
    everything = queries.all_of([*limits, *queries.wanted(question)])
    places, total = _walk(state, everything, end if len(ranked) < end else 0)
    _rank(ranked, queries.boosts[-1], places)
    return list(ranked.values())[question.offset : end], total


def _far(state: _State, question: Search) -> tuple[list[tuple[float, tantivy.DocAddress]], int]:
    """The same for lists that are walked by the engine's own offset: none is held that is not asked for."""
    found: list[tuple[float, tantivy.DocAddress]] = []
    total = 0
    for boost, query in _apart(state, question, whole=not question.limit):
        offset = max(question.offset - total, 0)
        places, number = _walk(state, query, question.limit - len(found), question.sort, offset)
        found += [(boost, place) for place in places]
        total += number
    return found, total


def _apart(state: _State, question: Search, *, whole: bool = False) -> list[tuple[float, Query]]:
    """(score, query) of lists that have no hit in common and one after the other are all hits; whole: as one list."""
    queries, node = state.queries, question.query
    limits = queries.limits(question)
    if whole or node is None or not _is_ranked(state, question):
        return [(0.0, queries.all_of([*limits, *queries.wanted(question)]))]
    trees = [queries.tree(node, question.visible, boost) for boost in queries.boosts]
    before = [[], *([tree] for tree in trees)]
    return [
        (boost, queries.all_of([*limits, tree], without))
        for boost, tree, without in zip(queries.boosts, trees, before, strict=False)
    ]


def _is_ranked(state: _State, question: Search) -> bool:
    """Whether the fields that hold what was asked make a difference for the order."""
    node = question.query
    return node is not None and question.sort == "relevance" and state.queries.has_bare_words(node)


def _rank(
    ranked: dict[tuple[int, int], tuple[float, tantivy.DocAddress]], boost: float, places: Sequence[tantivy.DocAddress]
) -> None:
    """Put what is not there yet behind what is."""
    for place in places:
        ranked.setdefault((place.segment_ord, place.doc), (boost, place))


def _walk(
    state: _State, query: Query, most: int, sort: Sort = "relevance", offset: int = 0, *, counted: bool = True
) -> tuple[list[tantivy.DocAddress], int]:
    """So many hits of a query in an order, and how many it has in all, 0 where that is not counted."""
    field, order = _ORDERS[sort]
    most = min(most, max(state.searcher.num_docs - offset, 0))
    offset = offset if most else 0
    result = state.searcher.search(query, max(most, 1), count=counted, order_by_field=field, order=order, offset=offset)
    total = int(result.count or 0)  # type: ignore[attr-defined]  # there, but missing in the stubs of 0.27
    return [place for _, place in result.hits[:most]], total


def _total(state: _State, query: Query) -> int:
    return _walk(state, query, 0)[1]


def _hits(state: _State, question: Search, found: Sequence[tuple[float, tantivy.DocAddress]]) -> list[Hit]:
    needles = {}
    if question.highlight and question.query and found:
        needles = state.queries.needles(question.query, question.visible, state.queries.forms)
    markers = {name: Marker(those) for name, those in needles.items()}
    readable = [item.name for item in state.queries.searched_in(PAGES, question.visible)] if PAGES in markers else []
    keys = state.searcher.fast_field_values(ID, [address for _, address in found])
    hits = []
    for key, (score, address) in zip(keys, found, strict=True):
        document = state.searcher.doc(address)
        fields = shown_fields(document)
        texts = texts_of(fields, stored_pages(document, readable), list(markers))
        snippets = all_snippets(texts, markers)
        hits.append(Hit(int(key or 0), score, fields, snippets))
    return hits


def _facets(state: _State, question: Search, total: int) -> dict[str, list[FacetValue]]:
    """Each facet counted without its own selection; those without one together, unless nothing is found."""
    selected = {name for name in question.facets if question.filters.get(name) or name in question.ranges}
    groups = [[name for name in question.facets if name not in selected], *([name] for name in sorted(selected))]
    counted: dict[str, list[FacetValue]] = {}
    for names in filter(None, groups):
        without = names[0] if names[0] in selected else None
        items = [state.queries.field(name) for name in names]
        if without is None and not total:
            counted |= no_facets(items)
            continue

        def count(items: Sequence[IndexField] = items, without: str | None = without) -> dict[str, list[FacetValue]]:
            limits = state.queries.limits(question, without=without)
            query = state.queries.all_of([*limits, *state.queries.wanted(question)])
            segments = CountedSegments(state.searcher, query, total if without is None else _total(state, query))
            return count_facets(segments, items, question.facet_size, question.facet_like, question.facet_of)

        counted |= state.counts.of(question, names, without, count)
    return {name: counted[name] for name in question.facets}
