"""Endpoints of /api/v1 about oneself; for administrators the audit, and what is known of a person, as files."""

import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response, StreamingResponse

from puma.accounts.known import as_json, as_zip, known_of
from puma.api.asking import Asker, House
from puma.errors import WrongUsage
from puma.exports import export as find_format
from puma.listing.trail import COLUMNS, trail, whole_trail
from puma.storage import now

audit_router = APIRouter()

Topic = Annotated[str, Query(max_length=40)]
Name = Annotated[str, Query(max_length=300)]


@audit_router.get("/me")
def me(asker: Asker) -> dict[str, Any]:
    """Who asks: name, role, and the records of the instruments they are responsible for."""
    return {"name": asker.name, "role": asker.role, "instruments": sorted(asker.instruments)}


@audit_router.get("/audit")
def audit(
    house: House,
    asker: Asker,
    topic: Topic = "",
    who: Name = "",
    since: date | None = None,
    until: date | None = None,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, Any]:
    """Decisions, sign-ins, rights, and views of confidential lists, the newest first. topic: sign-ins, rights,
    confidential or decisions."""
    return asdict(
        trail(house.storage, asker, topic=topic, who=who, since=since, until=until, offset=offset, limit=limit)
    )


@audit_router.get("/personal/{person_id}.{format_}")
def personal(person_id: int, format_: str, house: House, asker: Asker) -> Response:
    """All that is known of a person, as JSON or as a ZIP archive, for administrators; the audit notes who took it."""
    asker.must_be("admin", "What is known of a person")
    if format_ not in ("json", "zip"):
        raise WrongUsage("What is known of a person comes as json or zip.")
    found = known_of(house.storage, asker, person_id, at=now())
    body = as_zip(found) if format_ == "zip" else as_json(found)
    name = f"person_{found['person']}.{format_}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(body, media_type=f"application/{format_}", headers=headers)


@audit_router.get("/audit.csv")
def audit_csv(
    house: House, asker: Asker, topic: Topic = "", who: Name = "", since: date | None = None, until: date | None = None
) -> StreamingResponse:
    """The same as a whole file; made whole first, so that no partial file is ever offered."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when it is sent
    about = f"Audit of {house.settings.facility.name}, exported {now():%-d %B %Y %H:%M} UTC"
    rows = whole_trail(house.storage, asker, topic=topic, who=who, since=since, until=until)
    count = find_format("csv", "audit").write(COLUMNS, rows, file, about)
    file.seek(0)

    def pieces() -> Iterator[bytes]:
        with file:
            while piece := file.read(1 << 16):
                yield piece

    headers = {"Content-Disposition": 'attachment; filename="audit.csv"', "X-Total-Count": str(count)}
    return StreamingResponse(pieces(), media_type="text/csv", headers=headers)
