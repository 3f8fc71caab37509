"""The search room: a query language, a port for engines, and the engine that needs no server."""

from puma.search.embedded import EmbeddedEngine
from puma.search.engine import (
    Answer,
    Document,
    Engine,
    FacetValue,
    Hit,
    RebuildNeeded,
    Search,
    Snippet,
    Sort,
)
from puma.search.index_field import PAGES, FieldMapping, IndexField
from puma.search.query import HELP, And, Node, Not, Or, Phrase, Prefix, QueryError, Span, Word, parse

__all__ = [
    "HELP", "PAGES", "And", "Answer", "Document", "EmbeddedEngine", "Engine", "FacetValue", "FieldMapping", "Hit",
    "IndexField", "Node", "Not", "Or", "Phrase", "Prefix", "QueryError", "RebuildNeeded", "Search", "Snippet", "Sort",
    "Span", "Word", "parse",
]  # fmt: skip
