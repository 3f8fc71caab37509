"""Erasing a person who asks for it: everywhere but in published authorship, and left out of what comes again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from puma.access import EVERYTHING, Viewer
from puma.accounts import audit
from puma.accounts.known import accounts_of, group_of
from puma.accounts.register import administrators, must_administer
from puma.entities import (
    Account,
    ApiToken,
    Authorship,
    Decision,
    DigestWish,
    Erasure,
    ExperimentParticipant,
    File,
    Identifier,
    Participant,
    Payload,
    Person,
    PersonName,
    PersonPair,
    RawRecord,
    Record,
    Request,
    StandIn,
    StoredClaim,
    WebSession,
)
from puma.errors import Conflict, Refused
from puma.resolve import AUTHOR, resettle, settle_references, settle_whereabouts
from puma.resolve.erased import ERASED, digest_of, left_out
from puma.storage import Storage, chunks, insert_rows, update_rows

NOBODY = "erased"
"""What stands where a name stood."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure came to. works: that stay as published, without leading to the person. payloads: of sources, that
    named the person and are kept no more. files: that belong to their proposals and may name them: a person looks."""

    person: int
    proposals: int
    experiments: int
    works: int
    accounts: int
    questions: int
    payloads: int
    files: tuple[int, ...]


def erase(storage: Storage, by: Viewer, person_id: int, *, at: datetime) -> Erased:
    """Erase a person, all in one transaction; facts and search index are brought up to date by the caller.

    A number without a name stays on proposals and experiments, so that every count stays what it was; published
    authorship stays as published and leads to nobody. Keys by which sources know the person stay as digests, so that
    what they tell again is left out. The audit and who decided what stay, as the record of what was done here.

    Raises NotHere, Refused for the last administrator, Conflict where nothing but published works tells of the person.
    """
    must_administer(by)
    with storage.writing() as session:
        group = group_of(session, person_id)
        keys = _keys(session, group)
        owners = accounts_of(session, group)
        if not keys and not owners:
            raise Conflict("Only published works tell of this person, and published authorship stays as published.")
        emails = [one for one in session.scalars(select(Person.email).where(Person.id.in_(group))) if one]
        emails += session.scalars(
            select(DigestWish.email).where(DigestWish.account_id.in_([one.id for one in owners]))
        ).all()
        _forget_keys(session, group[0], keys, at)
        proposals = sorted(set(session.scalars(_of(Participant.proposal_id, Participant.person_id, group))))
        experiments = sorted(
            set(session.scalars(_of(ExperimentParticipant.experiment_id, ExperimentParticipant.person_id, group)))
        )
        payloads = _forget_claims(session, group, [*proposals, *experiments])
        works = _unlink_works(session, group)
        _forget_in_decisions(session, group)
        session.execute(delete(PersonPair).where(or_(PersonPair.left_id.in_(group), PersonPair.right_id.in_(group))))
        columns = Record.id, Record.merged_into_id, Record.deleted_at
        stood = [dict(row._mapping) for row in session.execute(select(*columns).where(Record.id.in_(group)))]
        resettle(session, group, at)  # first, so that the others find them by their new keys
        resettle(session, [*proposals, *experiments], at)
        update_rows(session, Record, stood)  # settling takes what is told of for standing by itself
        _forget_names(session, group)
        settle_references(session, at)
        settle_whereabouts(session, group)
        questions = _forget_questions(session, owners, emails)
        _forget_accounts(session, owners, by, at)
        files = tuple(session.scalars(select(File.id).where(File.of_id.in_(proposals)).order_by(File.id)))
        done = Erased(group[0], len(proposals), len(experiments), works, len(owners), questions, payloads, files)
        audit.write(session, by, "erased", detail=f"person {group[0]}: {_told(done)}")
        return done


def _told(done: Erased) -> str:
    return (
        f"{done.proposals} proposals, {done.experiments} experiments, {done.works} works no longer lead there, "
        f"{done.accounts} accounts, {done.questions} questions, {done.payloads} payloads"
    )


def _of(what: Any, whose: Any, group: Sequence[int]) -> Any:
    return select(what).where(whose.in_(group))


def _keys(session: Session, group: Sequence[int]) -> set[tuple[str, str]]:
    """The keys by which sources know a person."""
    here = Identifier.record_id.in_(group), Identifier.scheme.not_in((AUTHOR, ERASED))
    rows = session.execute(select(Identifier.scheme, Identifier.value).where(*here))
    found = {(scheme, value) for scheme, value in rows}
    for keys in session.scalars(select(StoredClaim.keys).where(StoredClaim.record_id.in_(group))):
        found.update((key[0], key[1]) for key in keys if key[0] not in (AUTHOR, ERASED))
    return found


def _forget_keys(session: Session, person: int, keys: set[tuple[str, str]], at: datetime) -> None:
    known = set(session.scalars(select(Erasure.digest)))
    digests = sorted({digest_of(*key) for key in keys} - known)
    insert_rows(session, Erasure, [{"person_id": person, "digest": one, "erased_at": at} for one in digests])


def _forget_claims(session: Session, group: Sequence[int], others: Sequence[int]) -> int:
    """Take the person out of all that sources said, and what they sent away. Returns how many payloads went."""
    digests = set(session.scalars(select(Erasure.digest)))
    by_hand = StoredClaim.record_id.in_(group), StoredClaim.claimed_by.is_not(None)
    session.execute(delete(StoredClaim).where(*by_hand))
    changed, raw = [], set()
    for some in chunks([*group, *others]):
        columns = StoredClaim.id, StoredClaim.kind, StoredClaim.keys, StoredClaim.values, StoredClaim.raw_record_id
        for number, kind, keys, values, raw_id in session.execute(
            select(*columns).where(StoredClaim.record_id.in_(some))
        ):
            found = left_out(kind, keys, values, digests)
            if found is not None:
                changed.append({"id": number, "keys": [list(key) for key in found[0]], "values": found[1]})
                raw.add(raw_id)
    update_rows(session, StoredClaim, changed)
    gone = 0
    for some in chunks(sorted(number for number in raw if number)):
        sent = select(RawRecord.payload_sha256).where(RawRecord.id.in_(some))
        gone += len(session.scalars(delete(Payload).where(Payload.sha256.in_(sent)).returning(Payload.sha256)).all())
    return gone


def _forget_names(session: Session, group: Sequence[int]) -> None:
    """Also those of records of which no source tells any more."""
    nothing: dict[str, Any] = {"family_name": "", "given_name": None, "orcid": None, "email": None}
    session.execute(update(Person).where(Person.id.in_(group)).values(**nothing))
    session.execute(delete(PersonName).where(PersonName.person_id.in_(group)))
    kept = Identifier.scheme.in_((AUTHOR, ERASED))
    session.execute(delete(Identifier).where(Identifier.record_id.in_(group), ~kept))


def _unlink_works(session: Session, group: Sequence[int]) -> int:
    here = Authorship.person_id.in_(group)
    count = session.scalar(select(func.count(Authorship.record_id.distinct())).where(here)) or 0
    session.execute(update(Authorship).where(here).values(person_id=None, probability=None))
    return count


def _forget_in_decisions(session: Session, group: Sequence[int]) -> None:
    """What was decided on the person stays; the names in it and the works that it put with the person go."""
    here = or_(Decision.left_id.in_(group), Decision.right_id.in_(group))
    changed = []
    for number, value in session.execute(select(Decision.id, Decision.value).where(here)):
        left = [
            {
                **one,
                **({"works": []} if "works" in one else {}),
                **({"proposals": [[p[0], p[1], "", *p[3:]] for p in one["proposals"]]} if "proposals" in one else {}),
            }
            if isinstance(one, dict) and "field" not in one
            else {}
            for one in value or []
        ]
        if left != value:
            changed.append({"id": number, "value": left})
    update_rows(session, Decision, changed)


def _forget_questions(session: Session, owners: Sequence[Account], emails: Sequence[str]) -> int:
    numbers = [one.id for one in owners]
    theirs = or_(Request.asked_of_id.in_(numbers), Request.email.in_([one for one in emails if one]))
    asked = set(session.scalars(select(Request.id).where(or_(theirs, Request.asked_by_id.in_(numbers)))))
    session.execute(update(Request).where(theirs).values(asked_of=NOBODY, email="", digest=None, comment=""))
    session.execute(update(Request).where(Request.asked_by_id.in_(numbers)).values(asked_by=NOBODY, message=""))
    names = [one.name for one in owners]
    session.execute(update(Request).where(Request.answered_by.in_(names)).values(answered_by=NOBODY))
    return len(asked)


def _forget_accounts(session: Session, owners: Sequence[Account], by: Viewer, at: datetime) -> None:
    left = set(administrators(session)) - {one.id for one in owners}
    if by is not EVERYTHING and not left and owners:
        raise Refused("This is the last administrator: give somebody else that role first.")
    for one in owners:
        session.execute(delete(WebSession).where(WebSession.account_id == one.id))
        session.execute(delete(ApiToken).where(ApiToken.account_id == one.id))
        session.execute(delete(DigestWish).where(DigestWish.account_id == one.id))
        session.execute(delete(StandIn).where(or_(StandIn.absent_id == one.id, StandIn.stands_in_id == one.id)))
        values: dict[str, Any] = {"subject": f"{NOBODY}-{one.id}", "name": NOBODY, "orcid": None, "scope": []}
        values |= {"password_hash": None, "disabled_at": at}
        session.execute(update(Account).where(Account.id == one.id).values(**values))
