"""What stands around a code: words of a proposal or a grant, postal addresses, and numbers that go on a list."""

import re
from collections.abc import Iterator

LOOKED_BACK = 90  # characters before a code in which a word of a proposal or a grant counts

_NUMBERED = r"(?:numbers?|nos?\b\.?|nr\b\.?|n\.|ids?\b|codes?|n[°º]|#)"
_PROPOSAL_WORDS = re.compile(
    r"(?:proposals?|experiments?|beam\s?-?times?|exp\.?|session|allocation|proj(?:ec|e)ts?|visit|\bRB(?=\s(?:n|#)))"
    rf"(?:[\s-]*(?:(?:with|under|having|of)\s(?:the\s)?)?{_NUMBERED})?\s*[:\s(\[#=]*"
    r"(?:#?[\w/-]{3,14}(?:,|\s+and|\s*&|;)\s*){0,4}#?$",
    re.IGNORECASE,
)
_GRANT = re.compile(
    r"\b(?:grants?|contracts?|dfg|funding|project\s(?:no|number)|under\sno)\W[^.]{0,40}$", re.IGNORECASE
)
_AFTERWARDS = re.compile(
    r"\s?(?:genes?|rubidium|mutants?|alleles?|isotopes?|atoms?|cells?|patients?|mice|strains?|compounds?)\b"
)
_DIVIDED = re.compile(r"(?<=[a-z])-(?=[a-z])")
_POSTAL = re.compile(
    r"(?:A|B|BG|CH|CZ|D|DK|E|EE|ES|F|FI|GR|H|HR|HU|I|IL|IT|L|LT|LV|MD|N|NL|P|PL|PT|RO|RU|S|SE|SI|SK|TR|UA)-\d{4,5}",
    re.IGNORECASE,
)
_TOWN = re.compile(r"\s+[^\W\d_a-z][^\W\d_]+")
_STATE = re.compile(
    r"(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY])"
    r"\s\d{5}"
)
_AFTER_A_TOWN = re.compile(r"\b[A-Z][a-z.'-]+,\s*$")
_GOES_ON = re.compile(
    r"\s*(?:,\s*and\b|,\s*&|,|;|/|&|\band\b)\s*-?(?P<number>\d{3,8})(?![\w-]|\s?(?:[kMG]?(?:eV|Pa)|bar|K|[nmµμ]m|Å|°|%)(?!\w))"
)


def unbroken(text: str) -> str:
    """The text without hyphens inside of words, which may be those of line ends: "propo-sal" is a proposal."""
    return _DIVIDED.sub("", text)


def after_proposal_words(before: str) -> bool:
    """Whether a code follows that a proposal, an experiment or beam time is named with; alone or in a list of them."""
    return _PROPOSAL_WORDS.search(before) is not None


def after_grant_words(before: str) -> bool:
    """Whether the number that follows is one of a grant or a contract."""
    return _GRANT.search(before) is not None


def is_counted_thing(after: str) -> bool:
    """Whether what follows makes a code something else: a gene, an isotope, patients."""
    return _AFTERWARDS.match(after) is not None


def is_in_an_address(before: str, written: str, after: str) -> bool:
    """Whether it is a postal code: "CH-5232 Villigen", or "Columbia, SC 29208"."""
    if _POSTAL.fullmatch(written):
        return _TOWN.match(after) is not None
    return _STATE.fullmatch(written) is not None and _AFTER_A_TOWN.search(before) is not None


def going_on(clean: str, end: int, written: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """What follows a code in a list that leaves out its beginning: "MA-4321, 4322 and -4323"; each as its code in full
    and its place. A code of digits only begins with nothing, and no list of such is read.
    """
    head = written.rstrip("0123456789")
    while head and (found := _GOES_ON.match(clean, end)):
        yield head + found["number"], found.span("number")
        end = found.end()
