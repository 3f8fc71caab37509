"""The files of a record: what came of reading each, where it opens, and at which page a found word stands."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from puma.access import Viewer
from puma.accounts.audit import saw_records
from puma.entities import File, FilePage, HarvestSource, Publication, Record, StoredClaim
from puma.fulltext.about import About, told
from puma.openness import opened_by
from puma.storage import Storage
from puma.visibility import OPEN_MARK, TEXT_CLASSES, exists_for, needed

PDF = "application/pdf"


@dataclass(frozen=True, slots=True)
class FileView:
    """A file of a record and what the reading of its text came to.

    pages: that it has, None where nobody could count them; read_pages: of which the text is kept. url: where it opens,
    from us when we hold it, else at its source, "" when neither is known. address: where its source has it, "" when
    it does not say. sources: who told of it. extractor: what read it, "" before. about: what it says of itself.
    opened_by: what would open it to everybody, as "CC BY 4.0", "" for nothing. visibility: who else may read it.
    """

    id: int
    name: str
    state: str
    reason: str
    pages: int | None
    url: str
    read_pages: int = 0
    size_bytes: int | None = None
    address: str = ""
    sources: tuple[str, ...] = ()
    extractor: str = ""
    about: About | None = None
    held: bool = False
    opened_by: str = ""
    visibility: str = "internal"


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file as it lies on this machine, for whoever may have it."""

    path: Path
    name: str
    media_type: str
    sha256: str


def files_of(session: Session, viewer: Viewer, record_id: int) -> list[FileView]:
    """The files of a record that the viewer may know of."""
    query = (
        select(File, Record.visibility, Record.opened_to, Publication.license, Publication.open_access)
        .join(Record, Record.id == File.id)
        .outerjoin(Publication, Publication.id == File.of_id)
        .where(File.of_id == record_id, exists_for(viewer))
        .order_by(File.id)
    )
    files = session.execute(query).all()
    ids = [file.id for file, *_ in files]
    counts = dict(
        session.execute(
            select(FilePage.file_id, func.count()).where(FilePage.file_id.in_(ids)).group_by(FilePage.file_id)
        ).all()
    )
    sources = _sources(session, ids)
    return [
        FileView(
            id=file.id,
            name=file.name,
            state=file.state,
            reason=file.reason or "",
            pages=file.pages,
            url=_opens_at(file.id, file.path, file.url),
            read_pages=counts.get(file.id, 0),
            size_bytes=file.size_bytes,
            address=_web(file.url),
            sources=tuple(sources[file.id]),
            extractor=(file.extractor or "").removesuffix(file.sha256 or " ").strip(),
            about=told(file.about or {}),
            held=bool(file.path),
            opened_by=opened_by(licence, status) if opened_to == OPEN_MARK else "",
            visibility=visibility,
        )
        for file, visibility, opened_to, licence, status in files
    ]


def texts_of_files(storage: Storage, viewer: Viewer, record_id: int) -> list[FileView]:
    """The files of a record with all that is known of each; none when there is no such record for this viewer."""
    with storage.reading() as session:
        if session.scalar(select(Record.id).where(Record.id == record_id, exists_for(viewer))) is None:
            return []
        return files_of(session, viewer, record_id)


def held_file(storage: Storage, viewer: Viewer, file_id: int) -> HeldFile | None:
    """A file on this machine; None when there is none, or the viewer may not see it or the record it belongs to."""
    owner = aliased(Record)
    query = (
        select(File.path, File.name, File.media_type, File.sha256, File.of_id)
        .join(Record, Record.id == File.id)
        .outerjoin(owner, owner.id == File.of_id)
        .where(File.id == file_id, File.path.is_not(None), File.path != "", exists_for(viewer))
        .where(File.of_id.is_(None) | exists_for(viewer, owner))
    )
    with storage.reading() as session:
        found = session.execute(query).first()
    saw_records(storage, viewer, f"file {file_id}", [found[4] or file_id] if found else [])
    return HeldFile(Path(found[0] or ""), found[1], found[2] or PDF, found[3] or "") if found else None


def page_links(storage: Storage, viewer: Viewer, wanted: Mapping[int, Collection[int]]) -> dict[tuple[int, int], str]:
    """Where pages of records' texts open: (record, page as search counts them) -> address of the file at that page.

    Search counts the pages of all files of a record as one text, file after file, those of files that more people may
    read first; files that the viewer may not read are not counted. Each file counts its own from 1. What the viewer may
    not open is left out.
    """
    asked = {number: pages for number, pages in wanted.items() if pages}
    if not asked:
        return {}
    owner = aliased(Record)
    with storage.reading() as session:
        seen = (Record.visibility, Record.opened_to, owner.visibility, owner.opened_to)
        counted = session.execute(
            select(File.of_id, File.id, func.count(), *seen)
            .join(FilePage, FilePage.file_id == File.id)
            .join(Record, Record.id == File.id)
            .join(owner, owner.id == File.of_id)
            .where(File.of_id.in_(asked))
            .group_by(File.of_id, File.id, *seen)
        ).all()
        may_open = {
            number: _opens_at(number, path, url)
            for number, path, url in session.execute(
                select(File.id, File.path, File.url)
                .join(Record, Record.id == File.id)
                .join(owner, owner.id == File.of_id)
                .where(File.of_id.in_(asked), exists_for(viewer), exists_for(viewer, owner))
            )
        }
    found = {}
    before: dict[int, int] = defaultdict(int)
    needs = [(of, needed((seen, opened), (of_seen, of_opened)), number, pages)
             for of, number, pages, seen, opened, of_seen, of_opened in counted]  # fmt: skip
    in_order = sorted(needs, key=lambda one: (one[0], TEXT_CLASSES.index(one[1]), one[2]))
    for of, need, number, pages in in_order:
        if need and need not in viewer.reads:
            continue
        first, last = before[of or 0] + 1, before[of or 0] + pages
        before[of or 0] = last
        if may_open.get(number):
            places = (page for page in asked[of or 0] if first <= page <= last)
            found.update({(of or 0, page): f"{may_open[number]}#page={page - first + 1}" for page in places})
    return found


def page_texts(storage: Storage, viewer: Viewer, record_id: int) -> Iterator[tuple[int, int, str]]:
    """(file, page in it, text) of all pages of a record's files that the viewer may open, in order, as streamed."""
    owner = aliased(Record)
    query = (
        select(File.id, FilePage.page, FilePage.text)
        .join(FilePage, FilePage.file_id == File.id)
        .join(Record, Record.id == File.id)
        .join(owner, owner.id == File.of_id)
        .where(File.of_id == record_id, exists_for(viewer), exists_for(viewer, owner))
        .order_by(File.id, FilePage.page)
        .execution_options(yield_per=100)
    )
    saw_records(storage, viewer, f"full text of {record_id}", [record_id])
    with storage.reading() as session:
        yield from session.execute(query)


def _sources(session: Session, ids: Collection[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    query = (
        select(StoredClaim.record_id, HarvestSource.name)
        .join(HarvestSource, HarvestSource.id == StoredClaim.source_id)
        .where(StoredClaim.record_id.in_(ids))
        .distinct()
        .order_by(StoredClaim.record_id, HarvestSource.name)
    )
    for number, name in session.execute(query):
        found[number].append(name)
    return found


def _opens_at(number: int, path: str | None, url: str | None) -> str:
    return f"/file/{number}.pdf" if path else _web(url)


def _web(url: str | None) -> str:
    """An address that a browser may be sent to; "" for anything else a source may have written there."""
    return url if url and url.lower().startswith(("https://", "http://")) else ""
