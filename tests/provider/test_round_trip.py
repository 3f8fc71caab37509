"""What one house provides another one harvests over real HTTP: the same works arrive, then only what changed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from puma import listing
from puma.access import ANONYMOUS, EVERYTHING
from puma.entities import Authorship, Dataset, Publication, Record, TechniqueUse
from puma.exports import export
from puma.harvesting import harvester
from puma.installation import Installation
from puma.runs.ledger import RunReport
from puma.text import plain
from tests.provider.conftest import PAPERS, Make, filled, paper, serving
from tests.resolve.desk import proposal

SAME = ("doi", "type", "title", "journal", "issn", "volume", "issue", "pages", "published_on", "year", "abstract")


def harvest(house: Installation, name: str, **settings: Any) -> RunReport:
    module = harvester(name)
    source = module.Source.model_validate(
        {"name": "other", "harvester": name, "facility": "EPNS", "allow_private": True, **settings}
    )
    return house.harvest(source, lambda _step, _done, _total: None)


def works(house: Installation, entity: Any, columns: Sequence[str]) -> list[tuple[Any, ...]]:
    with house.storage.reading() as session:
        query = (
            select(*(getattr(entity, name) for name in columns), Authorship.name)
            .join(Record, Record.id == entity.id)
            .outerjoin(Authorship, Authorship.record_id == entity.id)
            .where(Record.deleted_at.is_(None), Record.visibility == "public")
            .order_by(entity.doi, Authorship.position)
        )
        return [tuple(plain(one) if isinstance(one, str) else one for one in row) for row in session.execute(query)]


def test_publications_and_datasets_arrive_as_they_are_then_only_what_changed_then_what_was_withdrawn(
    make: Make,
) -> None:
    here, there = make("here", oai_page_size=3), make("there")
    desk = filled(here)
    with serving(here) as base:
        told = {"url": f"{base}/oai", "metadata_prefix": "oai_cerif_openaire"}
        first = harvest(there, "oai_pmh", **told)
        assert first.state == "done"
        assert works(there, Publication, SAME) == works(here, Publication, SAME)
        kept = ("doi", "title", "instrument_name", "created_on", "year", "size_bytes")
        assert works(there, Dataset, kept) == works(here, Dataset, kept)
        assert len(works(there, Dataset, kept)) == 2

        again = harvest(there, "oai_pmh", **told)
        assert (again.counters.get("added", 0), again.counters.get("changed", 0)) == (0, 0)

        desk.hand_in("library", paper(1, title="A better title"), paper(8))
        desk.take_back("library", paper(5))
        desk.hand_in("office", proposal("OP-1", decision="refused"))
        second = harvest(there, "oai_pmh", **told)
        counted = {name: second.counters.get(name, 0) for name in ("added", "changed", "deleted")}
        assert counted == {"added": 1, "changed": 1, "deleted": 2}
        assert works(there, Publication, SAME) == works(here, Publication, SAME)
        assert [row[0] for row in works(there, Dataset, kept)] == ["10.5555/d1"]


def test_dublin_core_carries_the_works_to_whoever_reads_nothing_else(make: Make) -> None:
    here, there = make("here"), make("there")
    filled(here)
    with serving(here) as base:
        report = harvest(there, "oai_pmh", url=f"{base}/oai", set="openaire_cris_publications")
    assert report.state == "done"
    same = ("doi", "type", "title", "journal", "issn", "published_on", "year", "abstract")
    assert works(there, Publication, same) == works(here, Publication, same)


def test_the_federated_search_api_is_read_by_its_own_harvester(make: Make) -> None:
    here, there = make("here"), make("there")
    filled(here)
    with serving(here) as base:
        report = harvest(there, "panosc", url=f"{base}/panosc-api", page_size=2)
    assert report.state == "done"
    assert works(there, Publication, ("doi", "title", "abstract")) == works(
        here, Publication, ("doi", "title", "abstract")
    )
    kept = ("doi", "title", "instrument_name", "created_on", "size_bytes")
    assert [row[:5] for row in works(there, Dataset, kept)] == [row[:5] for row in works(here, Dataset, kept)]
    with there.storage.reading() as session:
        assert session.scalars(select(TechniqueUse.name)).first() is not None


@pytest.mark.parametrize("what", ["publications", "datasets", "instruments"])
def test_an_exported_file_is_harvested_again(make: Make, tmp_path: Path, what: str) -> None:
    here, there = make("here"), make("there")
    filled(here)
    table = listing.whole(here.storage, EVERYTHING if what == "datasets" else ANONYMOUS, what)
    file = tmp_path / "export.xml"
    with file.open("wb") as opened:
        count = export("cerif", what).write(table.columns, table.rows, opened, "a -- test & <more>")
    assert count == {"publications": PAPERS, "datasets": 3, "instruments": 1}[what]
    report = harvest(there, "oai_pmh", path=file)
    assert report.counters["added"] == count
    if what == "publications":
        same = ("doi", "title", "journal", "year", "abstract")
        assert works(there, Publication, same) == works(here, Publication, same)


def test_proposals_that_got_no_beam_time_are_no_projects_in_an_export(make: Make, tmp_path: Path) -> None:
    here = make("here")
    filled(here)
    table = listing.whole(here.storage, EVERYTHING, "proposals")
    file = tmp_path / "proposals.xml"
    with file.open("wb") as opened:
        assert export("cerif", "proposals").write(table.columns, table.rows, opened, "all") == 1
    assert b"OP-1" in file.read_bytes()
    assert b"RE-1" not in file.read_bytes()
