"""The miner: proposal codes, data DOIs, instruments and facilities in a text, by grammar, with page and offset."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from puma.identifiers import find_dois, fold_code
from puma.matching.miner.elsewhere import elsewhere
from puma.matching.miner.grammar import Pack, facility_of_data, pack_of, packs, shapes
from puma.matching.miner.raw_tables import Said, read_tables
from puma.matching.miner.surroundings import (
    LOOKED_BACK,
    after_grant_words,
    after_proposal_words,
    going_on,
    is_counted_thing,
    is_in_an_address,
    unbroken,
)

Context = Literal["acknowledgement", "bare"]
HitKind = Literal["proposal", "other proposal", "data doi", "instrument", "facility", "elsewhere", "pdb"] | Said

NEAR = 110  # characters on either side in which words of an acknowledgement count
CLOSE = 32  # characters before a word in which a negative word rejects it
SHORT = 5  # codes of so few letters and digits are looked at twice

_DASHES = frozenset("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d\u00ad")
_BROKEN = re.compile(r"-[ \t\r]*\n")
_CUT_NUMBER = re.compile(r"\d-[ \t\r]*\n\s*\d")
_BLANKS = str.maketrans("\t\r\n", "   ")
_CUT_DOI = re.compile(r"(10\.\d{4,9}/(?:\S{0,80}[-./_])?) ([^\s,;()\[\]]{2,60})")  # by a blank, as of a line end
_PDB = re.compile(r"\bPDB\s?(?:ID|code|entry|accession)?s?[:\s]*([1-9][A-Za-z0-9]{3})\b")


@dataclass(frozen=True, slots=True, order=True)
class Hit:
    """One identifier or name in a text; ``start`` and ``end`` are offsets in the page as it was given.

    value: folded proposal code, clean DOI, instrument name as known, facility code, another place's name or PDB id;
    of a table of raw data the instrument, its detector as written and its wavelength in Å.
    """

    page: int
    start: int
    end: int
    kind: HitKind
    value: str
    facility: str
    context: Context


@dataclass(frozen=True, slots=True)
class FacilityGrammar:
    """What the database knows of one facility: its codes as written, and its instruments' names."""

    code: str
    name: str = ""
    proposal_codes: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Grammar:
    facility: str
    known: frozenset[str]
    codes: re.Pattern[str] | None
    written: re.Pattern[str] | None  # the pack's own patterns: codes nobody here knows
    names: re.Pattern[str] | None
    instruments: re.Pattern[str] | None
    as_known: Mapping[str, str]
    thanks: tuple[str, ...]
    negatives: tuple[str, ...]
    heads: tuple[str, ...] = ()
    tails: tuple[str, ...] = ()

    def readings(self, written: str) -> list[str]:
        """What a code may be folded to, as written first: with and without what people put before and after numbers."""
        folded = fold_code(written)
        found = [folded]
        for head in self.heads:
            if folded.startswith(head) and (bare := folded[len(head) :].lstrip("0")).isdigit():
                found.append(bare)
        for tail in self.tails:
            found.append(folded.removesuffix(tail) if folded.endswith(tail) else folded + tail)
        return list(dict.fromkeys(found))

    def known_as(self, written: str, asked: set[str]) -> str:
        """The code as the database has it; "" when it knows none. asked: gets all that was looked up."""
        readings = self.readings(written)
        asked.update(f"{self.facility}/{one}" for one in readings)
        return next((one for one in readings if one in self.known), "")


class Miner:
    """Finds identifiers in texts for the facilities of an installation.

    A code counts when the database knows it. Short codes, and codes of digits only, count only beside words of a
    proposal, an acknowledgement or the facility, and never beside words that make them something else.
    """

    def __init__(self, facilities: Iterable[FacilityGrammar]) -> None:
        self._grammars = [_grammar(one) for one in facilities]
        generic = packs()[""]
        self._thanks = tuple(word.casefold() for word in generic.acknowledgements)
        self._instrument_words = tuple(word.casefold() for word in generic.instrument_words)
        negatives = "|".join(map(re.escape, generic.negatives))
        self._negatives = re.compile(
            rf"(?<![\w-])(?:{negatives})s?\.?[\s:(#]*(?:(?:no|nr|number|id)s?\.?\s*)?$", re.IGNORECASE
        )

        self.known = frozenset(f"{one.facility}/{code}" for one in self._grammars for code in one.known)
        """All codes that the database knows, as "facility/code"."""
        self.print = _print_of(self._grammars)

    def mine(self, pages: Sequence[tuple[int, str]], asked: set[str] | None = None) -> list[Hit]:
        """All hits in (page number, text) pairs, in order.

        asked: gets what was looked up, as "facility/code". The same `print`, and these codes as known as they were,
        give the same hits.
        """
        hits: set[Hit] = set()
        asked = set() if asked is None else asked
        for page, text in pages:
            if not text:
                continue
            clean, at = straightened(text)
            lower = _lower(clean)
            taken = self._dois(page, clean, at, hits)
            for grammar in self._grammars:
                self._facility(page, clean, at, grammar, hits)
                self._codes(page, clean, lower, at, grammar, taken, hits, asked)
                self._instruments(page, clean, lower, at, grammar, hits)
            if "\n" in text and _CUT_NUMBER.search(text):  # a number divided at a line end, as only typesetting does
                joined, at_joined = straightened(text, join_numbers=True)
                for grammar in self._grammars:
                    self._codes(page, joined, _lower(joined), at_joined, grammar, taken, hits, asked, known_only=True)
            own = [one for grammar in self._grammars for one in (grammar.names, grammar.instruments)]
            for span in elsewhere(clean, own):
                hits.add(_hit(page, at, span, "elsewhere", clean[slice(*span)], "", "bare"))
            for found in _PDB.finditer(clean) if "PDB" in clean else ():
                hits.add(_hit(page, at, found.span(1), "pdb", found[1].lower(), "", "bare"))
            for one in read_tables(text, self._grammars):
                hits.add(Hit(page, *one.span, one.said, one.value, one.facility, "bare"))
        return sorted(hits)

    def codes_in(self, identifier: str) -> frozenset[str]:
        """Folded codes that the database knows and that stand in an identifier, as in 10.5291/ILL-DATA.8-02-889.

        Codes of digits only, and very short ones, are not believed there.
        """
        return frozenset(
            folded
            for grammar in self._grammars
            if grammar.codes
            for found in grammar.codes.finditer(identifier.partition("/")[2].replace(".", " "))
            if (folded := fold_code(found[0])) in grammar.known and _structured(found[0]) and len(folded) > 3
        )

    def _dois(self, page: int, clean: str, at: Sequence[int], hits: set[Hit]) -> list[tuple[int, int]]:
        taken = []
        for doi, start, end in find_dois(clean):
            taken.append((start, end))
            hits.add(_hit(page, at, (start, end), "data doi", doi, facility_of_data(doi), "bare"))
        for found in _CUT_DOI.finditer(clean):
            for doi, start, end in find_dois(found[1] + found[2]):
                span = (found.start() + start, found.start() + end + 1)  # and the blank
                if end > len(found[1]) and (facility_of_data(doi) or self.codes_in(doi)):
                    taken.append(span)
                    hits.add(_hit(page, at, span, "data doi", doi, facility_of_data(doi), "bare"))
        return taken

    def _facility(self, page: int, clean: str, at: Sequence[int], grammar: _Grammar, hits: set[Hit]) -> None:
        if grammar.names:
            for found in grammar.names.finditer(clean):
                hits.add(_hit(page, at, found.span(), "facility", grammar.facility, grammar.facility, "bare"))

    def _codes(
        self,
        page: int,
        clean: str,
        lower: str,
        at: Sequence[int],
        grammar: _Grammar,
        taken: Sequence[tuple[int, int]],
        hits: set[Hit],
        asked: set[str],
        *,
        known_only: bool = False,
    ) -> None:
        found_at: list[tuple[int, int]] = []
        for found in grammar.codes.finditer(clean) if grammar.codes else ():
            if not _within(found.start(), taken) and (code := grammar.known_as(found[0], asked)):
                context = self._judge(clean, lower, found.span(), code, grammar)
                if context:
                    found_at.append(found.span())
                    hits.add(_hit(page, at, found.span(), "proposal", code, grammar.facility, context))
                    found_at += self._list_of(page, clean, at, found, grammar, context, hits, asked)
        for found in grammar.written.finditer(clean) if grammar.written and not known_only else ():
            if _within(found.start(), taken) or _within(found.start(), found_at):
                continue
            code = grammar.known_as(found[0], asked)
            context = self._judge(clean, lower, found.span(), code or fold_code(found[0]), grammar)
            if context and (code or context == "acknowledgement"):
                which: HitKind = "proposal" if code else "other proposal"
                value = code or fold_code(found[0])
                hits.add(_hit(page, at, found.span(), which, value, grammar.facility, context))
                if code:
                    found_at += self._list_of(page, clean, at, found, grammar, context, hits, asked)

    def _list_of(
        self,
        page: int,
        clean: str,
        at: Sequence[int],
        found: re.Match[str],
        grammar: _Grammar,
        context: Context,
        hits: set[Hit],
        asked: set[str],
    ) -> list[tuple[int, int]]:
        """Adds further codes that the database knows, of a list that leaves out how they begin; gives their places."""
        places = []
        for written, span in going_on(clean, found.end(), found[0]):
            if code := grammar.known_as(written, asked):
                hits.add(_hit(page, at, span, "proposal", code, grammar.facility, context))
                places.append(span)
        return places

    def _judge(self, clean: str, lower: str, span: tuple[int, int], folded: str, grammar: _Grammar) -> Context | None:
        """In which surroundings a code stands; None when it is something else that looks like one."""
        before = unbroken(clean[max(0, span[0] - LOOKED_BACK) : span[0]])
        if after_proposal_words(before):
            return None if after_grant_words(before[-40:]) else "acknowledgement"
        if self._is_other_thing(clean, span, grammar) or after_grant_words(before):
            return None
        if is_in_an_address(before, clean[slice(*span)], clean[span[1] : span[1] + CLOSE]):
            return None
        window = lower[max(0, span[0] - NEAR) : span[1] + NEAR]
        window = f"{window} {unbroken(window)}"
        thanks = any(word in window for word in self._thanks) or any(word in window for word in grammar.thanks)
        named = bool(grammar.names and grammar.names.search(clean, max(0, span[0] - NEAR), span[1] + NEAR))
        structured = _structured(clean[span[0] : span[1]])
        if not structured or len(folded) <= SHORT:
            return "acknowledgement" if thanks and named and structured else None
        return "acknowledgement" if thanks or named else "bare"

    def _is_other_thing(self, clean: str, span: tuple[int, int], grammar: _Grammar) -> bool:
        before = clean[max(0, span[0] - CLOSE) : span[0]]
        after = clean[span[1] : span[1] + 14].lower()
        if self._negatives.search(before):
            return True
        if any(before.lower().rstrip(" :(").endswith(word) for word in grammar.negatives):
            return True
        return is_counted_thing(after)

    def _instruments(
        self, page: int, clean: str, lower: str, at: Sequence[int], grammar: _Grammar, hits: set[Hit]
    ) -> None:
        if not grammar.instruments:
            return
        for found in grammar.instruments.finditer(clean):
            if self._is_other_thing(clean, found.span(), grammar):
                continue
            start, end = max(0, found.start() - 60), found.end() + 60
            window = lower[start:end]
            named = bool(grammar.names and grammar.names.search(clean, start, end))
            if named or any(word in window for word in self._instrument_words):
                name = grammar.as_known[fold_code(found[0])]
                hits.add(_hit(page, at, found.span(), "instrument", name, grammar.facility, "acknowledgement"))


def _lower(clean: str) -> str:
    folded = clean.casefold()
    return folded if len(folded) == len(clean) else clean.lower()


def straightened(text: str, *, join_numbers: bool = False) -> tuple[str, Sequence[int]]:
    """The text with ligatures resolved, dashes unified and words joined that a line end divides; and for every
    character of it the offset in the text as it was (one more at the end).

    join_numbers: the hyphen between digits at a line end goes, too.
    """
    if text.isascii() and not ("\n" in text and _BROKEN.search(text)):
        return text.translate(_BLANKS), range(len(text) + 1)
    out: list[str] = []
    at: list[int] = []
    place, size = 0, len(text)
    while place < size:
        character = text[place]
        if character in _DASHES or character == "-":
            after = place + 1
            while after < size and text[after] in " \t\r\n":
                after += 1
            broken = "\n" in text[place:after]
            if character == "\u00ad" and not broken:
                place += 1
                continue
            if join_numbers and broken and text[place - 1 : place].isdigit() and text[after : after + 1].isdigit():
                place = after
                continue
            out.append("-")
            at.append(place)
            place = after if broken else place + 1
            continue
        if character.isascii():
            out.append(" " if character in "\t\r\n" else character)
            at.append(place)
        else:
            for piece in unicodedata.normalize("NFKC", character):
                out.append(piece)
                at.append(place)
        place += 1
    at.append(size)
    return "".join(out), at


def _within(place: int, spans: Iterable[tuple[int, int]]) -> bool:
    return any(start <= place < end for start, end in spans)


def _structured(written: str) -> bool:
    """Whether a code has letters or two separators: "8-02-889", not "20190234"."""
    return any(character.isalpha() for character in written) or len(re.findall(r"\d+", written)) > 2


def _hit(
    page: int, at: Sequence[int], span: tuple[int, int], kind: HitKind, value: str, facility: str, context: Context
) -> Hit:
    return Hit(page, at[span[0]], at[span[1] - 1] + 1, kind, value, facility, context)


def _grammar(facility: FacilityGrammar) -> _Grammar:
    pack: Pack = pack_of(facility.code, facility.name)
    spoken = sorted({*pack.spoken, facility.code, facility.name} - {""}, key=lambda one: (-len(one), one))
    own = shapes(facility.proposal_codes)
    instruments: dict[str, str] = {}
    for name in facility.instruments:
        instruments.setdefault(fold_code(name), name)
    instruments.pop("", None)
    spelt = dict.fromkeys(instruments.values())
    for name, others in pack.instruments.items():
        if known := instruments.get(fold_code(name)):
            for other in others:
                if instruments.setdefault(fold_code(other), known) == known:
                    spelt[other] = None
    return _Grammar(
        facility=facility.code,
        known=frozenset(fold_code(code) for code in facility.proposal_codes) - {""},
        codes=_either(own, re.IGNORECASE),
        written=_either(pack.codes, 0),
        names=_either([re.escape(name).replace(r"\ ", r"\s+") for name in spoken], 0),
        instruments=_either([_loosely(name) for name in sorted(spelt, key=lambda one: (-len(one), one))], 0),
        as_known=instruments,
        thanks=tuple(word.casefold() for word in pack.acknowledgements),
        negatives=tuple(word.casefold() for word in pack.negatives),
        heads=tuple(word.casefold() for word in pack.heads),
        tails=tuple(word.casefold() for word in pack.tails),
    )


def _print_of(grammars: Iterable[_Grammar]) -> str:
    """A print of all that decides on hits but the codes themselves: patterns, words, names and this program."""
    seen = hashlib.blake2b(_program(), digest_size=16)
    for one in grammars:
        patterns = [found and found.pattern for found in (one.codes, one.written, one.names, one.instruments)]
        seen.update(repr((one.facility, patterns, sorted(one.as_known.items()), one.thanks, one.negatives)).encode())
    return seen.hexdigest()


@cache
def _program() -> bytes:
    """The text of this room with its packs, and of what it reads identifiers with."""
    rooms = (files("puma.matching.miner"), files("puma.matching.miner").joinpath("packs"))
    held = sorted((one.name, one.read_bytes()) for room in rooms for one in room.iterdir() if one.is_file())
    return repr([*held, files("puma").joinpath("identifiers.py").read_bytes()]).encode()


def _either(patterns: Iterable[str], flags: int) -> re.Pattern[str] | None:
    several = list(dict.fromkeys(patterns))
    return re.compile(rf"(?<![\w.])(?:{'|'.join(several)})(?![\w])", flags) if several else None


def _loosely(name: str) -> str:
    """A name in which a dash may be a space or nothing: "ID-01" is "ID01"."""
    return r"[-_ ]?".join(map(re.escape, re.split(r"[-_ ]+", name)))
