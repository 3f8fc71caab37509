"""The user office's tables of the sample facility, column by column as `interfaces.md` names them."""

from collections.abc import Iterator
from random import Random

from puma.demo.world.experiments import year_of
from puma.demo.world.institutions import FACILITY, countries, written_name
from puma.demo.world.instruments import calls, contributions, instruments
from puma.demo.world.people import folded
from puma.demo.world.things import Person, Proposal, Session, draw
from puma.demo.world.vocabulary import journals, techniques

FACILITY_CODE = "EPNS"
ASKED_SINCE = 2015
"""The year from which the user office asks people what they say of themselves."""
COLUMNS: dict[str, tuple[str, ...]] = {
    "instruments": ("facility", "name", "label", "group", "start", "end", "commissioning_until", "techniques", "pid",
                    "successor_of"),
    "operation": ("facility", "instrument", "year", "call", "hours_for", "amount", "unit"),
    "calls": ("code", "facility", "opens", "closes", "cycle_start", "cycle_end", "time_unit"),
    "proposals": ("facility", "code", "title", "abstract", "type", "scientific_area", "call", "deposited_on",
                  "operation_year", "decision", "confidential", "dmp", "pdf"),
    "proposal_instruments": ("proposal", "instrument", "requested", "allocated", "unit"),
    "participants": ("proposal", "person_key", "given_name", "family_name", "orcid", "email", "institution",
                     "institution_ror", "country", "role"),
    "sessions": ("code", "proposal", "instrument", "start", "end", "requested_hours", "allocated_hours",
                 "delivered_hours", "mode", "report_due", "report_received", "lost_to_machine", "lost_to_instrument",
                 "lost_to_user", "lost_to_cancellation"),
    "session_participants": ("session", "person_key", "mode", "gender", "career_stage"),
    "contributions": ("country", "group", "valid_from", "valid_to", "share"),
    "journals": ("issn", "title", "list", "list_version", "valid_from", "valid_to"),
}  # fmt: skip
Row = dict[str, str]


def instrument_rows() -> Iterator[Row]:
    """One row per dated period; techniques as PaNET IRIs; `successor_of` is the pid of the predecessor."""
    for one in instruments():
        yield {
            "facility": FACILITY_CODE,
            "name": one.name,
            "label": one.label,
            "group": one.group,
            "start": one.start.isoformat(),
            "end": one.end.isoformat() if one.end else "",
            "commissioning_until": one.commissioning_until.isoformat() if one.commissioning_until else "",
            "techniques": ";".join(techniques()[key].panet for key in one.techniques),
            "pid": one.pid,
            "successor_of": one.successor_of,
        }


def call_rows() -> Iterator[Row]:
    for one in calls():
        yield {
            "code": one.code,
            "facility": FACILITY_CODE,
            "opens": one.opens.isoformat(),
            "closes": one.closes.isoformat(),
            "cycle_start": one.cycle_start.isoformat(),
            "cycle_end": one.cycle_end.isoformat(),
            "time_unit": one.time_unit,
        }


def contribution_rows() -> Iterator[Row]:
    yield from contributions()


def journal_rows() -> Iterator[Row]:
    """The facility's list of high-impact journals in two versions; the second adds younger journals."""
    for version, valid_from, valid_to, until in (
        ("1", "2005-01-01", "2014-12-31", 2010),
        ("2", "2015-01-01", "", 9999),
    ):
        for one in journals():
            if one.high_impact and one.since <= until:
                yield {
                    "issn": one.issn,
                    "title": one.title,
                    "list": "high impact",
                    "list_version": version,
                    "valid_from": valid_from,
                    "valid_to": valid_to,
                }


def user_key(person: Person) -> str:
    """The account number of the user office."""
    return ("E" if person.staff else "U") + person.key[1:]


def email(person: Person, institution: str) -> str:
    """An address below example.org, which belongs to nobody."""
    given = folded(person.given).split(" ")[0].lower().replace(".", "")
    family = folded(person.family).replace(" ", "").replace("'", "").lower()
    words = [word for word in folded(institution).lower().replace("-", " ").split() if word.isalpha() and len(word) > 3]
    domain = "-".join(words[-2:]) or "lab"
    return f"{given}.{family}@{domain}.example.org"


def proposal_row(proposal: Proposal) -> Row:
    year = proposal.operation_year
    if year is None and proposal.decision == "accepted":
        year = proposal.call.cycle_start.year
    return {
        "facility": FACILITY_CODE,
        "code": proposal.code,
        "title": proposal.title,
        "abstract": proposal.abstract,
        "type": proposal.kind,
        "scientific_area": proposal.subject.topic.field,
        "call": proposal.call.code,
        "deposited_on": proposal.deposited.isoformat(),
        "operation_year": str(year) if year else "",
        "decision": proposal.decision,
        "confidential": "true" if proposal.confidential else "false",
        "dmp": proposal.dmp,
        "pdf": "",
    }


def proposal_instrument_rows(proposal: Proposal) -> Iterator[Row]:
    for instrument, requested, allocated in proposal.instruments:
        yield {
            "proposal": proposal.code,
            "instrument": instrument.name,
            "requested": str(requested),
            "allocated": str(allocated) if proposal.decision == "accepted" else "0",
            "unit": proposal.call.time_unit,
        }


def participant_rows(rng: Random, proposal: Proposal) -> Iterator[Row]:
    """The team as typed into the user office: institution names vary, some identifiers are missing."""
    year = year_of(proposal.deposited)
    for person, role in proposal.people:
        place = person.station(year).institution
        country = countries()[place.country]
        shown = rng.choice(country.other_names) if country.other_names and draw(rng, 0.04) else place.country
        yield {
            "proposal": proposal.code,
            "person_key": user_key(person),
            "given_name": person.given,
            "family_name": person.family_at(year),
            "orcid": person.orcid if year >= 2014 and draw(rng, 0.7) else "",
            "email": email(person, place.name),
            "institution": place.name if place is FACILITY or draw(rng, 0.6) else written_name(rng, place),
            "institution_ror": place.ror if draw(rng, 0.6) else "",
            "country": shown,
            "role": role,
        }


def session_row(proposal: Proposal, session: Session) -> Row:
    return {
        "code": session.code,
        "proposal": proposal.code,
        "instrument": session.instrument.name,
        "start": session.start.isoformat(),
        "end": session.end.isoformat(),
        "requested_hours": f"{session.requested_hours:g}",
        "allocated_hours": f"{session.allocated_hours:g}",
        "delivered_hours": f"{session.delivered_hours:g}",
        "mode": session.mode,
        "report_due": session.report_due.isoformat(),
        "report_received": session.report_received.isoformat() if session.report_received else "",
        **_lost(session),
    }


def _lost(session: Session) -> Row:
    """What the beam time was lost to, as the hall noted it; of one session in eight nobody did."""
    own = Random(f"lost/{session.code}")  # numbers of its own, so that nothing else of the world moves with them
    lost = session.allocated_hours - session.delivered_hours
    if lost < 0.1 or draw(own, 0.12):
        return {}
    if lost > 0.6 * session.allocated_hours and draw(own, 0.5):
        return {"lost_to_cancellation": f"{lost:.1f}"}
    first, second = own.choices(("lost_to_machine", "lost_to_instrument", "lost_to_user"), (5, 3, 2), k=2)
    if first == second or draw(own, 0.6):
        return {first: f"{lost:.1f}"}
    return {first: f"{lost * 0.7:.1f}", second: f"{lost * 0.3:.1f}"}


def session_participant_rows(session: Session) -> Iterator[Row]:
    for person, mode in session.people:
        said = _said(person, year_of(session.start)) if session.start.year >= ASKED_SINCE else {}
        yield {"session": session.code, "person_key": user_key(person), "mode": mode, **said}


def _said(person: Person, year: float) -> Row:
    """What somebody says of themselves, which has nothing to do with their name; one in six would rather not say."""
    own = Random(f"said/{person.key}")
    gender = own.choices(("woman", "man", "non-binary", ""), (29, 53, 2, 16))[0]
    since, quiet = year - person.since, draw(own, 0.16)
    if person.rank != "junior":
        stage = "senior scientist"
    else:
        stage = "master student" if since < 0.6 else "doctoral student" if since < 3.5 else "postdoc"
    return {"gender": gender, "career_stage": "" if quiet else stage}
