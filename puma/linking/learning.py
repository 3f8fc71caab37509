"""Models of this installation: learnt from its decisions, kept by version with their quality, exchanged at will."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from puma.entities import Decision, Link
from puma.errors import NotHere
from puma.linking.gather import gather
from puma.linking.people import find_people
from puma.matching.links.features import measure
from puma.matching.links.grids import candidates, grids
from puma.matching.links.learning import Learned, learn
from puma.matching.links.score import NAME, as_rows, identifier_points
from puma.matching.model import Model, load, read, write
from puma.matching.sampling import in_audit
from puma.settings import Settings
from puma.storage import Storage


def current_model(settings: Settings) -> Model:
    """The model in use: the newest learnt one that was not taken back, else the shipped one."""
    chosen = _folder(settings) / "current"
    if not chosen.exists():
        return load(NAME)
    return read((_folder(settings) / chosen.read_text("utf-8").strip()).read_text("utf-8"))


def model_versions(settings: Settings) -> list[Model]:
    """The shipped model and all learnt ones, in order of their versions; each card tells its measured quality."""
    learnt = [read(path.read_text("utf-8")) for path in _folder(settings).glob(f"{NAME}-*.json")]
    return [load(NAME), *sorted(learnt, key=lambda one: int(one.card["version"]))]


def use_model(settings: Settings, version: str) -> Model:
    """Take another version into use, older or newer. Raises NotHere when there is none of this name."""
    for one in model_versions(settings):
        if one.version == version:
            _folder(settings).mkdir(parents=True, exist_ok=True)
            chosen = _folder(settings) / "current"
            if version == load(NAME).version:
                chosen.unlink(missing_ok=True)
            else:
                chosen.write_text(f"{version}.json\n", "utf-8")
            return one
    raise NotHere(f"There is no model {version!r}.")


def learn_from_decisions(storage: Storage, settings: Settings, *, at: datetime) -> Learned:
    """Fit the calibration, or more, on what people decided; adopted only if better on held-back decisions.

    Pairs of the random audit are left out, and so are those with an identifier, whose points are set by hand.
    """
    old = current_model(settings)
    with storage.reading() as session:
        verdicts = standing_verdicts(session)
        people = find_people(session)
        world = gather(session, people)
    m = grids(world.works, world.bids, people.called)
    pairs = measure(m, *candidates(m))
    names = [(m.works[r].work_id, m.bids[c].proposal_id) for r, c in zip(pairs.rows, pairs.columns, strict=True)]
    bare = identifier_points(pairs) == 0
    use = [n for n, pair in enumerate(names) if bare[n] and pair in verdicts and not in_audit(*pair)]
    true = np.array([verdicts[names[n]] for n in use], dtype=np.bool_)
    card = {"fitted": f"{at:%Y-%m-%d}", "on": "decisions of this installation"}
    newest = max(int(one.card["version"]) for one in model_versions(settings))
    keys = [f"{names[n][0]}/{names[n][1]}" for n in use]
    found = learn(old, as_rows(pairs.features[use]), true, keys, card)
    if found.adopted:
        model = found.model
        numbered = Model(
            model.name, model.kinds, model.trees, model.slope, model.offset, {**model.card, "version": newest + 1}
        )
        _folder(settings).mkdir(parents=True, exist_ok=True)
        write(numbered, _folder(settings) / f"{numbered.version}.json")
        use_model(settings, numbered.version)
        return Learned(numbered, True, found.before, found.after, found.why)
    return found


def standing_verdicts(session: Session) -> Mapping[tuple[int, int], bool]:
    """What people decided of publication-proposal pairs and did not take back."""
    undone = set(session.scalars(select(Decision.undoes_id).where(Decision.undoes_id.is_not(None))))
    rows = session.execute(
        select(Decision.id, Decision.left_id, Decision.right_id, Decision.verdict)
        .join(Link, (Link.left_id == Decision.left_id) & (Link.right_id == Decision.right_id))
        .where(Link.relation == "publication-proposal", Decision.verdict.in_(("accept", "reject")))
        .order_by(Decision.id)
    )
    return {(left, right or 0): verdict == "accept" for number, left, right, verdict in rows if number not in undone}


def _folder(settings: Settings) -> Path:
    return settings.files_folder / "models"
