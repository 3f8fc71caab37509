"""A record as JSON, and its files."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from fastapi.responses import FileResponse
from sqlalchemy import select

from puma import listing
from puma.api.asking import Asker, House
from puma.entities import File, Record
from puma.errors import NotHere
from puma.visibility import exists_for

record_router = APIRouter()


@record_router.get("/record/{record_id}.json")
def record_json(record_id: int, house: House, asker: Asker) -> dict[str, Any]:
    """A record with all that is known of it; what the asker may not know does not exist."""
    found = listing.record(house.storage, asker, record_id)
    if found is None:
        raise NotHere(f"There is no record {record_id}.")
    return asdict(found)


@record_router.get("/files/{file_id}")
def file(file_id: int, house: House, asker: Asker) -> FileResponse:
    """A file of a record, for those who may see both."""
    with house.storage.reading() as session:
        found = session.execute(
            select(File.path, File.name, File.media_type, File.of_id)
            .join(Record, Record.id == File.id)
            .where(File.id == file_id, exists_for(asker))
        ).first()
        owner = session.scalar(select(Record.id).where(Record.id == found.of_id, exists_for(asker))) if found else None
    if found is None or found.path is None or (found.of_id is not None and owner is None):
        raise NotHere("There is no such file.")
    if not Path(found.path).is_file():
        raise NotHere("The file is no longer where it was harvested.")
    media = found.media_type or "application/octet-stream"
    return FileResponse(found.path, media_type=media, filename=found.name, content_disposition_type="inline")
