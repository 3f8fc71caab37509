"""What a full matching leaves on disk for those of little that follow, and what these add to it."""

from collections import ChainMap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, cast
from zlib import crc32

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from puma.entities import Institution
from puma.linking.affiliations import institution_index
from puma.linking.backdrop import Backdrop
from puma.linking.changes import Marks, Now
from puma.linking.named import Named
from puma.linking.world import World
from puma.matching.duplicates.kept import Kept as KeptTwins
from puma.matching.duplicates.kept import keep as keep_twins
from puma.matching.duplicates.kept import load_kept as load_twins
from puma.matching.institutions.index import InstitutionIndex, Level
from puma.matching.links.evidence import Policy
from puma.matching.links.kept import CARD, Kept, card_of, keep, keep_small, load_kept, load_small
from puma.matching.links.since import Since
from puma.matching.model import Model
from puma.matching.persons.assign import Lore
from puma.matching.persons.by_names import Keys
from puma.settings import Settings

LEAST = 200  # publications; fewer are matched in full as quickly
FEW_INSTITUTIONS = 30_000  # whose index a process keeps in memory
NAMES = "names.npy"
WORDS = "words.npy"
TWINS = "twins.npz"
LORE = "lore"
SINCE = "since"


@dataclass(slots=True)
class Held:
    """What is kept of the last full matching, opened, and what came since.

    It holds until the next full matching, which writes all of it anew: a process knows by the moment at which the card
    was written. Only what came since and the backdrop change before that, each by a rule of its own below.

    people: the persons by their names. lore: how rare what is said of persons was. words: checksums of the codes and
    DOIs of data that publications name, each with the publication, sorted.
    """

    folder: Path
    card: Mapping[str, Any]
    marks: Marks
    links: Kept
    people: Named
    lore: Lore
    words: np.ndarray[Any, np.dtype[np.int64]]
    twins: KeptTwins
    backdrop: tuple[object, Backdrop] | None = None
    """As the database has it, and what proposals, experiments and datasets were like then."""

    institutions: InstitutionIndex | None = None
    came: tuple[tuple[int, int], Since, Mapping[str, Any]] | None = None
    """What came since, with its card, as the file of this moment of writing has it."""

    def since(self) -> tuple[Since, Mapping[str, Any]]:
        """What came since, and its card: of others too, who may have matched meanwhile."""
        written = _written(self.folder / SINCE)
        if self.came is None or self.came[0] != written:
            self.came = written, *load_small(self.folder / SINCE, Since)
        return self.came[1:]

    def let_go(self) -> None:
        """Forget what came since until `go_on`: meanwhile nobody goes on from what is only half stored."""
        (self.folder / SINCE).unlink()

    def go_on(self, since: Since, card: Mapping[str, Any]) -> None:
        """Keep what came since."""
        keep_small(self.folder / SINCE, since, card)
        self.came = _written(self.folder / SINCE), since, card

    def index(self, session: Session, level: Level) -> InstitutionIndex:
        """The institutions by their names; kept, because all is matched when one changes, unless there are too many."""
        found = self.institutions or institution_index(session, level)
        if (session.scalar(select(func.count()).select_from(Institution)) or 0) <= FEW_INSTITUTIONS:
            self.institutions = found
        return found

    def before(self, session: Session, now: Now) -> Backdrop:
        """What publications are looked at before: the same until proposals, experiments or datasets change."""
        beside = {kind: told for kind, told in now.beside.items() if kind != "person"}
        if self.backdrop is None or self.backdrop[0] != beside:
            self.backdrop = beside, Backdrop.of(session)
        return self.backdrop[1]


def _written(path: Path) -> tuple[int, int]:
    """The moment of writing of a file, so that who reads it again and again opens it once."""
    found = path.stat()
    return found.st_ino, found.st_mtime_ns


def opened(settings: Settings) -> Held | None:
    """What the last full matching kept, if anything; a process opens it once.

    What another version of the program kept lacks something, and counts as nothing: all is matched again.
    """
    folder = settings.files_folder / "matching"
    if not all((folder / name).exists() for name in (LORE, SINCE)):  # the latter is written last
        return None
    try:
        return _opened(folder, _written(folder / CARD))
    except (OSError, KeyError):
        return None


@lru_cache(maxsize=1)
def _opened(folder: Path, written: tuple[int, int]) -> Held:
    card = card_of(folder) or {}
    people, words = (np.load(folder / name) for name in (NAMES, WORDS))
    lore, _ = load_small(folder / LORE, Lore)
    twins = load_twins(folder / TWINS)
    return Held(folder, card, marks_of(card), load_kept(folder), Named.by(people), lore, words, twins)


def marks_of(card: Mapping[str, Any], before: Marks | None = None) -> Marks:
    """The marks as a card has them; of publications it may have only what is different from before."""
    seen, blocks = ({int(number): value for number, value in card[name].items()} for name in ("seen", "blocks"))
    several = ChainMap(seen, cast(dict[int, int], before.seen)) if before else seen
    ends = card["top"], card.get("last", "")
    return Marks(card["others"], card["beside"], *ends, card["decision"], card["affiliation"], several, blocks)


def card_with(marks: Marks) -> dict[str, Any]:
    """Marks as a card has them."""
    return {
        "others": marks.others, "beside": dict(marks.beside), "top": marks.top, "last": marks.last,
        "decision": marks.decision, "affiliation": marks.affiliation, "seen": dict(marks.seen),
        "blocks": dict(marks.blocks),
    }  # fmt: skip


def remember(
    settings: Settings,
    kept: Kept,
    twins: KeptTwins,
    before: Marks,
    index: Callable[[], Keys],
    lore: Callable[[], Lore],
    world: World,
    judge: Model,
    policy: Policy,
    at: datetime,
) -> None:
    """Keep what a full matching found out, for those that follow. before: the marks when it gathered the
    records. index, lore: what waits for the rows of `Named`, and for how rare what is said of persons was."""
    if len(kept.of_works.numbers) < LEAST:
        return
    folder = settings.files_folder / "matching"
    card = {
        "model": judge.version, "policy": ruled(policy, settings), "at": at.isoformat(), "grammar": world.grammar,
        "with_sessions": sorted(world.with_sessions), **card_with(before),
    }  # fmt: skip
    keep(folder, kept, card)
    np.save(folder / NAMES, index(), allow_pickle=False)
    words = sorted((crc32(word.encode()), work) for word, work in world.words)
    np.save(folder / WORDS, np.array(words, dtype=np.int64).reshape(-1, 2), allow_pickle=False)
    keep_twins(folder / TWINS, twins)
    keep_small(folder / LORE, lore(), {})
    nothing = {**card_with(before), "seen": {}, "works": [], "came": []}
    keep_small(folder / SINCE, Since.nothing(kept), nothing)


def ruled(policy: Policy, settings: Settings) -> list[float | str]:
    """By which rules links are told, as a card has it."""
    return [policy.auto, policy.alone, policy.review, settings.match.institution_level]
