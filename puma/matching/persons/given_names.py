"""Given names side by side: the same, an initial of the other, a spelling of it, or another person's."""

import re
from functools import lru_cache

from rapidfuzz.distance import OSA, JaroWinkler

from puma.names import fold, given_names_compatible

_CACHED = 1 << 18

_SHORT_FORMS = """
alexander alex sasha sascha|alexandra sasha alex|andrew andrei andy|anthony tony|benjamin ben|catherine katherine kate
charles charlie chuck|christopher chris|christine christina chris tina|daniel dan danny|david dave|deborah debbie
donald don|douglas doug|dmitri dima|edward ed ted eddie|elizabeth liz beth betty lisa|eugene gene|evgeni eugene zhenia
francis frank francesco|frederick fred friedrich fritz|gerald jerry gerry|gregory greg|harold harry|henry harry hank
jacob jake|james jim jimmy jamie|jeffrey geoffrey jeff geoff|jennifer jenny jen|jonathan jon|john jack johnny|johannes
hans jan|joseph joe josef|kenneth ken|lawrence larry laurence|leonard leo|margaret maggie peggy meg|matthew matt
michael mike mick misha|mihail misha michael|nicholas nick nicolas klaus|nikolai kolia|patrick pat|patricia pat patty
peter pete|philip phil|raymond ray|rebecca becky|richard dick rick rich ricky|robert bob rob bobby bert|ronald ron
russell russ|samuel sam|stephen steven steve stefan|susan sue suzanne|theodore ted theo|thomas tom tommy tomas
timothy tim|victoria vicky|vladimir volodia vova|vincent vince|walter walt|william bill will billy wilhelm willy
zachary zach|giuseppe beppe|ioannis yannis giannis john|georgios george|konstantinos kostas|maximilian max
""".replace("\n", "|")

_SPELLINGS = (("ks", "x"), ("kh", "h"), ("ph", "f"), ("th", "t"), ("tz", "ts"), ("ck", "k"), ("ou", "u"),
              ("gue", "ge"), ("gui", "gi"), ("w", "v"), ("j", "i"), ("y", "i"))  # fmt: skip
_ABBREVIATION = re.compile(r"([^\W\d_]{2,3})\.")
_DOUBLED = re.compile(r"(.)\1+")
CONFLICT, INITIALS, INITIAL, SPELLING, COMPATIBLE, SAME = -1, 0, 1, 2, 3, 4
"""How two given names stand to each other, from contradiction to agreement; a missing name counts as initials."""


@lru_cache(maxsize=1 << 16)
def sound(text: str) -> str:
    """A folded name without what transliterations differ in: "Aleksey" and "Alexei" are both "alexei"."""
    for one, other in _SPELLINGS:
        text = text.replace(one, other)
    return _DOUBLED.sub(r"\1", text)


def _short_forms() -> dict[str, frozenset[int]]:
    groups: dict[str, set[int]] = {}
    for number, line in enumerate(_SHORT_FORMS.split("|")):
        for word in line.split():
            groups.setdefault(sound(word), set()).add(number)
    return {word: frozenset(numbers) for word, numbers in groups.items()}


_GROUPS = _short_forms()


@lru_cache(maxsize=_CACHED)
def relation(one: str, other: str) -> int:
    """CONFLICT .. SAME for two given names as written; only names written out can be in conflict beyond initials."""
    mine, theirs = fold(one), fold(other)
    if not mine or not theirs:
        return INITIALS
    first, second = mine.split(), theirs.split()
    if given_names_compatible(one, other):
        if len(first[0]) > 1 and len(second[0]) > 1:
            if mine == theirs or mine.replace(" ", "") == theirs.replace(" ", ""):
                return SAME
            return SPELLING if _half_of_a_double(one, other) or _half_of_a_double(other, one) else COMPATIBLE
        return INITIAL if max(len(first[0]), len(second[0])) > 1 else INITIALS
    if _abbreviates(one, second[0]) or _abbreviates(other, first[0]):
        return INITIAL
    return SPELLING if _spelled_alike(first, second) else CONFLICT


def _half_of_a_double(one: str, other: str) -> bool:
    """ "Wei" beside "Wei-Feng": seldom one person."""
    double = other.split(" ")[0]
    return "-" in double and "-" not in one and fold(one).split()[0] == fold(double).split()[0]


def _abbreviates(given: str, word: str) -> bool:
    """ "Th." is Thomas, "Yu. V." is Yurij: two or three letters with a dot."""
    short = _ABBREVIATION.match(given)
    return short is not None and word.startswith(fold(short[1]))


def _spelled_alike(first: list[str], second: list[str]) -> bool:
    """Two spellings, or a short form, of one given name, with nothing against it in the further names."""
    a, b = first[0], second[0]
    if len(a) < 3 or len(b) < 3:
        return False
    for mine, theirs in zip(first[1:], second[1:], strict=False):
        if mine[0] != theirs[0]:
            return False
    one, other = sound(a), sound(b)
    if one == other or _GROUPS.get(one, frozenset()) & _GROUPS.get(other, frozenset()):
        return True
    longest, shortest = max(len(one), len(other)), min(len(one), len(other))
    if one[-1] != other[-1] and "a" in (one[-1], other[-1]) and one.rstrip("aoe") == other.rstrip("aoe"):
        return False  # Martin and Martina, Mario and Maria
    return (
        shortest >= 5
        and OSA.distance(one, other) <= (1 if longest < 8 else 2)
        and JaroWinkler.similarity(one, other) >= 0.88
    )
