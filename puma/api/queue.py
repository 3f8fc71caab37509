"""Endpoints of /api/v1 for people's decisions on imported records: corrections and the integration queue."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from puma import listing
from puma.api.asking import Asker, House

queue_router = APIRouter()

Reason = Annotated[str, Field(max_length=2000)]


class Corrected(BaseModel):
    """A value that a person sets; days and instants in ISO 8601."""

    field: str = Field(max_length=100)
    value: str | int | float | bool
    reason: Reason = ""


class Merge(BaseModel):
    """Two records of one publication become one."""

    verdict: Literal["merge"]
    keep: int
    other: int
    reason: Reason = ""


class Distinct(BaseModel):
    """Two records are two publications."""

    verdict: Literal["distinct"]
    left: int
    right: int
    reason: Reason = ""


class Join(BaseModel):
    """Two persons become one."""

    verdict: Literal["join"]
    keep: int
    other: int
    reason: Reason = ""


class Split(BaseModel):
    """What a person was named on in these records is a new person's."""

    verdict: Literal["split"]
    person: int
    records: list[int] = Field(max_length=10_000)
    reason: Reason = ""


class Apart(BaseModel):
    """Two persons are two."""

    verdict: Literal["apart"]
    left: int
    right: int
    reason: Reason = ""


class Alias(BaseModel):
    """A name as written means this instrument or proposal."""

    verdict: Literal["alias"]
    kind: Literal["instrument", "proposal"]
    written: str = Field(max_length=500)
    facility: str = Field("", max_length=100)
    record: int
    reason: Reason = ""


class Resolve(BaseModel):
    """An affiliation as written is this institution."""

    verdict: Literal["resolve"]
    text: str = Field(max_length=10_000)
    institution: int
    reason: Reason = ""


class Dismiss(BaseModel):
    """A doubt of the queue needs nobody. key and about are those of the queue."""

    verdict: Literal["dismiss"]
    key: str = Field(max_length=1000)
    about: int
    reason: Reason = ""


Settled = Annotated[Merge | Distinct | Join | Split | Apart | Alias | Resolve | Dismiss, Field(discriminator="verdict")]


@queue_router.post("/records/{record_id}/corrections")
def correct(record_id: int, corrected: Corrected, house: House, asker: Asker) -> dict[str, int]:
    """Set a value by hand; it wins over every source. `DELETE /decisions/{decision}` takes it back."""
    values = {corrected.field: corrected.value}
    return {"decision": house.correct(asker, record_id, values, corrected.reason)}


@queue_router.get("/integration")
def integration(house: House, asker: Asker) -> dict[str, int]:
    """How many doubts of each kind wait for a person."""
    return listing.doubt_counts(house.storage, asker)


@queue_router.get("/integration/{kind}")
def doubts(
    kind: str,
    house: House,
    asker: Asker,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 25,
) -> dict[str, Any]:
    """The doubts of a kind with their evidence and what may be decided."""
    return asdict(listing.doubts(house.storage, asker, kind, offset=offset, limit=limit))


@queue_router.post("/integration/decisions")
def settle(settled: Settled, house: House, asker: Asker) -> dict[str, int]:
    """Settle a doubt. `DELETE /decisions/{decision}` takes it back."""
    match settled:
        case Merge():
            number = house.merge(asker, settled.keep, settled.other, settled.reason)
        case Distinct():
            number = house.distinct(asker, settled.left, settled.right, settled.reason)
        case Join():
            number = house.join(asker, settled.keep, settled.other, settled.reason)
        case Split():
            number = house.split(asker, settled.person, settled.records, settled.reason)
        case Apart():
            number = house.apart(asker, settled.left, settled.right, settled.reason)
        case Alias():
            number = house.call(asker, settled.kind, settled.facility, settled.written, settled.record, settled.reason)
        case Resolve():
            number = house.place(asker, settled.text, settled.institution, settled.reason)
        case Dismiss():
            number = house.dismiss(asker, settled.about, settled.key, settled.reason)
    return {"decision": number}
