"""What is told beside a pair to review: the place in the PDF that holds the evidence, what its code settles, past."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import select

from puma.access import Viewer
from puma.decisions.settling import codes_in, settled_with
from puma.entities import Decision, File, FilePage, Link
from puma.listing.candidates import Candidate
from puma.listing.files import page_texts
from puma.storage import Storage

PAGES = 120  # of a publication's files are looked through
AROUND = 220  # characters on each side of what was found
VERDICTS = ("accept", "reject", "for", "against", "undo")


@dataclass(frozen=True, slots=True)
class Snippet:
    """A passage of a publication's PDF. words: what was found in it, as it stands there; sure: a code or DOI."""

    text: str
    words: tuple[str, ...]
    file_id: int
    page: int
    held: bool
    sure: bool


@dataclass(frozen=True, slots=True)
class Past:
    """One thing that was decided about a pair."""

    decision: int
    verdict: str
    reason: str
    by: str
    at: datetime
    undone: bool


@dataclass(frozen=True, slots=True)
class AboutPair:
    """snippet: None when no text says anything of the proposal; has_text: whether any text of the publication is held.

    codes: as written, that the pair rests on; settles: the other undecided links that rest on the same; history: the
    newest first.
    """

    snippet: Snippet | None
    has_text: bool
    codes: tuple[str, ...]
    settles: tuple[int, ...]
    history: tuple[Past, ...]


def about_pairs(storage: Storage, viewer: Viewer, items: Sequence[Candidate]) -> dict[int, AboutPair]:
    """What is told beside each pair, by link. The pairs come from ``candidates``, so the viewer may know of them."""
    viewer.must_be("scientist", "Reviewing links")
    lefts = {one.left.record_id for one in items}
    with storage.reading() as session:
        links = session.scalars(select(Link).where(Link.id.in_([one.link_id for one in items]))).all()
        settles = settled_with(session, viewer, links)
        rows = session.scalars(
            select(Decision)
            .where(Decision.left_id.in_(lefts), Decision.verdict.in_(VERDICTS))
            .order_by(Decision.id.desc())
        ).all()
        paged = select(FilePage.id).where(FilePage.file_id == File.id).exists()
        files = session.execute(select(File.id, File.of_id, File.path, paged).where(File.of_id.in_(lefts))).all()
        undone = {row.undoes_id for row in rows}
        past: dict[tuple[int, int | None], list[Past]] = {}
        for row in rows:
            one = Past(row.id, row.verdict, row.reason, row.decided_by, row.decided_at, row.id in undone)
            past.setdefault((row.left_id, row.right_id), []).append(one)
    held, read = {row.id for row in files if row.path is not None}, {row.of_id for row in files if row[3]}
    found = {}
    for item in items:
        codes = codes_in(item.evidence)
        texts = item.left.record_id in read  # without a text nothing needs to be looked through
        snippet, any_text = find_snippet(storage, viewer, item, codes, held) if texts else (None, False)
        key = (item.left.record_id, item.right.record_id)
        found[item.link_id] = AboutPair(
            snippet, any_text, tuple(codes), tuple(settles.get(item.link_id, ())), tuple(past.get(key, ()))
        )
    return found


def find_snippet(
    storage: Storage, viewer: Viewer, item: Candidate, codes: Sequence[str], held: set[int]
) -> tuple[Snippet | None, bool]:
    """The best passage of the publication's text about the proposal, and whether there is any text.

    A code of the proposal is best; else the place that names its instrument, one that thanks for beam time first.
    """
    names = [item.right.code_or_doi, *codes]
    sure = _either(names)
    machine = _either(item.right.instruments)
    second: tuple[int, Snippet] | None = None
    any_text = False
    for file_id, page, text in islice(page_texts(storage, viewer, item.left.record_id), PAGES):
        any_text = True
        if sure and (match := sure.search(text)):
            return _cut(text, match, file_id, page, held=file_id in held, sure=True), True
        for match in machine.finditer(text) if machine else ():
            near = text[max(0, match.start() - AROUND) : match.end() + AROUND].casefold()
            worth = sum(word in near for word in ("acknowledg", "beam", "thank", "experiment", "proposal"))
            if second is None or worth > second[0]:
                second = worth, _cut(text, match, file_id, page, held=file_id in held, sure=False)
    return (second[1] if second else None), any_text


def _either(names: Sequence[str]) -> re.Pattern[str] | None:
    """Any of these names, whatever stands between their parts."""
    parts = (re.findall(r"[^\W_]+", name) for name in names)
    ways = sorted({r"[\W_]{0,3}".join(map(re.escape, words)) for words in parts if sum(map(len, words)) > 2})
    return re.compile(r"(?<![^\W_])(?:" + "|".join(ways) + r")(?![^\W_])", re.IGNORECASE) if ways else None


def _cut(text: str, match: re.Match[str], file_id: int, page: int, *, held: bool, sure: bool) -> Snippet:
    begin, end = max(0, match.start() - AROUND), min(len(text), match.end() + AROUND)
    words = " ".join(text[begin:end].split())
    shown = ("… " if begin else "") + words + (" …" if end < len(text) else "")
    return Snippet(shown, (" ".join(match[0].split()),), file_id, page, held, sure)
