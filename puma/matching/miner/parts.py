"""The mining of some publications: a piece of the work that others can do, who need nothing of the database for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from puma.matching.miner.mine import Hit, Miner
from puma.work import Lent


@dataclass(frozen=True, slots=True)
class Mined:
    """What one publication's texts gave. known, unknown: codes that were looked up, as "facility/code".

    print: of the metadata and files that were read. has_text: whether there were pages besides the metadata.
    """

    print: str
    hits: tuple[Hit, ...]
    has_text: bool
    known: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()

    def holds(self, print_now: str, miner: Miner) -> bool:
        """Whether reading again would give the same: the text is as it was, and so is what is known of its codes."""
        codes = miner.known
        return self.print == print_now and self.known <= codes and self.unknown.isdisjoint(codes)


@dataclass(frozen=True, slots=True)
class Part:
    """Some publications to be mined, each as its number, its print, and its metadata (page 0) and pages."""

    miner: Lent[Miner]
    texts: Sequence[tuple[int, str, Sequence[tuple[int, str]]]]


def mined(part: Part) -> dict[int, Mined]:
    """What the texts of a part give."""
    miner, found = part.miner.here(), {}
    for number, print_now, pages in part.texts:
        asked: set[str] = set()
        hits = miner.mine(pages, asked)
        known = frozenset(asked & miner.known)
        found[number] = Mined(print_now, tuple(hits), len(pages) > 1, known, frozenset(asked - known))
    return found
