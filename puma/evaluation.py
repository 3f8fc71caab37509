"""Evaluation: the stored links against a table of true pairs: precision, recall, F1 and calibration, with intervals."""

import csv
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from math import sqrt
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from puma.access import EVERYTHING, Viewer
from puma.entities import Decision, Identifier, Link, Record
from puma.errors import WrongUsage
from puma.identifiers import clean_doi, fold_code
from puma.matching.links.evidence import IDENTIFIERS
from puma.matching.sampling import in_audit
from puma.storage import Storage, chunks
from puma.visibility import exists_for

Z = 1.959964  # of a two-sided 95 % interval
BINS = 10
KEPT = "evaluation.json"
ANSWER = 0.5  # a link of at least this probability is the answer that precision, recall and F1 speak of
COLUMNS = {"proposal": "publication-proposal", "dataset": "publication-dataset"}
"""Columns that can name the other side of a pair, and the links that are judged by them."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its Wilson 95 % interval; all None when nothing was counted."""

    right: int
    of: int

    @property
    def value(self) -> float | None:
        """The share itself."""
        return self.right / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's score interval, from and to."""
        if not self.of:
            return None
        share, n = self.right / self.of, self.of
        middle = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
        reach = Z * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
        return max(0.0, middle - reach), min(1.0, middle + reach)

    def __str__(self) -> str:
        if self.value is None or self.interval is None:
            return "    -  (0 counted)"
        return f"{self.value:7.3f}  [{self.interval[0]:.3f}, {self.interval[1]:.3f}]  {self.right} of {self.of}"

    def as_json(self) -> dict[str, Any]:
        """Counts, value and interval."""
        return {"right": self.right, "of": self.of, "value": self.value, "interval": self.interval}


@dataclass(frozen=True, slots=True)
class TierFigures:
    """How good one set of links is: of its links, how many are true; of the true pairs, how many it holds.

    coverage: of the publications that the truth names and the database knows, how many have a link of this set.
    """

    name: str
    precision: Share
    recall: Share
    coverage: Share

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall."""
        total = self.precision.of + self.recall.of
        return 2 * self.precision.right / total if total else None


@dataclass(frozen=True, slots=True)
class Bin:
    """Links of similar probability: what was promised and what was true."""

    promised: float
    true: float
    links: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figures of one evaluation. ``ece``: expected calibration error of the stored links; None without links."""

    relation: str
    pairs: int
    publications: int
    publications_unknown: int
    tiers: tuple[TierFigures, ...]
    none_recall: Share
    ece: float | None
    bins: tuple[Bin, ...]

    def tier(self, name: str) -> TierFigures:
        """The figures of one set of links by its name."""
        return next(one for one in self.tiers if one.name == name)

    def table(self) -> list[str]:
        """Lines of text to print."""
        lines = [
            f"{self.relation}: {self.pairs} true pairs of {self.publications} publications"
            + (f", {self.publications_unknown} of which are not in the database" if self.publications_unknown else ""),
            "",
            f"{'links':<28}{'':9}share  [Wilson 95 %]   counted",
        ]
        for one in self.tiers:
            lines.append(f"{one.name:<28}precision {one.precision}")
            lines.append(f"{'':<28}recall    {one.recall}")
            lines.append(f"{'':<28}F1        {one.f1:7.3f}" if one.f1 is not None else f"{'':<28}F1            -")
            lines.append(f"{'':<28}coverage  {one.coverage}")
        lines.append(f"{'publications without a pair':<28}left alone{self.none_recall}")
        lines.append("recall: of the true pairs; coverage: of the publications, how many have such a link")
        lines.append("")
        lines.append(f"expected calibration error  {self.ece:.3f}" if self.ece is not None else "no links to calibrate")
        lines += [f"  promised {one.promised:.2f}  true {one.true:.2f}  {one.links} links" for one in self.bins]
        return lines

    def as_json(self) -> dict[str, Any]:
        """Everything, as numbers."""
        return {
            "relation": self.relation,
            "pairs": self.pairs,
            "publications": self.publications,
            "publications_unknown": self.publications_unknown,
            "tiers": {
                one.name: {
                    "precision": one.precision.as_json(),
                    "recall": one.recall.as_json(),
                    "f1": one.f1,
                    "coverage": one.coverage.as_json(),
                }
                for one in self.tiers
            },  # fmt: skip
            "none_recall": self.none_recall.as_json(),
            "ece": self.ece,
            "bins": [asdict(one) for one in self.bins],
        }


@dataclass(frozen=True, slots=True)
class Judged:
    """One stored link of a publication that the truth names."""

    publication: str
    other: str
    probability: float
    state: str
    identified: bool
    true: bool


def evaluate(storage: Storage, truth_csv: Path) -> Evaluation:
    """Judge the stored links by a table of all true pairs of the publications it names.

    truth_csv: columns ``publication_doi`` and ``proposal`` (its code) or ``dataset`` (its DOI); a publication with an
    empty second column has no pair. Raises WrongUsage when the file or a column is missing.
    """
    column, truth = read_truth(truth_csv)
    relation = COLUMNS[column]
    publications, links = _links(storage, relation, column, truth)
    return figures(relation, truth, publications, links)


def read_truth(path: Path) -> tuple[str, dict[str, set[str]]]:
    """The column that names the other side, and for each publication DOI the set of its true others."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            names = reader.fieldnames or []
            column = next((one for one in COLUMNS if one in names), None)
            if "publication_doi" not in names or column is None:
                raise WrongUsage(
                    f"{path} needs the columns publication_doi and proposal; it has {', '.join(names) or 'none'}."
                )
            truth: dict[str, set[str]] = defaultdict(set)
            for row in reader:
                doi = clean_doi(row["publication_doi"] or "")
                if doi is None:
                    continue
                others = truth[doi]
                if other := _key(column, row[column] or ""):
                    others.add(other)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise WrongUsage(f"{path} cannot be read as a CSV table: {error}.") from error
    if not truth:
        raise WrongUsage(f"{path} names no publication by its DOI.")
    return column, dict(truth)


def _key(column: str, text: str) -> str:
    return (clean_doi(text) or "") if column == "dataset" else fold_code(text)


def _links(storage: Storage, relation: str, column: str, truth: dict[str, set[str]]) -> tuple[set[str], list[Judged]]:
    """The publications of the truth that the database knows, and their links."""
    scheme = "doi" if column == "dataset" else "code"
    with storage.reading() as session:
        numbers: dict[int, str] = {}
        for some in chunks(sorted(truth)):
            rows = session.execute(
                select(Identifier.record_id, Identifier.value, Record.merged_into_id)
                .join(Record, Record.id == Identifier.record_id)
                .where(Identifier.kind == "publication", Identifier.scheme == "doi", Identifier.value.in_(some))
            )
            for number, doi, merged in rows:
                numbers[merged or number] = doi
        others = {
            number: value.rsplit("/", 1)[-1] if column == "proposal" else value
            for number, value in session.execute(
                select(Identifier.record_id, Identifier.value).where(
                    Identifier.kind == column, Identifier.scheme == scheme
                )
            )
        }
        found = []
        for some_numbers in chunks(sorted(numbers)):
            for row in session.execute(
                select(Link.left_id, Link.right_id, Link.probability, Link.state, Link.evidence)
                .where(Link.relation == relation, Link.left_id.in_(some_numbers), Link.state != "rejected")
                .order_by(Link.left_id, Link.right_id)
            ):
                doi, other = numbers[row.left_id], others.get(row.right_id, "")
                identified = any(line["kind"] in IDENTIFIERS and line["points"] > 0 for line in row.evidence)
                found.append(Judged(doi, other, row.probability, row.state, identified, other in truth[doi]))
    return set(numbers.values()), found


def figures(relation: str, truth: dict[str, set[str]], publications: set[str], links: Sequence[Judged]) -> Evaluation:
    """The figures of judged links; pure."""
    pairs = {(doi, other) for doi, others in truth.items() for other in others}
    counted = [one for one in links if one.state in ("auto", "validated")]
    answers = [one for one in links if one.probability >= ANSWER or one.state == "validated"]
    named = {(one.publication, one.other) for one in links if one.identified}
    unnamed = [one for one in answers if not one.identified]
    tiers = (
        _tier("auto", counted, pairs, publications),
        _tier("auto, no person yet", [one for one in links if one.state == "auto"], pairs, publications),
        _tier("review", [one for one in links if one.state == "candidate"], pairs, publications),
        _tier("auto + review", links, pairs, publications),
        _tier(f"probability >= {ANSWER}", answers, pairs, publications),
        _tier("without any identifier", unnamed, pairs - named, publications),
    )
    lonely = [doi for doi in truth if not truth[doi] and doi in publications]
    linked = {one.publication for one in answers}
    return Evaluation(
        relation=relation,
        pairs=len(pairs),
        publications=len(truth),
        publications_unknown=len(truth.keys() - publications),
        tiers=tiers,
        none_recall=Share(sum(doi not in linked for doi in lonely), len(lonely)),
        **_calibration([one for one in links if one.state != "validated"]),
    )


def _tier(name: str, links: Iterable[Judged], pairs: set[tuple[str, str]], publications: set[str]) -> TierFigures:
    several = list(links)
    right = len({(one.publication, one.other) for one in several if one.true} & pairs)
    linked = len({one.publication for one in several})
    return TierFigures(
        name,
        Share(sum(one.true for one in several), len(several)),
        Share(right, len(pairs)),
        Share(linked, len(publications)),
    )


def _calibration(links: Sequence[Judged]) -> dict[str, Any]:
    """Expected calibration error over ten equal bins of probability, and the bins."""
    by_bin: dict[int, list[Judged]] = defaultdict(list)
    for one in links:
        by_bin[min(int(one.probability * BINS), BINS - 1)].append(one)
    bins = tuple(
        Bin(
            round(sum(one.probability for one in some) / len(some), 4),
            round(sum(one.true for one in some) / len(some), 4),
            len(some),
        )
        for _, some in sorted(by_bin.items())
    )
    if not links:
        return {"ece": None, "bins": ()}
    return {"ece": sum(abs(b.promised - b.true) * b.links for b in bins) / len(links), "bins": bins}


def keep(folder: Path, found: Evaluation, *, file: str, model: str, at: datetime) -> None:
    """Keep an evaluation as the last one of its relation. file: name of the table of true pairs; model: in use."""
    folder.mkdir(parents=True, exist_ok=True)
    held = {"at": at.isoformat(), "file": file, "model": model, **found.as_json()}
    part = folder / f"{KEPT}.{os.getpid()}"
    part.write_text(json.dumps(held, indent=1) + "\n", "utf-8")
    part.replace(folder / KEPT)


def kept(folder: Path) -> dict[str, Any] | None:
    """The last evaluation that was kept: ``at``, ``file``, ``model`` and the figures; None before the first."""
    path = folder / KEPT
    return json.loads(path.read_text("utf-8")) if path.exists() else None


# --- random audit -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Audit:
    """What people found in a random sample of the pairs: the only figures of quality that a facility may quote.

    precision: true ones among the links that counted without a person; asked: true ones among those that people were
    asked about. recall: of all true pairs found at all, how many the automatic links hold, with an interval from those
    of the two shares; None before any decision. open: pairs of the sample that nobody has decided yet. promised: the
    mean probability of the decided candidates of the sample and of the waiting ones; far apart, ``asked`` is no fair
    share yet.
    """

    precision: Share
    asked: Share
    recall: float | None
    recall_interval: tuple[float, float] | None
    open: int
    promised: tuple[float | None, float | None] = (None, None)


def audit(storage: Storage, viewer: Viewer = EVERYTHING, *, relation: str = "publication-proposal") -> Audit:
    """The figures of the random sample, from the standing decisions about it that the viewer may know of."""
    left, right = aliased(Record), aliased(Record)
    drawn = in_audit(Link.left_id, Link.right_id)
    query = (
        select(Link.left_id, Link.right_id, Link.state, Link.probability, drawn.label("drawn"))
        .join(left, left.id == Link.left_id)
        .join(right, right.id == Link.right_id)
        .where(Link.relation == relation, exists_for(viewer, left), exists_for(viewer, right))
    )
    with storage.reading() as session:
        links = session.execute(query).all()
        undone = set(session.scalars(select(Decision.undoes_id).where(Decision.undoes_id.is_not(None))))
        decisions = session.execute(
            select(Decision.id, Decision.left_id, Decision.right_id, Decision.state_before)
            .where(Decision.verdict.in_(("accept", "reject")))
            .order_by(Decision.id)
        ).all()
    first_state: dict[tuple[int, int | None], str | None] = {}
    for row in decisions:
        if row.id not in undone:
            first_state.setdefault((row.left_id, row.right_id), row.state_before)
    counts = {"auto": [0, 0, 0], "candidate": [0, 0, 0]}  # right, decided, all
    promised: dict[bool, list[float]] = {True: [], False: []}
    waiting = 0
    for link in links:
        was = link.state if link.state in counts else first_state.get((link.left_id, link.right_id))
        if was not in counts:
            continue
        counts[was][2] += 1
        if link.drawn:
            decided = link.state in ("validated", "rejected")
            counts[was][0] += link.state == "validated"
            counts[was][1] += decided
            waiting += not decided
            if was == "candidate":
                promised[decided].append(link.probability)
    auto, asked = Share(*counts["auto"][:2]), Share(*counts["candidate"][:2])
    sizes = counts["auto"][2], counts["candidate"][2]
    means = tuple(sum(some) / len(some) if some else None for some in (promised[True], promised[False]))
    return Audit(auto, asked, *_recall(auto, asked, *sizes), waiting, (means[0], means[1]))


def _recall(auto: Share, asked: Share, autos: int, askeds: int) -> tuple[float | None, tuple[float, float] | None]:
    """Of the true pairs among all links, the share that is automatic; the interval takes the worst of both shares."""

    def share(right: float, missed: float) -> float:
        total = right * autos + missed * askeds
        return right * autos / total if total else 0.0

    if auto.value is None or asked.value is None or auto.interval is None or asked.interval is None:
        return None, None
    low, high = share(auto.interval[0], asked.interval[1]), share(auto.interval[1], asked.interval[0])
    return share(auto.value, asked.value), (low, high)
