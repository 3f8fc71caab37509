"""Endpoints of /api/v1 about oneself; for administrators the audit, and what is known of a person, as files."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from puma.access import Viewer
from puma.accounts.known import as_json, as_zip, known_of
from puma.api.asking import Asker, House
from puma.api.exporting import TABLES, Asked, Table, answered
from puma.errors import WrongUsage
from puma.exports import export as find_format
from puma.installation import Installation
from puma.listing.trail import how_long, trail, whole_trail
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
    request: Request, house: House, asker: Asker, topic: Topic = "", who: Name = "", since: date | None = None,
    until: date | None = None,
) -> Response:  # fmt: skip
    """The same as a whole file, of one state of the data; in the background where it is large, as other exports."""
    days = {name: day.isoformat() for name, day in (("since", since), ("until", until)) if day}
    asked = {"what": "audit", "topic": topic, "who": who, **days}
    return answered(house, asker, request, find_format("csv", "audit"), asked)


def _table(house: Installation, viewer: Viewer, asked: Asked) -> Table:
    days = {name: date.fromisoformat(asked[name]) for name in ("since", "until") if asked.get(name)}
    chosen = {"topic": asked.get("topic", ""), "who": asked.get("who", ""), **days}
    found, total = whole_trail(house.storage, viewer, **chosen), how_long(house.storage, viewer, **chosen)
    about = f"Audit of {house.settings.facility.name}, exported {now():%-d %B %Y %H:%M} UTC"
    return Table("audit", "Audit", "audit", found.columns, found.rows, total, about, portions=found.portions)


TABLES["audit"] = _table
