"""Sentences that say where something was measured, when that is another source than ours, or a laboratory."""

import re
from collections.abc import Iterable, Iterator
from functools import cache

from puma.matching.miner.grammar import packs

_DONE = ("carried out", "collected", "performed", "taken", "based", "conducted", "recorded", "measured", "acquired",
         "obtained")  # fmt: skip
_MEASURED = re.compile(
    r"\b(?:measurements?|experiments?|data|study|stud(?:y|ies)|spectra|patterns|images|work|scattering|diffraction)\b"
    rf"[^.;]{{0,60}}?\b(?:{'|'.join(_DONE)})\b"
    r"[^.;]{0,25}?\b(?:at|on|with|using|in|from)\s(?P<place>[^.;]{3,80})",
    re.IGNORECASE,
)
_SOURCE = re.compile(
    r"\b(?:[A-Z][\w-]+\s){1,4}(?:Light\s)?(?:Source|Synchrotron|Facility|Reactor|Ring|XFEL|Laboratory)\b"
    r"|\b(?:another|other|partner|external|different)\s(?:source|facility|synchrotron|laboratory)"
    r"|\b(?:laboratory|in-house|home|lab|commercial|desktop)[\s-](?:based\s)?"
    r"(?:diffractometer|source|measurements?|instrument|spectrometer|setup|x-ray)"
)


@cache
def named_facilities() -> re.Pattern[str]:
    """Names of all facilities that have a pack; short ones could be anything."""
    names = {name for pack in packs().values() for name in pack.spoken if len(name) > 3}
    return re.compile(rf"(?<![\w-])(?:{'|'.join(sorted(map(re.escape, names), key=lambda n: (-len(n), n)))})(?![\w-])")


def elsewhere(clean: str, own: Iterable[re.Pattern[str] | None]) -> Iterator[tuple[int, int]]:
    """Spans that name the other place. own: patterns of our facilities' names and instruments."""
    if clean.isascii() and not any(map(clean.lower().__contains__, _DONE)):
        return  # sooner seen than by the pattern
    ours = [one for one in own if one]
    for found in _MEASURED.finditer(clean):
        start, end = found.span("place")
        place = clean[start:end]
        if any(one.search(clean, found.start(), min(end + 40, len(clean))) for one in ours):
            continue
        if (named := _SOURCE.search(place) or named_facilities().search(place)) is not None:
            yield start + named.start(), start + named.end()
