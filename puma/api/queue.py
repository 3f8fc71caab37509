"""Endpoints of /api/v1 for people's decisions: the review queue, corrections and the integration queue."""

from dataclasses import asdict
from datetime import date
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, BackgroundTasks, Query, Request, Response
from pydantic import BaseModel, Field

from puma import decisions, listing
from puma.access import Viewer
from puma.api.asking import Asker, House
from puma.api.exporting import TABLES, Asked, Table, answered
from puma.decisions import Named, Period
from puma.errors import Conflict, NotHere
from puma.exports import export as find_format
from puma.installation import Installation
from puma.storage import now

queue_router = APIRouter()

Reason = Annotated[str, Field(max_length=2000)]


class Judged(BaseModel):
    """What somebody decides on a pair, and in which state they saw it. others: how many further pairs, that rest on
    the same code, are to be decided with it; none when left out."""

    link: int
    verdict: Literal["accept", "reject"]
    reason: Reason = ""
    expected_state: Literal["candidate", "auto", "validated", "rejected"] = "candidate"
    others: int | None = Field(None, ge=1, le=1_000_000)


class Undone(BaseModel):
    """A decision to take back; together: with all that were made by the same act."""

    decision: int
    together: bool = False


@queue_router.post("/review/decisions")
def judge(judged: Judged, house: House, asker: Asker, afterwards: BackgroundTasks) -> dict[str, Any]:
    """Accept or reject a pair, or all pairs that rest on its code. Made for the Review page, to which a decision that
    somebody else made meanwhile is an outcome and no error: ``decision`` is 0 then, ``conflict`` says what is the case.
    waiting: how many pairs count once a second person says the same. Search and numbers follow after the answer.
    """
    at = now()
    try:
        if judged.others is None:
            done = decisions.decide_one(
                house.storage, asker, judged.link, judged.verdict, reason=judged.reason,
                expected_state=judged.expected_state, rule=house.two_persons,
            )  # fmt: skip
        else:
            done = decisions.settle(
                house.storage, asker, judged.link, judged.verdict, others=judged.others, reason=judged.reason,
                expected_state=judged.expected_state, rule=house.two_persons,
            )  # fmt: skip
    except (Conflict, NotHere) as reason:
        return {"decision": 0, "decided": 0, "passed": 1, "waiting": 0, "conflict": str(reason)}
    afterwards.add_task(house.follow_decisions, at)
    made = done.decisions
    number = made[0] if made else 0
    return {"decision": number, "decided": len(made), "passed": done.passed, "waiting": done.waiting, "conflict": ""}


@queue_router.post("/review/undo")
def take_back(undone: Undone, house: House, asker: Asker) -> dict[str, Any]:
    """Take a decision back, or all of one act. The log keeps both. Conflicts as for decisions."""
    try:
        if not undone.together:
            house.undo(asker, undone.decision)
            return {"undone": 1, "passed": 0, "conflict": ""}
        done = house.undo_together(asker, undone.decision)
    except (Conflict, NotHere) as reason:
        return {"undone": 0, "passed": 1, "conflict": str(reason)}
    return {"undone": len(done.decisions), "passed": done.passed, "conflict": ""}


@queue_router.get("/review/validated.{format_}")
def validated(
    format_: str,
    request: Request,
    house: House,
    asker: Asker,
    instrument: int | None = None,
    first: Annotated[int | None, Query(ge=1000, le=9999)] = None,
    last: Annotated[int | None, Query(ge=1000, le=9999)] = None,
) -> Response:
    """The validated matches as a file: who decided on them and when, of an instrument and a span of years; in the
    background where there are many, as other exports."""
    asked = {"what": "validated", "instrument": instrument, "first": first, "last": last}
    return answered(house, asker, request, find_format(format_, "links"), asked)


def _validated(house: Installation, viewer: Viewer, asked: Asked) -> Table:
    instrument, years = asked.get("instrument"), (asked.get("first"), asked.get("last"))
    found = listing.validated(house.storage, viewer, instrument=instrument, years=years)
    total = listing.how_many_validated(house.storage, viewer, instrument=instrument, years=years)
    about = f"Validated matches of {house.settings.facility.name}, exported {now():%-d %B %Y %H:%M} UTC"
    return Table(
        "validated_matches", "Validated matches", "links", found.columns, found.rows, total, about,
        portions=found.portions,
    )  # fmt: skip


TABLES["validated"] = _validated


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
    """Two persons, or two institutions, become one."""

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


class Separate(BaseModel):
    """What these source records tell is a new publication's. raw_records: their numbers; taking: [scheme, value] of
    identifiers that both halves name and that are the new one's; links: numbers of links that are the new one's."""

    verdict: Literal["separate"]
    publication: int
    raw_records: list[int] = Field(max_length=1000)
    taking: list[tuple[str, str]] = Field([], max_length=100)
    links: list[int] = Field([], max_length=1000)
    reason: Reason = ""


class Apart(BaseModel):
    """Two persons, or two institutions, are two."""

    verdict: Literal["apart"]
    left: int
    right: int
    reason: Reason = ""


class SplitOff(BaseModel):
    """Affiliations that mean an institution are a new institution's. affiliations: their numbers; country: like FR."""

    verdict: Literal["split_off"]
    institution: int
    affiliations: list[int] = Field(max_length=10_000)
    name: str = Field(max_length=300)
    city: str = Field("", max_length=300)
    country: str = Field("", max_length=2)
    reason: Reason = ""


class Establish(BaseModel):
    """An affiliation as written is an institution that nobody knows yet."""

    verdict: Literal["establish"]
    text: str = Field(max_length=10_000)
    name: str = Field(max_length=300)
    city: str = Field("", max_length=300)
    country: str = Field("", max_length=2)
    reason: Reason = ""


class PeriodOf(BaseModel):
    """A period [starts_on, ends_on) of an instrument."""

    label: str = Field("", max_length=300)
    starts_on: date
    ends_on: date | None = None
    commissioning_until: date | None = None


class Edit(BaseModel):
    """Names, periods, group or predecessor of an instrument; what is left out stays. periods: all that it has."""

    verdict: Literal["edit"]
    instrument: int
    name: str | None = Field(None, max_length=300)
    label: str | None = Field(None, max_length=300)
    pid: str | None = Field(None, max_length=500)
    group: str | None = Field(None, max_length=300)
    successor_of: int | None = None
    periods: list[PeriodOf] | None = Field(None, max_length=40)
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


Settled = Annotated[
    Merge | Distinct | Join | Split | Separate | Apart | SplitOff | Establish | Edit | Alias | Resolve | Dismiss,
    Field(discriminator="verdict"),
]


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


@queue_router.get("/integration/publications/{publication_id}")
def told(publication_id: int, house: House, asker: Asker) -> dict[str, Any]:
    """What each source record tells of a publication, with the numbers by which it is taken apart."""
    return _there(listing.tellings(house.storage, asker, publication_id))


@queue_router.get("/integration/publications/{publication_id}/with/{other_id}")
def together(publication_id: int, other_id: int, house: House, asker: Asker) -> dict[str, Any]:
    """What two publications would be as one, and what would move from the other one to the first."""
    return _there(listing.one_publication(house.storage, asker, publication_id, other_id))


def _there(found: listing.Tellings | listing.OnePublication | None) -> dict[str, Any]:
    if found is None:
        raise NotHere("There is no such publication; perhaps it was merged meanwhile.")
    return asdict(found)


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
        case Separate():
            act = partial(house.separate, asker, settled.publication, settled.raw_records, reason=settled.reason)
            number = act(taking=settled.taking, links=settled.links)
        case Apart():
            number = house.apart(asker, settled.left, settled.right, settled.reason)
        case SplitOff():
            act = partial(house.split_off, asker, settled.institution, settled.affiliations, settled.name)
            number = act(city=settled.city, country=settled.country, reason=settled.reason)
        case Establish():
            act = partial(house.establish, asker, settled.text, settled.name)
            number = act(city=settled.city, country=settled.country, reason=settled.reason)
        case Edit():
            given = settled.model_dump(include={"name", "label", "pid", "group", "successor_of"})
            periods = None if settled.periods is None else [Period(**one.model_dump()) for one in settled.periods]
            number = house.edit_instrument(asker, settled.instrument, Named(**given, periods=periods), settled.reason)
        case Alias():
            number = house.call(asker, settled.kind, settled.facility, settled.written, settled.record, settled.reason)
        case Resolve():
            number = house.place(asker, settled.text, settled.institution, settled.reason)
        case Dismiss():
            number = house.dismiss(asker, settled.about, settled.key, settled.reason)
    return {"decision": number}
