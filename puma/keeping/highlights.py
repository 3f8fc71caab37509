"""Words and pictures for the public pages: who may write them, what stands, and the way back."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from puma.access import ANONYMOUS, Viewer
from puma.entities import Highlight, Record
from puma.errors import Conflict, NotHere, WrongUsage
from puma.keeping.ownership import owner_of
from puma.pictures import small_picture
from puma.storage import Storage, now
from puma.text import clean_text
from puma.visibility import exists_for

TO_WRITE = "user_office"
LONGEST = 1500  # letters of a summary
LONGEST_SEEN = 300


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of a publication to everybody. seen: what its picture shows; empty without a picture."""

    id: int
    record_id: int
    summary: str
    pictured: bool
    seen: str
    written_by: str
    written_at: datetime


def told_of(storage: Storage, viewer: Viewer, records: Collection[int]) -> Mapping[int, Told]:
    """What stands of each of these publications, by its number; at most some hundred. Who wrote it: for who may write.

    Words about a record that is no longer for everybody are told to nobody.
    """
    newest = select(func.max(Highlight.id)).where(Highlight.record_id.in_(records)).group_by(Highlight.record_id)
    query = (
        select(
            Highlight.id, Highlight.record_id, Highlight.summary, Highlight.picture.is_not(None), Highlight.seen,
            Highlight.written_by, Highlight.written_at,
        )
        .join(Record, Record.id == Highlight.record_id)
        .where(Highlight.id.in_(newest), exists_for(ANONYMOUS))
    )  # fmt: skip
    knows = viewer.at_least(TO_WRITE)
    with storage.reading() as session:
        found = [Told(*row[:5], row[5] if knows else "", row[6]) for row in session.execute(query)]
    return {one.record_id: one for one in found if one.summary or one.pictured}


def picture_of(storage: Storage, record_id: int) -> tuple[int, bytes]:
    """The picture that stands, and the number of the words that it came with. Raises NotHere when there is none."""
    newest = select(func.max(Highlight.id)).where(Highlight.record_id == record_id).scalar_subquery()
    query = (
        select(Highlight.id, Highlight.picture)
        .join(Record, Record.id == Highlight.record_id)
        .where(Highlight.id == newest, exists_for(ANONYMOUS))
    )
    with storage.reading() as session:
        found = session.execute(query).one_or_none()
    if found is None or not found.picture:
        raise NotHere("There is no such picture.")
    return found.id, found.picture


def tell(
    storage: Storage, viewer: Viewer, record_id: int, summary: str, *, picture: bytes | None, seen: str, since: int
) -> int:
    """Write what everybody reads of a publication. picture: a file as handed in, b"" for the one that stands, None
    for no picture. since: the number of the words that the person saw, 0 for none. Returns the number of the new words.

    Raises Refused below user office, NotHere for what is no public publication, WrongUsage for what is too long, no
    picture, or a picture without words for who cannot see it; Conflict when somebody wrote meanwhile.
    """
    viewer.must_be(TO_WRITE, "Writing for the public pages")
    words, shows = clean_text(summary), clean_text(seen)
    if len(words) > LONGEST or len(shows) > LONGEST_SEEN:
        raise WrongUsage(f"A summary has at most {LONGEST} letters, and what a picture shows {LONGEST_SEEN}.")
    small = small_picture(picture) if picture else None
    with storage.writing() as session:
        _publication(session, record_id)
        before = _standing(session, record_id)
        if (before.id if before else 0) != since:
            raise Conflict("Somebody else wrote about this publication meanwhile. Nothing was changed.")
        kept = small if small or picture is None else before.picture if before else None
        if kept and not shows:
            raise WrongUsage("Say in some words what the picture shows, for readers who cannot see it.")
        return _write(session, viewer, record_id, words, kept, shows if kept else "")


def take_back(storage: Storage, viewer: Viewer, number: int) -> int:
    """Put back what stood before these words, as further words. Raises Conflict when they stand no more."""
    viewer.must_be(TO_WRITE, "Writing for the public pages")
    with storage.writing() as session:
        one = session.get(Highlight, number)
        if one is None:
            raise NotHere("There are no such words.")
        standing = _standing(session, one.record_id)
        if standing is None or standing.id != number:
            raise Conflict("Somebody wrote about this publication since. Nothing was changed.")
        earlier = (
            select(Highlight)
            .where(Highlight.record_id == one.record_id, Highlight.id < number)
            .order_by(Highlight.id.desc())
            .limit(1)
        )
        was = session.scalar(earlier)
        said = (was.summary, was.picture, was.seen) if was else ("", None, "")
        return _write(session, viewer, one.record_id, *said)


def _publication(session: Session, record_id: int) -> None:
    which = (Record.id == record_id, Record.kind == "publication", exists_for(ANONYMOUS))
    if session.scalar(select(Record.id).where(*which)) is None:
        raise NotHere("There is no such publication among those that everybody may read.")


def _standing(session: Session, record_id: int) -> Highlight | None:
    newest = select(Highlight).where(Highlight.record_id == record_id).order_by(Highlight.id.desc()).limit(1)
    return session.scalar(newest)


def _write(session: Session, viewer: Viewer, record_id: int, summary: str, picture: bytes | None, seen: str) -> int:
    row = {
        "record_id": record_id, "summary": summary, "picture": picture, "seen": seen, "written_by": owner_of(viewer),
        "written_at": now(), "account": viewer.account,
    }  # fmt: skip
    return session.execute(insert(Highlight).values(**row).returning(Highlight.id)).scalar_one()
