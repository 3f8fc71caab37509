"""Transfer logs: what a path says, which tasks count, and that CSV, JSON lines and Globus' own list say the same."""

import functools
import json
import threading
from datetime import UTC, datetime
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from harvesters import transfers
from puma.claims import Claim, check
from puma.errors import SkipRecord
from puma.harvesting import Page, Visit
from puma.harvesting.transport import Web

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
TASK: dict[str, Any] = {
    "task_id": "t1",
    "owner": "Sato@Example.org",
    "request_time": "2024-03-09T09:00:00+00:00",
    "completion_time": "2024-03-09T09:10:00+00:00",
    "status": "SUCCEEDED",
    "files": "3",
    "bytes_transferred": "4200",
    "source_path": "/data/visitor/ma4711/id01/20240304/RAW_DATA",
    "destination_path": "/~/",
}


def settings(**given: Any) -> transfers.Source:
    return transfers.Source(
        **{"name": "globus", "harvester": "transfers", "facility": "EPNS", "path": Path("x"), **given}
    )


def claims(task: dict[str, Any], **given: Any) -> list[Claim]:
    return [check(claim) for claim in transfers.read(json.dumps(task).encode(), settings(**given))]


def harvest(path: Path, cursor: Any = None) -> list[Page]:
    source = settings(path=path)
    with Web(source) as web:
        return list(transfers.fetch(source, Visit(web, NOW, cursor=cursor)))


@pytest.mark.parametrize(
    ("path", "proposal", "instrument", "session"),
    [
        ("/data/visitor/ma4711/id01/20240304/RAW_DATA/a.h5", "MA4711", "id01", "2024-03-04"),
        ("/data/visitor/ma4711/id01/2024-03-04", "MA4711", "id01", "2024-03-04"),
        ("/data/visitor/ih-ch-659/id15a/", "IH-CH-659", "id15a", None),
        ("/data/visitor/ma4711/id01/20241304/", "MA4711", "id01", None),
        ("/data/visitor/ma4711/id01/202403041/", "MA4711", "id01", None),
        ("/mnt/lbs/data/visitor/ma4711/bm05/20240304/", "MA4711", "bm05", "2024-03-04"),
        ("/data/visitor/ma4711", None, "", None),
        ("/data/inhouse/id01/", None, "", None),
        ("", None, "", None),
    ],
)
def test_a_path_says_proposal_beamline_and_day(
    path: str, proposal: str | None, instrument: str, session: str | None
) -> None:
    (claim,) = claims({**TASK, "source_path": path})
    said = claim.values
    assert (said["proposal_code"], said["instrument_name"], said["session_on"]) == (proposal, instrument, session)


def test_data_that_came_in_are_known_by_the_path_they_went_to() -> None:
    (claim,) = claims({**TASK, "source_path": "/~/mine", "destination_path": "/data/visitor/ma1/id02/20240101/"})
    assert claim.values["proposal_code"] == "MA1"
    assert claim.values["path"] == "/data/visitor/ma1/id02/20240101/"


def test_another_facility_writes_its_paths_in_its_own_way() -> None:
    grammar = r"/dls/(?P<instrument>[a-z]\d+)/data/\d{4}/(?P<proposal>[a-z]{2}\d+)-\d+"
    (claim,) = claims({**TASK, "source_path": "/dls/i22/data/2024/sm1234-1/raw"}, path_pattern=grammar)
    assert (claim.values["proposal_code"], claim.values["instrument_name"]) == ("SM1234", "i22")


@pytest.mark.parametrize("pattern", ["(", r"/data/(?P<beamline>\w+)"])
def test_a_grammar_without_a_proposal_is_refused(pattern: str) -> None:
    with pytest.raises(ValidationError):
        settings(path_pattern=pattern)


@pytest.mark.parametrize("status", ["FAILED", "ACTIVE", "INACTIVE"])
def test_what_failed_or_still_runs_is_no_transfer(status: str) -> None:
    assert claims({**TASK, "status": status}) == []
    assert len(claims({**TASK, "status": status}, statuses=[status.lower()])) == 1


@pytest.mark.parametrize("size", ["", "N/A", "-5", None, "nan"])
def test_a_transfer_of_an_unknown_size_is_skipped(size: object) -> None:
    with pytest.raises(SkipRecord, match="how many bytes"):
        claims({**TASK, "bytes_transferred": size})


def test_a_size_is_exact_to_the_byte_and_may_be_nothing() -> None:
    sizes = [claims({**TASK, "bytes_transferred": size})[0].values["size_bytes"] for size in ("0", 123456789012345)]
    assert sizes == [0, 123456789012345]


def test_the_account_is_one_person_whatever_its_capitals() -> None:
    assert claims(TASK)[0].values["user_key"] == "sato@example.org"


def test_moments_are_in_utc_and_the_year_is_that_of_the_end() -> None:
    task = {**TASK, "request_time": "2023-12-31 23:30:00 UTC", "completion_time": "2024-01-01T01:30:00+01:00"}
    (claim,) = claims(task)
    assert claim.values["started_at"] == "2023-12-31T23:30:00+00:00"
    assert claim.values["ended_at"] == "2024-01-01T00:30:00+00:00"
    assert claim.values["year"] == 2024
    (claim,) = claims({**task, "completion_time": "N/A"})
    assert (claim.values["ended_at"], claim.values["year"]) == (None, 2023)


def test_what_is_not_read_is_told_by_name() -> None:
    (claim,) = claims({**TASK, "faults": "2", "label": "", "sync_level": None})
    assert claim.unread == ("faults",)


def test_a_task_of_several_folders_is_several_transfers(tmp_path: Path) -> None:
    lines = [TASK, {**TASK, "source_path": "/data/visitor/ma4711/id01/20240304/NOTES"}]
    (tmp_path / "log.jsonl").write_text("\n".join(map(json.dumps, lines)))
    (page,) = harvest(tmp_path)
    assert len({record.key for record in page.records}) == 2


def test_csv_json_lines_and_the_list_of_the_service_give_the_same_claims(tmp_path: Path) -> None:
    bodies = {
        "a.csv": ",".join(TASK) + "\r\n" + ",".join(map(str, TASK.values())) + "\r\n",
        "b.csv": "\ufeff" + ";".join(TASK) + "\n" + ";".join(map(str, TASK.values())) + "\n",
        "c.jsonl": json.dumps(TASK) + "\n",
        "d.json": json.dumps({"DATA_TYPE": "task_list", "DATA": [TASK]}),
        "e.json": json.dumps([TASK]),
    }
    found = []
    for name, body in bodies.items():
        (tmp_path / name).write_text(body, encoding="utf-8")
        (page,) = harvest(tmp_path / name)
        assert page.skipped == ()
        found += [transfers.read(record.payload, settings()) for record in page.records]
    assert found == [found[0]] * len(bodies)


def test_a_log_that_is_cut_gives_the_lines_before_the_cut(tmp_path: Path) -> None:
    line = ",".join(map(str, TASK.values()))
    (tmp_path / "cut.csv").write_text(f'{",".join(TASK)}\n{line}\n"t2,never closed\n')
    (page, *rest) = harvest(tmp_path)
    assert len(page.records) == 1
    told = [reason for one in (page, *rest) for _, reason in one.skipped]
    assert len(told) == 1
    assert "cannot be read on" in told[0]


def test_a_log_at_an_address_gives_what_the_same_file_gives(tmp_path: Path) -> None:
    lines = "".join(f"t{number},SUCCEEDED,{number},/data/visitor/ma{number}/id01/\n" for number in range(1200))
    (tmp_path / "log.csv").write_text(f"task_id,status,bytes_transferred,source_path\n{lines}cut\n")
    handler = functools.partial(Quiet, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        source = settings(url=f"http://127.0.0.1:{server.server_port}/log.csv", path=None, allow_private=True)
        with Web(source) as web:
            asked = list(transfers.fetch(source, Visit(web, NOW)))
            rest = list(transfers.fetch(source, Visit(web, NOW, cursor=asked[0].cursor)))
        server.shutdown()
    assert [len(page.records) for page in asked] == [1000, 200]
    assert [page.records for page in rest] == [asked[1].records]
    saved = harvest(tmp_path / "log.csv")
    assert [record for page in asked for record in page.records] == [one for page in saved for one in page.records]
    assert len([told for page in asked for told in page.skipped]) == 1


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing."""

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


def test_a_table_of_something_else_is_told(tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("name,age\nAda,36\n")
    (page,) = harvest(tmp_path)
    assert page.records == ()
    assert "no column task_id" in page.skipped[0][1]
