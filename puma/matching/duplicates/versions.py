"""What one publication is to another of the same content: a preprint, a correction, a chapter, a part, data, a copy."""

import re
from dataclasses import dataclass

from puma.identifiers import clean_doi
from puma.matching.duplicates.pairs import Described, numbers_in, surname, title_of

_PREPRINT_PREFIXES_WORDS = (
    "10.48550 10.1101 10.26434 10.2139 10.21203 10.20944 10.31219 10.31234 10.22541 10.36227 10.31223 10.33774 "
    "10.14293 10.31224 10.35542 10.31235 10.32942 10.1002/essoar 10.5194/egusphere 10.12688 10.2172"
)
PREPRINT_PREFIXES = frozenset(_PREPRINT_PREFIXES_WORDS.split())
"""DOI prefixes of preprint servers and report offices."""
_DATA_PREFIXES_WORDS = (
    "10.5281 10.6084 10.5061 10.17632 10.7910 10.25919 10.5291 10.15151 10.5286 10.16907 10.5517 10.7927 10.24435 "
    "10.17862 10.3886 10.1594 10.5878 10.15468"
)
DATA_PREFIXES = frozenset(_DATA_PREFIXES_WORDS.split())
"""DOI prefixes under which data, figures and software are published."""
_GENERIC_WORDS = (
    "preface|introduction|editorial|foreword|contents|table of contents|index|author index|subject index|errata|"
    "erratum|corrigendum|correction|news|book review|book reviews|book review column|letters|"
    "letter to the editor|letters to the editor|announcements|announcement|obituary|acknowledgements|"
    "acknowledgments|list of participants|participants|committees|conference committees|organizing committee|"
    "highlights|research highlights|in this issue|cover|front cover|back cover|masthead|title page|frontmatter|"
    "front matter|back matter|abstracts|poster abstracts|guest editorial|guest editors introduction|"
    "guest editor s introduction|editor s note|editors note|notes|discussion|conclusion|conclusions|summary|"
    "overview|perspective|commentary|reply|comment|response|untitled|annual report|progress report|report|"
    "proceedings|calendar|meeting report|in memoriam|reminiscences on influential papers|chair s message|"
    "editorial board|general introduction|appendix|references|glossary|bibliography|data|dataset|"
    "supplementary material|supporting information|thesis|poster|presentation"
)
GENERIC = frozenset(_GENERIC_WORDS.split("|"))
"""Folded titles that many works have: they never match by title."""

_CORRECTION = re.compile(
    r"^(?:(?:publisher s? ?|author )?(?:erratum|errata|corrigendum|corrigenda|correction|corrections|addendum|"
    r"retraction|retracted|retraction note|expression of concern|withdrawn))\b(?: (?:notice|note))?"
    r"(?: (?:to|of|for|on))?\s*"
)
_ANSWER = re.compile(
    r"^(?:comments? (?:on|to|about)|reply (?:to|on)|response to|authors? (?:reply|response)|discussion of|"
    r"review of|re|decision letter|peer review of|referee report)\b\s*(?:the comment on\s*)?"
)
_PART = re.compile(
    r"\b(?:part|pt|vol|volume|chapter|section|lecture|paper|number|no|issue|supplement) (\d+|[ivx]+|[a-h])\b"
)
_DOI_VERSION = re.compile(r"(?:[./_]v(?:ersion)?[._]?\d{1,2}|v\d{1,2})$")
_COMPONENT = re.compile(
    r"[./](?:s|f|g|t|e|fig|table|supp?|suppl)[-_]?\d{1,4}$|/(?:fig|table|supp)-\d+$|sup\d+(?:\.\w+)?$"
)
_BOOK_DOI = re.compile(r"^10\.\d{4,9}/(?:b\d+|(?:97[89][\d-]{10,14}))$")


@dataclass(frozen=True, slots=True)
class Bond:
    """What one of two works is to the other, and why; ``kind`` "" when nothing but the text speaks.

    first: the first one is the lesser: the preprint, the correction, the chapter, the data.
    """

    kind: str
    reason: str
    first: bool = False


def same_title(one: str, other: str) -> bool:
    """Whether two folded titles are one, leaving out what corrections and versions put before."""
    return bool(one) and (one == other or one.replace(" ", "") == other.replace(" ", ""))


def stripped(title: str) -> str:
    """A folded title without "Erratum:", "Correction to" and the like."""
    return _CORRECTION.sub("", title).strip(" :")


def is_generic(title: str) -> bool:
    """Whether a folded title says nothing about its work."""
    return (
        len(title) < 3 or title in GENERIC or re.sub(r" ?\d+$", "", title) in GENERIC or title.endswith(" highlights")
    )


def conflict(one: Described, other: Described) -> str:
    """Why two works are surely different though their texts may agree; "" when nothing says so."""
    mine, theirs = title_of(one.title), title_of(other.title)
    if bool(_ANSWER.match(mine)) != bool(_ANSWER.match(theirs)):
        return "one is a comment, reply or review of the other"
    parts = [_PART.findall(title) for title in (mine, theirs)]
    if parts[0] and parts[1] and parts[0] != parts[1]:
        return f"part {parts[0][-1]} and part {parts[1][-1]}"
    numbers = numbers_in(mine), numbers_in(theirs)
    if numbers[0] and numbers[1] and numbers[0] - numbers[1] and numbers[1] - numbers[0]:
        return "different numbers in the titles"
    if is_generic(mine) and is_generic(theirs) and not _same_place(one, other):
        return "a title that many works have"
    return ""


def _same_place(one: Described, other: Described) -> bool:
    """Same year, same first page or volume, and an author in common: enough even for an editorial."""
    authors = {surname(name) for name in one.authors} & {surname(name) for name in other.authors}
    return bool(authors) and one.year == other.year and bool(one.pages) and one.pages == other.pages


def bond(one: Described, other: Described) -> Bond:
    """What two works of the same content are to each other; the same both ways round."""
    dois = [clean_doi(work.doi or "") or "" for work in (one, other)]
    titles = [title_of(one.title), title_of(other.title)]
    corrected = [bool(_CORRECTION.match(title)) and title not in GENERIC for title in titles]
    if corrected[0] != corrected[1]:
        return Bond("erratum", "one is a correction or retraction of the other", corrected[0])
    pieces = [bool(_COMPONENT.search(doi)) for doi in dois]
    if pieces[0] != pieces[1]:
        return Bond("component", "a figure, table or supplement has its own DOI", pieces[0])
    data = [
        work.kind in ("DATASET", "SOFTWARE") or _prefix_in(doi, DATA_PREFIXES)
        for work, doi in zip((one, other), dois, strict=True)
    ]
    if data[0] != data[1]:
        return Bond("dataset", "one is data or a deposit, the other a publication", data[0])
    if dois[0] and dois[1] and dois[0] != dois[1] and _DOI_VERSION.sub("", dois[0]) == _DOI_VERSION.sub("", dois[1]):
        return Bond("version", "DOIs of two versions of one deposit", dois[0] < dois[1])
    preprint = [_is_preprint(work, doi) for work, doi in zip((one, other), dois, strict=True)]
    if preprint[0] != preprint[1]:
        return Bond("preprint", "one is a preprint", preprint[0])
    kinds = {one.kind, other.kind}
    if "BOOK" in kinds and ("BOOK_CHAPTER" in kinds or "PROCEEDINGS_ARTICLE" in kinds):
        return Bond("chapter", "one is a chapter of the other", one.kind != "BOOK")
    books = [bool(_BOOK_DOI.match(doi)) for doi in dois]
    if books[0] != books[1] and all(dois):
        return Bond("chapter", "one DOI is that of a whole book", books[1])
    if "THESIS" in kinds and len(kinds - {"", "OTHER"}) > 1:
        return Bond("thesis", "one is a thesis", one.kind == "THESIS")
    if kinds == {"PROCEEDINGS_ARTICLE", "JOURNAL_ARTICLE"}:
        return Bond(
            "conference paper", "one is in proceedings, the other in a journal", one.kind == "PROCEEDINGS_ARTICLE"
        )
    return Bond("", "")


def _is_preprint(work: Described, doi: str) -> bool:
    if work.kind == "PREPRINT" or _prefix_in(doi, PREPRINT_PREFIXES):
        return True
    return not doi and any(one.startswith("arxiv:") for one in work.others) and not (work.volume or work.pages)


def _prefix_in(doi: str, prefixes: frozenset[str]) -> bool:
    return bool(doi) and (doi.split("/")[0] in prefixes or any(doi.startswith(p) for p in prefixes if "/" in p))
