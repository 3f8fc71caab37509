"""Decisions on persons: two made one, one taken apart, or said to be two; each can be taken back."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.orm import Session

from puma.access import Viewer
from puma.decisions import log
from puma.entities import (
    Authorship,
    Decision,
    Experiment,
    ExperimentParticipant,
    Identifier,
    Participant,
    Person,
    PersonName,
    Record,
    StoredClaim,
)
from puma.errors import Conflict, NotHere, WrongUsage
from puma.matching.persons.mentions import best_name
from puma.names import PersonName as Name
from puma.names import display, parse_name
from puma.resolve import AUTHOR, resettle, set_visibility, settle_whereabouts, where_put, write_persons
from puma.storage import Storage, chunks, insert_rows, now, take_numbers, update_rows
from puma.visibility import exists_for

ROLE = "user_office"
Said = dict[str, Any]
"""What a decision says of mentions; see `puma.resolve.persons.where_put`."""


def join(storage: Storage, viewer: Viewer, keep_id: int, other_id: int, reason: str = "") -> int:
    """Make two persons one. Whom a source tells of is kept before whom only works name.

    Everything that both were named on stays with the kept one, also after a re-harvest and a new matching. Returns the
    number of the decision. Raises WrongUsage for two different ORCID iDs without a reason; NotHere when one of them
    does not exist.
    """
    viewer.must_be(ROLE, "Putting persons together")
    with storage.writing() as session:
        two(session, viewer, keep_id, other_id)
        iris = set(orcids(session, [keep_id]).values()), set(orcids(session, [other_id]).values())
        if all(iris) and not iris[0] & iris[1] and not reason.strip():
            raise WrongUsage(
                f"They have two different ORCID iDs, {min(iris[0])} and {min(iris[1])}, and so are two persons unless "
                "one of the iDs is wrong. Say in the reason why they are one."
            )
        if not _told(session, keep_id) and _told(session, other_id):
            keep_id, other_id = other_id, keep_id
        at = now()
        said = _mentions(session, (keep_id, other_id), {}, keep_id)
        said["told"] = _move_told(session, keep_id, other_id)
        row = log.write(session, viewer, "join", keep_id, other_id, value=[said], reason=reason)
        _put(session, [said])
        gone = {"merged_into_id": keep_id, "deleted_at": at}
        session.execute(update(Record).where(Record.id == other_id).values(**gone))
        if said["told"]["names"]:
            resettle(session, [keep_id], at)
        _follow(session, (keep_id, other_id), said, at)
        return row


def split(storage: Storage, viewer: Viewer, person_id: int, records: Collection[int], reason: str = "") -> int:
    """Take a person apart: what it was named on in these records is a new person's; experiments follow their proposal.

    records: numbers of publications, datasets, proposals or experiments. Returns the number of the decision, whose
    right side is the new person. Raises WrongUsage when none of the records, or each of them, would go.
    """
    viewer.must_be(ROLE, "Taking a person apart")
    with storage.writing() as session:
        which = select(Record.id).where(Record.id == person_id, Record.kind == "person", exists_for(viewer))
        if session.scalar(which.with_for_update()) is None:
            raise NotHere("There is no such person.")
        at, new_id = now(), take_numbers(session, "record", 1)[0]
        going = set(records) | _experiments_of(session, records)
        said = _mentions(session, (person_id,), dict.fromkeys(going, new_id), person_id)
        moved = [one for kind in KINDS for one in said[kind] if one[-1] == new_id]
        if not moved:
            raise WrongUsage("Choose at least one of the records on which this person is named.")
        if len(moved) == sum(len(said[kind]) for kind in KINDS) and not _told(session, person_id):
            raise WrongUsage("Nothing would be left of this person: leave at least one record with it.")
        _new_person(session, new_id, person_id, said, at)
        row = log.write(session, viewer, "split", person_id, new_id, value=[said], reason=reason)
        _put(session, [said])
        _follow(session, (person_id, new_id), said, at)
        return row


def apart(storage: Storage, viewer: Viewer, left_id: int, right_id: int, reason: str = "") -> int:
    """Say that two persons are two: they are neither suspected nor made one by matching; each keeps what it has.

    Returns the number of the decision.
    """
    viewer.must_be(ROLE, "Deciding on persons")
    with storage.writing() as session:
        two(session, viewer, left_id, right_id)
        said = [_mentions(session, (person,), {}, person) for person in (left_id, right_id)]
        both = {kind: [*said[0][kind], *said[1][kind]] for kind in KINDS}
        return log.write(session, viewer, "distinct", left_id, right_id, value=[both], reason=reason)


def take_back_join(session: Session, viewer: Viewer, decision: Decision) -> int:
    """Two persons again, each with what it had before."""
    viewer.must_be(ROLE, "Taking persons apart")
    keep_id, other_id, said = _newest(session, decision)
    other = session.get(Record, other_id)
    if other is None or other.merged_into_id != keep_id:
        raise Conflict("The person was put together further since: take that back first. Nothing was changed.")
    at, told = now(), said["told"]
    left = _give_back_told(session, told, keep_id, other_id)
    alive = {"merged_into_id": None, "deleted_at": None if left or not told["names"] else at}
    session.execute(update(Record).where(Record.id == other_id).values(**alive))
    _restore(session, said)
    row = log.write(session, viewer, "undo", keep_id, other_id, undoes_id=decision.id)
    if told["names"]:
        resettle(session, [keep_id, other_id] if left else [keep_id], at)
    _follow(session, (keep_id, other_id), said, at)
    return row


def take_back_split(session: Session, viewer: Viewer, decision: Decision) -> int:
    """One person again; what the new one got since goes to it as well."""
    viewer.must_be(ROLE, "Putting persons together")
    person_id, new_id, said = _newest(session, decision)
    at = now()
    _restore(session, said)
    for entity in (Authorship, Participant, ExperimentParticipant):
        session.execute(update(entity).where(entity.person_id == new_id).values(person_id=person_id))
    if said.get("called"):
        _call(session, person_id, said["called"])
    gone = {"merged_into_id": person_id, "deleted_at": at, "changed_at": at}
    session.execute(update(Record).where(Record.id == new_id).values(**gone))
    row = log.write(session, viewer, "undo", person_id, new_id, undoes_id=decision.id)
    _follow(session, (person_id, new_id), said, at)
    return row


def two(session: Session, viewer: Viewer, left_id: int, right_id: int, kind: str = "person") -> None:
    """Raise NotHere unless both are such records that exist for the viewer, WrongUsage when they are the same."""
    if left_id == right_id:
        raise WrongUsage(f"These are not two {kind}s.")
    which = select(Record.id).where(Record.id.in_((left_id, right_id)), Record.kind == kind, exists_for(viewer))
    if len(session.scalars(which.with_for_update()).all()) != 2:
        raise NotHere(f"There are no two such {kind}s; perhaps they were put together meanwhile.")


def orcids(session: Session, persons: Sequence[int]) -> dict[int, str]:
    """The ORCID iDs that persons carry themselves; what a single work states is no evidence against them."""
    query = select(Person.id, Person.orcid).where(Person.id.in_(persons), Person.orcid.is_not(None))
    return {number: orcid or "" for number, orcid in session.execute(query)}


# --- mentions ---------------------------------------------------------------------------------------------------------

KINDS = ("works", "proposals", "experiments")


def _mentions(session: Session, persons: Collection[int], going: Mapping[int, int], staying: int) -> Said:
    """Everything on which these persons are named: where it was, and now is. going: new person by record."""
    authors = select(
        Authorship.record_id, Authorship.position, Authorship.name, Authorship.person_id, Authorship.probability
    ).where(Authorship.person_id.in_(persons))
    bids = select(Participant.proposal_id, Participant.position, Participant.name, Participant.person_id).where(
        Participant.person_id.in_(persons)
    )
    guests = select(ExperimentParticipant.experiment_id, ExperimentParticipant.person_id).where(
        ExperimentParticipant.person_id.in_(persons)
    )
    columns = (Authorship.record_id, Authorship.position), (Participant.proposal_id, Participant.position)
    return {
        "works": [[*row, going.get(row[0], staying)] for row in session.execute(authors.order_by(*columns[0]))],
        "proposals": [[*row, going.get(row[0], staying)] for row in session.execute(bids.order_by(*columns[1]))],
        "experiments": [
            [*row, going.get(row[0], staying)]
            for row in session.execute(guests.order_by(ExperimentParticipant.experiment_id))
        ],
    }


def _experiments_of(session: Session, proposals: Collection[int]) -> set[int]:
    found: set[int] = set()
    for some in chunks(sorted(proposals)):
        found.update(session.scalars(select(Experiment.id).where(Experiment.proposal_id.in_(some))))
    return found


def _put(session: Session, said: Sequence[Said]) -> None:
    put = where_put(session, said)
    write_persons(session, Authorship, put.authors)
    write_persons(session, Participant, put.participants)
    write_persons(session, ExperimentParticipant, put.guests)


def _restore(session: Session, said: Said) -> None:
    """Give every mention back to whom it was before."""
    before: Said = {
        "works": [[work, place, name, now_, None, was] for work, place, name, was, _, now_ in said["works"]],
        "proposals": [[bid, place, name, now_, was] for bid, place, name, was, now_ in said["proposals"]],
        "experiments": [[number, now_, was] for number, was, now_ in said["experiments"]],
    }
    put = where_put(session, [before])
    chance = {(work, place): probability for work, place, _, _, probability, _ in said["works"]}
    rows = []
    for some in chunks(sorted(put.authors)):
        query = select(Authorship.id, Authorship.record_id, Authorship.position).where(Authorship.id.in_(some))
        for row, work, place in session.execute(query):
            rows.append({"id": row, "person_id": put.authors[row], "probability": chance.get((work, place))})
    update_rows(session, Authorship, rows)
    write_persons(session, Participant, put.participants)
    write_persons(session, ExperimentParticipant, put.guests)


def _follow(session: Session, persons: Collection[int], said: Said, at: Any) -> None:
    """What follows from who is who: where they were, who may know of them, and that all of it changed."""
    settle_whereabouts(session, persons)
    set_visibility(session)
    touched = set(persons) | {one[0] for kind in KINDS for one in said[kind]}
    for some in chunks(sorted(touched)):
        session.execute(update(Record).where(Record.id.in_(some)).values(changed_at=at))


def _newest(session: Session, decision: Decision) -> tuple[int, int, Said]:
    """(left, right, what was said) of a decision that can be taken back. Raises Conflict when a later one stands."""
    log.must_stand(session, decision)
    pair = decision.left_id, decision.right_id or 0
    later = select(Decision.id).where(
        Decision.id > decision.id, Decision.verdict.in_(("join", "split", "distinct")), log.stands(),
        or_(Decision.left_id.in_(pair), Decision.right_id.in_(pair)),
    )  # fmt: skip
    if session.scalar(later.limit(1)) is not None:
        raise Conflict("These persons were put together or apart once more since: take that back first.")
    return pair[0], pair[1], decision.value[0]


# --- persons that sources tell of -------------------------------------------------------------------------------------


def _told(session: Session, person_id: int) -> bool:
    """Whether a source tells of the person, not only works and proposals that name it."""
    return session.scalar(select(StoredClaim.id).where(StoredClaim.record_id == person_id).limit(1)) is not None


def _move_told(session: Session, keep_id: int, other_id: int) -> Said:
    """What sources say of the one is said of the other from now on; the names by which they know it go along."""
    names = session.execute(
        select(Identifier.scheme, Identifier.value)
        .where(Identifier.record_id == other_id, Identifier.scheme != AUTHOR)
        .order_by(Identifier.scheme, Identifier.value)
    )
    told = {
        "names": [[scheme, value] for scheme, value in names],
        "corrections": list(
            session.scalars(
                select(StoredClaim.id).where(StoredClaim.record_id == other_id, StoredClaim.claimed_by.is_not(None))
            )
        ),
    }
    session.execute(update(StoredClaim).where(StoredClaim.record_id == other_id).values(record_id=keep_id))
    session.execute(
        update(Identifier)
        .where(Identifier.record_id == other_id, Identifier.scheme != AUTHOR)
        .values(record_id=keep_id)
    )
    return told


def _give_back_told(session: Session, told: Said, keep_id: int, other_id: int) -> bool:
    """Claims and names go back; whether any source still tells of the other."""
    names = {(scheme, value) for scheme, value in told["names"]}
    rows = session.execute(select(StoredClaim.id, StoredClaim.keys).where(StoredClaim.record_id == keep_id)).all()
    claims = [number for number, keys in rows if names & {(scheme, value) for scheme, value in keys}]
    if claims or told["corrections"]:
        session.execute(
            update(StoredClaim)
            .where(StoredClaim.id.in_([*claims, *told["corrections"]]), StoredClaim.record_id == keep_id)
            .values(record_id=other_id)
        )
    for scheme, value in sorted(names):
        session.execute(
            update(Identifier)
            .where(Identifier.kind == "person", Identifier.scheme == scheme, Identifier.value == value)
            .where(Identifier.record_id == keep_id)
            .values(record_id=other_id)
        )
    return bool(claims)


# --- persons that are made here ---------------------------------------------------------------------------------------


def _new_person(session: Session, new_id: int, person_id: int, said: Said, at: Any) -> None:
    """A person for what is taken apart, named as it is named there; who is left is named by what is left."""
    seen = {"kind": "person", "visibility": "internal", "created_at": at, "changed_at": at}
    insert_rows(session, Record, [{"id": new_id, **seen}])
    key = {"record_id": new_id, "kind": "person", "scheme": AUTHOR, "value": f"split:{new_id}"}
    insert_rows(session, Identifier, [key])
    old = session.get_one(Person, person_id)
    before = {"family_name": old.family_name, "given_name": old.given_name, "orcid": old.orcid}
    moved = _called(session, said, new_id, person_id) or {**before, "orcid": None, "names": []}
    left = None if _told(session, person_id) else _called(session, said, person_id, person_id)
    if moved["orcid"] == (left or before)["orcid"]:
        moved["orcid"] = None
    values = {name: moved[name] for name in before}
    session.execute(insert(Person).values(id=new_id, user=False, email=None, **values))
    insert_rows(session, PersonName, [{"person_id": new_id, "name": name} for name in moved["names"]])
    if left:
        names = select(PersonName.name).where(PersonName.person_id == person_id).order_by(PersonName.name)
        said["called"] = {**before, "names": list(session.scalars(names))}
        _call(session, person_id, left)


def _called(session: Session, said: Said, person_id: int, was: int) -> Said | None:
    """How to call a person by the mentions that are its own from now on; None when it has none with a name."""
    names: Counter[Name] = Counter()
    stated: set[str] = set()
    now_here = {(work, place) for work, place, *_, goes in said["works"] if goes == person_id}
    rows = session.execute(
        select(
            Authorship.record_id, Authorship.position, Authorship.name, Authorship.family_name, Authorship.given_name,
            Authorship.orcid,
        ).where(Authorship.person_id == was)
    )  # fmt: skip
    for row in rows:
        if (row.record_id, row.position) in now_here:
            read = parse_name(row.name)
            names[read if read.is_collaboration else Name(row.given_name or "", row.family_name)] += 1
            stated |= {row.orcid} if row.orcid else set()
    names.update(parse_name(one[2]) for one in said["proposals"] if one[-1] == person_id and one[2].strip())
    if not names:
        return None
    best = best_name(names)
    return {
        "family_name": best.family[:400],
        "given_name": best.given[:400] or None,
        "orcid": min(stated) if len(stated) == 1 else None,
        "names": sorted({display(name)[:400] for name in names}),
    }


def _call(session: Session, person_id: int, called: Said) -> None:
    values = {name: called[name] for name in ("family_name", "given_name", "orcid")}
    session.execute(update(Person).where(Person.id == person_id).values(**values))
    session.execute(delete(PersonName).where(PersonName.person_id == person_id))
    insert_rows(session, PersonName, [{"person_id": person_id, "name": name} for name in called["names"]])
