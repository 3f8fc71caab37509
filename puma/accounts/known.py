"""What is known of a person, for whoever asks what that is: everything that stands here under their name, as JSON."""

import json
import zipfile
from collections.abc import Iterable
from datetime import date, datetime
from io import BytesIO
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from puma.access import Viewer
from puma.accounts import audit
from puma.entities import (
    Account,
    Affiliation,
    ApiToken,
    AuditEntry,
    Authorship,
    Decision,
    DigestWish,
    Experiment,
    ExperimentParticipant,
    File,
    HarvestSource,
    Identifier,
    Participant,
    Person,
    PersonAffiliation,
    PersonName,
    Proposal,
    Publication,
    RawRecord,
    Record,
    Request,
    StoredClaim,
    WebSession,
)
from puma.errors import NotHere
from puma.resolve import merged_persons
from puma.storage import Storage

Known = dict[str, Any]
README = """What is known of one person, as of {at}.

known.json: everything that stands under this person: names, identifiers, what each source says, proposals, experiments,
publications, affiliations, accounts, questions, and what the audit keeps. Passwords and keys are kept as digests only
and are not here. Files that may name the person are listed by their numbers; they are not searched for names.
"""


def group_of(session: Session, person_id: int) -> list[int]:
    """The records of one person: the one that stands first, then those that were made one with it. Raises NotHere."""
    became = merged_persons(session)
    number = became.get(person_id, person_id)
    if session.get(Person, number) is None:
        raise NotHere(f"There is no person {person_id}.")
    return [number, *sorted(one for one, into in became.items() if into == number)]


def accounts_of(session: Session, group: Iterable[int]) -> list[Account]:
    """The accounts that are a person's: by the ORCID iD of both."""
    orcids = set(session.scalars(select(Person.orcid).where(Person.id.in_(group), Person.orcid.is_not(None))))
    return list(session.scalars(select(Account).where(Account.orcid.in_(orcids)).order_by(Account.id)))


def known_of(storage: Storage, by: Viewer, person_id: int, *, at: datetime) -> Known:
    """Everything that is known of a person, for administrators. Raises NotHere. It is noted in the audit."""
    by.must_be("admin", "What is known of a person")
    with storage.reading() as session:
        found = _known(session, group_of(session, person_id), at)
    with storage.writing() as session:
        audit.write(session, by, "personal data exported", detail=f"person {found['person']}", count=1)
    return found


def counted(storage: Storage, by: Viewer, person_id: int) -> tuple[str, dict[str, int]]:
    """The name of a person and how much is known of them, for administrators; nothing is given out. Raises NotHere."""
    by.must_be("admin", "What is known of a person")
    with storage.reading() as session:
        group = group_of(session, person_id)
        row = session.get_one(Person, group[0])
        owners = accounts_of(session, group)
        queries = {
            "Claims of sources": (StoredClaim.id, StoredClaim.record_id),
            "Names": (PersonName.id, PersonName.person_id),
            "Proposals": (Participant.proposal_id, Participant.person_id),
            "Experiments": (ExperimentParticipant.experiment_id, ExperimentParticipant.person_id),
            "Works": (Authorship.record_id, Authorship.person_id),
            "Affiliations": (PersonAffiliation.affiliation_id, PersonAffiliation.person_id),
        }
        counts = {
            words: session.scalar(select(func.count(what.distinct())).where(whose.in_(group))) or 0
            for words, (what, whose) in queries.items()
        }
    name = ", ".join(word for word in (row.family_name, row.given_name) if word)
    return name, {**counts, "Accounts": len(owners)}


def as_json(found: Known) -> bytes:
    """As a file of JSON."""
    return json.dumps(found, indent=1, ensure_ascii=False, default=_plain).encode()


def as_zip(found: Known) -> bytes:
    """As an archive: the JSON, and a text that says what it is."""
    held = BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("known.json", as_json(found))
        archive.writestr("README.txt", README.format(at=found["as_of"]))
    return held.getvalue()


def _known(session: Session, group: list[int], at: datetime) -> Known:
    accounts = accounts_of(session, group)
    numbers = [one.id for one in accounts]
    emails = [one for one in session.scalars(select(Person.email).where(Person.id.in_(group))) if one]
    emails += session.scalars(select(DigestWish.email).where(DigestWish.account_id.in_(numbers))).all()
    asked = or_(Request.asked_of_id.in_(numbers), Request.asked_by_id.in_(numbers), Request.email.in_(emails))
    proposals = select(Participant.proposal_id).where(Participant.person_id.in_(group))
    return {
        "as_of": at.isoformat(),
        "person": group[0],
        "records": _rows(session, select(Record.id, Record.created_at, Record.changed_at, Record.visibility).where(
            Record.id.in_(group))),
        "names": _rows(session, select(Person.family_name, Person.given_name, Person.orcid, Person.email, Person.user)
                       .where(Person.id.in_(group))),
        "other_names": _words(session, select(PersonName.name).where(PersonName.person_id.in_(group))),
        "identifiers": _rows(session, select(Identifier.scheme, Identifier.value).where(
            Identifier.record_id.in_(group))),
        "told_by": _rows(session, select(
            HarvestSource.name.label("source"), RawRecord.key, StoredClaim.keys, StoredClaim.values,
            StoredClaim.claimed_by, StoredClaim.claimed_at, RawRecord.payload_sha256.label("payload"),
        ).outerjoin(HarvestSource, HarvestSource.id == StoredClaim.source_id).outerjoin(
            RawRecord, RawRecord.id == StoredClaim.raw_record_id).where(StoredClaim.record_id.in_(group))),
        "proposals": _rows(session, select(
            Proposal.id, Proposal.code, Proposal.title, Participant.name, Participant.role,
            Affiliation.text.label("affiliation"),
        ).join(Participant, Participant.proposal_id == Proposal.id).outerjoin(
            Affiliation, Affiliation.id == Participant.affiliation_id).where(Participant.person_id.in_(group))),
        "experiments": _rows(session, select(
            Experiment.id, Experiment.code, Experiment.starts_at, Experiment.ends_at, ExperimentParticipant.mode,
            ExperimentParticipant.gender, ExperimentParticipant.career_stage,
        ).join(ExperimentParticipant, ExperimentParticipant.experiment_id == Experiment.id).where(
            ExperimentParticipant.person_id.in_(group))),
        "works": _rows(session, select(
            Authorship.record_id, Publication.title, Publication.year, Authorship.name, Authorship.orcid,
            Authorship.probability,
        ).outerjoin(Publication, Publication.id == Authorship.record_id).where(Authorship.person_id.in_(group))),
        "affiliations": _rows(session, select(
            Affiliation.text, PersonAffiliation.seen_on, PersonAffiliation.record_id,
        ).join(PersonAffiliation, PersonAffiliation.affiliation_id == Affiliation.id).where(
            PersonAffiliation.person_id.in_(group))),
        "files_that_may_name": _words(session, select(File.id).where(File.of_id.in_(proposals))),
        "accounts": _rows(session, select(
            Account.id, Account.issuer, Account.subject, Account.name, Account.role, Account.scope, Account.orcid,
            Account.created_at, Account.signed_in_at, Account.disabled_at,
        ).where(Account.id.in_(numbers))),
        "sessions": _rows(session, select(WebSession.agent, WebSession.created_at, WebSession.seen_at).where(
            WebSession.account_id.in_(numbers))),
        "tokens": _rows(session, select(
            ApiToken.label, ApiToken.prefix, ApiToken.created_at, ApiToken.expires_at, ApiToken.used_at,
        ).where(ApiToken.account_id.in_(numbers))),
        "digest": _rows(session, select(DigestWish.email, DigestWish.wanted_at, DigestWish.sent_at).where(
            DigestWish.account_id.in_(numbers))),
        "questions": _rows(session, select(
            Request.id, Request.asked_by, Request.asked_of, Request.email, Request.message, Request.comment,
            Request.answer, Request.created_at,
        ).where(asked)),
        "decisions_about": _rows(session, select(
            Decision.id, Decision.verdict, Decision.value, Decision.reason, Decision.decided_by, Decision.decided_at,
        ).where(or_(Decision.left_id.in_(group), Decision.right_id.in_(group)))),
        "audit": _rows(session, select(
            AuditEntry.at, AuditEntry.act, AuditEntry.place, AuditEntry.detail,
        ).where(AuditEntry.account_id.in_(numbers)).order_by(AuditEntry.id)),
    }  # fmt: skip


def found_persons(storage: Storage, by: Viewer, words: str, limit: int = 20) -> list[tuple[int, str, str]]:
    """(number, name, ORCID iD) of persons whose names hold all the words, or with that number or ORCID iD."""
    by.must_be("admin", "What is known of a person")
    wanted = words.casefold().split()[:6]
    if not wanted:
        return []
    name = func.lower(Person.family_name + " " + func.coalesce(Person.given_name, ""))
    query = select(Person).join(Record, Record.id == Person.id).where(Record.merged_into_id.is_(None))
    like = query.where(*(name.contains(word, autoescape=True) for word in wanted)).order_by(name, Person.id)
    one = wanted[0].upper()
    exact = query.where(Person.id == int(one) if one.isdecimal() and len(one) < 16 else Person.orcid == one)
    with storage.reading() as session:
        found = [*session.scalars(exact), *session.scalars(like.limit(limit))]
        return [
            (row.id, ", ".join(word for word in (row.family_name, row.given_name) if word), row.orcid or "")
            for row in dict.fromkeys(found)
        ][:limit]


def _rows(session: Session, query: Any) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in session.execute(query)]


def _words(session: Session, query: Any) -> list[Any]:
    return list(session.scalars(query))


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
