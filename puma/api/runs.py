"""Endpoints of /api/v1 about sources and runs: how fresh, what was seen and skipped, start and stop."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from puma import listing
from puma.api.asking import Asker, House
from puma.errors import NotHere

run_router = APIRouter()

Limit = Annotated[int, Query(ge=1, le=1000)]
Offset = Annotated[int, Query(ge=0, le=1_000_000)]


class Wanted(BaseModel):
    """What kind of run is asked for."""

    kind: Literal["harvest", "full harvest", "reread"] = "harvest"


@run_router.get("/sources")
def sources(house: House, asker: Asker) -> list[dict[str, Any]]:
    """Sources with their freshness, last run and what waits for a worker; counts are for the user office."""
    asker.must_be("viewer", "Reading the sources")
    return [{**asdict(source), "sentence": source.sentence} for source in house.sources(asker)]


@run_router.post("/sources/{name}/runs", status_code=202)
def want_run(name: str, wanted: Wanted, house: House, asker: Asker) -> dict[str, str]:
    """Ask for a run of a source. It waits until a worker (`puma worker` or `puma serve`) takes it."""
    house.want_run(asker, name, wanted.kind)
    return {"source": name, "kind": wanted.kind, "state": "waiting for a worker"}


@run_router.get("/runs")
def runs(house: House, asker: Asker, source: str = "", limit: Limit = 50) -> list[dict[str, Any]]:
    """The newest runs with what they saw and did; counts and messages are for the user office."""
    asker.must_be("viewer", "Reading the runs")
    return [asdict(run) for run in listing.runs(house.storage, limit, asker, source=source)]


@run_router.get("/runs/{run_id}")
def run(run_id: int, house: House, asker: Asker) -> dict[str, Any]:
    """One run."""
    asker.must_be("viewer", "Reading the runs")
    found = listing.runs(house.storage, 1, asker, run_id=run_id)
    if not found:
        raise NotHere(f"There is no run {run_id}.")
    return asdict(found[0])


@run_router.post("/runs/{run_id}/stop", status_code=202)
def stop(run_id: int, house: House, asker: Asker) -> dict[str, str]:
    """Ask a run to stop after its page; what it stored stays. 409 when it has ended."""
    house.stop_run(asker, run_id)
    return {"run": str(run_id), "state": "asked to stop"}


@run_router.get("/runs/{run_id}/skipped")
def skipped(run_id: int, house: House, asker: Asker, offset: Offset = 0, limit: Limit = 200) -> dict[str, Any]:
    """The records that a run could not read, each with its reason and the digest of its payload."""
    return asdict(listing.skipped(house.storage, asker, run_id, offset=offset, limit=limit))


@run_router.get("/payloads/{sha256}")
def payload(sha256: str, house: House, asker: Asker) -> StreamingResponse:
    """What a source sent, byte for byte, always as a download: a browser must never run it."""
    pieces = listing.payload_pieces(house.storage, asker, sha256)
    headers = {
        "Content-Disposition": f'attachment; filename="payload-{sha256[:12]}.bin"',
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingResponse(pieces, media_type="application/octet-stream", headers=headers)
