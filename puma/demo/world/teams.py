"""Research teams: a home, topics, a leader, juniors who come and go, partners; and the facility's own staff."""

from dataclasses import dataclass
from functools import lru_cache
from random import Random

from puma.demo.world.dials import FIRST_YEAR, TODAY, Dials
from puma.demo.world.institutions import FACILITY, country_at, pick_institution
from puma.demo.world.instruments import instruments
from puma.demo.world.people import move, new_person
from puma.demo.world.things import Person, draw
from puma.demo.world.vocabulary import Institution, Topic, topics

INDUSTRIAL_AREAS = frozenset({"MA", "SC", "CH"})
LAST_YEAR = TODAY.year + 0.5
GOLDEN = 0.6180339887498949
"""Steps of the golden ratio spread teams evenly over the countries, also when there are only a few dozen teams."""


@dataclass(frozen=True, slots=True)
class Team:
    """`members[0]` is the leader; `partners` are numbers of other teams."""

    number: int
    home: Institution
    topics: tuple[Topic, ...]
    members: tuple[Person, ...]
    partners: tuple[int, ...]
    since: float
    until: float
    industrial: bool

    @property
    def leader(self) -> Person:
        return self.members[0]

    def present(self, year: float) -> list[Person]:
        """Members who work at the team's home in that year, the leader first."""
        return [
            one for one in self.members if one.since <= year <= one.until and one.station(year).institution is self.home
        ]


@lru_cache(maxsize=256)
def team(seed: int, number: int, teams: int, dials: Dials) -> Team:
    """Team `number` of `teams`; the same whenever it is asked for, so that partners need not be kept in memory."""
    rng = Random(f"{seed}/team/{number}/people")
    industrial = draw(rng, 0.04)
    sector = "company" if industrial else "public"
    home = pick_institution(rng, country_at((number * GOLDEN + seed * 0.1) % 1.0, sector), sector)
    fields = [one for one in topics() if not industrial or one.area in INDUSTRIAL_AREAS]
    own = [rng.choice(fields) for _ in range(2 if draw(rng, 0.4) else 1)]
    area = own[0].area
    since = FIRST_YEAR - 1.0 + (0.0 if draw(rng, 0.4) else 17.0 * rng.random() ** 0.9)
    until = min(LAST_YEAR + 1, since + 7.0 + 16.0 * rng.random())

    def join(start: float, end: float, rank: str, position: int) -> Person:
        return new_person(rng, f"P{number:06d}{position:02d}", home, area, start, end, rank, dials, seed)

    members = [join(since, until, "leader", 0)]
    if draw(rng, 0.25):
        move(rng, members[0], since + 4.0 + 8.0 * rng.random(), area)
    for position in range(1, 1 + rng.choice((1, 1, 2, 3))):
        members.append(join(since + 3.0 * rng.random(), until, "senior", position))
        if draw(rng, 0.35):
            move(rng, members[-1], since + 4.0 + 8.0 * rng.random(), area)
    year = since
    while year < min(until, LAST_YEAR) and len(members) < 40:
        stay = rng.choice((1.5, 2.0, 2.5, 3.0, 3.5))
        leaves = draw(rng, dials.mobility)
        members.append(join(year, year + stay + (4.0 if leaves else 5.0 * rng.random()), "junior", len(members)))
        if leaves:
            move(rng, members[-1], year + stay, area)
            if draw(rng, 0.4):
                move(rng, members[-1], year + stay + 2.0, area)
        year += 0.3 + 1.2 * rng.random()
    partners = tuple({rng.randrange(teams) for _ in range(rng.choice((0, 1, 1, 2, 3)))} - {number})
    return Team(number, home, tuple(own), tuple(members), partners, since, until, industrial)


def staff(seed: int, per_instrument: int, dials: Dials) -> dict[str, list[Person]]:
    """Local contacts by instrument pid; some look after two instruments, and successors are hired when one leaves."""
    rng = Random(f"{seed}/staff")
    found: dict[str, list[Person]] = {}
    previous: list[Person] = []
    count = 0
    for period in instruments():
        here = found.setdefault(period.pid, [])
        for slot in range(per_instrument):
            if previous and slot == per_instrument - 1 and draw(rng, 0.3):
                here.append(rng.choice(previous))
                continue
            start = period.start.year - 1.0 + 2.0 * rng.random()
            end = period.end.year + 1.0 if period.end else LAST_YEAR
            while start < end:
                last = start + 6.0 + 14.0 * rng.random()
                here.append(new_person(rng, f"S{count:04d}", FACILITY, "HC", start, last, "staff", dials, seed))
                count += 1
                start = last
        previous = list(here)
    return found


def contact(rng: Random, people: list[Person], year: float) -> Person:
    """A local contact in office that year."""
    return rng.choice([one for one in people if one.since <= year <= one.until] or people)
