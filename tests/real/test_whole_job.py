"""The main job on records that nobody of this project wrote: harvest, read, match, count, search, evaluate."""

import csv
from pathlib import Path

import pytest
from sqlalchemy import func, select

from puma.access import EVERYTHING
from puma.entities import Dataset, Identifier, Proposal, RawRecord, SkippedRecord
from puma.evaluation import evaluate
from puma.identifiers import fold_code
from puma.installation import Installation
from puma.measuring import Question
from puma.runs.sources import configured_sources
from puma.settings import load_settings
from tests.real.real_tables import write_tables

HERE = Path(__file__).parent
DATA = HERE.parents[2] / "shared" / "data"

pytestmark = [
    pytest.mark.skipif(not DATA.is_dir(), reason="the real records of ../shared/data are not on this machine"),
    pytest.mark.slow,
]


def silent(what: str, done: int, total: int | None) -> None:
    """No progress is shown in tests."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("real")
    write_tables(DATA, folder / "tables")
    text = (
        (HERE / "puma.toml").read_text("utf-8").replace("{data}", str(DATA)).replace("{tables}", str(folder / "tables"))
    )
    (folder / "puma.toml").write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="module")
def installation(home: Path) -> Installation:
    house = Installation(load_settings(home / "puma.toml"))
    house.prepare()
    for source in configured_sources(house.settings):
        report = house.harvest(source, silent)
        print(f"{source.name:20} {report.state:13} {dict(report.counters)} {report.message}")
        for key, reason in report.skipped[:3]:
            print(f"    skipped {key[:60]}: {reason[:120]}")
    files = house.read_files(silent)
    print("files", dict(files.counters))
    print("match", house.match(lambda what, done, total: None).counters)
    house.refresh_facts()
    print("index", dict(house.index(silent).counters))
    return house


def test_every_record_is_stored_or_skipped_with_a_reason(installation: Installation) -> None:
    with installation.storage.reading() as session:
        silent_ones = session.scalar(select(func.count()).where(SkippedRecord.reason == ""))
        unread = session.scalar(
            select(func.count())
            .select_from(RawRecord)
            .where(RawRecord.problem.is_not(None), RawRecord.key.not_in(select(SkippedRecord.key)))
        )
    assert silent_ones == 0
    assert unread == 0
    for source in configured_sources(installation.settings):
        report = installation.harvest(source, silent, full=True)
        counted = report.counters
        known = counted["unchanged"] + counted["skipped"] + counted["repeated"] + counted["gone before"]
        assert counted["added"] == counted["changed"] == counted["deleted"] == 0, (source.name, counted)
        assert counted["seen"] == known, (source.name, counted)


def test_the_pages_have_something_to_show(installation: Installation) -> None:
    assert (installation.ask(EVERYTHING, Question("datasets")).total or 0) > 300
    assert (installation.ask(EVERYTHING, Question("publications_known")).total or 0) > 2000
    assert (installation.ask(EVERYTHING, Question("proposals")).total or 0) > 80
    assert installation.search(EVERYTHING, "lithium").total > 0
    assert installation.search(EVERYTHING, "kowari").total > 0


def test_links_are_measured_against_the_truth_found_in_the_records(installation: Installation, home: Path) -> None:
    truth = home / "truth.csv"
    with (DATA / "00_truth/truth.csv").open(encoding="utf-8") as file, truth.open("w", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(["publication_doi", "dataset"])
        for row in csv.DictReader(file):
            if row["link_type"] in ("dataset-publication", "proposal-dataset-publication"):
                dataset = row["dataset_id"].split(" ;")[0]
                writer.writerow([row["publication_doi"], dataset])
    result = evaluate(installation.storage, truth)
    print("\n".join(result.table()))
    found = result.tier("auto")
    assert found.precision.value is not None
    assert found.precision.value >= 0.98
    assert found.recall.value is not None
    assert found.recall.value >= 0.78, "of all pairs, also of those whose publication no source here describes"


def test_datasets_belong_to_the_proposals_that_their_records_state(installation: Installation) -> None:
    """The rows of the truth that say which experiment a dataset of ANSTO or ILL comes from."""
    right, wrong, missing = 0, 0, 0
    with installation.storage.reading() as session:
        query = (
            select(Identifier.value, Proposal.code)
            .join(Dataset, Dataset.id == Identifier.record_id)
            .outerjoin(Proposal, Proposal.id == Dataset.proposal_id)
        )
        stored = {value: code for value, code in session.execute(query) if code}
    with (DATA / "00_truth/truth.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["link_type"] != "proposal-dataset":
                continue
            number = row["dataset_id"].rpartition(" ")[2]
            code = stored.get(f"experiments:ANSTO-{number}") or stored.get(row["dataset_id"].lower())
            right += code is not None and fold_code(code) == fold_code(row["proposal_number"])
            wrong += code is not None and fold_code(code) != fold_code(row["proposal_number"])
            missing += code is None
    print(f"proposal of a dataset: {right} right, {wrong} wrong, {missing} not known here")
    assert wrong == 0
    assert right >= 68
