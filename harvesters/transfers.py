"""Transfer logs: which data of which proposal were carried out of the facility, when, by whom and how many bytes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import Field, field_validator

from harvesters._reading import PAGE, Json, count, day, left_over, moment, objects, parsed, raw, saved_pages, text
from harvesters._table_files import csv_lines
from puma import harvesting
from puma.claims import Claim
from puma.errors import SkipRecord, StopRun
from puma.harvesting import Page, RawRecord, Visit
from puma.harvesting.saved import Broken, json_records
from puma.identifiers import clean_proposal_code
from puma.text import clean_text

READ = frozenset(
    (
        "task_id", "owner", "owner_string", "owner_id", "request_time", "completion_time", "bytes_transferred", "files",
        "files_transferred", "source_path", "destination_path", "status", "DATA_TYPE",
    )
)  # fmt: skip
ESRF = r"/data/visitor/(?P<proposal>[^/]+)/(?P<instrument>[^/]+)(?:/(?P<session>\d{8}|\d{4}-\d\d-\d\d)(?=/|$))?"
"""/data/visitor/ma1234/id01/20240304/... of the ESRF."""
LONGEST_PATH = 2000


class Source(harvesting.Source):
    """Holds a facility's completed transfers, as Globus lists its tasks (CSV with a header, or JSON lines). Lacks who
    the account's owner is.

    Proposal, instrument and day are read from the source's path, else from the destination's, by ``path_pattern``; a
    path that does not fit leaves the transfer without a proposal, and only the user office then knows of it. Tasks
    that failed or still run are not transfers. The address is that of the log itself.
    """

    route: Literal["globus", "portal", "ssh", "other"] = Field(default="globus", description="the way the data took")
    path_pattern: str = Field(
        default=ESRF, description="regular expression with a group proposal and perhaps instrument and session"
    )
    statuses: list[str] = Field(default=["SUCCEEDED"], description="what the log calls a task that is done")

    @field_validator("path_pattern")
    @classmethod
    def _has_a_proposal(cls, pattern: str) -> str:
        try:
            groups = re.compile(pattern).groupindex
        except re.error as error:
            raise ValueError(f"is no regular expression: {error}") from None
        if "proposal" not in groups:
            raise ValueError("has no group (?P<proposal>...)")
        return pattern


def fetch(source: Source, visit: Visit) -> Iterator[Page]:
    """Pages of tasks in the order of the log."""
    if source.url is None:
        yield from saved_pages(source, visit, cut)
        return
    broken: Broken = []
    start = int((visit.cursor or {}).get("done", 0))
    found = list(cut("log", visit.transport.get(source.url), broken))
    for done in range(start, max(len(found), start + 1), PAGE):
        batch = tuple(found[done : done + PAGE])
        told = tuple(broken) if done == 0 else ()
        if batch or told:
            yield Page(batch, {"done": done + len(batch)}, len(found), told)


def cut(name: str, body: bytes, broken: Broken) -> Iterator[RawRecord]:
    """Tasks of one log: lines of CSV or JSON, or a JSON list of tasks (with or without Globus' wrapper)."""
    start = body[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    tasks = _json_tasks(body, broken) if start[:1] in (b"{", b"[") else _csv_tasks(name, body, broken)
    for number, task in enumerate(tasks, start=1):
        yield raw(own_key(task) or f"{name}#{number}", task)


def _json_tasks(body: bytes, broken: Broken) -> Iterator[Json]:
    for found in json_records(body, broken):
        if isinstance(found.get("DATA"), list):
            yield from objects(found["DATA"])
        else:
            yield found


def _csv_tasks(name: str, body: bytes, broken: Broken) -> Iterator[Json]:
    header: list[str] = []
    try:
        for number, cells in csv_lines(name, body):
            if not any(cell.strip() for cell in cells):
                continue
            if not header:
                header = [clean_text(cell).lower().replace(" ", "_") for cell in cells]
                if "task_id" not in header:
                    broken.append((f"line {number}", "it is no list of transfers: there is no column task_id"))
                    return
            elif len(cells) != len(header):
                broken.append((f"line {number}", f"{len(cells)} cells under {len(header)} columns"))
            else:
                yield dict(zip(header, cells, strict=True))
    except StopRun as error:  # the lines before it are whole
        broken.append(("log", str(error)))


def own_key(task: Json) -> str:
    """The task's number, with a mark of its path: a task may carry several folders, each a line of its own."""
    number, path = text(task.get("task_id")), text(task.get("source_path"))
    mark = hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()[:8] if path else ""
    return f"{number}:{mark}".rstrip(":") if number else ""


def read(payload: bytes, source: Source) -> list[Claim]:
    """The transfer of one task; none of a task that is not done. Raises SkipRecord."""
    task = parsed(payload)
    key = own_key(task)
    if not key:
        raise SkipRecord("it has no task_id")
    status = text(task.get("status"))
    if status and status.upper() not in {word.upper() for word in source.statuses}:
        return []
    size = count(task.get("bytes_transferred"))
    if size is None:
        raise SkipRecord("it does not say how many bytes were transferred")
    paths = [found for name in ("source_path", "destination_path") if (found := text(task.get(name)))]
    path, said = _path(paths, source.path_pattern)
    started, ended = _moment(task.get("request_time")), _moment(task.get("completion_time"))
    account = next((one for name in ("owner", "owner_string", "owner_id") if (one := text(task.get(name)))), "")
    values = {
        "facility": source.facility,
        "proposal_code": clean_proposal_code(said.get("proposal") or ""),
        "instrument_name": text(said.get("instrument")),
        "session_on": day(said.get("session")),
        "route": source.route,
        "user_key": account.lower()[:300],
        "started_at": started,
        "ended_at": ended,
        "year": int((ended or started or "0")[:4]) or None,
        "size_bytes": size,
        "files": count(task.get("files_transferred")) or count(task.get("files")),
        "path": path[:LONGEST_PATH],
    }
    return [Claim("transfer", (("source", f"{source.name}:{key}"),), values, left_over(task, READ))]


def _path(paths: list[str], pattern: str) -> tuple[str, Mapping[str, Any]]:
    """The path that fits the pattern with what its groups say; the first path and nothing when none does."""
    for path in paths:
        if found := re.search(pattern, path):
            return path, found.groupdict()
    return next(iter(paths), ""), {}


def _moment(value: object) -> str | None:
    return moment(text(value).removesuffix(" UTC"))
