"""The shape in which everything that matching needs is gathered."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from itertools import chain

from puma.matching.links.works import Bid, Work
from puma.matching.miner.mine import Hit

USES = ("documented", "cited", "supplement")
"""What a publication may have to do with a dataset, from the least to the most; what it only documents is no use."""


@dataclass(frozen=True, slots=True)
class BeamSession:
    """An experiment, as far as links need it."""

    experiment_id: int
    proposal_id: int | None
    instrument_id: int | None
    day: date | None


@dataclass(slots=True)
class World:
    """Publications, proposals and what joins them, ready for matching."""

    works: list[Work] = field(default_factory=list)
    bids: list[Bid] = field(default_factory=list)
    sessions: dict[int, list[BeamSession]] = field(default_factory=lambda: defaultdict(list))
    """By proposal."""
    data_of: dict[int, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    """publication -> dataset -> the strongest of ``USES``."""
    dataset_session: dict[int, int] = field(default_factory=dict)
    dataset_proposal: dict[int, int] = field(default_factory=dict)
    named_instruments: dict[int, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    """publication -> instrument -> "stated" by its source, in a "table" of raw data, or in the "text"."""
    namesakes: dict[int, frozenset[int]] = field(default_factory=dict)
    """instrument -> others that bear, or bore, one of its names."""
    with_sessions: frozenset[int] = frozenset()
    """Facilities of which sessions with a proposal are known."""
    grammar: str = ""
    """What was looked for in texts, as `Miner.print` says it."""
    hits: dict[int, list[Hit]] = field(default_factory=dict)
    words: list[tuple[str, int]] = field(default_factory=list)
    """Codes and DOIs of data that publications name, whether somebody knows them or not, with the publication."""
    called: dict[int, str] = field(default_factory=dict)
    """How to show each person that can be on a proposal."""
    counters: dict[str, int] = field(default_factory=dict)

    def uses(self, work: int, dataset: int, how: str) -> None:
        """Note a use of a dataset; what is known already stays where it says more."""
        known = self.data_of[work].get(dataset)
        if known is None or USES.index(how) > USES.index(known):
            self.data_of[work][dataset] = how

    def forget_texts(self) -> None:
        """Let go of titles and texts once they are counted: they are most of what is known of each."""
        for one in chain[Work | Bid](self.works, self.bids):
            one.title = one.text = ""  # in place: nobody looks at them any more, and they are many

    def add(self, other: "World") -> None:
        """Add what was gathered of other publications before the same backdrop."""
        self.works += other.works
        self.data_of.update(other.data_of)
        self.named_instruments.update(other.named_instruments)
        self.hits.update(other.hits)
        self.called.update(other.called)


@dataclass(slots=True)
class Names:
    """Words of the sources to record numbers."""

    codes: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    instruments: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    open_in: dict[int, list[tuple[date | None, date | None]]] = field(default_factory=lambda: defaultdict(list))
