"""Names of persons: reading them in any bibliographic order, folding, blocking keys, compatibility of given names."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from anyascii import anyascii

_CACHED = 1 << 17
_LONGEST = 200  # characters of a name that are compared; what is longer is no name

_INVISIBLE = re.compile("[\xad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
_PARTICLE_WORDS = (
    "af al am auf aus bin bint da dal dalla de degli dei del dela della delle den der des di do dos du e el ibn in la "
    "las le les lo los ter ten the tho thoe to und van vande vanden vander vom von y zu zum zur 't d'"
)
_PARTICLES = frozenset(_PARTICLE_WORDS.split())
_CAPITAL_WORDS = (
    "Abu Af Al Ben Bin Da Dal Dalla De Dei Del Della Den Der Di Dos Du El La Mc Ten Ter Van Vande Vander Von Zu"
)
_CAPITAL_PARTICLES = frozenset(_CAPITAL_WORDS.split())
_SUFFIXES = frozenset(["jr", "sr", "ii", "iii", "iv", "phd", "esq", "junior", "senior"])
_TITLES = frozenset(["dr", "prof", "professor", "mr", "mrs", "ms", "mme", "priv-doz", "pd", "dipl-ing", "dipl-phys"])
_SHORT_FAMILY_WORDS = "LI XU WU YU HU LU MA HE QI XI YE DU GU SU BO OU OH NG HO KO NI LO FU RU"
_SHORT_FAMILIES = frozenset(_SHORT_FAMILY_WORDS.split())
_SYLLABLE = re.compile("(?:[B-DF-HJ-NP-TV-Z]|[CSTZ]H)[AEIOU]{1,2}(?:N|NG)?")  # "Hongjing GAO" is no "Smith JAM"
_COLLECTIVE_WORDS = (
    "collaboration collaborations consortium consortia group groups team teams network committee investigators "
    "project force"
)
_COLLECTIVE = frozenset(_COLLECTIVE_WORDS.split())
_COLLABORATION = re.compile(
    r"\b(?:collaborations?|consorti(?:um|a)|groups?|teams?|network|committee|task force|investigators|project)"
    r"(?: (?:collaboration|members?|\w{1,8}))?$|^(?:the|on behalf of|for the) |\b(?:collaboration|consortium)\b",
    re.IGNORECASE,
)
_INITIALS = re.compile(r"[^\W\d_](?:\.?[-\u2010]?[^\W\d_])?(?:\.[-\u2010]?[^\W\d_])*\.|[^\W\d_](?:[.-][^\W\d_])*")
_HAN_OR_HANGUL = re.compile(
    "[\u3005\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+(?: [\u3005\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+)+"
)
_APART = {code: " " for code in range(128) if not chr(code).isalnum()}
_GIVEN_PARTS = re.compile(r"[^\W_]+")
_WRITTEN_OUT = re.compile("([aou])e")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})


@dataclass(slots=True, unsafe_hash=True)  # not frozen, which takes several times as long to make and to send
class PersonName:
    """A name as its source wrote it, in parts; particles ("van der") belong to the family name.

    Of a collaboration the whole name stands in `family`.
    """

    given: str
    family: str
    suffix: str = ""
    is_collaboration: bool = False


@lru_cache(maxsize=_CACHED)
def parse_name(text: str) -> PersonName:
    """The parts of a name: "Family, Given", "Given Family", "FAMILY Given", "Family I.", "van der Berg, J.-P.".

    Without comma or capitals, and with nothing abbreviated, the last word (with particles before it) is taken as the
    family name; Chinese, Japanese and Korean characters are read family first. Never raises; nonsense becomes the
    family.
    """
    text, collective = _cleaned(text)
    if collective:
        return PersonName("", text, "", is_collaboration=True)
    if "," in text:
        return _with_comma([part.strip() for part in text.split(",") if part.strip()])
    return _without_comma(text, "")


def is_collaboration(text: str) -> bool:
    """Whether `parse_name` takes a name for that of a collaboration."""
    return _cleaned(text)[1]


def _cleaned(text: str) -> tuple[str, bool]:
    """A name without what nobody sees, and whether it is a collaboration's."""
    if not text.isascii():
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    words = text.split()
    text = " ".join(words).strip(" ,;")
    collective = len(words) > 1 and not _COLLECTIVE.isdisjoint(text.lower().split())
    return text, collective and _COLLABORATION.search(text) is not None


def _with_comma(parts: list[str]) -> PersonName:
    if len(parts) == 2 and " " not in parts[0] and parts[1] in ("II", "IV"):
        return PersonName(parts[1], parts[0])  # "Ivanov, IV" are initials
    suffixes = [part for part in parts[1:] if _is_suffix(part)]
    rest = parts[:1] + [part for part in parts[1:] if not _is_suffix(part)]
    suffix = " ".join(suffixes)
    if not rest:
        return PersonName("", "")
    if len(rest) == 1:
        return _without_comma(rest[0], suffix)
    family, given = rest[0], _without_titles(" ".join(rest[1:]).split())
    if len(given) > 1 and _is_suffix(given[-1]):
        suffix = f"{given.pop()} {suffix}".strip()
    first = len(given)
    while first > 1 and given[first - 1].islower() and given[first - 1] in _PARTICLES:
        first -= 1
    return PersonName(" ".join(given[:first]), " ".join([*given[first:], family]), suffix)


def _without_comma(text: str, suffix: str) -> PersonName:
    words = _without_titles(text.split())
    if len(words) > 2 and _is_suffix(words[-1]) and (words[-1] not in ("JR", "SR", "IV", "II") or text.isupper()):
        suffix = suffix or words[-1]
        words = words[:-1]
    if len(words) < 2:
        return PersonName("", " ".join(words), suffix)
    first, last = _family_span(words, text)
    return PersonName(" ".join(words[:first] + words[last:]), " ".join(words[first:last]), suffix)


def _family_span(words: list[str], text: str) -> tuple[int, int]:
    """Where the family name stands among two or more words."""
    count = len(words)
    if not text.isascii() and _HAN_OR_HANGUL.fullmatch(text):
        return 0, 1
    if not (text.isupper() or text.islower()):
        loud = [index for index, word in enumerate(words) if _is_loud(word, index, words)]
        if loud:
            first, last = loud[0], loud[-1] + 1
            while first > 0 and len(words[first - 1]) > 1 and words[first - 1].lower() in _PARTICLES:
                first -= 1
            if last - first < count and all(
                _is_loud(w, 0, words) or w.lower() in _PARTICLES for w in words[first:last]
            ):
                return first, last
    leading = 0
    while leading < count and _is_initials(words[leading]):
        leading += 1
    trailing = count
    while trailing > 0 and (_is_initials(words[trailing - 1]) or _is_compact(words[trailing - 1], words)):
        trailing -= 1
    if leading == 0 and 0 < trailing < count:
        return 0, trailing
    if words[0].islower() and words[0] in _PARTICLES:
        first = next((index for index, word in enumerate(words) if word not in _PARTICLES), count - 1)
        return (0, first + 1) if first + 1 < count else (0, count)
    for index in range(1, count - 1):
        if words[index] in _PARTICLES or words[index] in _CAPITAL_PARTICLES:
            return index, count
    return count - 1, count


def _is_loud(word: str, index: int, words: list[str]) -> bool:
    """Written in capitals to say: this is the family name. Initials without dots ("Wang XY", "JP Smith") are not."""
    if not word.isupper() or "." in word or len(word) < 2:
        return False
    if len(word) > 3:
        return True
    if len(word) == 3:
        return index < len(words) - 1 or _SYLLABLE.fullmatch(word) is not None
    return index == 0 and word in _SHORT_FAMILIES


def _is_compact(word: str, words: list[str]) -> bool:
    """Initials without dots at the end, as MEDLINE writes them: "Wang XY"."""
    return word.isupper() and len(word) <= 3 and "." not in word and not words[0].isupper()


def _is_initials(word: str) -> bool:
    return len(word) <= 12 and _INITIALS.fullmatch(word) is not None and (word.endswith(".") or word.isupper())


def _is_suffix(word: str) -> bool:
    return len(word) < 8 and word.replace("Ph.D", "phd").rstrip(".").lower() in _SUFFIXES


def _without_titles(words: list[str]) -> list[str]:
    while len(words) > 1 and fold(words[1]) and words[0].rstrip(".").replace(".", "").lower() in _TITLES:
        words = words[1:]
    return words


@lru_cache(maxsize=_CACHED)
def fold(text: str) -> str:
    """Lower-case ASCII words with single spaces, for comparing: "Müller-Lüdke, J." -> "muller ludke j"."""
    return text.lower() if text.isascii() and text.isalpha() else " ".join(folded_words(text))


def folded_words(text: str) -> list[str]:
    """The words of `fold`; unlike it for long texts, of which nothing is remembered."""
    if not text.isascii():
        text = anyascii(unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).casefold())
    return text.lower().translate(_APART).split()


@lru_cache(maxsize=_CACHED)
def fold_alternative(text: str) -> str:
    """Like `fold`, with ä, ö, ü, ø, å written ae, oe, ue, oe, aa: "Müller" -> "mueller"."""
    if text.isascii():
        return fold(text)
    return fold(unicodedata.normalize("NFKC", text).casefold().translate(_UMLAUTS))


@lru_cache(maxsize=_CACHED)
def name_keys(name: PersonName) -> frozenset[str]:
    """Blocking keys "family i": two spellings of one person's name share at least one, most pairs of names none.

    From the whole family name without spaces, its parts (double surnames, particles away), both foldings, and the two
    names swapped where the given name is written out. Without a given name the family stands alone.
    """
    keys: set[str] = set()
    for folding in (fold,) if name.family.isascii() and name.given.isascii() else (fold, fold_alternative):
        family, given = folding(name.family[:_LONGEST]).split(), folding(name.given[:_LONGEST]).split()
        if not family:
            continue
        if name.is_collaboration:
            keys.add(" ".join(family))
            continue
        initial = f" {given[0][0]}" if given else ""
        whole = "".join(family)
        keys.add(whole + initial)
        if "ae" in whole or "oe" in whole or "ue" in whole:
            keys.add(_WRITTEN_OUT.sub(r"\1", whole) + initial)  # "Stoecker" meets "Stocker"
        if len(family) > 1:
            keys.update(part + initial for part in family if len(part) > 1 and part not in _PARTICLES)
        if given and len(given[0]) > 2:
            own = next((part for part in family if part not in _PARTICLES), family[0])
            keys.add(f"{given[0]} {own[0]}")
    return frozenset(keys)


def initials(name: PersonName) -> str:
    """The folded initials of the given names: "Jean-Pierre" and "J.P." both give "jp"."""
    return "".join(part[0] for part in _given_parts(name.given))


@lru_cache(maxsize=_CACHED)
def given_names_compatible(one: str, other: str) -> bool:
    """Whether two given names can be one person's: "J.-P." and "Jean-Pierre", "Xiao-Ming" and "Xiaoming".

    Compared from the first name on; a missing name, or missing further names, contradict nothing.
    """
    mine, others = _readings(one[:_LONGEST]), _readings(other[:_LONGEST])
    return any(_aligned(list(first), list(second)) for first in mine for second in others)


@lru_cache(maxsize=1 << 16)
def _readings(given: str) -> frozenset[tuple[str, ...]]:
    readings = {tuple(_given_parts(given))}
    if not given.isascii():
        readings.add(tuple(fold_alternative(given).split()))
    if given.isupper() and len(given) <= 3:
        readings.add((fold(given),))  # "ANN" may be a name in capitals
    return frozenset(readings)


def _given_parts(given: str) -> list[str]:
    """Folded given names; two or three capitals without dots ("JP") are initials."""
    return [
        part
        for word in _GIVEN_PARTS.findall(given)
        for part in (word.lower() if word.isascii() and word.isupper() and len(word) <= 3 else fold(word).split())
    ]


def _aligned(mine: list[str], others: list[str]) -> bool:
    while mine and others:
        one, other = mine.pop(0), others.pop(0)
        if one == other:
            continue
        if len(one) == 1 or len(other) == 1:
            if one[0] != other[0]:
                return False
        elif one.startswith(other) and others:
            mine.insert(0, one[len(other) :])  # "Xiaoming" against "Xiao Ming"
        elif other.startswith(one) and mine:
            others.insert(0, other[len(one) :])
        else:
            return False
    return True


def display(name: PersonName) -> str:
    """ "Family, Given, Suffix" with what there is."""
    return ", ".join(part for part in (name.family, name.given, name.suffix) if part)
