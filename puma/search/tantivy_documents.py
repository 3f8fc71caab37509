"""How a document lies in the embedded index: its schema, and what is stored beside the words."""

import json
from collections.abc import Sequence
from importlib.metadata import version

import tantivy

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
)
from puma.search.index_field import IndexField


def embedded_print(fields: Sequence[IndexField], newest_by: str | None, title: str | None) -> str:
    """Equal for indexes that this version of tantivy reads as the same."""
    return fingerprint(fields, newest_by, title, version("tantivy"))


def make_schema(fields: Sequence[IndexField]) -> tantivy.Schema:
    """Words carry places for phrases but no statistics are used of them; what is shown lies in two byte fields."""
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field(ID, indexed=True, fast=True)
    for name in (PRINT, NEWEST, OLDEST):
        builder.add_integer_field(name, fast=True)
    builder.add_text_field(TITLE_ORDER, fast=True, tokenizer_name="raw", index_option="basic")
    for name in ("shown", *(item.name for item in fields if item.is_full_text)):
        builder.add_bytes_field(name, stored=True)
    for goal in map(place, fields):
        if goal.words:
            builder.add_text_field(goal.words, tokenizer_name="words", index_option="position")
        if goal.values:
            builder.add_text_field(goal.values, fast=True, tokenizer_name="raw", index_option="basic")
        for numbers in (goal.number, goal.years):
            if numbers:
                builder.add_integer_field(numbers, indexed=True, fast=True)
    return builder.build()


def made(maker: DocumentMaker, document: Document) -> tuple[int, tantivy.Document]:
    """The id and the index document. Raises ValueError for a faulty one."""
    found = tantivy.Document()
    stored = maker.fill(document, found)
    found.add_bytes("shown", json.dumps(stored.shown).encode())
    for name, pages in stored.pages.items():
        found.add_bytes(name, json.dumps(pages).encode())
    return stored.id, found


def shown_fields(document: tantivy.Document) -> dict[str, object]:
    """The stored values of a found document; dates as ISO text."""
    fields: dict[str, object] = json.loads(bytes(document.get_first("shown") or b"{}"))
    return fields


def stored_pages(document: tantivy.Document, names: Sequence[str]) -> list[str]:
    """The pages of a found document in these fields, one after the other."""
    stored = [document.get_first(name) for name in names]
    return [page for pages in stored if pages is not None for page in json.loads(bytes(pages))]
