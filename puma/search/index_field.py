"""What the search index knows of one field: how it is read, weighed, counted and shown."""

import re
from dataclasses import dataclass
from typing import Literal

FieldMapping = Literal["text", "keyword", "key", "integer", "date", "boolean"]

PAGES = "pages"
"""The one field name with a meaning of its own: full text, one string per page, the first page first. Pages that only
some viewers of a record may read lie in fields of their own (``closed_pages``), found and shown as PAGES are."""

_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")


@dataclass(frozen=True, slots=True)
class IndexField:
    """One field of the index.

    mapping: `text` is searched by words, English endings folded together unless it is a facet too (then it holds names,
    which have no endings); `keyword` by its words as they stand; `key` by whole values alone; `integer` and `date` by
    ranges (a date by year, or by day as YYYYMMDD); `boolean` by yes and no.
    boost: bare words find only fields with a boost above 0, those of the highest boost rank first.
    facet: the values can be counted and clicked. stored: the value comes back with a hit. many: a list of values.
    needs: full text, beside PAGES, for viewers who see this class only; for all others it is not there.
    steps: of an `integer`, how many of them make one of what people type: thousandths of a kelvin are found by kelvin.
    Raises ValueError for a name that is not lower-case letters, digits and underscores.
    """

    name: str
    mapping: FieldMapping
    boost: float = 1.0
    facet: bool = False
    stored: bool = True
    many: bool = False
    needs: str = ""
    steps: int = 1

    def __post_init__(self) -> None:
        if not _NAME.match(self.name):
            raise ValueError(f"{self.name!r} is no field name: lower-case letters, digits and underscores only")

    @property
    def is_full_text(self) -> bool:
        """Whether it holds pages: those of everybody who sees the record, or those of some."""
        return self.name == PAGES or bool(self.needs)

    @property
    def has_words(self) -> bool:
        """Whether words can be looked for in it."""
        return self.mapping in ("text", "keyword")

    @property
    def has_endings(self) -> bool:
        """Whether `paintings` finds `painting` in it."""
        return self.mapping == "text" and not self.facet

    @property
    def has_values(self) -> bool:
        """Whether whole values can be filtered and counted in it."""
        return self.mapping in ("keyword", "key", "boolean") or (self.mapping == "text" and self.facet)


def closed_pages(needs: str) -> str:
    """The name of the field for pages that a viewer must see a class to read; PAGES itself for none."""
    return f"{PAGES}_{needs}" if needs else PAGES
