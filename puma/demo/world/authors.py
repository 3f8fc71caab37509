"""Author lists: who signs, under which spelling, and with which address by the time of printing."""

from collections.abc import Iterable
from datetime import date
from random import Random

from puma.demo.world.dials import Dials
from puma.demo.world.experiments import Office, year_of
from puma.demo.world.institutions import FACILITY, address, pick_institution
from puma.demo.world.people import new_person, printed
from puma.demo.world.teams import Team
from puma.demo.world.things import Author, Instrument, Person, Station, draw

WRITING_TIME = 0.4
"""Years between the last change of address that a paper still shows and its publication."""


Lines = dict[tuple[str, str], str]
"""Addresses already printed in a paper by institution and department: colleagues share one line."""


def author(rng: Random, person: Person, then: float, published: date, dials: Dials, lines: Lines) -> Author:
    """One author; who has moved since the experiment (`then`, a fractional year) prints new, old or both addresses."""
    year = year_of(published) - WRITING_TIME
    now, before = person.station(max(then, year)), person.station(then)
    stations: list[Station] = [now]
    if before.institution is not now.institution:
        roll = rng.random()
        if roll < 0.2:
            stations = [before]
        elif roll < 0.45:
            stations = [before, now]
    elif draw(rng, 0.07) and now.institution is not FACILITY:
        stations.append(Station(0.0, pick_institution(rng, now.institution.country), ""))
    given, family, swapped = printed(rng, person, year_of(published), dials)
    for one in stations:
        mark = (one.institution.ror, one.department)
        if mark not in lines or draw(rng, 0.06):
            lines[mark] = address(rng, one.institution, one.department)
    return Author(
        person,
        given,
        family,
        [lines[(one.institution.ror, one.department)] for one in stations],
        [one.institution.ror for one in stations],
        person.orcid if published.year >= 2014 and draw(rng, 0.5) else "",
        swapped,
    )


def _unique(people: Iterable[Person]) -> list[Person]:
    return list({one.key: one for one in people}.values())


def list_authors(
    rng: Random,
    team: Team,
    office: Office,
    participants: list[Person],
    contact: Person | None,
    proposed: date,
    published: date,
    dials: Dials,
    *,
    alone: bool,
) -> list[Author]:
    """Junior first, leader last; some participants are missing, others have joined since."""
    then, year = year_of(proposed), year_of(published)
    juniors = [one for one in _unique(participants) if one.rank == "junior"]
    leaders = [one for one in _unique(participants) if one.rank == "leader" and not draw(rng, dials.no_lead)]
    seniors = [one for one in _unique(participants) if one.rank == "senior" and draw(rng, 0.7)]
    rng.shuffle(juniors)
    signing = [one for position, one in enumerate(juniors) if position == 0 or draw(rng, 0.8)]
    if alone:
        return [author(rng, (signing or leaders or [team.leader])[0], then, published, dials, {})]
    fresh = [one for one in team.present(year - WRITING_TIME) if one.rank == "junior" and one not in signing]
    for newcomer in fresh[: rng.choice((0, 0, 1, 1, 2))]:
        signing.insert(rng.randrange(len(signing) + 1), newcomer)
    if team.partners and draw(rng, 0.5):
        partner = office.partners.get(rng.choice(team.partners))
        if partner is not None:
            guests = partner.present(year)
            signing += rng.sample(guests, min(len(guests), rng.randint(1, 4)))
    if contact is not None:
        signing.append(contact)
    everyone = _unique([*signing, *seniors, *leaders])
    lines: Lines = {}
    if not everyone:
        everyone = (juniors or seniors or [team.leader])[:1]
    return [author(rng, one, then if one.since <= then else year, published, dials, lines) for one in everyone]


def strangers(
    rng: Random, model: Person, published: date, area: str, dials: Dials, seed: int, key: str
) -> list[Author]:
    """Authors from elsewhere, one of whom bears the name (or the surname and initial) of `model`."""
    year = year_of(published)
    home = pick_institution(rng)
    found: list[Person] = []
    for position in range(rng.randint(2, 7)):
        where = home if draw(rng, 0.7) else pick_institution(rng)
        found.append(new_person(rng, f"{key}{position}", where, area, year - 3.0, year + 3.0, "junior", dials, seed))
    namesake = found[rng.randrange(len(found))]
    namesake.family, namesake.new_family, namesake.orcid = model.family, "", ""
    same_initial = [one.given for one in found if one.given[:1] == model.given[:1]]
    namesake.given = same_initial[0] if same_initial and draw(rng, 0.4) else model.given
    lines: Lines = {}
    return [author(rng, one, year, published, dials, lines) for one in found]


def staff_authors(rng: Random, office: Office, place: Instrument, published: date, dials: Dials) -> list[Author]:
    """Facility staff who sign a paper about an instrument: its own people first, then colleagues."""
    year = year_of(published)
    own = [one for one in office.contacts[place.pid] if one.since <= year + 1.0]
    others = [one for people in office.contacts.values() for one in people if one.since <= year <= one.until]
    colleagues = rng.sample(others, min(len(others), rng.randint(1, 4)))
    lines: Lines = {}
    return [author(rng, one, year, published, dials, lines) for one in _unique([*own[-2:], *colleagues])]
