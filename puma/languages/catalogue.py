"""The catalogue: what to say for each English text, with numbers, days and countries as the language writes them."""

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path

from babel import Locale
from babel.dates import format_date

LANGUAGES = {"en": "English", "fr": "Français", "de": "Deutsch"}
"""The languages of the program, each by its own name."""
PSEUDO = "qps"
"""A language for looking: every text that can be translated stands in brackets."""
COOKIE = "puma_language"
FOLDER = Path(__file__).parent
Say = Callable[[str], str]
_GAP = re.compile(r"\{(\d*)\}")
_EDGES = re.compile(r"^(\s*)(.*?)(\s*)$", re.DOTALL)
_DAY = re.compile(r"(\d{1,2}) ([A-Z][a-z]+) (\d{4})(?: (\d{2}:\d{2}(?: UTC)?))?")
_AMOUNT = r"[-+−]?\d[\d\u2009\u202f ]*(?:\.\d+)?"
_AMOUNTS = re.compile(rf"(?:[<>≤≥] )?{_AMOUNT}(?:(?:–| ± ){_AMOUNT})?(?:\s?%|\s[A-Za-zÅµ°]+)?")
_MARK = re.compile(r"(?<=\d)\.(?=\d)")
_SENTENCES = re.compile(r"(?<=[.!?]) (?=[A-Z\d])")
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
    held: Mapping[str, str] = field(default_factory=dict)

    def holds(self, key: str) -> bool:
        """Whether an English text, with its gaps as `{}`, has words in this language."""
        return key in self.held or country(self.code, key) is not None

    def say(self, text: str) -> str:
        """The text in this language; what the catalogue does not hold stays English."""
        parts = _EDGES.match(text)
        if parts is None or not any(letter.isalpha() for letter in text) and "." not in text:
            return text
        return f"{parts[1]}{self.known(parts[2]) or parts[2]}{parts[3]}"

    def filled(self, text: str, words: Sequence[str]) -> str:
        """A text with gaps in this language, the words in its gaps as they are."""
        return filled(self.held.get(text, text), words)

    def known(self, text: str) -> str | None:
        """What the catalogue says for a text without space around it; None where it says nothing."""
        if (found := self.whole.get(text)) is not None:
            return found
        if (place := country(self.code, text)) is not None:
            return place
        if (lower := self.whole.get(text[0].lower() + text[1:])) is not None:
            return lower[0].upper() + lower[1:]
        if text.endswith(".") and (found := self.whole.get(text[:-1])) is not None:  # it stands alone elsewhere
            return f"{found}."
        told = sentences(text)
        said_of_each = [self.known(one) for one in told] if len(told) > 1 else [None]
        if all(said_of_each):
            return " ".join(map(str, said_of_each))
        if "; " in text and all(apart := [self.known(one) if one else None for one in text.split("; ")]):
            return "; ".join(map(str, apart))
        for pattern, said in (*self.gapped.get(_first(text), ()), *self.gapped.get("", ())):
            if fits(pattern.pattern, text) and (match := pattern.fullmatch(text)):
                return filled(said, [self.say(part) for part in match.groups()])
        if (day := _DAY.fullmatch(text)) is not None:
            return _day(self.code, day)
        if "." in text and _AMOUNTS.fullmatch(text):
            return _MARK.sub(",", text)
        for pattern, said in self.gapped.get(_first(text), ()):  # a long title in a short text: `of {}`
            match = pattern.fullmatch(text) if _within(pattern.pattern, text) else None
            if match is not None and all(inner := [self.known(part) if part else None for part in match.groups()]):
                return filled(said, [str(one) for one in inner])
        if any(said_of_each):
            return " ".join(said or one for one, said in zip(told, said_of_each, strict=True))
        return self._joined(text)

    def _joined(self, text: str) -> str | None:
        for joint in _JOINTS:
            parts = text.split(joint)
            if len(parts) > 1:
                said = [self.say(part) for part in parts]
                if parts[-1].endswith(".") and parts[-1] not in self.whole:  # the full stop is that of the sentence
                    said[-1] = f"{self.say(parts[-1][:-1])}."
                return joint.join(said) if said != parts else None
        return None


def sentences(text: str) -> list[str]:
    """A text of several sentences one by one, as each is held."""
    return _SENTENCES.split(text)


def fits(pattern: str, text: str) -> bool:
    """Whether a text with gaps may be meant: its own words are no accident in a long text, nor across a joint."""
    own = len(pattern.replace("(.*?)", "").replace("\\", ""))
    return 5 * own >= len(text) and _within(pattern, text)


def _within(pattern: str, text: str) -> bool:
    """Whether a text with gaps does not reach across what is only put beside each other."""
    return " · " not in text or "·" in pattern


def _first(text: str) -> str:
    return text.split(" ", 1)[0]


def filled(said: str, parts: Sequence[str]) -> str:
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
    return Catalogue(code, whole, {begin: tuple(some) for begin, some in gapped.items()}, held)


def _bracketed(text: str) -> str:
    return f"[{text}]" if any(letter.isalpha() for letter in text) else text


@cache
def speaker(code: str) -> Say | None:
    """What says English texts in that language; None for English itself."""
    if code == PSEUDO:
        return _bracketed
    return lru_cache(maxsize=8192)(catalogue(code).say) if code in LANGUAGES and code != "en" else None
