"""What a second harvest does to what is known: nothing good is lost, and what became secret is hidden at once."""

from pathlib import Path

from sqlalchemy import select

from puma.access import Viewer
from puma.entities import Publication
from puma.installation import Installation
from puma.runs.ledger import RunReport
from puma.runs.sources import configured_sources
from puma.settings import load_settings

SETTINGS = '[[source]]\nname = "office"\nharvester = "tables"\npath = "tables"\n'


def silent(what: str, done: int, total: int | None) -> None:
    """No progress is shown in tests."""


def opened(folder: Path) -> Installation:
    (folder / "tables").mkdir()
    (folder / "puma.toml").write_text(SETTINGS, "utf-8")
    house = Installation(load_settings(folder / "puma.toml"))
    house.prepare()
    return house


def harvested(house: Installation, folder: Path, table: str, text: str) -> RunReport:
    (folder / "tables" / f"{table}.csv").write_text(text, "utf-8")
    return house.harvest(configured_sources(house.settings)[0], silent, full=True)


def test_a_record_that_can_no_longer_be_read_keeps_what_it_said_and_is_well_again_once_mended(tmp_path: Path) -> None:
    house = opened(tmp_path)

    def titles() -> list[str]:
        with house.storage.reading() as session:
            return list(session.scalars(select(Publication.title)))

    assert harvested(house, tmp_path, "publications", "source_id,title\n1,Ice\n").state == "done"
    assert harvested(house, tmp_path, "publications", "source_id,title\n1,\n").state == "skipped some"
    assert titles() == ["Ice"]
    assert harvested(house, tmp_path, "publications", "source_id,title\n1,Water\n").state == "done"
    assert titles() == ["Water"]
    again = harvested(house, tmp_path, "publications", "source_id,title\n1,Water\n")
    assert (again.state, again.counters["unchanged"]) == ("done", 1)
    house.close()


def test_a_proposal_that_becomes_confidential_is_not_found_from_the_end_of_its_harvest_on(tmp_path: Path) -> None:
    house = opened(tmp_path)
    head = "code,title,decision,confidential\nMA-1,Zeolites under pressure,accepted,"
    harvested(house, tmp_path, "proposals", f"{head}false\n")
    house.index(silent)
    viewer, office = Viewer("viewer", "Bob"), Viewer("user_office", "Ada")
    assert house.search(viewer, "zeolites").total == 1
    harvested(house, tmp_path, "proposals", f"{head}true\n")
    assert house.search(viewer, "zeolites").total == 0
    assert house.search(office, "zeolites").total == 1
    house.close()
