"""Models of this installation: learnt from its decisions, kept by version with their quality, exchanged at will."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from puma.entities import Decision, Link
from puma.linking.gather import gather
from puma.linking.people import find_people
from puma.matching import shelf
from puma.matching.links.features import measure
from puma.matching.links.grids import candidates, grids
from puma.matching.links.learning import Learned, learn
from puma.matching.links.score import as_rows, bare
from puma.matching.model import Model, as_text, load, read
from puma.matching.sampling import in_audit
from puma.settings import Settings
from puma.storage import Storage

Progress = Callable[[str, int, int], None]
STEPS = ("decisions", "people", "publications and proposals", "pairs", "models")


@dataclass(frozen=True, slots=True)
class Lesson:
    """What the decisions could teach, and what came of it.

    decisions: that stand on publication-proposal pairs. audited: of the random audit, kept out. identified: with an
    identifier, whose points are set by hand. gone: no candidates any more. learned: from the others.
    """

    decisions: int
    audited: int
    identified: int
    gone: int
    used_before: str
    learned: Learned


class Verdict(NamedTuple):
    """What people decided of a pair and did not take back."""

    accepted: bool
    at: datetime


def models_folder(settings: Settings) -> Path:
    """Where the learnt models lie."""
    return shelf.shelf_in(settings.files_folder)


def current_model(settings: Settings) -> Model:
    """The model in use: the one chosen last, else the shipped one."""
    folder = models_folder(settings)
    version = shelf.version_in_use(folder)
    return load(shelf.NAME) if version == shelf.shipped_version() else read(shelf.text_of(folder, version))


def model_versions(settings: Settings) -> list[shelf.Card]:
    """The shipped model and all learnt ones, in order of their versions; each card tells its measured quality."""
    return shelf.cards(models_folder(settings))


def use_model(settings: Settings, version: str) -> str:
    """Take another version into use, older or newer; returns the one before. Raises NotHere when there is none."""
    return shelf.use(models_folder(settings), version)


def learn_from_decisions(
    storage: Storage, settings: Settings, *, progress: Progress = lambda what, done, total: None
) -> Lesson:
    """Fit the calibration, or more, on what people decided; adopted only if better on held-back decisions.

    New models always grow from the shipped one, and no clock is asked: the same decisions on the same records give the
    same model file, byte for byte. Pairs of the random audit are left out, and so are those with an identifier.
    """

    def step(number: int) -> None:
        progress(STEPS[number], number, len(STEPS))

    old = current_model(settings)
    step(0)
    with storage.reading() as session:
        verdicts = standing_verdicts(session)
        step(1)
        people = find_people(session)
        step(2)
        world = gather(session, people)
    step(3)
    m = grids(world.works, world.bids, people.called)
    pairs = measure(m, *candidates(m))
    teaching = bare(pairs)
    names = [(m.works[r].work_id, m.bids[c].proposal_id) for r, c in zip(pairs.rows, pairs.columns, strict=True)]
    places = {pair: place for place, pair in enumerate(names) if pair in verdicts}
    open_ones = [pair for pair in sorted(places) if not in_audit(*pair)]
    use = [pair for pair in open_ones if teaching[places[pair]]]
    step(4)
    versions = model_versions(settings)
    card = {
        "version": max(one.number for one in versions) + 1,
        "on": "decisions of this installation",
        "accepted": sum(verdicts[pair].accepted for pair in use),
        "rejected": sum(not verdicts[pair].accepted for pair in use),
        "until": max((f"{verdicts[pair].at:%Y-%m-%d}" for pair in use), default=""),
    }
    found = learn(
        old,
        as_rows(pairs.features[[places[pair] for pair in use]]),
        np.array([verdicts[pair].accepted for pair in use], dtype=np.bool_),
        [f"{left}/{right}" for left, right in use],
        card,
        base=load(shelf.NAME),
    )
    if found.adopted:
        shelf.put(models_folder(settings), found.model.version, as_text(found.model))
        use_model(settings, found.model.version)
    audited = sum(in_audit(*pair) for pair in verdicts)
    gone = sum(pair not in places and not in_audit(*pair) for pair in verdicts)
    return Lesson(len(verdicts), audited, len(open_ones) - len(use), gone, old.version, found)


def standing_verdicts(session: Session) -> Mapping[tuple[int, int], Verdict]:
    """What people decided of publication-proposal pairs and did not take back."""
    undone = set(session.scalars(select(Decision.undoes_id).where(Decision.undoes_id.is_not(None))))
    rows = session.execute(
        select(Decision.id, Decision.left_id, Decision.right_id, Decision.verdict, Decision.decided_at)
        .join(Link, (Link.left_id == Decision.left_id) & (Link.right_id == Decision.right_id))
        .where(Link.relation == "publication-proposal", Decision.verdict.in_(("accept", "reject")))
        .order_by(Decision.id)
    )
    return {
        (left, right or 0): Verdict(verdict == "accept", at)
        for number, left, right, verdict, at in rows
        if number not in undone
    }
