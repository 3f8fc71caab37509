"""Cleaning and checking of identifiers at the door: DOI, ORCID, ROR, ISSN, arXiv, proposal codes.

Every cleaner gives one canonical spelling, or None for what is not such an identifier; none raises on any text, and
cleaning a clean identifier changes nothing.
"""

import html
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

_CACHED = 10_000  # the same journals, institutions and persons stand in many records

_DASHES = re.compile("[\u00ad\u058a\u1806\u2010-\u2015\u2043\u207b\u208b\u2212\u2e3a\u2e3b\ufe58\ufe63\uff0d]")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]"
)


def _tidy(text: str) -> str:
    """One spelling of characters: compatibility forms, dashes and spaces unified, invisible ones out."""
    text = text.replace("\xad", "")
    if not text.isascii():
        text = _DASHES.sub("-", unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)))
    return " ".join(_INVISIBLE.sub("", text).split())


# --- DOI -------------------------------------------------------------------------------------------------------------

_LONGEST_DOI = 2000
_DOI = re.compile(r"10\.[0-9]{4,9}(?:\.[0-9]+)*/[^\s\ufffd]+")
_DOI_PREFIX = re.compile(
    r"(?:info:|urn:|hdl:|get it at\s)?(?:https?:/{1,2})?"
    r"(?:[\w.-]+/(?:[\w.-]+/)*doi/(?:abs/|full/|pdf/|epdf/|pdfdirect/|book/)?|(?:www\.)?(?:dx[.-])?doi[.-][\w.-]+/|)"
    r"(?:doi\s?(?:\.org/|[:=/]|\s)\s?)?",
    re.IGNORECASE,
)
_URL_TAIL = re.compile(r"(?<!;2-)[?#].*", re.DOTALL)
_VIEW = re.compile(r"/(?:full|abstract|epdf|pdf|fulltext)$")
_TRAILING = " .,;:'\"`’‘“”«»›‹…\\/*|^~"
_CLOSERS = {")": "(", "]": "[", "}": "{", ">": "<"}
_LATEX_UNDERSCORE = re.compile(r"\\_|\\textunderscore\s?")
_LABEL = re.compile(r"\s*\[(?:doi|pii)\]$", re.IGNORECASE)
_FOUND_DOI = re.compile(
    r"(?<![0-9])(?<![0-9]\.)10\.[0-9]{4,9}(?:\.[0-9]+)*(?:/|%2[Ff])"
    r"(?:<[0-9]+::[A-Za-z]{3}-[A-Za-z0-9]+>|[^\s<>\"“”«»„|^`{}\u2014]){1,500}"
)
_NEXT_IDENTIFIER = re.compile(
    r"[,;(\[]?(?:https?:|doi:|www\.)|[,;]10\.[0-9]{4,9}/|&[\w.]+=|&(?:lt|gt|quot);(?!3\.0|[0-9]+::)", re.IGNORECASE
)


@lru_cache(maxsize=50_000)
def clean_doi(text: str) -> str | None:
    """The DOI that `text` consists of, lower case and bare ("10.1107/s2052252519008285"); None when it is not one.

    Takes resolver and publisher addresses, "doi:" labels, percent encoding, entities, unusual dashes and trailing
    punctuation. Text around the DOI, or blanks within it, give None: use `find_dois` there.
    """
    return _bare_doi(_tidy(text)) if len(text) <= _LONGEST_DOI else None


def _bare_doi(text: str) -> str | None:
    text = text.lstrip("<([{\"' ")
    text = _LABEL.sub("", text)
    while (found := _DOI_PREFIX.match(text)) and found[0]:  # in a loop for doi.org/https://dx.doi.org/10...
        if "." in found[0]:
            text = _URL_TAIL.sub("", text)
        text = text[found.end() :]
    text = re.sub(r"^(10\.[0-9.]+)\s?/\s", r"\1/", _decoded(text))
    while True:
        shorter = _VIEW.sub("", _without_trailing(text).lower())
        if shorter == text:
            break
        text = shorter
    return text if _DOI.fullmatch(text) else None


def find_dois(text: str) -> list[tuple[str, int, int]]:
    """The DOIs in running text as (cleaned DOI, start, end), the offsets being those of `text` itself, in order.

    Brackets are balanced ("(see 10.1000/a(b))" gives 10.1000/a(b)) and trailing punctuation is left outside.
    """
    found: list[tuple[str, int, int]] = []
    place = text.find("10.")  # many times faster than the pattern, and most texts have none
    while place >= 0 and (match := _FOUND_DOI.search(text, place)):
        body = match[0]
        if following := _NEXT_IDENTIFIER.search(body, 8):
            body = body[: following.start()]
        body = _without_trailing(_cut_at_unbalanced(body))
        if doi := clean_doi(body):
            found.append((doi, match.start(), match.start() + len(body)))
        place = match.start() + max(len(body), len("10.1000/"))
    return found


def _decoded(text: str) -> str:
    """Percent encoding, entities and LaTeX underscores resolved, also where they were applied twice."""
    text = _LATEX_UNDERSCORE.sub("_", text)
    for _ in range(4):
        decoded = _tidy(html.unescape(unquote(text, errors="replace")))
        if decoded == text:
            break
        text = decoded
    return text


def _cut_at_unbalanced(text: str) -> str:
    openers: list[str] = []
    for place, character in enumerate(text):
        if character in "([{<":
            openers.append(character)
        elif character in _CLOSERS and (not openers or openers.pop() != _CLOSERS[character]):
            return text[:place]
    return text


def _without_trailing(text: str) -> str:
    while text and _is_trailing(text, text[-1]):
        text = text[:-1]
    return text


def _is_trailing(text: str, last: str) -> bool:
    if last in "!?":
        return not text.endswith((";2-!", ";2-?"))  # the check character of an old DOI
    return last in _TRAILING or last in "([{<" or text.count(last) > text.count(_CLOSERS.get(last, last))


# --- ORCID, ROR, ISSN, arXiv -----------------------------------------------------------------------------------------

_ORCID = re.compile(
    r"(?:https?:/{1,2})?(?:www\.|sandbox\.)?(?:orcid(?:\.org/|\s?:\s?|\s)(?:https?://orcid\.org/)?)?/?"
    r"([0-9]{4})[- ]?([0-9]{4})[- ]?([0-9]{4})[- ]?([0-9]{3}[0-9x])/?",
    re.IGNORECASE,
)
# ORCID's own block, by the first 15 digits; below and above it ISNI numbers persons and organisations, and beyond those
# lie ORCID's later block (0009-...) and numbers that nobody was given. 0000-0001-2345-6789 is invented.
_ORCID_BLOCK = range(15_000_000, 35_000_001)
_PAST_ISNI = 1_000_000_000
_ROR = re.compile(
    r"(?:https?:/{1,2})?(?:www\.)?(?:ror(?:\.org/|\s?:\s?|\s)(?:https?://ror\.org/)?)?/?(0[a-hj-km-np-tv-z0-9]{6}[0-9]{2})/?",
    re.IGNORECASE,
)
_BASE32 = {letter: value for value, letter in enumerate("0123456789abcdefghjkmnpqrstvwxyz")}
_ISSN = re.compile(
    r"(?:https?://portal\.issn\.org/resource/issn/|urn:issn:|[ep]?-?issn(?:-l)?\s?:?\s?)?"
    r"([0-9]{4})[- ]?([0-9]{3})([0-9x])",
    re.IGNORECASE,
)
_ARXIV = re.compile(
    r"(?:(?:https?:/{1,2})?(?:www\.|export\.)?(?:arxiv\.org/(?:abs|pdf|html|ps)/|(?:dx\.)?doi\.org/10\.48550/arxiv\.)"
    r"|(?:doi:)?10\.48550/arxiv\.|arxiv\s?:\s?|oai:arxiv\.org:|arxiv\s|)"
    r"(?:arxiv\s?:\s?)?"
    r"(?:([0-9]{2})(0[1-9]|1[0-2])\.([0-9]{4,5})|([a-z-]{4,8})(?:\.[a-z]{2})?/([0-9]{2}(?:0[1-9]|1[0-2])[0-9]{3}))"
    r"(?:v[0-9]{1,3})?(?:\.pdf)?(?:\s?\[[\w.-]+\])?",
    re.IGNORECASE,
)
_OLD_ARCHIVES = {
    "acc-phys", "adap-org", "alg-geom", "ao-sci", "astro-ph", "atom-ph", "bayes-an", "chao-dyn", "chem-ph", "cmp-lg",
    "comp-gas", "cond-mat", "cs", "dg-ga", "funct-an", "gr-qc", "hep-ex", "hep-lat", "hep-ph", "hep-th", "math",
    "math-ph", "mtrl-th", "nlin", "nucl-ex", "nucl-th", "patt-sol", "physics", "plasm-ph", "q-alg", "q-bio",
    "quant-ph", "solv-int", "supr-con",
}  # fmt: skip


@lru_cache(maxsize=_CACHED)
def clean_orcid(text: str) -> str | None:
    """The ORCID iD with hyphens ("0000-0002-1825-0097"); None when the ISO 7064 check digit or the range is wrong."""
    found = _ORCID.fullmatch(_tidy(text[:200]))
    if not found:
        return None
    digits = "".join(found.groups()).upper()
    total = 0
    for digit in digits[:15]:
        total = (total + int(digit)) * 2
    if "0123456789X"[(12 - total % 11) % 11] != digits[15]:
        return None
    if int(digits[:15]) not in _ORCID_BLOCK and int(digits[:15]) < _PAST_ISNI:
        return None  # an ISNI, which has the same form
    return "-".join(digits[start : start + 4] for start in range(0, 16, 4))


@lru_cache(maxsize=_CACHED)
def clean_ror(text: str) -> str | None:
    """The ROR id without resolver ("02feahw73"); None when the check digits are wrong."""
    found = _ROR.fullmatch(_tidy(text[:200]))
    if not found:
        return None
    name = found[1].lower()
    value = 0
    for letter in name[:7]:
        value = value * 32 + _BASE32[letter]
    return name if 98 - value * 100 % 97 == int(name[7:]) else None


@lru_cache(maxsize=_CACHED)
def clean_issn(text: str) -> str | None:
    """The ISSN with hyphen ("2052-2525"); None when the check digit is wrong."""
    found = _ISSN.fullmatch(_tidy(text[:200]))
    if not found:
        return None
    digits = "".join(found.groups()).upper()
    total = sum(int(digit) * weight for digit, weight in zip(digits[:7], range(8, 1, -1), strict=True))
    return f"{digits[:4]}-{digits[4:]}" if "0123456789X"[-total % 11] == digits[7] and digits != "00000000" else None


def clean_arxiv(text: str) -> str | None:
    """The arXiv identifier without version ("1706.03762", "cond-mat/0512345"); None when it is not one.

    Takes addresses, "arXiv:" labels and DOIs of arXiv. A subject class ("math.GT/0309136") is left away.
    """
    found = _ARXIV.fullmatch(_tidy(text[:200]))
    if not found:
        return None
    year, month, number, archive, old_number = found.groups()
    if archive:
        return f"{archive.lower()}/{old_number}" if archive.lower() in _OLD_ARCHIVES else None
    if not year + month >= "0704" or (len(number) == 5) != (int(year) >= 15):
        return None
    return f"{year}{month}.{number}"


# --- Proposal codes --------------------------------------------------------------------------------------------------

_LONGEST_CODE = 100
_NO_CODE = {"NA", "N.A.", "NONE", "NULL", "NAN", "NIL", "UNKNOWN", "TBD", "TBA", "NOT AVAILABLE", "NOT APPLICABLE"}
_NOT_IN_KEY = re.compile(r"[-_/\s]+")
_RB_NUMBER = re.compile(r"rb[0-9]{5,8}")  # ISIS: its catalogue has the bare number, people and DOIs write RB


@lru_cache(maxsize=50_000)
def clean_proposal_code(text: str) -> str | None:
    """The proposal code in upper case with plain dashes and single spaces ("IH-CH-659"); None for none at all.

    Nothing is added, dropped or reordered. Words that say "no code" ("n/a", "none", "-") and texts of more than 100
    characters give None.
    """
    code = text[: 4 * _LONGEST_CODE + 1]
    for _ in range(3):
        code = _tidy(_tidy(code).upper())
    if not any(character.isalnum() for character in code) or len(code) > _LONGEST_CODE:
        return None
    return None if code.replace("/", "") in _NO_CODE else code


def fold_code(text: str) -> str:
    """Key for comparing codes: "MA-1234", "ma1234" and "MA 1234" give the same. Empty for what is not a code."""
    key = _NOT_IN_KEY.sub("", clean_proposal_code(text) or "").casefold()
    return key[2:] if _RB_NUMBER.fullmatch(key) else key


# --- Data DOIs of facilities -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DataDoi:
    """How one facility builds the DOIs of its data; the group `code`, if any, is the proposal code."""

    facility: str
    pattern: re.Pattern[str]


DATA_DOIS = tuple(
    DataDoi(facility, re.compile(pattern))
    for facility, pattern in (
        ("ILL", r"10\.5291/ill-data\.(?P<code>[0-9a-z]+(?:-[0-9a-z]+)+)(?:/.*)?"),
        ("ISIS", r"10\.5286/isis\.e\.(?P<code>rb[0-9]{5,8})(?:-[0-9]+)?"),
        ("ISIS", r"10\.5286/isis\.e\..*"),  # the number of an investigation, not of a proposal
        ("European XFEL", r"10\.22003/xfel\.eu-data-0*(?P<code>[1-9][0-9]*)-[0-9]+"),
        ("ESRF", r"10\.15151/esrf-(?:es|dc)-.*"),  # es: the number of a session, dc: of a collection
        ("PSI", r"10\.16907/.*"),
        ("ESS", r"10\.17199/.*"),
    )
)


def data_doi_facility(doi: str) -> str | None:
    """The facility whose data a cleaned DOI names ("10.16907/..." is PSI); None when it is no known data DOI."""
    return next((known.facility for known in DATA_DOIS if known.pattern.fullmatch(doi.lower())), None)


def data_doi_proposal(doi: str) -> tuple[str, str] | None:
    """Facility and proposal code that a cleaned data DOI carries: 10.5291/ill-data.8-02-889 -> ("ILL", "8-02-889").

    None where the facility does not write the code into its DOIs (ESRF, PSI, ESS). Sources: the DOI pages of the ILL
    and ISIS, and DOIs of the other facilities as registered with DataCite.
    """
    for known in DATA_DOIS:
        found = known.pattern.fullmatch(doi.lower())
        if found:
            code = found.groupdict().get("code")
            return (known.facility, code.upper()) if code else None
    return None
