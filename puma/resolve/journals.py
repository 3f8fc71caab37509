"""Journals: which one a publication stands in, by ISSN, by title, or by a title that abbreviates only one of them."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from puma.entities import Journal, Publication, Record
from puma.names import fold
from puma.storage import insert_rows, update_rows

SOME_ROWS = 10_000  # that are held in memory at once
SMALL = frozenset(
    ["and", "de", "der", "des", "die", "et", "for", "from", "fur", "in", "la", "le", "of", "on", "the", "und"]
)
"""Words that abbreviated titles leave out."""

NAMED = 10  # titles that a sentence names

Take = Callable[[int], range]
"""Makes so many records of journals, and gives their numbers."""


class Joined(NamedTuple):
    """A title whose publications count under another one of the same ISSN from now on, and how many they are."""

    title: str
    within: str
    publications: int


def settle_journals(session: Session, take: Take) -> list[Joined]:
    """One journal per ISSN, or per title where no ISSN is known; "Sci. Rep." is the journal that alone it can mean.
    Returns what changed of the numbers by journal, because two journals became one."""
    joined, changed = _join(session)
    known: dict[str | None, int] = {}
    titles: dict[str, int] = {}
    for number, title, issn in session.execute(select(Journal.id, Journal.title, Journal.issn).order_by(Journal.id)):
        titles[fold(title)] = joined.get(number, number)
        if issn:
            known[issn] = joined.get(number, number)
    waiting = Publication.journal_id.is_(None), Publication.journal.is_not(None)
    open_ones = session.execute(
        select(Publication.issn, Publication.journal, func.min(Publication.publisher))
        .where(*waiting)
        .group_by(Publication.issn, Publication.journal)
        .order_by(func.min(Publication.id))
    ).all()
    fresh: dict[str, dict[str, Any]] = {}
    short: dict[str, str] = {}
    of_issn = set(known)
    whole = _Titles(titles)
    # what is written out, and has an ISSN, comes first: the journal bears that title, and the abbreviated ones find it
    for own, written, publisher in sorted(open_ones, key=lambda one: (one[0] is None, "." in (one[1] or ""))):
        folded = fold(written or "")
        if not folded or folded in titles or folded in fresh or own in of_issn:
            continue
        meant = whole.meant(written or "") if own is None else None
        if meant:
            short[folded] = meant
            continue
        fresh[folded] = {"title": written, "issn": own, "publisher": publisher}
        whole.add(folded)
        if own:
            of_issn.add(own)
    for number, (folded, row) in zip(take(len(fresh)), fresh.items(), strict=True):
        row["id"] = titles[folded] = number
        if row["issn"]:
            known[row["issn"]] = number
    titles.update({folded: titles[whole_title] for folded, whole_title in short.items()})
    insert_rows(session, Journal, list(fresh.values()))
    query = select(Publication.id, Publication.issn, Publication.journal).where(*waiting).order_by(Publication.id)
    after = 0
    while rows := session.execute(query.where(Publication.id > after).limit(SOME_ROWS)).all():
        after = rows[-1][0]
        filled = [
            {"id": number, "journal_id": found}
            for number, issn, title in rows
            if title and (found := known.get(issn) or titles.get(fold(title)))
        ]
        update_rows(session, Publication, filled)
    return changed


def told(changed: Sequence[Joined]) -> str:
    """What changed in a sentence; empty for nothing."""
    some = [f"{one.title} → {one.within} ({one.publications})" for one in changed[:NAMED]]
    some += ["…"] if len(changed) > NAMED else []
    what = "Journals of one ISSN became one, and numbers by journal changed (publications in brackets)"
    return f"{what}: {'; '.join(some)}." if some else ""


def _join(session: Session) -> tuple[dict[int, int], list[Joined]]:
    """Publications of journals that have one ISSN stand in the one whose title is longest: it is written out. Returns
    that one for each of the others, and those of which publications were moved."""
    joined: dict[int, int] = {}
    changed: list[Joined] = []
    twice = select(Journal.issn).where(Journal.issn.is_not(None)).group_by(Journal.issn).having(func.count() > 1)
    alike: dict[str | None, list[tuple[int, str]]] = defaultdict(list)
    for number, title, issn in session.execute(
        select(Journal.id, Journal.title, Journal.issn).where(Journal.issn.in_(twice)).order_by(Journal.id)
    ):
        alike[issn].append((number, title))
    for some in alike.values():
        kept, within = max(some, key=lambda one: len(one[1]))
        others = {number: kept for number, _ in some if number != kept}
        joined.update(others)
        here = select(Publication.id, Publication.journal_id, Record.deleted_at).join(
            Record, Record.id == Publication.id
        )
        found = session.execute(here.where(Publication.journal_id.in_(others))).all()
        update_rows(session, Publication, [{"id": number, "journal_id": kept} for number, *_ in found])
        live = Counter(journal for _, journal, gone in found if gone is None)
        changed += [Joined(title, within, live[number]) for number, title in some if live[number]]
    return joined, changed


class _Titles:
    """Titles of journals by the first letters of their words, to find the one that an abbreviation means."""

    def __init__(self, folded: Iterable[str]) -> None:
        self._of: dict[str, list[str]] = defaultdict(list)
        for one in folded:
            self.add(one)

    def add(self, folded: str) -> None:
        """One more title."""
        self._of[_initials(folded)].append(folded)

    def meant(self, title: str) -> str | None:
        """The only title whose words all begin as those of this one, which has a dot, do; None if there are several."""
        words = _words(fold(title))
        if "." not in title or len(words) < 2:
            return None
        found = [
            one
            for one in self._of[_initials(fold(title))]
            if all(whole.startswith(word) for whole, word in zip(_words(one), words, strict=True))
        ]
        return found[0] if len(found) == 1 else None


def _words(folded: str) -> list[str]:
    return [word for word in folded.split() if word not in SMALL]


def _initials(folded: str) -> str:
    return "".join(word[0] for word in _words(folded))
