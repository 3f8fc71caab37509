"""Owed papers: the letter that reminds of one, read before it is sent; and the proposals that owe none after all."""

from datetime import datetime

from sqlalchemy import insert, select, update

from puma.access import CONFIDENTIAL, Viewer
from puma.accounts import audit
from puma.entities import OwedWord, Proposal
from puma.errors import Conflict, NotHere, WrongUsage
from puma.keeping import owner_of
from puma.languages import Tongue
from puma.listing.owed import OFFICE, Owed, address_of, likely_papers, one_owed
from puma.requests.asking import clean_email, clean_message
from puma.requests.mail import Letter, send, written_in
from puma.settings import Settings
from puma.storage import Storage


def reminder(storage: Storage, settings: Settings, viewer: Viewer, proposal_id: int, *, language: str = "") -> Letter:
    """The letter that reminds the main proposer of a proposal's paper. Nothing is sent. Raises NotHere.

    language: that its author chose for who reads it; else that of the facility.
    """
    viewer.must_be(OFFICE, "Reminding of a paper")
    with storage.reading() as session:
        one = one_owed(session, viewer, proposal_id)
        if one is None:
            raise NotHere("There is no such proposal.")
        papers = likely_papers(session, viewer, proposal_id)
        email = address_of(session, viewer, one.leader_id)
    audit.saw_records(storage, viewer, "reminder of a paper", [proposal_id])
    base = settings.access.public_url.rstrip("/")
    say, facility = written_in(settings, language), settings.facility.name
    return Letter(one.leader, email, _subject(one, say), _body(one, papers, facility, base, say))


def send_reminder(
    storage: Storage, settings: Settings, viewer: Viewer, proposal_id: int, email: str, *, at: datetime,
    language: str = "",
) -> int:  # fmt: skip
    """Send the letter to an address and note it; see ``mail.send`` for errors. Returns the number of the note."""
    found = reminder(storage, settings, viewer, proposal_id, language=language)
    address = clean_email(email) or found.email
    if not address:
        raise WrongUsage("No e-mail address is known: give one, or copy the letter and send it yourself.")
    send(Letter(found.name, address, found.subject, found.body), settings.mail, by=f"{storage.url} {viewer.account}")
    return note_reminded(storage, viewer, proposal_id, at=at)


def note_reminded(storage: Storage, viewer: Viewer, proposal_id: int, *, at: datetime) -> int:
    """Note that somebody was reminded, by a letter from here or otherwise. Returns the number of the note."""
    return _say(storage, viewer, proposal_id, "reminded", "", at)


def excuse(storage: Storage, viewer: Viewer, proposal_id: int, reason: str, *, at: datetime) -> int:
    """Say that a proposal owes no paper, and why: from the next facts on it is not counted among those that do.

    Returns the number of what was said. Raises WrongUsage without a reason, Conflict when somebody said so already.
    """
    why = clean_message(reason)
    if not why:
        raise WrongUsage("Say why it owes no paper: a negative result was reported, say.")
    return _say(storage, viewer, proposal_id, "excused", why, at)


def take_back(storage: Storage, viewer: Viewer, word_id: int, *, at: datetime) -> str:
    """Take back a note or an excuse; returns its kind. Raises NotHere when there is none that stands."""
    viewer.must_be(OFFICE, "Reminding of a paper")
    with storage.writing() as session:
        word = session.get(OwedWord, word_id)
        if word is None or word.ended_at is not None or one_owed(session, viewer, word.proposal_id) is None:
            raise NotHere("This was taken back already.")
        session.execute(update(OwedWord).where(OwedWord.id == word_id).values(ended_at=at))
        audit.write(session, viewer, "owed paper", detail=f"{word.kind} taken back: proposal {word.proposal_id}")
        return word.kind


def _say(storage: Storage, viewer: Viewer, proposal_id: int, kind: str, reason: str, at: datetime) -> int:
    viewer.must_be(OFFICE, "Reminding of a paper")
    with storage.writing() as session:
        if session.scalar(select(Proposal.id).where(Proposal.id == proposal_id).with_for_update()) is None:
            raise NotHere("There is no such proposal.")
        if one_owed(session, viewer, proposal_id) is None:
            raise NotHere("There is no such proposal.")
        standing = select(OwedWord.id).where(
            OwedWord.proposal_id == proposal_id, OwedWord.kind == "excused", OwedWord.ended_at.is_(None)
        )
        if kind == "excused" and session.scalar(standing.limit(1)) is not None:
            raise Conflict("Somebody said so already. Nothing was changed.")
        row = {"proposal_id": proposal_id, "kind": kind, "reason": reason, "said_by": owner_of(viewer)}
        row |= {"said_by_id": viewer.account or None, "said_at": at}
        audit.write(session, viewer, "owed paper", detail=f"{kind}: proposal {proposal_id}")
        number: int = session.execute(insert(OwedWord).values(**row).returning(OwedWord.id)).scalar_one()
        return number


def _subject(one: Owed, say: Tongue) -> str:
    """Without the title, which may be confidential: subjects are read over shoulders."""
    return say("Which publication came of {}?", one.code)


def _body(one: Owed, papers: list[tuple[str, str]], facility: str, base: str, say: Tongue) -> str:
    dated = list(dict.fromkeys(say.day(day) for day in (one.first_day, one.last_day) if day))
    days = say("{} to {}", *dated) if len(dated) == 2 else "".join(dated)
    beam = ", ".join(part for part in (", ".join(one.instruments), days) if part)
    family, _, given = one.leader.partition(", ")
    name = " ".join(part for part in (given, family) if part)
    lines = [say("Dear {},", name) if name else say("Dear colleague,"), ""]
    lines += [say("your proposal {} had beam time at {}:", one.code, facility), ""]
    lines += [f"  {words}" for words in ("" if one.visibility == CONFIDENTIAL else one.title, beam) if words]
    lines += ["", say("We know of no publication that came of it.")]
    lines += [say("If there is one, please tell us its DOI by answering this letter.")]
    lines += [say("If there will be none, a word why helps as well: a negative result is a result.")]
    if papers:
        lines += ["", say("Is it one of these?")]
        lines += [f"  {title}{f', https://doi.org/{doi}' if doi else ''}" for title, doi in papers]
    if base and one.visibility == "public":
        lines += ["", say("What we know of the proposal:"), f"{base}/record/{one.proposal_id}"]
    return "\n".join([*lines, "", facility]) + "\n"
