"""Endpoints of /api/v1 for asking colleagues about pairs, answering, stand-ins, and one's weekly digest."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from puma import requests
from puma.api.asking import Asker, House
from puma.languages import tongue
from puma.storage import now

request_router = APIRouter()

Words = Annotated[str, Field(max_length=5000)]


class NewRequest(BaseModel):
    """A question to somebody: an account by number, or anybody by name; the address is for sending the link."""

    link: int
    name: Annotated[str, Field(max_length=300)] = ""
    email: Annotated[str, Field(max_length=320)] = ""
    account: int = 0
    message: Words = ""


class NewAnswer(BaseModel):
    """An answer; accept and reject decide the pair when nobody did before."""

    answer: Literal["accept", "reject", "do not know"]
    comment: Words = ""


class NewStandIn(BaseModel):
    """Who sees and answers what the asker is asked, both days included."""

    account: int
    first_day: date
    last_day: date


@request_router.get("/requests")
def lists(house: House, asker: Asker) -> dict[str, Any]:
    """What the asker asked, and what they are asked, themselves or as a stand-in."""
    at = now()
    inbox = requests.inbox(house.storage, asker, at=at)
    return {
        "asked": [asdict(one) for one in requests.asked_by(house.storage, asker, at=at)],
        "waiting": [{**asdict(one), "pair": asdict(pair)} for one, pair in inbox.waiting],
        "ended": [asdict(one) for one in inbox.ended],
    }


@request_router.get("/requests/of-link/{link_id}")
def of_link(link_id: int, house: House, asker: Asker) -> list[dict[str, Any]]:
    """Who was asked about a pair, and what they answered."""
    return [asdict(one) for one in requests.about(house.storage, asker, link_id, at=now())]


@request_router.post("/requests", status_code=201)
def ask(new: NewRequest, house: House, asker: Asker, request: Request) -> dict[str, Any]:
    """Ask somebody. The address that answers is told this once; nothing is sent."""
    at = now()
    number = requests.ask(
        house.storage, house.settings.requests, asker, new.link, name=new.name, email=new.email, account=new.account,
        message=new.message, at=at,
    )  # fmt: skip
    token = requests.new_link(house.storage, asker, number, at=at)
    one = requests.one_asked(house.storage, asker, number, at=at)
    return {**asdict(one), "answer_at": requests.link_of(_base(house, request), token)}


@request_router.get("/requests/{request_id}/letter")
def letter(request_id: int, house: House, asker: Asker, language: str = "") -> dict[str, str]:
    """The letter that would go out, without its link. language: en, fr or de; else that of the facility."""
    found = requests.preview(house.storage, house.settings, asker, request_id, at=now(), language=language)
    return {"to": found.name, "email": found.email, "subject": found.subject, "body": found.body}


@request_router.post("/requests/{request_id}/letter")
def send(request_id: int, house: House, asker: Asker, request: Request, language: str = "") -> dict[str, int]:
    """Send the letter with a new link; an earlier link stops working. 503 when the mail server does not take it."""
    base = _base(house, request)
    requests.send_letter(house.storage, house.settings, asker, request_id, base, at=now(), language=language)
    return {"sent": request_id}


@request_router.post("/requests/{request_id}/answer")
def answer(request_id: int, new: NewAnswer, house: House, asker: Asker) -> dict[str, Any]:
    """Answer what one is asked. 409 when the question has ended; late: the pair had been decided before."""
    done = house.answered(
        lambda storage, rule: requests.answer(storage, asker, request_id, new.answer, new.comment, at=now(), rule=rule)
    )
    return asdict(done)


@request_router.post("/requests/{request_id}/withdraw")
def withdraw(request_id: int, house: House, asker: Asker) -> dict[str, int]:
    """Take a question back; its link says so. ``POST /requests/{id}/reopen`` undoes it."""
    requests.withdraw(house.storage, asker, request_id, at=now())
    return {"withdrawn": request_id}


@request_router.post("/requests/{request_id}/reopen")
def reopen(request_id: int, house: House, asker: Asker) -> dict[str, int]:
    """Undo taking a question back; the same link works again."""
    requests.reopen(house.storage, asker, request_id, at=now())
    return {"reopened": request_id}


@request_router.get("/stand-ins")
def stand_ins(house: House, asker: Asker) -> list[dict[str, Any]]:
    """Who stands in for the asker, and for whom the asker does."""
    return [asdict(one) for one in requests.stand_ins(house.storage, asker, at=now())]


@request_router.post("/stand-ins", status_code=201)
def name_stand_in(new: NewStandIn, house: House, asker: Asker) -> dict[str, int]:
    """Let an account see and answer what the asker is asked."""
    number = requests.name_stand_in(house.storage, asker, new.account, new.first_day, new.last_day, at=now())
    return {"id": number}


@request_router.delete("/stand-ins/{number}")
def end_stand_in(number: int, house: House, asker: Asker) -> dict[str, int]:
    """Let somebody stand in no more."""
    requests.end_stand_in(house.storage, asker, number)
    return {"ended": number}


@request_router.get("/digest")
def digest(house: House, asker: Asker) -> dict[str, Any]:
    """The last seven days of the asker's instruments, as data and as the letter that would go out."""
    found = requests.digest(house.storage, asker, at=now())
    base = house.settings.access.public_url.rstrip("/")
    facility = house.settings.facility
    shown = requests.letter_of(found, facility=facility.name, base=base, say=tongue(facility.language))
    return {**asdict(found), "letter": {"subject": shown.subject, "body": shown.body}}


def _base(house: House, request: Request) -> str:
    """How people reach these pages."""
    here = str(request.base_url).removesuffix("/").removesuffix("/api/v1")
    return house.settings.access.public_url.rstrip("/") or here
