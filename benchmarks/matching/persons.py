"""Authorships to persons on labelled sets, beside plain rivals.

python -m benchmarks.matching.persons

Linking: 7 of 10 persons are known by their first mention; the others, and those of unknown persons, are asked.
Figures are of the report part of each set (benchmarks/matching/persons_data.py), which no model was fitted on.
The linking task was made harder, and the model refitted for it, after figures of that part had been seen: they are
near to unseen data, not wholly. Names of Qian and AMiner were chosen by their makers for being ambiguous.
"""

import argparse
import time
import tracemalloc
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rapidfuzz.distance import JaroWinkler
from rapidfuzz.process import extract

from benchmarks import RESULTS, record
from benchmarks.matching.persons_data import (
    DATA,
    Asked,
    Labelled,
    all_sets,
    aminer,
    inspire,
    linking,
    wang,
    written_out,
)
from benchmarks.matching.splink_rival import INSTALLED, components, mention_pairs
from puma.matching.model import Model
from puma.matching.persons.assign import link_mentions
from puma.matching.persons.clusters import cluster_mentions
from puma.matching.persons.mentions import Mention, short_name
from puma.names import fold

FIRST = 10**9  # a known person is known by the first mention alone
SPLINK_MOST = 30_000  # mentions; more take it longer than all others together


def b_cubed(found: Sequence[Hashable], true: Sequence[Hashable]) -> tuple[float, float, float]:
    """Precision, recall and F1 over mentions."""
    both, by_found, by_true = Counter(zip(found, true, strict=True)), Counter(found), Counter(true)
    precision = sum(n * n / by_found[f] for (f, _), n in both.items()) / len(found)
    recall = sum(n * n / by_true[t] for (_, t), n in both.items()) / len(found)
    return precision, recall, 2 * precision * recall / (precision + recall)


def pair_f1(found: Sequence[Hashable], true: Sequence[Hashable]) -> float:
    """F1 over pairs of mentions."""
    pairs = [
        sum(n * (n - 1) / 2 for n in Counter(x).values()) for x in (list(zip(found, true, strict=True)), found, true)
    ]
    return 2 * pairs[0] / (pairs[1] + pairs[2]) if pairs[1] + pairs[2] else 1.0


def judged(labelled: Labelled, found: Sequence[Hashable]) -> dict[str, float]:
    """The figure of the set, with a 95 % interval over names (bootstrap, fixed seed)."""
    members: dict[str, list[int]] = defaultdict(list)
    for place, group in enumerate(labelled.groups):
        members[group].append(place)
    groups = [members[name] for name in sorted(members)]
    macro = labelled.name.startswith("aminer")
    if macro:
        each = np.array([pair_f1([found[p] for p in g], [labelled.persons[p] for p in g]) for g in groups])
        value = float(each.mean())
        chance = np.random.default_rng(1)
        again = [float(each[chance.integers(0, len(each), len(each))].mean()) for _ in range(500)]
        return {"f1": value, "low": float(np.quantile(again, 0.025)), "high": float(np.quantile(again, 0.975))}
    precision, recall, value = b_cubed(found, labelled.persons)
    by_found, by_true = Counter(found), Counter(labelled.persons)
    both = Counter(zip(found, labelled.persons, strict=True))
    sums = np.array([
        (sum(both[found[p], labelled.persons[p]] / by_found[found[p]] for p in g),
         sum(both[found[p], labelled.persons[p]] / by_true[labelled.persons[p]] for p in g), len(g))
        for g in groups
    ])  # fmt: skip
    chance = np.random.default_rng(1)
    again = []
    for _ in range(500):
        some = sums[chance.integers(0, len(sums), len(sums))].sum(axis=0)
        p, r = some[0] / some[2], some[1] / some[2]
        again.append(2 * p * r / (p + r))
    low, high = np.quantile(again, [0.025, 0.975])
    return {"precision": precision, "recall": recall, "f1": value, "low": float(low), "high": float(high)}


def by_group(labelled: Labelled, clusters: Callable[[Sequence[Mention]], Sequence[Hashable]]) -> list[Hashable]:
    """Cluster within each group, for rivals that cannot look at all mentions together."""
    members: dict[str, list[int]] = defaultdict(list)
    for place, group in enumerate(labelled.groups):
        members[group].append(place)
    found: list[Hashable] = [None] * len(labelled.groups)
    for group, places in members.items():
        for place, number in zip(places, clusters([labelled.mentions[p] for p in places]), strict=True):
            found[place] = (group, number)
    return found


def jaro_winkler(mentions: Sequence[Mention]) -> list[int]:
    """Full names of at least .92, as connected components."""
    names = sorted({(fold(m.name.family), fold(m.name.given)) for m in mentions})
    home = {name: place for place, name in enumerate(names)}
    for one in names:
        for other in names:
            if one >= other or home[one] == home[other]:
                continue
            if JaroWinkler.similarity(" ".join(one), " ".join(other)) >= 0.92:
                gone = home[other]
                for name in names:
                    if home[name] == gone:
                        home[name] = home[one]
    return [home[fold(m.name.family), fold(m.name.given)] for m in mentions]


def name_and_affiliation(labelled: Labelled) -> list[Hashable]:
    """Surname and initial, and the first four words of the affiliation; who gives none, is by name alone."""
    return [
        (short_name(m.name), " ".join(fold(m.affiliation).split()[:4])) if m.affiliation else short_name(m.name)
        for m in labelled.mentions
    ]


def splink(labelled: Labelled) -> list[int]:
    """Splink 5, connected components from the cut on that gives it its best F1 on the truth."""
    pairs = mention_pairs(labelled.mentions)
    found = [
        components(len(labelled.mentions), ((a, b) for a, b, chance in pairs if chance >= cut))
        for cut in (0.1, 0.5, 0.9, 0.99, 0.999)
    ]
    return max(found, key=lambda one: b_cubed(one, labelled.persons)[2])


RIVALS: dict[str, Callable[[Labelled], Sequence[Hashable]]] = {
    "surname + initial": lambda s: [short_name(m.name) for m in s.mentions],
    "exact name": lambda s: [(fold(m.name.family), fold(m.name.given)) for m in s.mentions],
    "Jaro-Winkler": lambda s: by_group(s, jaro_winkler),
    "name + affiliation": name_and_affiliation,
}


def link_figures(answers: Sequence[int | None], found: Sequence[int | None]) -> dict[str, float]:
    """Precision over links made, recall over mentions of known persons."""
    right = sum(a is not None and a == f for a, f in zip(answers, found, strict=True))
    made, wanted = sum(f is not None for f in found), sum(a is not None for a in answers)
    precision, recall = right / max(made, 1), right / max(wanted, 1)
    return {
        "precision": precision,
        "recall": recall,
        "f1": 2 * right / max(made + wanted, 1),
        "n": wanted,
        "asked": len(answers),
    }


def linked(asked: Asked, model: Model | None = None) -> dict[str, Any]:
    """F1 at one half, the recall at a precision of .975, and the calibration error of the first options."""
    found = link_mentions(asked.mentions, asked.people, least=0.0, model=model)
    sure = [
        (f.options[0][1], f.options[0][0] == a) if f.options else (0.0, False)
        for f, a in zip(found, asked.answers, strict=True)
    ]
    half = link_figures(
        asked.answers, [f.options[0][0] if f.options and f.options[0][1] >= 0.5 else None for f in found]
    )
    chance, right = np.array([s for s, _ in sure]), np.array([r for _, r in sure])
    order = np.argsort(-chance, kind="stable")
    precision = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    ends = np.append(np.diff(chance[order]) != 0, True) & (precision >= 0.975)
    at = np.flatnonzero(ends)
    recall = float(np.cumsum(right[order])[at[-1]] / half["n"]) if len(at) else 0.0
    bins = np.minimum((chance * 10).astype(int), 9)
    ece = sum(
        abs(chance[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean()
        for b in range(10)
        if (bins == b).any()
    )
    return {**half, "recall at precision .975": recall, "ece": float(ece)}


def exact_links(asked: Asked) -> dict[str, float]:
    """Rival: the one person with the very name."""
    held: dict[tuple[str, str], set[int]] = defaultdict(set)
    for person in asked.people:
        for name in person.names:
            held[fold(name.family), fold(name.given)].add(person.person_id)
    found = [
        next(iter(some)) if len(some := held[fold(m.name.family), fold(m.name.given)]) == 1 else None
        for m in asked.mentions
    ]
    return link_figures(asked.answers, found)


def initial_links(asked: Asked) -> dict[str, float]:
    """Rival: the one person with the surname and initial."""
    held: dict[str, set[int]] = defaultdict(set)
    for person in asked.people:
        for name in person.names:
            held[short_name(name)].add(person.person_id)
    found = [next(iter(some)) if len(some := held[short_name(m.name)]) == 1 else None for m in asked.mentions]
    return link_figures(asked.answers, found)


def figures_line(labelled: Labelled, model: Model | None = None) -> str:
    """Clusters and links of one set in a line."""
    one = judged(labelled, cluster_mentions(labelled.mentions, model))
    other = linked(linking(labelled, FIRST), model)
    return (
        f"{labelled.name:9} clusters {one['f1']:.4f} [{one['low']:.3f}, {one['high']:.3f}]  links F1 {other['f1']:.4f} "
        f"P {other['precision']:.3f} R {other['recall']:.3f} "
        f"R@P.975 {other['recall at precision .975']:.3f} ece {other['ece']:.3f}"
    )


def _ours(labelled: Labelled) -> Sequence[Hashable]:
    return cluster_mentions(labelled.mentions)


def jaro_winkler_links(asked: Asked) -> dict[str, float]:
    """Rival: the person whose name is the most alike, from .92 on, if no other is as alike."""
    names: dict[str, dict[str, int]] = defaultdict(dict)
    for person in asked.people:
        for name in person.names:
            names[fold(name.family)[:1]][f"{fold(name.family)} {fold(name.given)}"] = person.person_id
    found: list[int | None] = []
    remembered: dict[str, int | None] = {}
    for mention in asked.mentions:
        text = f"{fold(mention.name.family)} {fold(mention.name.given)}"
        if text not in remembered:
            near = extract(text, list(names[text[:1]]), scorer=JaroWinkler.similarity, limit=2, score_cutoff=0.92)
            sure = near and (len(near) == 1 or near[0][1] > near[1][1])
            remembered[text] = names[text[:1]][near[0][0]] if sure else None
        found.append(remembered[text])
    return link_figures(asked.answers, found)


def splink_links(asked: Asked) -> dict[str, float]:
    """Rival: the likeliest person by Splink, if no other is as likely, from the cut on that gives it its best F1."""
    known = [
        Mention(0, 1, one.names[0], affiliation="; ".join(one.affiliations), coauthors=one.coauthors)
        for one in asked.people
    ]
    options: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for place, person, chance in mention_pairs(asked.mentions, known):
        options[place].append((chance, asked.people[person].person_id))
    best = {place: sorted(some, reverse=True)[:2] for place, some in options.items()}
    clear = {place: some[0] for place, some in best.items() if len(some) == 1 or some[0][0] > some[1][0]}
    return max(
        (
            link_figures(
                asked.answers,
                [clear[n][1] if n in clear and clear[n][0] >= cut else None for n in range(len(asked.answers))],
            )
            for cut in (0.1, 0.5, 0.9, 0.99, 0.999)
        ),
        key=lambda one: one["f1"],
    )


LINKERS: dict[str, Callable[[Asked], dict[str, float]]] = {
    "PUMA": linked, "exact name": exact_links, "surname + initial": initial_links,
    "Jaro-Winkler": jaro_winkler_links,
}  # fmt: skip


def timed(run: Callable[[], Any]) -> tuple[Any, float, float]:
    """What it gives, seconds, and in a second run the peak of memory in MB."""
    run()
    begin = time.perf_counter()
    result = run()
    seconds = time.perf_counter() - begin
    tracemalloc.start()
    run()
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return result, seconds, peak


def _show(job: str, line: dict[str, Any]) -> None:
    figures = " ".join(f"{name} {value:.3f}" for name, value in line.items() if isinstance(value, float))
    print(f"{job:8} {line['set']:18} {line['method']:18} n {line.get('asked', line['n']):6} {figures}", flush=True)


def main() -> None:
    """Print and store the figures."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--signatures", type=Path, nargs="*", default=[], help="further files in the form of INSPIRE's")
    asked.add_argument("--aminer", type=Path, help="a further folder of names")
    asked.add_argument("--wang", type=Path, help="the folder of Beard's wang_signatures.json and wang_clusters.json")
    chosen = asked.parse_args()
    held = {name: one.part("report") for name, one in all_sets(DATA).items()}
    sets = [*held.values(), written_out(held["inspire"])] + ([wang(chosen.wang)] if chosen.wang else [])
    sets += [inspire(path) for path in chosen.signatures] + ([aminer(chosen.aminer)] if chosen.aminer else [])
    lines: list[dict[str, Any]] = []
    for one in sets:
        rivals = {"PUMA": _ours, **RIVALS}
        if INSTALLED and len(one.mentions) <= SPLINK_MOST:
            rivals["Splink, best cut"] = splink
        for name, run in rivals.items():
            if one.name == "aminer" and name == "Jaro-Winkler":
                continue
            found, seconds, peak = timed(partial(run, one))
            line = {"job": "clusters", "set": one.name, "method": name, "n": len(one.mentions), **judged(one, found),
                    "seconds": seconds, "peak_mb": peak}  # fmt: skip
            lines.append(line)
            _show("clusters", line)
        task = linking(one, FIRST)
        linkers = {**LINKERS, "Splink, best cut": splink_links} if INSTALLED else LINKERS
        for name, links in linkers.items():
            found, seconds, peak = timed(partial(links, task))
            line = {"job": "links", "set": one.name, "method": name, **found, "seconds": seconds, "peak_mb": peak}
            lines.append(line)
            _show("links", line)
    record(lines, RESULTS / "matching_persons.json")


if __name__ == "__main__":
    main()
