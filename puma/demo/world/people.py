"""People of the invented world: names from frequency lists, careers, and how printed names differ from the passport."""

import unicodedata
from bisect import bisect
from functools import cache
from itertools import accumulate
from random import Random

from puma.demo.world.dials import Dials
from puma.demo.world.institutions import FACILITY, pick_department, pick_institution
from puma.demo.world.things import Person, Station, draw
from puma.demo.world.vocabulary import Culture, Institution, cultures, respelled

DIGRAPHS = {
    "ä": "ae",
    "ö": "oe",
    "ü": "ue",
    "ß": "ss",
    "ø": "oe",
    "å": "aa",
    "æ": "ae",
    "Ä": "Ae",
    "Ö": "Oe",
    "Ü": "Ue",
    "Ø": "Oe",
    "Å": "Aa",
}
PLAIN = {
    "ß": "ss",
    "ø": "o",
    "æ": "ae",
    "ł": "l",
    "Ł": "L",
    "đ": "d",
    "Đ": "D",
    "ı": "i",
    "Ø": "O",
    "Æ": "Ae",
    "ħ": "h",
}
INVERTED = frozenset({"cn", "kr", "hu", "jp"})
"""Cultures in which the family name comes first at home, so that swaps are likelier."""


def folded(text: str) -> str:
    """Letters without marks, as a keyboard without them would give."""
    if text.isascii():
        return text
    plain = "".join(PLAIN.get(letter, letter) for letter in text)
    return "".join(letter for letter in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(letter))


def _zipf(rng: Random, names: tuple[str, ...]) -> str:
    return names[bisect(_weights(len(names)), rng.random())]


@cache
def _weights(count: int) -> tuple[float, ...]:
    raw = [1.0 / (rank + 4.0) ** 0.75 for rank in range(count)]
    total = sum(raw)
    return (*(value / total for value in accumulate(raw[:-1])), 1.0)


def orcid(number: int) -> str:
    """A well-formed ORCID (ISO 7064 check digit) above the blocks that the registry assigns: it is nobody's.

    Not between them: ISNI numbers persons there, and the door takes such a number for no ORCID.
    """
    digits = f"00099{number % 10_000_000:010d}"
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    full = digits + ("X" if check == 10 else str(check))
    return "-".join(full[start : start + 4] for start in range(0, 16, 4))


def pick_culture(rng: Random, country: str) -> Culture:
    """Mostly the country's own; science is international, so one in six comes from elsewhere."""
    if draw(rng, 0.16):
        country = rng.choice(("CN", "IN", "IT", "DE", "ES", "RU", "FR", "PL", "GR", "IR", "GB", "BR", "TR", "EG"))
    return rng.choice(cultures()[country])


@cache
def shared_names(seed: int, size: int) -> dict[str, tuple[tuple[str, str], ...]]:
    """The homonym pool: a few full names per culture that several people bear."""
    rng = Random(f"{seed}/homonyms")
    pool: dict[str, tuple[tuple[str, str], ...]] = {}
    for several in cultures().values():
        for culture in several:
            if culture.key not in pool:
                pool[culture.key] = tuple(
                    (_zipf(rng, culture.given[rng.randrange(2)]), _zipf(rng, culture.surnames)) for _ in range(size)
                )
    return pool


def new_name(rng: Random, culture: Culture, dials: Dials, seed: int) -> tuple[str, str]:
    """Given and family name."""
    if draw(rng, dials.homonyms):
        return rng.choice(shared_names(seed, 4)[culture.key])
    given = _zipf(rng, culture.given[1 if draw(rng, 0.6) else 0])
    family = _zipf(rng, culture.surnames)
    if culture.key == "es" and draw(rng, 0.6) or culture.key == "pt" and draw(rng, 0.4):
        family = f"{family} {_zipf(rng, culture.surnames)}"
    elif culture.key in {"de", "fr", "en", "pl", "sv"} and draw(rng, 0.04):
        family = f"{family}-{_zipf(rng, culture.surnames)}"
    if culture.key in {"en", "in", "nl", "ru"} and draw(rng, 0.3):
        given = f"{given} {rng.choice('ABCDEFGHJKLMNPRSTVW')}."
    return given, family


def new_person(
    rng: Random, key: str, home: Institution, area: str, since: float, until: float, rank: str, dials: Dials, seed: int
) -> Person:
    """A person who starts at `home`; moves are added by the caller."""
    culture = pick_culture(rng, home.country)
    given, family = new_name(rng, culture, dials, seed)
    person = Person(
        key=key,
        given=given,
        family=family,
        culture=culture.key,
        orcid=orcid(rng.randrange(10_000_000)) if draw(rng, 0.55 if until > 2014 else 0.12) else "",
        stations=[Station(since, home, pick_department(rng, home, area) if home is not FACILITY else "")],
        until=until,
        rank=rank,
        staff=home is FACILITY,
    )
    if draw(rng, dials.married):
        person.new_family_from = since + 1.0 + 6.0 * rng.random()
        other = _zipf(rng, culture.surnames)
        person.new_family = f"{family}-{other}" if draw(rng, 0.5) else other
    return person


def move(rng: Random, person: Person, when: float, area: str) -> None:
    """To another institution, more often than not in the same country."""
    old = person.stations[-1].institution
    for _ in range(4):
        new = pick_institution(rng, old.country if draw(rng, 0.5) else "")
        if new is not old:
            break
    person.stations.append(Station(when, new, pick_department(rng, new, area)))


def initials_of(given: str) -> str:
    """ "Jean-Pierre" becomes "J.-P.", "John A." becomes "J. A."."""
    words = [
        "-".join(f"{piece[0]}." for piece in word.split("-") if piece) if not word.endswith(".") else word
        for word in given.split()
    ]
    return " ".join(words)


def _typo(rng: Random, word: str) -> str:
    if len(word) < 5:
        return word
    spot = rng.randrange(1, len(word) - 2)
    roll = rng.random()
    if roll < 0.4:
        return word[:spot] + word[spot + 1] + word[spot] + word[spot + 2 :]
    if roll < 0.7:
        return word[:spot] + word[spot + 1 :]
    return word[:spot] + word[spot] + word[spot:]


def printed(rng: Random, person: Person, year: float, dials: Dials) -> tuple[str, str, bool]:
    """Given name, family name and whether the two were exchanged, as one paper prints them."""
    given, family = person.given, person.family_at(year)
    if draw(rng, dials.transliterated):
        given, family = respelled().get(given, given), respelled().get(family, family)
        if folded(family) != family or folded(given) != given:
            if draw(rng, 0.35):
                given, family = (("".join(DIGRAPHS.get(letter, letter) for letter in part)) for part in (given, family))
            given, family = folded(given), folded(family)
    if draw(rng, dials.shortened):
        if " " in family and person.culture in {"es", "pt"}:
            halves = family.split(" ")
            family = halves[0] if person.culture == "es" else halves[-1]
        elif "-" in family and person.culture not in {"ar"}:
            family = family.split("-")[0]
        elif given.endswith("."):
            given = given.rsplit(" ", 1)[0]
    elif " " in family and person.culture == "es" and draw(rng, 0.3):
        family = family.replace(" ", "-", 1)
    if draw(rng, dials.typos):
        family = _typo(rng, family)
    swapped = draw(rng, dials.swapped * (4 if person.culture in INVERTED else 0.5))
    if swapped:
        given, family = family, given
    return given, family, swapped
