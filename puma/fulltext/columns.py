"""Whether a page was read across its columns: line of the left, line of the right, line of the left ..."""

from collections.abc import Iterable, Sequence

Box = tuple[float, float, float, float]
"""Left, bottom, right, top in points, the origin at the lower left."""

SHARE = 0.25  # of the page's width: what a line of prose in a column is at least, and a cell of a table seldom
FEW = 3  # such pairs on one page may be chance


def is_woven(boxes: Sequence[Box], width: float) -> bool:
    """Whether prose of two columns is mixed. boxes: pieces of text in the order in which they were read.

    Counted are lines of column width that are followed, at the same height, by another one to the right of them:
    where columns are read one after the other there are none.
    """
    lines = list(_lines(boxes))
    wide = sum(line[2] - line[0] > SHARE * width for line in lines)
    pairs = sum(_is_pair(one, other, width) for one, other in zip(lines, lines[1:], strict=False))
    return pairs >= FEW and 8 * pairs >= wide


def _is_pair(one: Box, other: Box, width: float) -> bool:
    both = all(SHARE * width < box[2] - box[0] < 0.5 * width for box in (one, other))
    return both and other[0] >= one[2] and _same_height(one, other)


def _same_height(one: Box, other: Box) -> bool:
    return min(one[3], other[3]) - max(one[1], other[1]) > 0.5 * min(one[3] - one[1], other[3] - other[1])


def _lines(boxes: Iterable[Box]) -> Iterable[Box]:
    """Neighbours on one line put together, up to a gap that is wider than a line is high."""
    line: Box | None = None
    for box in boxes:
        if line is not None:
            high = max(line[3] - line[1], box[3] - box[1])
            if _same_height(line, box) and -high < box[0] - line[2] < 1.2 * high:
                line = min(line[0], box[0]), min(line[1], box[1]), max(line[2], box[2]), max(line[3], box[3])
                continue
            yield line
        line = box
    if line is not None:
        yield line
