"""The query language: what people type in the search box becomes a tree that every engine understands."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar
from urllib.parse import unquote

from puma.errors import WrongUsage
from puma.search.folding import has_word
from puma.search.index_field import IndexField

MAX_LENGTH = 2_000  # characters: a pasted title or a list of some fifty DOIs fits
MAX_TERMS = 64  # each term is asked in every field: more is a list to import, not a question
MAX_DEPTH = 8  # nested parentheses: nobody reads more
MAX_WORD = 300  # characters in one word: the longest DOIs have about 200
MIN_PREFIX = 2  # letters before the *: one letter is nearly every document

HELP = (
    'All words must occur: a b. Either: a | b. Without: a -b. As a phrase: "a b". Beginning: paint*. '
    "Grouped: a (b | c). In one field: author:cotte, year:2015-2018. The words AND, OR and NOT in capitals work too; "
    "+ and - count for the whole group they stand in, and AND binds closer than OR."
)


class QueryError(WrongUsage):
    """The query cannot be understood: `position` (0-based, in what was typed) and `hint`, a sentence for the reader."""

    http_status: ClassVar[int] = 422
    title: ClassVar[str] = "The search text cannot be understood"

    def __init__(self, position: int, hint: str) -> None:
        super().__init__(hint)
        self.position = position
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Word:
    """One word as typed; without a field it is looked for in every searched field."""

    text: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words one after the other, as typed."""

    text: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Prefix:
    """The beginning of a word, at least two letters."""

    text: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """From `low` to `high`, both included, None for open; in a date field years, or days written YYYYMMDD."""

    field: str
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class And:
    """Every part; at least one of them is not a Not."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Without the part; stands only inside an And."""

    part: "Node"


Node = Word | Phrase | Prefix | Span | And | Or | Not


def parse(text: str, words: Mapping[str, IndexField]) -> Node | None:
    """The tree of a query; None when nothing was typed.

    words: what may stand before a colon, in lower case, and the field it means (`author` -> field `authors`).
    Raises QueryError, and nothing else, with the place and a hint.
    """
    if len(text) > MAX_LENGTH:
        raise QueryError(MAX_LENGTH, f"This is longer than {MAX_LENGTH} characters; a search is a few words.")
    tokens = _Lexer(text, words).tokens()
    if not tokens:
        if text.translate(_AS_TYPED).strip():
            raise QueryError(0, "There is no letter and no digit to search for.")
        return None
    return _Parser(tokens, len(text)).tree()


def _as_typed() -> dict[int, str]:
    """One character for one character, so that positions stay: unusual dashes and quotes become the plain ones."""
    plain = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\ufe58\ufe63\uff0d"), "-")
    plain |= dict.fromkeys(map(ord, "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\uff02"), '"')
    plain |= dict.fromkeys(map(ord, "\u2018\u2019\u201a\u201b\u00b4\u0060\u2032\uff07"), "'")
    plain |= dict(zip(map(ord, "\uff08\uff09\uff5c\uff0a\uff0b\uff1a"), "()|*+:", strict=True))
    return plain | dict.fromkeys([*range(32), *range(127, 160), *range(0xD800, 0xE000)], " ")


_AS_TYPED = _as_typed()
_BRACKETED = re.compile(r'\([^\s"|()]*\)')  # (La,Sr)2CuO4, 10.1016/S0168-9002(00)00123-4: part of the word
_FIELD = re.compile(r"([^\W\d_][\w.-]*)[ ]?:(?!//)")
_SPAN = re.compile(r"(?:(\d{4}-\d\d-\d\d|\d{1,9})|(\d{4}-\d\d-\d\d|\d{1,9})?(?:\.\.|-)(\d{4}-\d\d-\d\d|\d{1,9})?)\Z")
_AMOUNT = r"\d{1,9}(?:\.\d{1,6})?"
_AMOUNTS = re.compile(rf"(?:({_AMOUNT})|({_AMOUNT})?(?:\.\.|-)({_AMOUNT})?)\Z")
_OPERATORS = {"AND": "AND", "OR": "|", "NOT": "NOT"}
_DOI_LINK = re.compile(r"(?:https?://)?(?:dx\.|www\.)?doi\.org/(?=10\.)", re.IGNORECASE)
_YES_NO = {"yes": "true", "true": "true", "1": "true", "no": "false", "false": "false", "0": "false"}


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # word, phrase, field, AND, NOT or one of ( ) | + -
    text: str
    position: int
    index_field: IndexField | None = None


class _Lexer:
    """Cuts what was typed into tokens; keeps the position of each."""

    def __init__(self, raw: str, words: Mapping[str, IndexField]) -> None:
        self.raw = raw
        self.typed = raw.translate(_AS_TYPED)
        self.words = words
        self.found: list[_Token] = []

    def tokens(self) -> list[_Token]:
        place = 0
        while place < len(self.typed):
            letter = self.typed[place]
            if letter.isspace():
                place += 1
            elif letter == '"':
                place = self._phrase(place)
            elif letter in "|)" or (letter == "(" and not self._bracket_begins_a_word(place)):
                self.found.append(_Token(letter, letter, place))
                place += 1
            elif letter in "+-" and self._begins(place):
                place = self._sign(place)
            else:
                place = self._word(place)
        return self.found

    def _begins(self, place: int) -> bool:
        """Signs count at the beginning of a word only: La2-x and C++ keep theirs."""
        before = self.typed[place - 1] if place else " "
        return (before.isspace() or before in "|(") and not (self.found and self.found[-1].kind == "field")

    def _bracket_begins_a_word(self, place: int) -> bool:
        inside = _BRACKETED.match(self.typed, place)
        following = self.typed[inside.end() : inside.end() + 1] if inside else ""
        return bool(following) and not following.isspace() and following not in '()|"*'

    def _phrase(self, place: int) -> int:
        end = self.typed.find('"', place + 1)
        if end < 0:
            raise QueryError(place, 'This quotation mark is never closed: put a second " at the end of the phrase.')
        inside = self.typed[place + 1 : end]
        if not has_word(inside):
            raise QueryError(place, "There is no word between these quotation marks.")
        following = self.typed[end + 1 : end + 2]
        if following and following in "*+-":
            raise QueryError(end + 1, f"Put a space before this {following} (a * belongs directly behind a word).")
        self.found.append(_Token("phrase", inside, place))
        return end + 1

    def _sign(self, place: int) -> int:
        sign, following = self.typed[place], self.typed[place + 1 : place + 2]
        if following and following in "+-":
            raise QueryError(place, "Two signs follow each other here; put quotation marks round them to find them.")
        if following and not following.isspace() and following not in "|)":
            self.found.append(_Token(sign, sign, place))
        elif sign == "-" and self.raw[place] == "-":  # a long dash is what a pasted title has between two words
            hint = "A - on its own: put it directly before the word to exclude, or quotation marks round the whole."
            raise QueryError(place, hint)
        return place + 1

    def _word(self, place: int) -> int:
        named = _FIELD.match(self.typed, place)
        if named and not (self.found and self.found[-1].kind == "field"):
            index_field = self.words.get(named[1].lower())
            if index_field is not None:
                self.found.append(_Token("field", named[0], place, index_field))
                return named.end()
            near = difflib.get_close_matches(named[1].lower(), self.words, 1, 0.8)
            if near:
                raise QueryError(place, f"There is no field {named[1]}; did you mean {near[0]}: ?")
        end = place
        while end < len(self.typed) and not self.typed[end].isspace() and self.typed[end] not in '|)"':
            bracketed = _BRACKETED.match(self.typed, end)
            if self.typed[end] == "(" and not bracketed:
                break
            end = bracketed.end() if bracketed else end + 1
        if end - place > MAX_WORD:
            raise QueryError(place, f"This word is longer than {MAX_WORD} characters.")
        text = self.typed[place:end]
        if text in _OPERATORS:
            self.found.append(_Token(_OPERATORS[text], text, place))
        else:
            self._plain_word(text, place)
        return end

    def _plain_word(self, text: str, place: int) -> None:
        before = self.found[-1].kind if self.found else ""
        star = text.find("*")
        if star >= 0 and (star < len(text) - 1 or not has_word(text)):
            raise QueryError(place + star, "A * stands only at the end of a word: paint* finds painting and paintings.")
        if star >= 0 and sum(letter.isalnum() for letter in text) < MIN_PREFIX:
            raise QueryError(place + star, f"Put at least {MIN_PREFIX} letters before the *.")
        if has_word(text):
            self.found.append(_Token("word", text, place))
        elif before in ("field", "+", "-", "NOT"):
            raise QueryError(place, "There is no letter and no digit to search for here.")
        # else: the & or the dots of a pasted title


class _Parser:
    """Reads the tokens group by group; `+` and `-` count for the whole group they stand in."""

    def __init__(self, tokens: list[_Token], length: int) -> None:
        self.tokens = tokens
        self.place = 0
        self.length = length
        self.terms = 0

    def tree(self) -> Node:
        tree = self._group(None, 0, 0)
        if self.place < len(self.tokens):
            raise QueryError(self.tokens[self.place].position, "This ) closes nothing: take it away, or add a (.")
        return tree

    def _next(self) -> _Token | None:
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def _group(self, index_field: IndexField | None, depth: int, start: int) -> Node:
        """Everything up to the closing parenthesis or the end."""
        if depth > MAX_DEPTH:
            raise QueryError(start, f"More than {MAX_DEPTH} parentheses inside each other.")
        required: list[Node] = []
        excluded: list[Node] = []
        choices: list[list[Node]] = [[]]
        signed = False  # the present choice holds a + or a -, so it is not empty
        while (token := self._next()) is not None and token.kind != ")":
            if token.kind == "|":
                self._check_choice(choices[-1], token, signed=signed)
                choices.append([])
                signed = False
                self.place += 1
            elif token.kind == "AND":
                self._step_over_and(token, choices[-1], signed=signed)
            elif token.kind in "+-":
                self.place += 1
                (required if token.kind == "+" else excluded).append(self._item(index_field, depth, token))
                signed = True
            else:
                choices[-1].append(self._item(index_field, depth, token))
        self._check_choice(choices[-1], token, signed=signed)
        return _joined(required, excluded, choices, start)

    def _check_choice(self, choice: list[Node], token: _Token | None, *, signed: bool) -> None:
        if not choice and not signed:
            place = token.position if token else self.length
            raise QueryError(place, "Something is missing here: a word, or a phrase.")

    def _step_over_and(self, token: _Token, choice: list[Node], *, signed: bool) -> None:
        self.place += 1
        following = self._next()
        if not (choice or signed) or following is None or following.kind in (")", "|", "AND"):
            raise QueryError(token.position, "AND needs something on both sides; the word itself is written small.")

    def _item(self, index_field: IndexField | None, depth: int, opener: _Token) -> Node:
        """One word, phrase or group, with NOT and a field word before it."""
        token = self._next()
        if token is None or token.kind in (")", "|", "AND"):
            raise QueryError(opener.position, f"After {opener.text} a word or a phrase is missing.")
        self.place += 1
        if token.kind == "NOT":
            following = self._next()
            if following and following.kind == "NOT":
                raise QueryError(following.position, "NOT twice: leave both away.")
            return Not(self._item(index_field, depth, token))
        if token.kind == "field":
            following = self._next()
            sign = following.text[0] if following else ""
            if following and sign in "+-" and not following.text[1:2].isdigit():
                raise QueryError(following.position, f"The {sign} belongs before {token.text} and not behind it.")
            return self._item(token.index_field, depth, token)
        if token.kind == "(":
            inside = self._group(index_field, depth + 1, token.position)
            if self._next() is None:
                raise QueryError(token.position, "This ( is never closed: put a ) where the group ends.")
            self.place += 1
            return inside
        if token.kind in "+-":
            raise QueryError(token.position, f"This {token.text} stands in the wrong place.")
        self.terms += 1
        if self.terms > MAX_TERMS:
            raise QueryError(token.position, f"More than {MAX_TERMS} words: narrow it down with the filters instead.")
        return _leaf(token, index_field)


def _joined(required: list[Node], excluded: list[Node], choices: list[list[Node]], start: int) -> Node:
    """One node for a group. A choice of exclusions only would find nearly everything, so it is refused."""
    if len(choices) == 1:
        parts = required + choices[0]
    else:
        full = all(choices)  # `+a | b`: the first choice asks for nothing more, so both together ask for nothing more
        if (not full and not required) or any(choice and _only_excludes(choice) for choice in choices):
            raise QueryError(start, _ONLY_EXCLUDES)
        parts = [*required, Or(tuple(_and_of(choice) for choice in choices))] if full else required
    if not parts or _only_excludes(parts):
        raise QueryError(start, _ONLY_EXCLUDES)
    return _and_of([*parts, *(Not(part) for part in excluded)])


_ONLY_EXCLUDES = "This only excludes, and nearly everything would be left: add what it should contain before the -."


def _only_excludes(parts: list[Node]) -> bool:
    return all(isinstance(part, Not) for part in parts)


def _and_of(parts: list[Node]) -> Node:
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _leaf(token: _Token, index_field: IndexField | None) -> Node:
    """A word or phrase as the field it stands in reads it."""
    name = index_field.name if index_field else None
    if index_field is not None and index_field.mapping in ("integer", "date"):
        return _amounts(token, index_field) if index_field.steps > 1 else _span(token, index_field)
    if index_field is not None and index_field.mapping == "boolean":
        answer = _YES_NO.get(token.text.lower())
        if answer is None:
            raise QueryError(token.position, f"{index_field.name} is yes or no.")
        return Word(answer, name)
    if token.kind == "phrase":
        return Phrase(token.text, name)
    link = _DOI_LINK.match(token.text)  # as it is copied from a page: what is kept is the DOI
    text = unquote(token.text[link.end() :]) if link else token.text
    return Prefix(text[:-1], name) if text.endswith("*") else Word(text, name)


def _span(token: _Token, index_field: IndexField) -> Span:
    shape = _SPAN.match(token.text.strip())
    bounds = [_bound(text) if text else None for text in shape.groups()] if shape else []
    if not bounds or bounds == [None, None, None]:
        example = "2015, 2015-2018 or 2015-" + (", or a day as 2015-03-31" if index_field.mapping == "date" else "")
        raise QueryError(token.position, f"{index_field.name} takes a number or a range, such as {example}.")
    single, low, high = bounds
    if single is not None:
        return Span(index_field.name, single, single)
    if low is not None and high is not None and low > (high * 10_000 + 9_999 if high < 10_000 <= low else high):
        raise QueryError(token.position, f"{token.text} runs backwards: the smaller number comes first.")
    return Span(index_field.name, low, high)


def _amounts(token: _Token, index_field: IndexField) -> Span:
    """Amounts as typed, in steps of the index; a single one stands for all that is rounded to it: 1.54 for 1.5378."""
    shape = _AMOUNTS.match(token.text.strip())
    if shape is None or not any(shape.groups()):
        example = "1.54, 0.9-1.1 or 0.9-"
        raise QueryError(token.position, f"{index_field.name} takes a number or a range, such as {example}.")
    single, low, high = (Decimal(text) if text else None for text in shape.groups())
    if single is not None:
        half = Decimal(1).scaleb(int(single.as_tuple().exponent)) / 2
        low, high = single - half, single + half
    first, last = (None if end is None else int(end * index_field.steps) for end in (low, high))
    if first is not None and last is not None and first > last:
        raise QueryError(token.position, f"{token.text} runs backwards: the smaller number comes first.")
    return Span(index_field.name, first, last)


def _bound(text: str) -> int:
    return int(text.replace("-", ""))
