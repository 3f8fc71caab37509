"""Safe HTML as components: titles with their indices, snippets with their marks; anything else stays text."""

import re
from collections.abc import Callable, Iterable
from html.parser import HTMLParser
from typing import Any

from dash.development.base_component import Component

from dashboards.drawing import tags as html

ALLOWED: dict[str, Callable[..., Component]] = {
    "i": html.I, "em": html.Em, "b": html.B, "strong": html.Strong, "sub": html.Sub, "sup": html.Sup, "mark": html.Mark,
}  # fmt: skip


class AsIs(str):
    """Words of a record, not of the program: they are shown in the language they were written in."""

    __slots__ = ()


KEPT = re.compile("(<[^>]*>|\u2068[^\u2069]*\u2069)")
"""What no language touches in the text over a point of a chart: its markup, and words of records."""


def held(words: str) -> str:
    """Words of a record as they stand inside a text of the program: between two marks that nobody sees, which keep them
    from being translated, and a name written from right to left from turning what follows it."""
    return f"\u2068{words}\u2069" if isinstance(words, AsIs) else words


class Around(str):
    """A text of the program around words of records, which stand ``held`` in what it is made of: whoever sees or hears
    it finds no marks, and no language touches these words."""

    marked: str

    def __new__(cls, marked: str) -> "Around":
        """The text without its marks, and how to say it."""
        made = super().__new__(cls, _HELD.sub(r"\1", marked))
        made.marked = marked
        return made

    def said(self, say: Callable[[str], str]) -> str:
        """The text in another language: what it is put around is one letter there, which no text has."""
        words = _HELD.findall(self.marked)
        places = iter(range(len(words)))
        text = say(_HELD.sub(lambda _: chr(_PRIVATE + next(places)), self.marked))
        return "".join(words[ord(c) - _PRIVATE] if 0 <= ord(c) - _PRIVATE < len(words) else c for c in text)


_HELD, _PRIVATE = re.compile("\u2068([^\u2069]*)\u2069"), 0xE000


class _Reader(HTMLParser):
    """Builds a tree of the allowed elements; the words of all others stand without their tags."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.stack: list[tuple[str, list[Any]]] = [("", [])]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ALLOWED and len(self.stack) < 8:
            self.stack.append((tag, []))

    def handle_endtag(self, tag: str) -> None:
        if len(self.stack) > 1 and self.stack[-1][0] == tag:
            self._close()

    def handle_data(self, data: str) -> None:
        self.stack[-1][1].append(AsIs(data))

    def _close(self) -> None:
        tag, parts = self.stack.pop()
        self.stack[-1][1].append(ALLOWED[tag](parts))

    def result(self) -> list[Component | str]:
        while len(self.stack) > 1:
            self._close()
        return self.stack[0][1]


def shown_markup(text: str) -> list[Component | str]:
    """Safe HTML as components and words."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader.result()


class Coded(list[Component | str]):
    """Words with commands among them. text: the same in one, with its backticks, as a language may hold it."""

    def __init__(self, text: str) -> None:
        super().__init__(html.Code(part) if place % 2 else part for place, part in enumerate(text.split("`")) if part)
        self.text = text


def with_code(text: str) -> Coded:
    """Words in which `commands` between backticks are shown as such; all that is inside of one element."""
    return Coded(text)


def marked(text: str, words: Iterable[str]) -> list[Component | str]:
    """Plain text with these words marked wherever they stand alone, whatever their case."""
    wanted = sorted({w for w in words if w}, key=len, reverse=True)
    if not wanted:
        return [AsIs(text)] if text else []
    pattern = re.compile(r"(?<!\w)(" + "|".join(map(re.escape, wanted)) + r")(?!\w)", re.IGNORECASE)
    parts = (AsIs(part) for part in pattern.split(text))
    return [html.Mark(part) if place % 2 else part for place, part in enumerate(parts) if part]
