"""No recorded figure of the four jobs may fall: institutions, persons, duplicates, links, on a facility never seen."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import select

from benchmarks.matching.links import TOLD, TRUSTING, Counted, count, ece, f1
from benchmarks.matching.links_data import DIALS, Facility, made
from puma.entities import Affiliation, Authorship, Identifier, Institution, PublicationVersion
from puma.installation import Installation
from puma.matching.shelf import measured
from tests.linking.conftest import SEED

pytestmark = pytest.mark.slow

RECORDED = Path(__file__).parent / "recorded_figures.json"
"""What was measured on this facility last time. After a change for the better, write the new figures into it."""
LEAST = {"ece": -1.0}  # figures of which less is better
ROOM = 0.004  # a pair or two of another order of adding up


class Named(NamedTuple):
    """What a table of truth says of one name: which publication, which place in the list of authors, who."""

    publication: int
    position: int
    person: str


@pytest.fixture(scope="module")
def house(realistic: Facility, facilities: Path) -> Iterator[Installation]:
    house = made(SEED, "realistic", "small", facilities)
    yield house
    house.close()


@pytest.fixture(scope="module")
def counted(realistic: Facility) -> Counted:
    return count(realistic, TRUSTING)


def recorded(job: str) -> dict[str, float]:
    figures: dict[str, dict[str, float]] = json.loads(RECORDED.read_text("utf-8"))
    return figures[job]


def fallen(job: str, now: dict[str, float]) -> dict[str, tuple[float, float]]:
    """The figures that are worse than recorded: (recorded, now) by name."""
    print(job, json.dumps({name: round(value, 4) for name, value in now.items()}))
    before = recorded(job)
    assert before.keys() == now.keys()
    return {
        name: (before[name], round(value, 4))
        for name, value in now.items()
        if (value - before[name]) * LEAST.get(name, 1.0) < -ROOM
    }


def truth(house: Installation, name: str) -> list[dict[str, str]]:
    with (house.settings.home / "world" / "truth" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def publications(house: Installation) -> dict[str, int]:
    """The publication of each record of a source."""
    with house.storage.reading() as session:
        rows = session.execute(
            select(Identifier.value, Identifier.record_id).where(
                Identifier.kind == "publication", Identifier.scheme == "source"
            )
        ).all()
    return dict(rows)


def scores(right: int, given: int, true: int) -> dict[str, float]:
    return {"precision": right / max(given, 1), "recall": right / max(true, 1)}


def test_institutions_are_found_as_well_as_recorded(house: Installation) -> None:
    known = {row["affiliation"]: row["ror"].rpartition("/")[2] for row in truth(house, "affiliations")}
    with house.storage.reading() as session:
        query = select(Affiliation.text, Institution.ror).outerjoin(
            Institution, Institution.id == Affiliation.institution_id
        )
        found = [(known[text], ror) for text, ror in session.execute(query) if text in known]
    assert len(found) > 1000
    given = [(true, ror) for true, ror in found if ror]
    right = sum(true == ror.rpartition("/")[2] for true, ror in given)
    assert fallen("institutions", scores(right, len(given), sum(bool(true) for true, _ in found))) == {}


def test_authors_are_put_together_as_well_as_recorded(house: Installation) -> None:
    here = publications(house)
    mentions = {
        Named(here[row["record"]], int(row["position"]) + 1, row["person"])
        for row in truth(house, "persons")
        if row["record"] in here
    }
    who = {(one.publication, one.position): one.person for one in mentions}
    with house.storage.reading() as session:
        rows = session.execute(
            select(Authorship.record_id, Authorship.position, Authorship.person_id, Authorship.id)
        ).all()
    given: dict[object, list[str]] = defaultdict(list)
    sizes: dict[str, int] = defaultdict(int)
    for row in rows:
        if person := who.get((row.record_id, row.position)):
            given[row.person_id or ("alone", row.id)].append(person)
            sizes[person] += 1
    total = sum(sizes.values())
    assert total > 3000
    counts = [[some.count(person) for person in some] for some in given.values()]
    precision = sum(n / len(some) for some in counts for n in some) / total
    recall = (
        sum(n / sizes[person] for some, n_of in zip(given.values(), counts, strict=True)
            for person, n in zip(some, n_of, strict=True)) / total
    )  # fmt: skip
    assert fallen("persons", {"precision": precision, "recall": recall}) == {}


def test_records_of_one_work_are_put_together_as_well_as_recorded(house: Installation) -> None:
    here, rows = publications(house), truth(house, "duplicates")
    work = {row["record"]: row["work"] for row in rows if row["record"] in here and row["relation"] == "same"}
    with house.storage.reading() as session:
        links = session.execute(
            select(PublicationVersion.publication_id, PublicationVersion.version_of_id, PublicationVersion.relation)
        ).all()
    same = {frozenset((one, other)) for one, other, relation in links if relation == "duplicate"}
    pairs = [(one, other, work[one] == work[other]) for one, other in combinations(sorted(work), 2)]
    joined = [true for one, other, true in pairs if here[one] == here[other]]
    asked = [true for one, other, true in pairs if frozenset((here[one], here[other])) in same]
    every = sum(true for *_, true in pairs)
    assert every > 400
    now = {
        **scores(sum(joined), len(joined), every),
        "precision of the asked": sum(asked) / max(len(asked), 1),
        "recall with the asked": (sum(joined) + sum(asked)) / every,
    }
    assert fallen("duplicates", now) == {}


def test_links_are_found_as_well_as_recorded(counted: Counted) -> None:
    right, given = counted.auto
    now = {
        "auto precision": right / given,
        "auto coverage": right / counted.true,
        "auto + review recall": counted.asked[0] / counted.true,
        "f1": f1(*counted.answer, counted.true),
        "f1 without identifier": f1(*counted.bare),
        "none recall": counted.none[0] / counted.none[1],
        "ece": ece(*counted.chances),
    }
    assert fallen("links", now) == {}


def test_a_figure_that_fell_is_named_with_both_values(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "figures.json").write_text('{"links": {"f1": 0.9, "ece": 0.02}}', "utf-8")
    monkeypatch.setattr("tests.linking.test_recorded_figures.RECORDED", tmp_path / "figures.json")
    assert fallen("links", {"f1": 0.899, "ece": 0.021}) == {}
    assert fallen("links", {"f1": 0.95, "ece": 0.0}) == {}
    assert fallen("links", {"f1": 0.89, "ece": 0.04}) == {"f1": (0.9, 0.89), "ece": (0.02, 0.04)}


def test_the_shipped_model_is_shown_with_the_figures_of_the_benchmark() -> None:
    results = measured()["figures"]
    assert {level: set(told) for level, told in results.items()} == {level: set(TOLD) for level in DIALS}
    for told in results.values():
        assert 0 < float(told["auto precision, from"]) <= float(told["auto precision"]) <= 1
