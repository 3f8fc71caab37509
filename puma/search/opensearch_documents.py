"""How a document lies in an OpenSearch index: its mapping, and one line of words, values and numbers."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from puma.search.engine import Document
from puma.search.index_document import (
    ID,
    NEWEST,
    OLDEST,
    PRINT,
    TITLE_ORDER,
    DocumentMaker,
    fingerprint,
    place,
    words_of,
)
from puma.search.index_field import IndexField
from puma.search.words import LONGEST_WORD, cut, stem

MAPPING = "3"  # raised whenever the mapping below changes


def stems_of(name: str) -> str:
    """The index field with the words of a field without their endings, at the same places."""
    return f"s_{name}"


def opensearch_print(fields: Sequence[IndexField], newest_by: str | None, title: str | None) -> str:
    """Equal for equal indexes; it stands in the name of the index, so it is short."""
    return fingerprint(fields, newest_by, title, "opensearch", MAPPING)[:10]


def index_body(fields: Sequence[IndexField], shards: int) -> dict[str, Any]:
    """Settings and mapping of an index.

    Words come cut, folded and stemmed, so the server only parts them at spaces: both engines have the same words.
    Nothing is seen before it is published (`refresh_interval`).
    """
    properties: dict[str, Any] = {
        ID: {"type": "long"},
        **{name: {"type": "long", "index": False} for name in (PRINT, NEWEST, OLDEST)},
        TITLE_ORDER: {"type": "keyword", "index": False},
        **{
            name: {"type": "object", "enabled": False}
            for name in ("shown", *(item.name for item in fields if item.is_full_text))
        },
    }
    words = {"type": "text", "analyzer": "spaces", "norms": False}
    for goal in map(place, fields):
        if goal.words:
            properties[goal.words] = words
            if goal.item.has_endings:
                properties[stems_of(goal.item.name)] = words
        if goal.values:
            properties[goal.values] = {"type": "keyword"}
        for name in (goal.number, goal.years):
            if name:
                properties[name] = {"type": "long"}
    return {
        "settings": {
            "number_of_shards": shards,
            "refresh_interval": "-1",
            "analysis": {
                "analyzer": {"spaces": {"type": "custom", "tokenizer": "spaces"}},
                "tokenizer": {"spaces": {"type": "whitespace", "max_token_length": 4 * LONGEST_WORD}},
            },
        },
        "mappings": {
            "dynamic": "strict",
            # All of the source is kept: of a part of it the server would keep the whole beside it, for its copies.
            "properties": properties,
        },
    }


class _Line:
    """One document while it is made."""

    def __init__(self, stemmed: Mapping[str, str]) -> None:
        self.body: dict[str, Any] = {}
        self._stemmed = stemmed

    def add_text(self, field_name: str, text: str, /) -> None:
        """Words field by field as the places of the index want them; whole values as they are."""
        if field_name == TITLE_ORDER:
            self.body[field_name] = text
        elif not field_name.startswith("w_"):
            self.body.setdefault(field_name, []).append(text)
        else:
            words = cut(text)
            if max(map(len, words), default=0) > LONGEST_WORD:
                words = [word[:LONGEST_WORD] for word in words]
            self.body.setdefault(field_name, []).append(" ".join(words))
            if stems := self._stemmed.get(field_name):
                self.body.setdefault(stems, []).append(" ".join(map(stem, words)))

    def add_integer(self, field_name: str, value: int, /) -> None:
        """Numbers may be several, except those of the index itself."""
        if field_name.startswith(("n_", "y_")):
            self.body.setdefault(field_name, []).append(value)
        else:
            self.body[field_name] = value


class LineMaker:
    """Documents as lines of JSON."""

    def __init__(self, fields: Sequence[IndexField], newest_by: str | None, title: str | None) -> None:
        self._maker = DocumentMaker(fields, newest_by, title)
        self._stemmed = {words_of(item.name): stems_of(item.name) for item in fields if item.has_endings}

    def make(self, document: Document) -> tuple[int, str]:
        """The id and the line. Raises ValueError for a faulty document."""
        line = _Line(self._stemmed)
        stored = self._maker.fill(document, line)
        line.body["shown"] = stored.shown
        line.body.update(stored.pages)
        text = json.dumps(line.body, ensure_ascii=False, separators=(",", ":"))
        return stored.id, text.encode("utf-8", "replace").decode()  # half a character: no server takes it
