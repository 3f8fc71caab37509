"""A record for machines: as JSON with its schema, as JSON-LD, and as BibTeX, RIS and CSL-JSON."""

from functools import cache
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import TypeAdapter

from puma import listing
from puma.access import Viewer
from puma.api.asking import Asker, House
from puma.api.linked_data import FORMATS, json_ld
from puma.api.sending import sent
from puma.api.signposting import cited_as
from puma.errors import NotHere
from puma.exports import export
from puma.installation import Installation

record_router = APIRouter()

SCHEMA = "/record/schema.json"


@cache
def record_schema() -> dict[str, Any]:
    """The JSON Schema of a record's JSON, made of its definition."""
    made = TypeAdapter(listing.RecordView).json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA, **made}


@record_router.get(SCHEMA)
def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) that every record's JSON is valid against."""
    return record_schema()


def _view(house: Installation, asker: Viewer, record_id: int) -> listing.RecordView:
    found = listing.record(house.storage, asker, record_id)
    if found is None:
        raise NotHere(f"There is no record {record_id}.")
    return found


@record_router.get("/record/{record_id}.csl.json")
def record_csl(record_id: int, house: House, asker: Asker) -> StreamingResponse:
    """How a publication, proposal or dataset is cited, as CSL-JSON."""
    return _cited(record_id, "csl", house, asker)


@record_router.get("/record/{record_id}.json")
def record_json(record_id: int, house: House, asker: Asker) -> JSONResponse:
    """A record with all that is known of it; what the asker may not know does not exist."""
    body = TypeAdapter(listing.RecordView).dump_python(_view(house, asker, record_id), mode="json")
    return JSONResponse(body, headers={"Link": f'<{SCHEMA}>; rel="describedby"; type="application/schema+json"'})


@record_router.get("/record/{record_id}.jsonld")
def record_json_ld(record_id: int, house: House, asker: Asker, request: Request) -> JSONResponse:
    """A record in the words of schema.org."""
    view = _view(house, asker, record_id)
    body = json_ld(view, cited_as(house, asker, view), str(request.base_url).rstrip("/"))
    return JSONResponse(body, media_type=FORMATS[".jsonld"])


@record_router.get("/record/{record_id}.bib")
def record_bibtex(record_id: int, house: House, asker: Asker) -> StreamingResponse:
    """How a publication, proposal or dataset is cited, as BibTeX."""
    return _cited(record_id, "bibtex", house, asker)


@record_router.get("/record/{record_id}.ris")
def record_ris(record_id: int, house: House, asker: Asker) -> StreamingResponse:
    """How a publication, proposal or dataset is cited, as RIS."""
    return _cited(record_id, "ris", house, asker)


def _cited(record_id: int, name: str, house: Installation, asker: Viewer) -> StreamingResponse:
    rows = list(listing.found_rows(house.storage, asker, [record_id]))
    if not rows:
        raise NotHere(f"There is no publication, proposal or dataset {record_id}.")
    return sent(export(name, "search"), f"record-{record_id}", tuple(listing.FOUND), rows, f"Record {record_id}")
