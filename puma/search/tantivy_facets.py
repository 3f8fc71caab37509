"""What the embedded index counts for facets: segment by segment, in one walk."""

from collections.abc import Mapping, Sequence
from typing import Any

import tantivy
from tantivy import Query

from puma.search.facets import MOST_BUCKETS, Bucket, recounted


class CountedSegments:
    """What one query finds in one state of the index."""

    def __init__(self, searcher: tantivy.Searcher, query: Query) -> None:
        self._searcher = searcher
        self._query = query

    @property
    def parts(self) -> int:
        """Segments."""
        return int(self._searcher.num_segments)

    def aggregate(self, wish: Mapping[str, Mapping[str, Any]], each: int) -> Mapping[str, Any]:
        """tantivy's own word for what a part reports is added."""
        sized = {name: {"terms": {**one["terms"], "segment_size": each}} for name, one in wish.items()}
        answer: Mapping[str, Any] = self._searcher.aggregate(self._query, sized)
        return answer

    def everything(self, column: str) -> Sequence[Bucket]:
        """Every value of the column's dictionary, a portion at a time."""
        values = [value for value, _ in self._searcher.terms_with_prefix(column, "")]
        found: list[Bucket] = []
        for start in range(0, len(values), MOST_BUCKETS):
            found += recounted(self, column, values[start : start + MOST_BUCKETS])
        return found
