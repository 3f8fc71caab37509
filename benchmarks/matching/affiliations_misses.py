"""What the affiliation matcher misses on the folds of the train parts: classes, ceilings, and a sample to read by hand.

python -m benchmarks.matching.affiliations_misses [--sample 50] [--parts s2aff_train crossref_tr]

Every affiliation is judged by trees that did not see it. No valid part is read. The sample is the same every time.
"""

import argparse
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from benchmarks.matching.affiliations import count, each_once
from benchmarks.matching.affiliations_data import TRAIN, Case, Organisation, numbers, registry, training
from benchmarks.matching.affiliations_train import BATCH, all_names, calibrate, gather, out_of_fold
from puma.matching.institutions.decoding import Fit, decode, related
from puma.matching.institutions.features import FEATURES, Pairs
from puma.matching.institutions.judge import load_judge
from puma.matching.institutions.names import Names

SEED = 7
SEEN = 8  # candidates that decoding sees
Candidates = dict[int, tuple[float, str]]
"""Of an affiliation, by organisation: the probability, and the name that it goes by."""


def answered(
    names: Names, seen: Sequence[Pairs], sizes: Sequence[int], chance: Sequence[float]
) -> tuple[list[list[int]], list[Candidates]]:
    """The organisations named for each affiliation, best first, and its candidates; ``sizes``: of each batch seen."""
    judge = load_judge()
    at = {name: FEATURES.index(name) for name in ("by acronym", "exact")}
    answers: list[list[int]] = []
    held: list[Candidates] = []
    row = 0
    for found, size in zip(seen, sizes, strict=True):
        fits: dict[int, list[Fit]] = defaultdict(list)
        called: dict[int, Candidates] = defaultdict(dict)
        for place, text in enumerate(found.text.tolist()):
            who = int(found.institution[place])
            acronym, exact = (bool(found.values[place, at[name]]) for name in ("by acronym", "exact"))
            where = int(found.segment[place]), int(found.span[place]), int(found.words[place])
            fits[text].append(Fit(who, chance[row], *where, acronym, exact, name=int(found.name[place])))
            called[text][names.ids[who]] = chance[row], names.text[int(found.name[place])]
            row += 1
        for text in range(size):
            best = sorted(fits[text], key=lambda one: (-one.probability, one.institution))[:SEEN]
            chosen, _, _ = decode(names, best, accept=judge.accept, ask=judge.ask)
            answers.append([names.ids[one.institution] for one in chosen])
            held.append(called[text])
    return answers, held


def classes(
    names: Names, some: Sequence[Case], answers: Sequence[Sequence[int]], held: Sequence[Candidates]
) -> Counter[str]:
    """How many labels are missed, and organisations named that no label has, by what a program can tell of them."""
    told: Counter[str] = Counter()
    for case, found, candidates in zip(some, answers, held, strict=True):
        for label in case.truth - set(found):
            near = any(_kin(names, label, one) for one in found)
            why = "kin of one that is named" if near else "another one is named" if found else "nobody is named"
            told[f"missed: {why}{'' if label in candidates else ', and not a candidate'}"] += 1
        beside = "beside a right one" if case.truth & set(found) else "in place of the label"
        told[f"over: {beside if case.truth else 'the label says none'}"] += len(set(found) - case.truth)
    return told


def _kin(names: Names, one: int, other: int) -> bool:
    return one in names.number and other in names.number and related(names, names.number[one], names.number[other])


def ceilings(some: Sequence[Case], held: Sequence[Candidates]) -> Mapping[str, float]:
    """F1 over labels of a judge without a fault: with the candidates that there are, and with one answer for each."""
    true = sum(len(case.truth) for case in some)
    found = sum(len(case.truth & set(candidates)) for case, candidates in zip(some, held, strict=True))
    labelled = sum(bool(case.truth) for case in some)
    return {"candidates": 2 * found / (found + true), "one answer for each": 2 * labelled / (labelled + true)}


def show(held: Sequence[Organisation], case: Case, found: Sequence[int], candidates: Candidates) -> None:
    """One affiliation with its labels and what was named."""

    def told(one: int) -> str:
        if one < 0:
            return "not in the registry"
        chance, name = candidates.get(one, (0.0, ""))
        how = f"{chance:.2f} as '{name}'" if name else "not a candidate"
        return f"{held[one]['name']} ({held[one]['city']}, {held[one]['cc']}), {how}"

    print("*", case.text.strip()[:300])
    for label in sorted(case.truth):
        print("    right " if label in found else "    missed", told(label))
    for one in found:
        if one not in case.truth:
            print("    over  ", told(one))


def main(parts: Sequence[str], size: int) -> None:
    """Print the figures of each part, and the sample."""
    held = registry()
    number = numbers(held)
    names = all_names(held, number)
    fitted = training(held, number)
    seen: list[Pairs] = []
    sample = gather(names, fitted, load_judge().sight, seen)
    scores = out_of_fold(sample)
    chance = np.interp(scores, *np.array(calibrate(sample, scores)).T).tolist()
    sizes = [min(BATCH, len(some) - start) for some in fitted.values() for start in range(0, len(some), BATCH)]
    answers, candidates = answered(names, seen, sizes, chance)
    start = 0
    for part, some in fitted.items():
        own, near = answers[start : start + len(some)], candidates[start : start + len(some)]
        start += len(some)
        if part not in parts:
            continue
        print(part, "all", count(some, own).told()["f1"], "once", each_once(some, own).told()["f1"])
        print("  ceilings", {name: round(value, 4) for name, value in ceilings(some, near).items()})
        for name, value in sorted(classes(names, some, own, near).items()):
            print(f"  {value:5} {name}")
        missed = [place for place, case in enumerate(some) if set(own[place]) != case.truth]
        print(f"  {len(missed)} of {len(some)} affiliations are not answered as labelled; {size} of them:")
        for place in np.random.default_rng(SEED).permutation(missed)[:size].tolist():
            show(held, some[place], own[place], near[place])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=50)
    parser.add_argument("--parts", nargs="*", choices=list(TRAIN), default=["s2aff_train", "crossref_tr"])
    asked = parser.parse_args()
    main(asked.parts, asked.sample)
