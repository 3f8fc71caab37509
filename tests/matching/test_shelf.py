"""Models stand on a shelf by version: none is ever overwritten, any can judge, and no other file is read as one."""

import json
from pathlib import Path

import pytest

from puma.errors import Conflict, NotHere
from puma.matching import shelf

CARD = {"on": "decisions of a test", "held back": {"F1": 0.9}}
KINDS = json.loads(shelf.shipped_text())["kinds"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shelf of an installation that learnt two models."""
    folder = shelf.shelf_in(tmp_path)
    for number in (10, 2):
        shelf.put(folder, f"links-{number}", json.dumps({"card": {**CARD, "version": number}, "kinds": KINDS}))
    return folder


def test_without_any_learnt_model_the_shipped_one_judges(tmp_path: Path) -> None:
    (only,) = shelf.cards(shelf.shelf_in(tmp_path))
    assert (only.version, only.learnt, only.in_use) == (shelf.shipped_version(), False, True)


def test_models_are_listed_by_their_numbers(folder: Path) -> None:
    assert [one.number for one in shelf.cards(folder)] == [1, 2, 10]
    assert [one.learnt for one in shelf.cards(folder)] == [False, True, True]


def test_any_version_can_judge_and_the_one_before_is_told(folder: Path) -> None:
    assert shelf.use(folder, "links-10") == shelf.shipped_version()
    assert shelf.version_in_use(folder) == "links-10"
    assert [one.version for one in shelf.cards(folder) if one.in_use] == ["links-10"]
    assert shelf.use(folder, shelf.shipped_version()) == "links-10"
    assert shelf.version_in_use(folder) == shelf.shipped_version()


@pytest.mark.parametrize("version", ["links-99", "", "../secret", "links-2/../links-10", "persons-1", "links-02"])
def test_what_is_no_version_is_not_found_and_nothing_changes(folder: Path, version: str) -> None:
    (folder.parent / "secret.json").write_text("{}", "utf-8")
    with pytest.raises(NotHere):
        shelf.use(folder, version)
    assert shelf.version_in_use(folder) == shelf.shipped_version()


def test_a_version_never_changes(folder: Path) -> None:
    before = shelf.text_of(folder, "links-2")
    with pytest.raises(Conflict):
        shelf.put(folder, "links-2", "{}")
    assert shelf.text_of(folder, "links-2") == before


def test_a_chosen_model_whose_file_is_gone_gives_way_to_the_shipped_one(folder: Path) -> None:
    shelf.use(folder, "links-2")
    (folder / "links-2.json").unlink()
    assert shelf.version_in_use(folder) == shelf.shipped_version()


def test_figures_of_another_model_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shelf.measured()["figures"]["hard"]["true pairs"] > 1000
    shelf.measured.cache_clear()
    monkeypatch.setattr(shelf, "shipped_version", lambda: "links-77")
    assert shelf.measured() == {}
    shelf.measured.cache_clear()


def test_a_model_that_learnt_from_other_measures_judges_nothing_and_is_not_called_in_use(folder: Path) -> None:
    shelf.put(folder, "links-11", json.dumps({"card": {**CARD, "version": 11}, "kinds": {"gone": "rivals"}}))
    shelf.use(folder, "links-11")
    assert shelf.version_in_use(folder) == shelf.shipped_version()
    assert [one.version for one in shelf.cards(folder) if one.in_use] == [shelf.shipped_version()]
