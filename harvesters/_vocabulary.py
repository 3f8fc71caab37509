"""What repositories call types of work, rights of access and licences, in this program's words."""

import re
from collections.abc import Iterable

TYPES = {
    "article": "JOURNAL_ARTICLE", "journalarticle": "JOURNAL_ARTICLE", "articleinjournal": "JOURNAL_ARTICLE",
    "journal": "JOURNAL_ARTICLE", "journalarticles": "JOURNAL_ARTICLE", "researcharticle": "JOURNAL_ARTICLE",
    "review": "JOURNAL_ARTICLE", "reviewarticle": "JOURNAL_ARTICLE", "researchreview": "JOURNAL_ARTICLE",
    "letter": "JOURNAL_ARTICLE", "editorial": "JOURNAL_ARTICLE", "editorialletter": "JOURNAL_ARTICLE",
    "bookreview": "JOURNAL_ARTICLE", "contributiontoperiodical": "JOURNAL_ARTICLE", "datapaper": "DATA_PAPER",
    "conferenceobject": "PROCEEDINGS_ARTICLE", "conferencepaper": "PROCEEDINGS_ARTICLE",
    "conferencepapers": "PROCEEDINGS_ARTICLE", "conferenceproceeding": "PROCEEDINGS_ARTICLE",
    "conferenceproceedings": "PROCEEDINGS_ARTICLE", "proceedings": "PROCEEDINGS_ARTICLE",
    "inproceedings": "PROCEEDINGS_ARTICLE", "conferencecontribution": "PROCEEDINGS_ARTICLE",
    "contributiontoaconferenceproceedings": "PROCEEDINGS_ARTICLE", "conferenceitem": "PROCEEDINGS_ARTICLE",
    "conferencepublication": "PROCEEDINGS_ARTICLE",
    "book": "BOOK", "books": "BOOK", "monograph": "BOOK", "editedbook": "BOOK", "bookpart": "BOOK_CHAPTER",
    "bookchapter": "BOOK_CHAPTER", "booksection": "BOOK_CHAPTER", "booksections": "BOOK_CHAPTER",
    "chapter": "BOOK_CHAPTER", "incollection": "BOOK_CHAPTER", "contributiontoabook": "BOOK_CHAPTER",
    "thesis": "THESIS", "theses": "THESIS", "doctoralthesis": "THESIS", "masterthesis": "THESIS",
    "mastersthesis": "THESIS", "bachelorthesis": "THESIS", "licentiatethesis": "THESIS", "phdthesis": "THESIS",
    "phd": "THESIS", "studentthesis": "THESIS", "habilitation": "THESIS", "dissertation": "THESIS",
    "dissertationphdthesis": "THESIS", "preprint": "PREPRINT", "preprints": "PREPRINT", "workingpaper": "PREPRINT",
    "eprint": "PREPRINT",
}  # fmt: skip
"""Words as `folded` gives them -> type of publication."""

COAR_TYPES = {
    "c_6501": "JOURNAL_ARTICLE", "c_2df8fbb1": "JOURNAL_ARTICLE", "c_dcae04bc": "JOURNAL_ARTICLE",
    "c_efa0": "JOURNAL_ARTICLE", "c_3e5a": "JOURNAL_ARTICLE", "c_b239": "JOURNAL_ARTICLE",
    "c_545b": "JOURNAL_ARTICLE", "c_ba08": "JOURNAL_ARTICLE", "c_7bab": "JOURNAL_ARTICLE",
    "d97f-vb57": "JOURNAL_ARTICLE", "c_beb9": "DATA_PAPER", "c_5794": "PROCEEDINGS_ARTICLE",
    "c_c94f": "PROCEEDINGS_ARTICLE", "c_f744": "BOOK", "c_2f33": "BOOK", "c_3248": "BOOK_CHAPTER",
    "c_46ec": "THESIS", "c_7a1f": "THESIS", "c_bdcc": "THESIS", "c_db06": "THESIS", "c_816b": "PREPRINT",
    "c_8042": "PREPRINT",
}  # fmt: skip
"""Last part of the address of a COAR resource type -> type of publication; those that are missing are OTHER."""

COAR_JOURNALS = frozenset(("c_0640", "c_2659", "qx5c-ar31"))
_DATA_CODES = (
    "c_ddb1 acf7-8yt9 c_cb28 fxf3-d3g7 am6w-6qaw 63ng-b465 a8f1-npv9 2h0m-x761 dd58-gfsx ff4c-28rk cqmr-7k63 "
    "w2xt-7017 nhd0-w6sy c_c513 c_ecc8 c_8a7e c_12ce c_18cc c_12cc c_12cd c_1843"
)
COAR_DATA = frozenset(_DATA_CODES.split())
"""Data of every sort, and pictures, films and sounds; software, notebooks and designs are not among them."""
DATA = frozenset(("dataset", "datasets", "researchdata", "collectionofdatasets"))

_OPEN = frozenset(("openaccess", "free", "gratis"))
_COAR_OPEN = "c_abf2"


def folded(word: str) -> str:
    """ "info:eu-repo/semantics/bookPart" and "Book part" are one word."""
    return re.sub(r"[^a-z]", "", word.rsplit("/", maxsplit=1)[-1].lower())


def last_part(address: str) -> str:
    """The code at the end of a vocabulary's address: ".../resource_type/c_6501" -> "c_6501"."""
    return re.split(r"[/#]", address.strip())[-1].lower()


def publication_type(words: Iterable[str]) -> str | None:
    """The type that the first known of these words or COAR addresses says; None when none does."""
    for word in words:
        if found := COAR_TYPES.get(last_part(word)) or TYPES.get(folded(word)):
            return found
    return None


def says_data(words: Iterable[str]) -> bool:
    """Whether one of these words is a repository's for a dataset."""
    return any(folded(word) in DATA or last_part(word) in COAR_DATA for word in words)


def open_access(words: Iterable[str]) -> str | None:
    """'green' when a repository says that its copy is open. Else None: that its own is not says nothing of others."""
    return "green" if any(last_part(word) == _COAR_OPEN or folded(word) in _OPEN for word in words) else None


_SHUT = frozenset(("closedaccess", "embargoedaccess", "restrictedaccess", "metadataonlyaccess"))
_COAR_SHUT = frozenset(("c_f1cf", "c_16ec", "c_14cb"))


def says_open(words: Iterable[str]) -> bool | None:
    """Whether data can be had by anybody, in the words of COAR or info:eu-repo; None when none of them says it.

    A licence says what may be done with data, not that anybody can have them.
    """
    told = [word for word in words if word]
    if any(last_part(word) in _COAR_SHUT or folded(word) in _SHUT for word in told):
        return False
    known = any(last_part(word) == _COAR_OPEN or folded(word) == "openaccess" for word in told)
    return True if known else None


def all_say(words: Iterable[object]) -> bool | None:
    """Of several flags: False when one is false, True when all are true, None when one of them is neither."""
    flags = list(words)
    if False in [one for one in flags if isinstance(one, bool)]:
        return False
    return True if flags and all(one is True for one in flags) else None


def licence(words: Iterable[str]) -> str | None:
    """The first address of a Creative Commons or SPDX licence."""
    known = ("creativecommons.org/", "spdx.org/licenses/")
    return next((word for word in words if " " not in word and any(place in word for place in known)), None)


def is_pdf(address: str) -> bool:
    """Whether an address leads to a PDF file."""
    return is_address(address) and re.split(r"[?#]", address.lower())[0].endswith(".pdf")


def is_address(text: str) -> bool:
    """Whether the text is an address of the web."""
    return text.startswith(("http://", "https://"))
