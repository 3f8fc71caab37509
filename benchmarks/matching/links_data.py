"""Generated facilities for the link benchmark: made, harvested and gathered once per seed, difficulty and size."""

import csv
import pickle
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from puma.demo.run import settings_of
from puma.demo.server import serve
from puma.demo.world import EASY, HARD, REALISTIC, make_world
from puma.demo.world.dials import Dials
from puma.demo.write import write_world
from puma.entities import Identifier
from puma.identifiers import fold_code
from puma.installation import Installation
from puma.linking.gather import gather
from puma.linking.people import find_people
from puma.linking.world import World
from puma.runs.sources import configured_sources
from puma.settings import load_settings

DIALS: dict[str, Dials] = {"easy": EASY, "realistic": REALISTIC, "hard": HARD}
TRAIN = (
    (201, "realistic"), (201, "hard"), (202, "realistic"), (202, "hard"), (203, "realistic"), (203, "hard"),
    (204, "realistic"), (204, "hard"), (205, "hard"), (205, "easy"), (206, "realistic"), (206, "easy"),
    *((seed, "realistic") for seed in range(207, 234)), *((seed, "hard") for seed in range(207, 215)),
    (207, "easy"), (208, "easy"),
)  # fmt: skip
TRAIN_MEDIUM = ((211, "realistic"), (212, "realistic"))
"""Facilities that the shipped model is fitted on, small and medium ones; never reported."""
VALID = ((301, "realistic"), (301, "hard"))
"""Facilities on which choices are made (features, trees or logistic, policy); never reported."""
TEST = tuple((seed, level) for seed in (1, 2, 3) for level in ("easy", "realistic", "hard"))
"""Facilities that figures are given for; nothing was fitted or chosen on them."""


@dataclass(slots=True)
class Facility:
    """What matching sees of a facility, with the truth beside it. truth: publication -> its proposals, maybe none."""

    seed: int
    level: str
    world: World
    called: dict[int, str]
    truth: dict[int, frozenset[int]] = field(default_factory=dict)
    kinds: dict[int, str] = field(default_factory=dict)
    """publication -> linked, elsewhere, same_team, review, homonym, instrument, lookalike, reuse."""


def _silent(what: str, done: int, total: int | None) -> None:
    """Nothing is shown."""


def made(seed: int, level: str, size: str, folder: Path) -> Installation:
    """The facility harvested and read, not yet matched; an old one in the folder is used again."""
    home = folder / f"{size}-{level}-{seed}"
    if not (home / "done").exists():
        home.mkdir(parents=True, exist_ok=True)
        (home / "puma.db").unlink(missing_ok=True)
        world = home / "world"
        write_world(make_world(seed, size, DIALS[level]), world, lambda what, share: None)
        with serve(world) as url:
            (home / "puma.toml").write_text(settings_of(world, url), encoding="utf-8")
            house = Installation(load_settings(home / "puma.toml"))
            house.prepare()
            for source in configured_sources(house.settings):
                house.harvest(source, _silent)
            house.read_files(_silent)
            house.close()
        (home / "done").touch()
    house = Installation(load_settings(home / "puma.toml"))
    house.prepare()
    return house


def truth_of(house: Installation, facility: Facility) -> None:
    """Read the truth table; only publications that it names are judged (not preprints and errata of others)."""
    with house.storage.reading() as session:
        publications: dict[str, int] = {}
        proposals: dict[str, int] = {}
        for number, kind, scheme, value in session.execute(
            select(Identifier.record_id, Identifier.kind, Identifier.scheme, Identifier.value)
        ):
            if kind == "publication":
                publications[value] = number
            elif kind == "proposal" and scheme == "code":
                proposals[value.rsplit("/", 1)[-1]] = number
    pairs: dict[int, set[int]] = defaultdict(set)
    here = {work.work_id for work in facility.world.works}
    with (house.settings.home / "world" / "truth" / "truth.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            keys = (row["publication_doi"].lower(), *row["publication_id"].split(";"))
            for number in {publications[key] for key in keys if key in publications} & here:
                pairs[number] |= {proposals[fold_code(row["proposal"])]} if row["proposal"] else set()
                facility.kinds[number] = row["evidence"] if not row["proposal"] else "linked"
    facility.truth = {number: frozenset(several) for number, several in sorted(pairs.items())}


def facility(seed: int, level: str, size: str, folder: Path, *, fresh: bool = False) -> Facility:
    """One generated facility as matching sees it, from the folder's store when it is there."""
    kept = folder / f"{size}-{level}-{seed}.pickle"
    if kept.exists() and not fresh:
        with kept.open("rb") as file:
            held: Facility = pickle.load(file)
            return held
    house = made(seed, level, size, folder)
    house.match(lambda what, done, total: None)
    with house.storage.reading() as session:
        people = find_people(session)
        world = gather(session, people)
    found = Facility(seed, level, world, people.called)
    truth_of(house, found)
    house.close()
    kept.parent.mkdir(parents=True, exist_ok=True)
    with kept.open("wb") as file:
        pickle.dump(found, file)
    return found
