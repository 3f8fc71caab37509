"""Words of publications and proposals counted block by block: every title and text is read once, by whoever is free."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from puma.matching.links.works import Bid, Work
from puma.names import folded_words

SHORTEST, LONGEST = 2, 40  # letters of a word
IN_TITLE = 2  # how much more a word of the title counts in the whole text than one of the rest
_STOP_WORDS = """
a about above across after afterwards again against all almost alone along already also although always am among
amongst amoungst amount an and another any anyhow anyone anything anyway anywhere are around as at back be became
because become becomes becoming been before beforehand behind being below beside besides between beyond bill both
bottom but by call can cannot cant co con could couldnt cry de describe detail do done down due during each eg
eight either eleven else elsewhere empty enough etc even ever every everyone everything everywhere except few
fifteen fifty fill find fire first five for former formerly forty found four from front full further get give go
had has hasnt have he hence her here hereafter hereby herein hereupon hers herself him himself his how however
hundred i ie if in inc indeed interest into is it its itself keep last latter latterly least less ltd made many
may me meanwhile might mill mine more moreover most mostly move much must my myself name namely neither never
nevertheless next nine no nobody none noone nor not nothing now nowhere of off often on once one only onto or
other others otherwise our ours ourselves out over own part per perhaps please put rather re same see seem seemed
seeming seems serious several she should show side since sincere six sixty so some somehow someone something
sometime sometimes somewhere still such system take ten than that the their them themselves then thence there
thereafter thereby therefore therein thereupon these they thick thin third this those though three through
throughout thru thus to together too top toward towards twelve twenty two un under until up upon us very via was
we well were what whatever when whence whenever where whereafter whereas whereby wherein whereupon wherever
whether which while whither who whoever whole whom whose why will with within without would yet you your yours
yourself yourselves
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())
"""English words that say nothing, as scikit-learn has them, whose import costs a second and 100 MB."""

Numbered = tuple[NDArray[np.int32], NDArray[np.int64]]
"""The numbers of the words of several texts one after the other, and where each text begins and the last one ends."""


@dataclass(frozen=True, slots=True)
class Said:
    """How often each word stands in each title and in each whole text of some records. words: sorted, no stop words."""

    words: NDArray[np.str_]
    titles: csr_matrix
    texts: csr_matrix


def said(some: Sequence[tuple[str, str]]) -> Said:
    """What some records say, each as its title and the rest of its text."""
    number: defaultdict[str, int] = defaultdict()
    number.default_factory = number.__len__
    titles = _numbered((title for title, _ in some), number)
    bodies = _numbered((text for _, text in some), number)
    every = list(number)
    usable = [
        place
        for place in sorted(range(len(every)), key=every.__getitem__)
        if SHORTEST <= len(every[place]) <= LONGEST and every[place] not in STOP_WORDS
    ]
    words = np.array([every[place] for place in usable], dtype=np.str_)
    place_of = np.full(len(every) + 1, -1, dtype=np.int32)
    place_of[usable] = np.arange(len(usable), dtype=np.int32)
    in_titles = _counted(titles, place_of, len(words))
    return Said(words, in_titles, (in_titles * IN_TITLE + _counted(bodies, place_of, len(words))).tocsr())


def titles_and_texts(some: Sequence[Work] | Sequence[Bid]) -> list[tuple[str, str]]:
    """What of some records is read."""
    return [(one.title, one.text) for one in some]


def over(block: Said, words: NDArray[np.str_]) -> tuple[csr_matrix, csr_matrix]:
    """Titles and texts of a block over other words, sorted too; what is not among them is left out."""
    if not len(words) or not len(block.words):
        return _empty(block.titles, words), _empty(block.texts, words)
    place = np.minimum(np.searchsorted(words, block.words), len(words) - 1)
    place_of = np.where(words[place] == block.words, place, -1).astype(np.int32)
    return _moved(block.titles, place_of, len(words)), _moved(block.texts, place_of, len(words))


def words_of(blocks: Sequence[Said], most: float) -> tuple[NDArray[np.str_], NDArray[np.int64]]:
    """The words of several blocks that at most this share of the texts has, sorted, and how many texts have each."""
    count = sum(block.texts.shape[0] for block in blocks)
    words = reduce(np.union1d, (block.words for block in blocks), np.zeros(0, dtype=np.str_))
    seen = np.zeros(len(words), dtype=np.int64)
    for block in blocks:
        seen[np.searchsorted(words, block.words)] += np.bincount(block.texts.indices, minlength=len(block.words))
    usable = seen <= most * count
    return words[usable], seen[usable]


def _numbered(texts: Iterable[str], number: defaultdict[str, int]) -> Numbered:
    lengths = [0]

    def words() -> Iterator[list[str]]:
        for text in texts:
            found = folded_words(text)
            lengths.append(len(found))
            yield found

    numbers = np.fromiter(map(number.__getitem__, chain.from_iterable(words())), np.int32)
    return numbers, np.cumsum(lengths)


def _counted(texts: Numbered, place_of: NDArray[np.int32], columns: int) -> csr_matrix:
    numbers, starts = texts
    every = csr_matrix((np.ones(len(numbers), dtype=np.int32), numbers, starts), shape=(len(starts) - 1, len(place_of)))
    return _moved(every, place_of, columns)


def _moved(grid: csr_matrix, place_of: NDArray[np.int32], columns: int) -> csr_matrix:
    """The same with other columns; -1 is left out. Cells of a row are in order, and each is there once."""
    place = place_of[grid.indices]
    kept = place >= 0
    starts = np.concatenate([[0], np.cumsum(kept)])[grid.indptr]
    found = csr_matrix((grid.data[kept], place[kept], starts), shape=(grid.shape[0], columns))
    found.sum_duplicates()
    return found


def _empty(grid: csr_matrix, words: NDArray[np.str_]) -> csr_matrix:
    return csr_matrix((grid.shape[0], max(len(words), 1)), dtype=np.int32)
