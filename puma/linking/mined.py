"""What was mined from the texts of publications, kept: a text is read again only when it or what is known changed."""

import hashlib
from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from puma.entities import File, FilePage, Record
from puma.linking.prepared import Among, Prepared
from puma.matching.miner.mine import Hit, Miner
from puma.matching.miner.parts import Mined, Part, mined
from puma.storage import chunks
from puma.work import Hands, Lent, in_turn, lent

LEAST = 200  # publications; the texts of fewer are mined as quickly
SHELF = 1_000  # publications, by number, whose hits are in one file

# Not a join: SQLite would then go through all records for the few files.
_STANDS = exists().where(Record.id == File.id, Record.deleted_at.is_(None), Record.merged_into_id.is_(None))


@dataclass(slots=True)
class Texts:
    """The texts of publications, mined; with a folder, as kept there as long as nothing changed.

    A file there has the publications of `SHELF` numbers in a row, and the print of the grammar that mined them. read:
    how many texts were read since.
    """

    miner: Miner
    folder: Path | None = None
    read: int = 0
    _shelf: dict[int, Mined] = field(default_factory=dict)
    _number: int = -1
    _as_kept: dict[int, int] = field(default_factory=dict)
    """How many publications each file has that still says all of them."""

    def of(self, session: Session, several: Iterable[Mapping[int, str]], who: Hands) -> Iterator[dict[int, Mined]]:
        """What was found in metadata and pages of publications, some at a time; while one thing is done with what was
        found in some, who reads the next ones."""
        kept: deque[dict[int, Mined]] = deque()

        def parts(miner: Lent[Miner]) -> Iterator[Part]:
            for metadata in several:
                said = _files(session, metadata)
                prints = {number: _print(text, said.get(number, ())) for number, text in metadata.items()}
                held = {} if self.folder is None else self._held(metadata)
                kept.append({
                    number: one
                    for number, one in held.items()
                    if prints[number] and one.holds(prints[number], self.miner)
                })  # fmt: skip
                fresh = sorted(metadata.keys() - kept[-1].keys())
                pages = _pages(session, [number for number in fresh if number in said])
                yield Part(miner, [(n, prints[n], [(0, metadata[n]), *pages.get(n, ())]) for n in fresh])

        with lent(who, self.miner) as miner:
            for fresh in in_turn(who, mined, parts(miner)):
                for number in fresh:
                    self._as_kept.pop(number // SHELF, None)
                self.read += len(fresh)
                yield kept.popleft() | fresh

    def keep(self, found: Mapping[int, Mined]) -> None:
        """Put on the shelf what was found in all publications, and nothing else: what is gone leaves no trace."""
        if self.folder is None or len(found) < LEAST:
            return
        shelves: dict[int, dict[int, Mined]] = defaultdict(dict)
        for number, one in found.items():
            shelves[number // SHELF][number] = one
        self.folder.mkdir(parents=True, exist_ok=True)
        for path in self.folder.glob("*.json"):
            if not path.stem.isdigit() or int(path.stem) not in shelves:
                path.unlink()
        for shelf, some in shelves.items():
            if self._as_kept.get(shelf) != len(some):
                told = {"grammar": self.miner.print, "of": {str(number): _row(one) for number, one in some.items()}}
                beside = self.folder / f"{shelf}.json.new"
                beside.write_bytes(orjson.dumps(told))
                beside.replace(self.folder / f"{shelf}.json")

    def _held(self, numbers: Iterable[int]) -> dict[int, Mined]:
        held = {}
        for number in sorted(numbers):
            if number // SHELF != self._number:
                self._number = number // SHELF
                self._shelf = self._read(self._number)
                self._as_kept[self._number] = len(self._shelf)
            if number in self._shelf:
                held[number] = self._shelf[number]
        return held

    def _read(self, shelf: int) -> dict[int, Mined]:
        """What is on a shelf; nothing where there is none, it is damaged, or another grammar filled it."""
        try:
            told = orjson.loads((self.folder / f"{shelf}.json").read_bytes()) if self.folder else {}
            return {int(n): _mined(row) for n, row in told["of"].items()} if told["grammar"] == self.miner.print else {}
        except (OSError, orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            return {}


def _row(one: Mined) -> list[Any]:
    return [one.print, [astuple(hit) for hit in one.hits], one.has_text, sorted(one.known), sorted(one.unknown)]


def _mined(row: Sequence[Any]) -> Mined:
    said, hits, has_text, known, unknown = row
    return Mined(said, tuple(Hit(*one) for one in hits), has_text, frozenset(known), frozenset(unknown))


def _print(metadata: str, files: Iterable[tuple[Any, ...]]) -> str:
    """What a publication's texts come down to; "" when nobody can say without reading them."""
    if any(sha256 is None for _, sha256, *_ in files):
        return ""
    return hashlib.blake2b(repr((metadata, list(files))).encode("utf-8", "replace"), digest_size=16).hexdigest()


def _files(session: Session, publications: Collection[int]) -> dict[int, list[tuple[Any, ...]]]:
    found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for of, *said in _files_of.of(session, publications):
        found[of or 0].append(tuple(said))
    return found


@Prepared
def _files_of(among: Among) -> Select[*tuple[Any, ...]]:
    return (
        select(File.of_id, File.id, File.sha256, File.state, File.extractor, File.pages)
        .where(among(File.of_id), _STANDS)
        .order_by(File.of_id, File.id)
    )


def _pages(session: Session, publications: Sequence[int]) -> dict[int, list[tuple[int, str]]]:
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for some in chunks(publications):
        for of, page, text in session.execute(
            select(File.of_id, FilePage.page, FilePage.text)
            .join(FilePage, FilePage.file_id == File.id)
            .where(File.of_id.in_(some), _STANDS)
            .order_by(File.of_id, File.id, FilePage.page)
        ).all():
            found[of or 0].append((page, text))
    return found
