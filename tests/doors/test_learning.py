"""Learning from decisions through its doors: the command line, the API, and what the ledger keeps of it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import case, select, update

from puma.access import Viewer
from puma.api import make_app
from puma.api.problems import add_problem_handlers
from puma.api.quality import quality_router
from puma.entities import Decision, Run
from puma.errors import Conflict, NotHere, Refused
from puma.evaluation import kept
from puma.installation import Installation
from puma.linking.learning import learn_from_decisions
from puma.listing import candidates
from puma.listing.quality import model_cards
from puma.matching.shelf import shelf_in, shipped_version
from puma.settings import load_settings
from tests.doors.conftest import Puma

OFFICE = Viewer("user_office", "Ada")
SHIPPED = shipped_version()


@pytest.fixture
def own_copy(own_copy: Installation) -> Installation:
    """A sample facility whose people decide the other way round: there surely is something to learn from them."""
    turned = case((Decision.verdict == "accept", "reject"), else_="accept")
    with own_copy.storage.writing() as session:
        session.execute(update(Decision).where(Decision.verdict.in_(("accept", "reject"))).values(verdict=turned))
    return own_copy


def copy_of(sample: Path, folder: Path) -> Path:
    """The settings of a sample facility with a files folder of its own: the database is only read."""
    text = (sample / "puma.toml").read_text("utf-8")
    folder.mkdir()
    url = f'[database]\nurl = "sqlite:///{sample / "puma.db"}"\n[files]\nfolder = "{folder / "files"}"\n'
    (folder / "puma.toml").write_text(url + text, "utf-8")
    return folder / "puma.toml"


def test_the_same_decisions_give_the_same_model_byte_for_byte_and_the_audit_never_teaches(
    own_copy: Installation, tmp_path: Path
) -> None:
    sample = own_copy.settings.home
    code = (
        "import sys; from pathlib import Path; from puma.installation import Installation; "
        "from puma.linking.learning import learn_from_decisions; from puma.settings import load_settings; "
        "house = Installation(load_settings(Path(sys.argv[1]))); "
        "print(learn_from_decisions(house.storage, house.settings).learned.adopted)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(copy_of(sample, tmp_path / "there"))],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONHASHSEED": "1"}, timeout=300,
    )  # fmt: skip
    assert done.stdout.strip() == "True", done.stderr
    house = Installation(load_settings(copy_of(sample, tmp_path / "here")))
    lesson = learn_from_decisions(house.storage, house.settings)
    house.close()
    one, other = ((tmp_path / name / "files" / "models" / "links-2.json").read_bytes() for name in ("here", "there"))
    assert one == other
    card = json.loads(one)["card"]
    assert card["base"] == SHIPPED
    assert card["accepted"] + card["rejected"] > card["learnt from"] > 200
    found = lesson.learned
    assert found.after is not None
    assert lesson.audited > 100
    taught = lesson.decisions - lesson.audited - lesson.identified - lesson.gone
    assert taught == found.fitted_on + found.after.decisions


def test_learn_says_what_was_used_what_it_brought_and_what_is_next(puma: Puma, own_copy: Installation) -> None:
    config = ("--config", own_copy.settings.home / "puma.toml")
    first = puma(*config, "learn")
    assert first.returncode == 0, first.stdout + first.stderr
    for words in ("decisions on publications and proposals stand", "of the random audit", "held back", "log loss",
                  "links-2 is adopted", "puma match", f"puma learn --use {SHIPPED}"):  # fmt: skip
        assert words in first.stdout, words
    assert "changed" in puma(*config, "match").stdout
    again = puma(*config, "learn")
    assert again.returncode == 0
    assert "has learnt all that these decisions teach" in again.stdout
    back = puma(*config, "learn", "--use", SHIPPED)
    assert back.returncode == 0
    assert "puma match" in back.stdout
    assert "in use already" in puma(*config, "learn", "--use", SHIPPED).stdout
    listed = puma(*config, "learn", "--list").stdout
    assert f"{SHIPPED}  (in use)" in listed
    assert "learnt from" in listed
    assert f"puma took {SHIPPED} into use for links-2" in listed
    for words, said in ((("--use", "links-9"), "links-9"), (("--list", "--use", "links-2"), "call twice")):
        wrong = puma(*config, "learn", *words)
        assert wrong.returncode == 2
        assert said in wrong.stderr


def test_every_choice_of_a_model_stands_in_the_ledger_with_who_and_when(own_copy: Installation) -> None:
    own_copy.learn(OFFICE, lambda what, done, total: None)
    assert own_copy.use_model(OFFICE, SHIPPED, expected="links-2") == "links-2"
    with pytest.raises(Conflict, match=SHIPPED):
        own_copy.use_model(OFFICE, "links-2", expected="links-2")
    with pytest.raises(NotHere):
        own_copy.use_model(OFFICE, "links-3")
    for role in ("viewer", "scientist"):
        with pytest.raises(Refused):
            own_copy.use_model(Viewer(role, "Vera"), "links-2")
        with pytest.raises(Refused):
            own_copy.learn(Viewer(role, "Vera"), lambda what, done, total: None)
    with own_copy.storage.reading() as session:
        runs = session.scalars(select(Run).where(Run.kind.in_(("learn", "model"))).order_by(Run.id)).all()
    assert [(run.kind, run.state, run.counters.get("version"), run.counters.get("before")) for run in runs] == [
        ("learn", "done", 2, 1), ("model", "done", 1, 2),
    ]  # fmt: skip
    assert all(run.message.startswith("Ada ") and run.ended_at for run in runs)
    assert [one.in_use for one in model_cards(own_copy.settings.files_folder)] == [True, False]


def test_a_lesson_that_fails_leaves_the_model_and_says_so_in_the_ledger(
    own_copy: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shelf_in(own_copy.settings.files_folder)
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("a file where the models should lie", "utf-8")
    with pytest.raises(OSError, match="models"):
        own_copy.learn(OFFICE, lambda what, done, total: None)
    with own_copy.storage.reading() as session:
        assert session.scalars(select(Run.state).where(Run.kind == "learn")).all() == ["failed"]


def test_the_last_evaluation_is_kept_with_its_table_model_and_date(puma: Puma, own_copy: Installation) -> None:
    home = own_copy.settings.home
    assert kept(own_copy.settings.files_folder / "nowhere") is None
    truth = home / "mine.csv"
    dois = (one.left.code_or_doi for one in candidates(own_copy.storage, OFFICE, limit=50).items)
    doi = next(doi for doi in dois if doi.startswith("10."))
    truth.write_text(f"proposal,publication_doi\nXX-1,{doi}\n", "utf-8")
    answer = puma("--config", home / "puma.toml", "evaluate", truth)
    assert answer.returncode == 0, answer.stderr
    assert "coverage" in answer.stdout
    last = kept(own_copy.settings.files_folder)
    assert last is not None
    assert (last["file"], last["model"], last["pairs"]) == ("mine.csv", SHIPPED, 1)
    assert last["at"] > "2020"
    covered = last["tiers"]["auto + review"]["coverage"]
    assert (covered["right"], covered["of"]) == (1, 1)


def api(house: Installation, role: str) -> TestClient:
    """The endpoints of this room for somebody of that role."""
    app = FastAPI()
    app.state.installation = house
    app.state.viewer_of = lambda: Viewer(role, "somebody")
    add_problem_handlers(app)
    app.include_router(quality_router)
    return TestClient(app)


def test_the_application_serves_the_endpoints_of_quality(installation: Installation) -> None:
    paths = {getattr(route, "path", "") for route in quality_router.routes}
    (mounted,) = (route.app for route in make_app(installation).routes if getattr(route, "path", "") == "/api/v1")
    assert paths == {"/quality", "/models", "/models/{version}/use"}
    assert paths <= set(mounted.openapi()["paths"])


def test_the_api_tells_the_quality_and_its_parts_agree(installation: Installation) -> None:
    found = api(installation, "user_office").get("/quality").json()
    assert sum(one["publications"] for one in found["years"]) == sum(
        one[state] for one in found["years"] for state in ("validated", "auto", "candidate", "rejected", "none")
    )
    audited, everybody = found["calibration"]["audit"], found["calibration"]["all"]
    assert 0 < audited["decisions"] < everybody["decisions"]
    assert sum(one["true"]["of"] for one in everybody["bins"]) == everybody["decisions"]
    assert found["audit"]["verdict"] == f"too few: {found['audit']['precision']['of']} of 200"
    assert found["audit"]["quotable"] is False
    assert sum(week["accepted"] + week["rejected"] for week in found["weeks"]) == everybody["decisions"]
    assert 0 < found["unsettled"]["affiliations"]["value"] < 0.2
    assert api(installation, "viewer").get("/quality").status_code == 200
    for path in ("quality", "models"):
        assert api(installation, "anonymous").get(f"/{path}").status_code == 403


def test_the_api_lists_models_and_lets_the_user_office_choose(own_copy: Installation) -> None:
    office = api(own_copy, "user_office")
    own_copy.learn(OFFICE, lambda what, done, total: None)
    models = office.get("/models").json()
    assert [(one["version"], one["learnt"], one["in_use"]) for one in models] == [
        (SHIPPED, False, False), ("links-2", True, True),
    ]  # fmt: skip
    assert models[0]["measured"]["figures"]["realistic"]["F1"] > 0.8
    assert models[1]["card"]["held back"]["log loss"] < models[1]["card"]["before"]["log loss"]
    assert api(own_copy, "scientist").post(f"/models/{SHIPPED}/use").status_code == 403
    done = office.post(f"/models/{SHIPPED}/use", json={"expected": "links-2"})
    assert done.json() == {"version": SHIPPED, "before": "links-2", "next": "puma match"}
    assert office.post("/models/links-2/use", json={"expected": "links-2"}).status_code == 409
    assert office.post("/models/links-9/use").status_code == 404
    assert office.post("/models/..%2Fsecret/use").status_code == 404
