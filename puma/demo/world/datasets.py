"""Datasets of delivered sessions: identifiers with or without the proposal code, creators, embargo."""

from datetime import date, timedelta
from random import Random

from puma.demo.world.dials import Dials
from puma.demo.world.experiments import year_of
from puma.demo.world.institutions import address
from puma.demo.world.people import printed
from puma.demo.world.science import fill, headline, slots
from puma.demo.world.things import Author, Dataset, Proposal, Session, draw

PREFIX = "10.99901"
"""A DOI prefix that no agency has assigned; every DOI of the sample facility begins with 10.999."""
POLICY_START = date(2011, 1, 1)
EMBARGO_DAYS = 3 * 365
SIZES_GB = {"xct": 900.0, "ptycho": 400.0, "mx": 60.0, "xpcs": 700.0, "nimg": 120.0, "tof": 20.0}


def datasets(rng: Random, proposals: list[Proposal], dials: Dials, per_session: float) -> list[Dataset]:
    """Raw data of every session since the data policy began; `per_session` is the mean number of datasets."""
    found: list[Dataset] = []
    for proposal in proposals:
        if proposal.confidential:
            continue
        for session in proposal.sessions:
            if session.start < POLICY_START:
                continue
            count = int(per_session) + draw(rng, per_session % 1.0)
            for _ in range(count):
                found.append(
                    _dataset(rng, proposal, len(proposal.sessions) - 1 + len(proposal.datasets), session, dials)
                )
                proposal.datasets.append(found[-1])
    return found


def _dataset(rng: Random, proposal: Proposal, position: int, session: Session, dials: Dials) -> Dataset:
    shown = rng.choices(("doi", "title", "nowhere"), (60, 25, 15))[0]
    number = f"{rng.getrandbits(48):012x}"
    if shown == "doi":
        doi = f"{PREFIX}/EPNS-DATA.{proposal.code}" + (f".{position + 1}" if position else "")
        if any(one.doi == doi for one in proposal.datasets):
            doi = f"{doi}.{number[:4]}"
    else:
        doi = f"{PREFIX}/{number[:8]}-{number[8:]}"
    words = slots(rng, proposal.subject, 0.3)
    if shown == "title":
        title = f"Raw data of proposal {proposal.code}: {headline(proposal.title)}"
    else:
        title = rng.choice(
            (
                headline(proposal.title),
                fill(rng, "{S} measured on ", words) + session.instrument.name,
                fill(rng, "{T} data on {s} {c}", words),
            )
        )
    year = year_of(session.start)
    creators: list[Author] = []
    people = [one for one, role in proposal.people if role != "local_contact" or draw(rng, 0.5)]
    for person in people[: rng.randint(1, 6)]:
        station = person.station(year)
        given, family, swapped = printed(rng, person, year, dials)
        creators.append(
            Author(
                person,
                given,
                family,
                [address(rng, station.institution, "")] if draw(rng, 0.6) else [],
                [station.institution.ror],
                person.orcid if draw(rng, 0.6) else "",
                swapped,
            )
        )
    gigabytes = SIZES_GB.get(proposal.subject.technique.key, 8.0) * rng.lognormvariate(0.0, 1.1)
    gigabytes *= 1.25 ** (session.start.year - 2015)
    abstract = ""
    if draw(rng, 0.55):
        abstract = fill(rng, "{T} measurements on {s} {c}, recorded on ", words) + f"{session.instrument.name} at EPNS."
    return Dataset(
        doi=doi,
        title=title,
        abstract=abstract,
        proposal=proposal,
        session=session,
        created=session.end,
        open_on=session.end + timedelta(days=EMBARGO_DAYS),
        size_bytes=int(gigabytes * 1e9),
        technique=proposal.subject.technique,
        creators=creators,
        related=[],
        code_shown=shown,
        in_catalogue=draw(rng, 0.7),
    )
