"""Structures solved at the crystallography beamline of the sample facility, as the Protein Data Bank tells them."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

from puma.demo.world.dials import TODAY
from puma.demo.world.experiments import year_of
from puma.demo.world.people import initials_of
from puma.demo.world.science import fill, slots
from puma.demo.world.things import Person, Proposal, Session, Work, draw

SITE_NAME = "EPNS"
"""The facility as depositors write it."""
FORMS = ("", ", crystal form II", " at room temperature", " at higher resolution")
LONGEST_WAIT = 400  # days that an entry may wait for its paper


def structures(seed: int, proposals: Iterable[Proposal], works: Iterable[Work]) -> Iterator[dict[str, Any]]:
    """Released entries of the sessions that measured protein crystals, without their ids; see `own_id`.

    Three of four name their paper, some name the DOI of their raw data, and none its proposal.
    """
    papers: dict[str, list[Work]] = {}
    for work in works:
        for proposal in work.proposals if work.doi else ():
            papers.setdefault(proposal.code, []).append(work)
    for proposal in proposals:
        if proposal.subject.technique.key != "mx" or proposal.confidential:
            continue
        for session in proposal.sessions:
            own = Random(f"{seed}/structures/{session.code}")
            for form in FORMS[: own.choice((0, 1, 1, 2, 3, 4))]:
                entry = _entry(own, proposal, session, form, papers.get(proposal.code, []))
                if entry is not None:
                    yield entry


def own_id(number: int) -> str:
    """The id of the entry of a number, in a block of long ids that nobody has: the real ones begin with pdb_0000."""
    return f"pdb_9epn{number:04d}"


def _entry(own: Random, proposal: Proposal, session: Session, form: str, papers: list[Work]) -> dict[str, Any] | None:
    deposited = session.end + timedelta(days=int(own.lognormvariate(5.2, 0.6)))
    later = [work for work in papers if work.published >= session.end]
    paper = own.choice(later) if later and draw(own, 0.75) else None
    waits = (paper.published - deposited).days if paper else own.randint(20, LONGEST_WAIT)
    released = deposited + timedelta(days=min(LONGEST_WAIT, max(7, waits)))
    if released > TODAY:
        return None
    team = [person for person, role in proposal.people if role != "local_contact"]
    raw = [one.doi for one in proposal.datasets if one.session is session and draw(own, 0.45)]
    short = session.instrument.name
    what = fill(own, "Crystal structure of {s}", slots(own, proposal.subject, 0.3))
    return {
        "struct": {"title": f"{what}{form}"},
        "struct_keywords": {"pdbx_keywords": "STRUCTURAL PROTEIN"},
        "exptl": [{"method": "X-RAY DIFFRACTION"}],
        "audit_author": [_author(person, session, place) for place, person in enumerate(team, start=1)],
        "rcsb_accession_info": {
            "deposit_date": _stamp(deposited),
            "initial_release_date": _stamp(released),
            "revision_date": _stamp(released),
            "status_code": "REL",
        },
        "diffrn_source": [
            {
                "diffrn_id": "1",
                "source": "SYNCHROTRON",
                "type": f"{SITE_NAME} BEAMLINE {short}",
                "pdbx_synchrotron_site": SITE_NAME,
                "pdbx_synchrotron_beamline": own.choice((short, short, f"{SITE_NAME} {short}", f"BEAMLINE {short}")),
            }
        ],
        "rcsb_primary_citation": (
            {"title": paper.title, "year": paper.published.year, "pdbx_database_id_DOI": paper.doi} if paper else None
        ),
        "pdbx_related_exp_data_set": [{"data_reference": doi, "data_set_type": "diffraction image data"} for doi in raw]
        or None,
    }


def _author(person: Person, session: Session, place: int) -> dict[str, Any]:
    family = person.family_at(year_of(session.end))
    return {
        "name": f"{family}, {initials_of(person.given)}",
        "identifier_ORCID": person.orcid or None,
        "pdbx_ordinal": place,
    }


def _stamp(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"
