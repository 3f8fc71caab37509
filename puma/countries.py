"""Countries: from what sources write to ISO 3166 alpha-2 codes, and back to a name."""

import re
import unicodedata
from functools import cache, lru_cache

from anyascii import anyascii

# pycountry and babel are imported only when the table is built: importing this room costs nothing.

_LANGUAGE_WORDS = (
    "en de fr es it pt nl sv da nb fi is pl cs sk sl hr sr hu ro bg uk ru el tr et lv lt ca ja ko zh zh_Hant ar he"
)
_LANGUAGES = tuple(_LANGUAGE_WORDS.split())
# Spellings neither pycountry nor babel has, or which they have under another code. "" = ambiguous on purpose.
_ALIASES = {
    "US": "usa|us|america|united states of america|the united states|united state|united states america|estados unidos"
    "|estados unidos de america|etats unis d amerique|u s of america",
    "GB": "uk|great britain|england|scotland|wales|northern ireland|britain"
    "|united kingdom of great britain and northern ireland|england uk|scotland uk|wales uk|northern ireland uk",
    "CN": "pr china|p r china|prc|pr of china|people s republic of china|peoples republic of china"
    "|people republic of china|people s r china|mainland china|china pr|china prc"
    "|chinese people s republic|people s republic china",
    "TW": "taiwan|taiwan roc|taiwan r o c|taiwan republic of china|roc|republic of china|r o china"
    "|taiwan province of china|republic of china taiwan|chinese taipei|taiwan china|formosa",
    "HK": "hong kong|hongkong|hong kong sar|hong kong china|hksar|hong kong sar china"
    "|hong kong special administrative region|hong kong pr china|hong kong s a r",
    "MO": "macau|macao|macau sar|macao sar|macau china|macao china",
    "KR": "korea|south korea|republic of korea|rep of korea|korea republic|korea rep|r o korea|rok|s korea|korea south"
    "|korea republic of|republic korea|r of korea|korean republic",
    "KP": "north korea|dprk|dpr korea|n korea|democratic people s republic of korea|korea north|korea dpr",
    "CZ": "czech republic|czech rep|czechia|ceska republika|cesko",
    "RU": "russia|russian federation|rossiya|russian fed",
    "TR": "turkey|turkiye|republic of turkey|republic of turkiye",
    "DE": "deutschland|federal republic of germany|frg|brd|west germany|germany fed rep|fed rep germany"
    "|bundesrepublik deutschland|f r germany|fr germany|gdr|ddr|east germany|german democratic republic",
    "BR": "brasil",
    "NL": "holland|the netherlands|netherland",
    "VN": "vietnam|viet nam|socialist republic of vietnam|s r vietnam",
    "IR": "iran|islamic republic of iran|ir iran|i r iran|iran ir",
    "AE": "uae|u a emirates",
    "SA": "saudi arabia|ksa|kingdom of saudi arabia",
    "BA": "bosnia|bosnia herzegovina|bosnia and herzegovina",
    "MK": "macedonia|fyrom|north macedonia|republic of macedonia|former yugoslav republic of macedonia|fyr macedonia",
    "CI": "ivory coast|cote d ivoire|cote divoire",
    "CD": "dr congo|drc|democratic republic of congo|congo kinshasa|zaire|congo democratic republic",
    "CG": "republic of congo|congo brazzaville|congo republic",
    "CV": "cape verde", "SZ": "swaziland", "MM": "burma", "TL": "east timor", "BY": "byelorussia|belorussia|belarus",
    "MD": "moldova|moldavia|republic of moldova", "VA": "vatican|vatican city|holy see", "LA": "laos|lao pdr",
    "SY": "syria", "TZ": "tanzania", "VE": "venezuela", "BO": "bolivia", "BN": "brunei", "XK": "kosovo|xk",
    "PS": "palestine|palestinian territories|palestinian territory|state of palestine|west bank|gaza"
    "|palestinian authority",
    "RE": "reunion", "LK": "srilanka|ceylon", "IN": "bharat|republic of india", "SK": "slovak republic|slovak rep",
    "SI": "republic of slovenia", "HR": "republic of croatia", "RS": "republic of serbia",
    "AT": "oesterreich|republic of austria", "JP": "nippon|nihon",
    "IE": "eire|republic of ireland|rep of ireland", "AR": "argentine|argentine republic", "MX": "mejico",
    "GM": "gambia", "BS": "bahamas", "KG": "kirghizia",
    "": "congo|columbia|virgin islands|yugoslavia|ussr|soviet union|czechoslovakia|serbia and montenegro|samoa islands"
    "|saint martin|st martin|west indies|europe|n a|na|none|unknown|other|international",
}  # fmt: skip
_SHORT_AT_END_WORDS = "USA UK US PRC UAE ROC KSA DPRK ROK DRC FRG GDR BRD HKSAR"
_SHORT_AT_END = frozenset(_SHORT_AT_END_WORDS.split())
_US_STATE_WORDS = (
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK "
    "OR PA PR RI SC SD TN TX UT VT VA WA WV WI WY"
)
_US_STATES = frozenset(_US_STATE_WORDS.split())
_TERRITORIES: dict[str, tuple[str, ...]] = {  # own ISO codes that addresses write before the name of the state
    "CN": ("HK", "MO", "TW"), "US": ("PR", "GU", "VI", "AS", "MP"), "DK": ("GL", "FO"),
    "FR": ("RE", "GP", "MQ", "GF", "YT", "NC", "PF"),
}  # fmt: skip
_NOT_BEFORE_WORDS = "of new british de del della di da popular peoples people s democratic and & for"
_NOT_BEFORE = frozenset(_NOT_BEFORE_WORDS.split())
_GEORGIAN_CITIES = ("tbilisi", "batumi", "kutaisi", "tiflis")

_NO_WORD = re.compile(r"[\W_]+")
_SPELLED_OUT = re.compile(r"\b(?:[a-z] )+[a-z]\b")
_E_MAIL = re.compile(
    r"(?:e-?mail|electronic address|correspondence|email address)?s?\s*:?\s*\{?\S{1,100}@\S{1,100}", re.I
)
_NOTE = re.compile(r"\(.{0,60}\)|\[.{0,60}\]")
_CONTACT = re.compile(r"\b(?:e-?mail|electronic address|tel|fax|orcid)\b.*", re.IGNORECASE | re.DOTALL)
_POSTAL = re.compile(r"\b(?:[A-Z]{1,2}-?)?[0-9][0-9A-Z]*(?:[- ][0-9][0-9A-Z]*)*\b")
_ZIP = re.compile(r"\b([A-Z]{2})\.? +[0-9]{5}(?:-[0-9]{4})?$")


def _fold(text: str) -> str:
    """Lower-case ASCII words; articles away, "&" spelled, "U. S. A." joined."""
    text = unicodedata.normalize("NFKC", text)
    folded = text.casefold() if text.isascii() else anyascii(text.casefold()).casefold()
    words = _NO_WORD.sub(" ", folded.replace("&", " and ")).split()
    joined = " ".join("saint" if word == "st" else word for word in words if word != "the")
    return _SPELLED_OUT.sub(lambda letters: letters[0].replace(" ", ""), joined)


@cache
def _table() -> dict[str, str]:
    """Folded name -> code. English and official names win over other languages; two codes of equal rank give ""."""
    import pycountry
    from babel import Locale

    known = {country.alpha_2 for country in pycountry.countries} | {"XK"}
    table: dict[str, str] = {}
    for language in reversed(_LANGUAGES):
        for code, name in Locale.parse(language).territories.items():
            key = _fold(name)
            if code in known and len(key) > 2:
                table[key] = code if table.get(key, code) == code or language == "en" else ""
    for country in pycountry.countries:
        fields = ("name", "official_name", "common_name", "alpha_2", "alpha_3")
        names: list[str] = [getattr(country, field, "") for field in fields]
        before, comma, after = names[0].partition(", ")
        for name in [*names, f"{after} {before}" if comma else ""]:
            if name:
                table[_fold(name)] = country.alpha_2
    for code, aliases in _ALIASES.items():
        table.update(dict.fromkeys((_fold(alias) for alias in aliases.split("|")), code))
    table.pop("", None)
    return table


@lru_cache(maxsize=50_000)
def country_code(text: str) -> str | None:
    """The ISO 3166 alpha-2 code of a country name, alias or code in about 35 languages; None when unknown or ambiguous.

    "Korea" alone is read as South Korea; England, Scotland, Wales and Northern Ireland are GB; states that ended with
    no single successor (USSR, Yugoslavia) and "Congo" give None. Kosovo is XK, as babel and ROR have it.
    """
    return _table().get(_fold(text[:200])) or None


@lru_cache(maxsize=50_000)
def country_name(code: str, locale: str = "en") -> str:
    """The name of a country in a language ("de", "fr", "pt_BR"); the code itself when the country is unknown.

    An unknown language gives the English name.
    """
    from babel import Locale, UnknownLocaleError

    try:
        names = Locale.parse(locale).territories
    except (UnknownLocaleError, ValueError):
        names = Locale.parse("en").territories
    return str(names.get(code.upper(), code))


@lru_cache(maxsize=50_000)
def country_at_end(affiliation: str) -> str | None:
    """The country an affiliation string ends with, as alpha-2 code; None when its last part names none.

    E-mail addresses, notes in brackets, postal codes and trailing dots are stepped over; "Berkeley, CA 94720" is US.
    A bare two-letter code is not believed ("Newark, DE"), nor is "Georgia" without a Georgian city.
    """
    text = _CONTACT.sub(" ", _E_MAIL.sub(" ", affiliation[-400:]))
    code = _of_last_segment(_NOTE.sub(" ", text)) or _of_last_segment(re.sub(r"[()\[\]]", ",", text))
    if code == "GE" and not any(city in _fold(affiliation) for city in _GEORGIAN_CITIES):
        return None
    return code


def _of_last_segment(text: str) -> str | None:
    segments = [
        segment.strip(" .:*")
        for segment in re.split(r"[,;，、]|\. (?=[A-Z])|\s[-–—|]\s", text)
        if segment.strip(" .:*")
    ]
    if not segments:
        return None
    last = segments[-1]
    if (state := _ZIP.search(last)) and state[1] in _US_STATES:
        return "US"
    bare = _POSTAL.sub(" ", last).strip(" .-:/")
    before = _POSTAL.sub(" ", segments[-2]).strip(" .-:/") if len(segments) > 1 else ""
    code = _named(f"{before}, {last}") or _named(last) or _named(bare)  # the first is "Korea, Republic of"
    if before and (code in _TERRITORIES or not bare):
        inner = _named(before)
        return inner if not code or inner in _TERRITORIES[code] else code
    return code or _of_last_words(bare.split())


def _of_last_words(words: list[str]) -> str | None:
    """The country after a town without comma: "Vienna Austria"; not "New Mexico", not "University of Jordan"."""
    for size in range(min(6, len(words) - 1), 0, -1):
        if code := _named(" ".join(words[-size:])):
            return None if _fold(words[-size - 1]) in _NOT_BEFORE else code
    return None


def _named(text: str) -> str | None:
    """The country a segment names by word; short forms only in capitals and when they mean nothing else."""
    compact = text.replace(".", "").replace(" ", "")
    if len(compact) <= 4 and compact.isascii() and compact.upper() != compact:
        return country_code(text) if len(_fold(text)) == 4 else None
    if len(compact) <= 3 and compact not in _SHORT_AT_END:
        return None
    return country_code(text)
