"""An incremental matching ends where a full one does, and costs nothing when nothing changed; models come and go."""

from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import select, update

from puma.entities import Link, Publication, Record
from puma.errors import NotHere
from puma.linking import MatchReport, match
from puma.linking.learning import current_model, learn_from_decisions, model_versions, use_model
from puma.matching.links.score import NAME
from puma.matching.model import load, write
from puma.settings import FilesSettings, Settings
from puma.storage import Storage
from tests.linking.test_match import AT, TEAM, TITLE, House, house, paper

__all__ = ["house"]


def run(storage: Storage, settings: Settings, *, full: bool) -> MatchReport:
    return match(storage, settings, at=AT, progress=lambda what, done, of: None, only_if_changed=not full)


def links(storage: Storage) -> list[tuple[Any, ...]]:
    with storage.reading() as session:
        return [
            tuple(row)
            for row in session.execute(
                select(Link.left_id, Link.right_id, Link.relation, Link.state, Link.score, Link.evidence).order_by(
                    Link.left_id, Link.right_id
                )
            )
        ]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(files=FilesSettings(folder=tmp_path / "files"))


def test_a_run_with_nothing_new_does_nothing(house: House, settings: Settings) -> None:
    house.tell(paper("10.1000/a", TITLE, TEAM))
    first = run(house.storage, settings, full=False)
    again = run(house.storage, settings, full=False)
    assert first.counters["publications"] == 1
    assert again.counters == {"unchanged": 1}


@pytest.mark.parametrize("seed", range(4))
def test_an_incremental_run_after_any_change_equals_a_full_one(house: House, settings: Settings, seed: int) -> None:
    rng = Random(seed)
    house.tell(paper("10.1000/a", TITLE, TEAM))
    run(house.storage, settings, full=False)
    for step in range(3):
        change = rng.randrange(4)
        if change == 0:
            house.tell(paper(f"10.1000/new{step}", f"{TITLE} {step}", rng.sample(TEAM, 2)))
        elif change == 1:
            with house.storage.writing() as session:
                session.execute(update(Publication).values(title=f"Glass under pressure {step}"))
                session.execute(update(Record).values(changed_at=AT + timedelta(days=step + 1)))
        elif change == 2:
            with house.storage.reading() as session:
                number = session.scalar(select(Link.id).where(Link.state == "candidate"))
            if number:
                house.set_link(number, state="rejected", decided_by="anna", decided_at=AT)
        else:
            house.tell(paper("10.1000/a", TITLE, TEAM, proposals_stated="MA-1234"))
        run(house.storage, settings, full=False)
        here = links(house.storage)
        run(house.storage, settings, full=True)
        assert links(house.storage) == here


def test_a_new_policy_or_model_is_a_change(house: House, settings: Settings) -> None:
    house.tell(paper("10.1000/a", TITLE, TEAM))
    run(house.storage, settings, full=False)
    stricter = settings.model_copy(update={"match": settings.match.model_copy(update={"review": 0.5})})
    assert "unchanged" not in run(house.storage, stricter, full=False).counters


def test_a_model_is_taken_into_use_and_back_by_its_version(settings: Settings) -> None:
    shipped = load(NAME)
    assert current_model(settings).version == shipped.version
    folder = settings.files_folder / "models"
    folder.mkdir(parents=True)
    newer = type(shipped)(
        NAME, shipped.kinds, shipped.trees, 0.5, 0.1, {**shipped.card, "version": 2, "held back": {"F1": 0.9}}
    )
    write(newer, folder / f"{newer.version}.json")
    use_model(settings, newer.version)
    assert current_model(settings).slope == 0.5
    assert [one.version for one in model_versions(settings)] == [shipped.version, newer.version]
    use_model(settings, shipped.version)
    assert current_model(settings).version == shipped.version
    with pytest.raises(NotHere):
        use_model(settings, "links-99")


def test_too_few_decisions_leave_the_shipped_model_in_use(house: House, settings: Settings) -> None:
    house.tell(paper("10.1000/a", TITLE, TEAM))
    run(house.storage, settings, full=True)
    found = learn_from_decisions(house.storage, settings, at=AT)
    assert not found.adopted
    assert current_model(settings).version == load(NAME).version
