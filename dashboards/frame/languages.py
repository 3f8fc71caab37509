"""Languages: pages are written in English; on the way out their words are said in the reader's language.

A page, a chart or a sentence knows nothing of languages. `dashboards/languages/<code>.toml` holds what to say for each
English text; `{}` stands for what changes in it. Words of records, and elements with their own
`lang`, stay as they are.
"""

import copy
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_date
from dash.development.base_component import Component

LANGUAGES = {"en": "English", "fr": "Français", "de": "Deutsch"}
"""The languages of the pages, each by its own name."""
PSEUDO = "qps"
"""A language for looking: every text that can be translated stands in brackets."""
COOKIE = "puma_language"
FOLDER = Path(__file__).parents[1] / "languages"
SPOKEN = ("children", "title", "placeholder", "label", "aria-label", "alt", "description", "nothingFoundMessage")
"""The properties of components that people read or hear."""
AT_THE_BROWSER = (
    "Accepted", "Rejected", "Accepted: {} pairs.", "Rejected: {} pairs.", "Undo", "Undo all {}", "Retry",
    "The server did not take it.", "Not saved: {} The pair is here again.", "{} had been changed since and stayed.",
    "Undone: everything is as it was before.", "Not undone: the server did not take it.", "Copied",
    "Nothing begins so.",
    "Your session has ended", "Sign in and go on", "Leave it, and sign in here", "open", "People", "Instrument",
    "Institution", "Technique", "Journal", "Keyword", "Record",
    "Nothing is lost: what you did last waits here and is sent when you are signed in again.",
)  # fmt: skip
"""Texts that scripts say: the frame of the page holds them, so that they are in its language."""
AS_IS = ("Code", "Pre", "Kbd", "Style", "Script", "Store", "Location")
"""Elements whose text is no language."""
Say = Callable[[str], str]
_GAP = re.compile(r"\{(\d*)\}")
_EDGES = re.compile(r"^(\s*)(.*?)(\s*)$", re.DOTALL)
_DAY = re.compile(r"(\d{1,2}) ([A-Z][a-z]+) (\d{4})(?: (\d{2}:\d{2}))?")
_DECIMAL = re.compile(r"([-+−]?\d[\d\u2009\u202f ]*)\.(\d+)(\s?%| [A-Za-z]+)?")
_JOINTS = (" · ", "; ", ": ", ", ")
"""What sentences are put together with, from the loosest to the closest."""


def language_of(kept: str, accepted: str) -> str:
    """The language of a request. kept: what was chosen once; accepted: what the browser says of its reader."""
    if kept in LANGUAGES or kept == PSEUDO:
        return kept
    wanted = (part.split(";")[0].strip().lower()[:2] for part in accepted.split(","))
    return next((code for code in wanted if code in LANGUAGES), "en")


@dataclass(frozen=True)
class Catalogue:
    """What to say for an English text: whole texts, and texts with gaps by how they begin."""

    code: str
    whole: Mapping[str, str] = field(default_factory=dict)
    gapped: Mapping[str, tuple[tuple[re.Pattern[str], str], ...]] = field(default_factory=dict)
    held: frozenset[str] = frozenset()

    def holds(self, key: str) -> bool:
        """Whether an English text, with its gaps as `{}`, has words in this language."""
        return key in self.held or country(self.code, key) is not None

    def say(self, text: str) -> str:
        """The text in this language; what the catalogue does not hold stays English."""
        parts = _EDGES.match(text)
        if parts is None or not any(letter.isalpha() for letter in text) and "." not in text:
            return text
        return f"{parts[1]}{self.known(parts[2]) or parts[2]}{parts[3]}"

    def known(self, text: str) -> str | None:
        """What the catalogue says for a text without space around it; None where it says nothing."""
        if (found := self.whole.get(text)) is not None:
            return found
        if (place := country(self.code, text)) is not None:
            return place
        if (lower := self.whole.get(text[0].lower() + text[1:])) is not None:
            return lower[0].upper() + lower[1:]
        for pattern, said in (*self.gapped.get(_first(text), ()), *self.gapped.get("", ())):
            if fits(pattern.pattern, text) and (match := pattern.fullmatch(text)):
                return _filled(said, [self.say(part) for part in match.groups()])
        if (day := _DAY.fullmatch(text)) is not None:
            return _day(self.code, day)
        if (number := _DECIMAL.fullmatch(text)) is not None:
            return f"{number[1]},{number[2]}{number[3] or ''}"
        return self._joined(text)

    def _joined(self, text: str) -> str | None:
        for joint in _JOINTS:
            parts = text.split(joint)
            if len(parts) > 1:
                said = [self.say(part) for part in parts]
                return joint.join(said) if said != parts else None
        return None


def fits(pattern: str, text: str) -> bool:
    """Whether a text with gaps may be meant: its own words are no accident in a long text, nor across a joint."""
    own = len(pattern.replace("(.*?)", "").replace("\\", ""))
    return 5 * own >= len(text) and (" · " not in text or "·" in pattern)


def _first(text: str) -> str:
    return text.split(" ", 1)[0]


def _filled(said: str, parts: list[str]) -> str:
    """The translation with its gaps filled: in turn, or by number where the order differs."""
    turn = iter(range(len(parts)))
    return _GAP.sub(lambda gap: parts[int(gap[1])] if gap[1] else parts[next(turn)], said)


def _day(code: str, day: re.Match[str]) -> str | None:
    for shape in ("%d %B %Y", "%d %b %Y"):
        try:
            when = datetime.strptime(f"{day[1]} {day[2]} {day[3]}", shape)
        except ValueError:
            continue
        said = format_date(when, "long" if shape == "%d %B %Y" else "medium", locale=code)
        return f"{said} {day[4]}" if day[4] else said
    return None


@cache
def _countries(code: str) -> dict[str, str]:
    """Names of countries by their English names."""
    english, other = Locale("en").territories, Locale(code).territories
    return {str(name): str(other[key]) for key, name in english.items() if key in other and len(key) == 2}


def country(code: str, text: str) -> str | None:
    """The name of a country in that language."""
    return _countries(code).get(text)


@cache
def catalogue(code: str) -> Catalogue:
    """The catalogue of a language, read once."""
    held: dict[str, str] = tomllib.loads((FOLDER / f"{code}.toml").read_text(encoding="utf-8"))
    gapped: dict[str, list[tuple[re.Pattern[str], str]]] = {}
    for text in sorted(held, key=lambda text: (-len(_GAP.sub("", text)), text)):
        if _GAP.search(text):
            begin = _first(text)
            pattern = re.compile("(.*?)".join(map(re.escape, re.split(r"\{\d*\}", text))), re.DOTALL)
            gapped.setdefault("" if _GAP.search(begin) else begin, []).append((pattern, held[text]))
    whole = {text: said for text, said in held.items() if not _GAP.search(text)}
    return Catalogue(code, whole, {begin: tuple(some) for begin, some in gapped.items()}, frozenset(held))


def _bracketed(text: str) -> str:
    return f"[{text}]" if any(letter.isalpha() for letter in text) else text


def speaker(code: str) -> Say | None:
    """What says English texts in that language; None for English itself."""
    if code == PSEUDO:
        return _bracketed
    return lru_cache(maxsize=8192)(catalogue(code).say) if code in LANGUAGES and code != "en" else None


_speakers: dict[str, Say | None] = {}


def said_in(code: str, content: Any) -> Any:
    """The content of a page in that language: a copy, because parts of pages may be shared."""
    if code not in _speakers:
        _speakers[code] = speaker(code)
    say = _speakers[code]
    return content if say is None else spoken(content, say)


def spoken(content: Any, say: Say) -> Any:
    """A copy of components and sequences in which every text that people read went through ``say``."""
    if type(content) is str:  # words of records are of a type of their own
        return say(content)
    if isinstance(content, list | tuple):
        return [spoken(part, say) for part in content]
    if not isinstance(content, Component) or content._type in AS_IS or getattr(content, "lang", None):
        return content
    said: Any = copy.copy(content)
    for name in SPOKEN:
        if (value := getattr(content, name, None)) is not None:
            setattr(said, name, spoken(value, say))
    if isinstance(options := getattr(content, "data", None), list):
        said.data = [_option(option, say) for option in options]
    if isinstance(options := getattr(content, "options", None), list):
        said.options = [_option(option, say) for option in options]
    if (figure := getattr(content, "figure", None)) is not None:
        said.figure = drawn_in(figure, say)
    return said


def _option(option: Any, say: Say) -> Any:
    """One choice of a list: its label is read, its value is not."""
    if not isinstance(option, dict):
        return option
    return {key: say(value) if key in ("label", "group") and isinstance(value, str) else value
            for key, value in option.items()} | (
        {"items": [_option(one, say) for one in option["items"]]} if isinstance(option.get("items"), list) else {}
    )  # fmt: skip


def drawn_in(figure: Any, say: Say) -> dict[str, Any]:
    """A figure whose titles, axes, legends and notes are said in that language; its values stay."""
    drawn: dict[str, Any] = copy.deepcopy(figure) if isinstance(figure, dict) else figure.to_plotly_json()
    for holder, key in (
        *_texts(drawn.get("layout", {})),
        *(pair for one in drawn.get("data", []) for pair in _trace(one)),
    ):
        holder[key] = say(holder[key])
    return drawn


def _texts(layout: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    for key, part in layout.items():
        if key == "template":
            continue
        if key == "title" and isinstance(part, dict) and isinstance(part.get("text"), str):
            yield part, "text"
        elif key == "ticktext" and isinstance(part, list | tuple):
            named = [*part]
            layout[key] = named
            yield from ((named, place) for place, one in enumerate(named) if isinstance(one, str))
        elif key == "annotations":
            yield from ((one, "text") for one in part if isinstance(one.get("text"), str))
        elif isinstance(part, dict):
            yield from _texts(part)


def _trace(trace: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    yield from ((trace, key) for key in ("name", "hovertemplate") if isinstance(trace.get(key), str))
