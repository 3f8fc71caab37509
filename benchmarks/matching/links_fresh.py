"""Publication-proposal links on facilities of fresh seeds, by the standard policy and by one that trusts people alone.

python -m benchmarks.matching.links_fresh FOLDER

Beside them the simple rival (texts and shared authors) and the nearest text. Nothing was fitted, chosen or reported on
these seeds before; intervals are Wilson's, 95 %.
"""

import argparse
from pathlib import Path

from benchmarks import RESULTS, record
from benchmarks.matching.links import Counted, count, f1, line
from benchmarks.matching.links_data import DIALS, facility
from puma.evaluation import Share
from puma.matching.links.evidence import Policy

SEEDS = (101, 102, 103)
POLICIES = {"standard": Policy(), "alone .97": Policy(alone=0.97)}


def wilson(right: int, of: int) -> list[float]:
    """The share and its interval."""
    share = Share(right, of)
    low, high = share.interval or (0.0, 1.0)
    return [round(share.value or 0.0, 4), round(low, 4), round(high, 4)]


def intervals(several: list[Counted]) -> dict[str, object]:
    """The shares of some facilities together, with intervals."""
    true = sum(one.true for one in several)
    pairs = [(one.auto, one.asked, one.answer, one.plain) for one in several]
    auto, asked, answer, plain = ([sum(one[k][n] for one in pairs) for n in (0, 1)] for k in range(4))
    return {
        "true pairs": true,
        "auto precision": wilson(auto[0], auto[1]),
        "auto coverage": wilson(auto[0], true),
        "auto + review recall": wilson(asked[0], true),
        "recall of candidates": wilson(sum(one.ceiling for one in several), true),
        "recall of none": wilson(sum(one.none[0] for one in several), sum(one.none[1] for one in several)),
        "answers, precision": wilson(answer[0], answer[1]),
        "answers, recall": wilson(answer[0], true),
        "F1": round(f1(answer[0], answer[1], true), 4),
        "F1 of text + authors": round(f1(plain[0], plain[1], true), 4),
    }


def main() -> None:
    """Print the table, and store it beside the other results."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("folder", type=Path, help="where generated facilities are kept")
    reader.add_argument("--size", default="small")
    given = reader.parse_args()
    results: dict[str, object] = {"seeds": SEEDS, "size": given.size}
    for level in DIALS:
        some = [facility(seed, level, given.size, given.folder) for seed in SEEDS]
        for name, policy in POLICIES.items():
            counted = [count(one, policy) for one in some]
            results[f"{level}, {name}"] = {**line(f"{level} {name}"[:14], counted), **intervals(counted)}
    record(results, RESULTS / "matching_links_fresh.json")


if __name__ == "__main__":
    main()
