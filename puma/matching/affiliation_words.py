"""Words of affiliations and institution names: segments, abbreviations spelled out, stems that languages share."""

import re
from functools import lru_cache

from puma.names import fold

_SEGMENT = re.compile(r"[,;|()\[\]/:]|\s[-–—]\s|\. (?=[A-Z])")
_SMALL_WORDS = """
of the and for in at on to de la le les l d del della delle degli di da dei do dos das des du e et en y und fur der
die das im am van voor het i och a an s un une el los las
"""
_SMALL = frozenset(_SMALL_WORDS.split())
_LONGER = {
    "univ": "university", "unv": "university", "inst": "institute", "dept": "department", "dep": "department",
    "dipt": "dipartimento", "natl": "national", "nat": "national", "nac": "nacional", "naz": "nazionale",
    "acad": "academy", "sci": "science", "tech": "technology", "technol": "technology", "phys": "physics",
    "chem": "chemistry", "lab": "laboratory", "labs": "laboratory", "ctr": "center", "cent": "center",
    "centre": "center", "hosp": "hospital", "coll": "college", "sch": "school", "res": "research", "fac": "faculty",
    "engn": "engineering", "eng": "engineering", "med": "medical", "int": "international", "intl": "international",
    "assoc": "association", "fdn": "foundation", "corp": "corporation", "ltd": "limited", "co": "company",
    "govt": "government", "minist": "ministry", "polytech": "polytechnic", "polytechn": "polytechnic",
    "biol": "biology", "math": "mathematics", "mat": "materials", "nucl": "nuclear", "appl": "applied",
    "theor": "theoretical", "grad": "graduate", "fed": "federal", "st": "saint", "mt": "mount", "ft": "fort",
    "u": "university", "unives": "university", "instn": "institution", "agr": "agricultural",
    "environm": "environmental",
}  # fmt: skip
STEM = 6

_UNIT_WORDS = """
department school faculty division laboratory institute section group unit dipartimento departamento departement
fakultat facultad faculte fachbereich chair lehrstuhl program programme graduate
"""
UNITS = frozenset(_UNIT_WORDS.split())
"""Words that begin the name of a part of an organisation."""


@lru_cache(maxsize=1 << 16)
def words(text: str) -> tuple[str, ...]:
    """Folded words that say something, abbreviations written out: "Univ. of Bari" -> ("university", "bari")."""
    return tuple(_LONGER.get(word, word) for word in fold(text).split() if word not in _SMALL)


def segments(text: str) -> list[tuple[str, ...]]:
    """The words of each part of an affiliation, parts being divided by commas, brackets and the like."""
    return [found for part in _SEGMENT.split(text[:2000]) if (found := words(part))]


@lru_cache(maxsize=1 << 17)
def stem(word: str) -> str:
    """The beginning of a word: "university", "universidad" and "universität" have one."""
    return word[:STEM]
