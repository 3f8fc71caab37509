"""Keywords that people give to records: kept beside those of the sources, through every harvest, merge and split."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from puma.access import Viewer
from puma.decisions import log
from puma.entities import Decision, Keyword, Record
from puma.entities.record import GIVEN
from puma.errors import Conflict, NotHere, Refused, WrongUsage
from puma.storage import Storage, now
from puma.text import clean_text
from puma.visibility import exists_for

TAGGED = ("publication", "proposal", "dataset")
LONGEST = 100


def tag(storage: Storage, viewer: Viewer, record_id: int, keyword: str) -> int:
    """Give a record a keyword. Returns the number of the decision.

    Raises WrongUsage for none or a too long one, Conflict when the record has it already (in any case of its letters),
    NotHere when there is no such record for the viewer.
    """
    viewer.must_be("viewer", "Adding a keyword")
    value = clean_text(keyword).strip(" ,;")
    if not 0 < len(value) <= LONGEST:
        raise WrongUsage(f"A keyword has between one and {LONGEST} letters.")
    with storage.writing() as session:
        number = _tagged(session, viewer, record_id)
        if _of(session, number, value):
            raise Conflict(f"The record has the keyword {value!r} already.")
        said = {"keyword": value, "added_by": viewer.name or viewer.role, "added_at": now().isoformat()}
        _put(session, number, said)
        return log.write(session, viewer, "tag", number, None, value=[said])


def untag(storage: Storage, viewer: Viewer, record_id: int, keyword: str) -> int:
    """Take a keyword that a person gave away from a record: one's own, the user office any. Returns the decision."""
    viewer.must_be("viewer", "Removing a keyword")
    with storage.writing() as session:
        number = _tagged(session, viewer, record_id)
        found = _of(session, number, clean_text(keyword))
        one = found[0] if found else None
        if one is None or one.added_by is None or one.added_at is None:
            raise NotHere("Nobody gave the record this keyword.")
        if one.added_by != (viewer.name or viewer.role) and not viewer.at_least("user_office"):
            raise Refused(f"{one.added_by} added this keyword: they and the user office can remove it.")
        said = {"keyword": one.value, "added_by": one.added_by, "added_at": one.added_at.isoformat()}
        session.execute(delete(Keyword).where(Keyword.id == one.id))
        return log.write(session, viewer, "untag", number, None, value=[said])


def take_back(session: Session, viewer: Viewer, decision: Decision) -> int:
    """A keyword that was added goes, one that was removed is there again, from whom and when it was before."""
    if decision.decided_by != (viewer.name or viewer.role):
        viewer.must_be("user_office", "Undoing what somebody else did")
    log.must_stand(session, decision)
    number = _tagged(session, viewer, decision.left_id)
    said: dict[str, Any] = decision.value[0]
    there = _of(session, number, said["keyword"])
    if decision.verdict == "untag" and not there:
        _put(session, number, said)
    if decision.verdict == "tag":
        mine = [one.id for one in there if one.added_by == said["added_by"]]
        session.execute(delete(Keyword).where(Keyword.id.in_(mine)))
    return log.write(session, viewer, "undo", number, None, undoes_id=decision.id)


def _tagged(session: Session, viewer: Viewer, record_id: int) -> int:
    """The number of a record that can have keywords; a merged one leads to what it became."""
    found = session.get(Record, record_id)
    while found is not None and found.merged_into_id is not None:
        found = session.get(Record, found.merged_into_id)
    which = Record.id == (found.id if found else None), Record.kind.in_(TAGGED), exists_for(viewer)
    number = session.scalar(select(Record.id).where(*which).with_for_update())
    if number is None:
        raise NotHere("There is no such publication, proposal or dataset.")
    return number


def _of(session: Session, record_id: int, value: str) -> list[Keyword]:
    """The keywords of people on a record that are this one, whatever the case of their letters."""
    query = select(Keyword).where(Keyword.record_id == record_id, Keyword.namespace == GIVEN)
    return [one for one in session.scalars(query) if one.value.casefold() == value.casefold()]


def _put(session: Session, record_id: int, said: dict[str, Any]) -> None:
    at = datetime.fromisoformat(said["added_at"])
    row = {"namespace": GIVEN, "value": said["keyword"], "added_by": said["added_by"], "added_at": at}
    session.execute(insert(Keyword).values(record_id=record_id, **row))
