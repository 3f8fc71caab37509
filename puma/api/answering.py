"""Answering by a link alone: plain pages for people without an account, whose secret is written down nowhere."""

from collections.abc import Callable
from html import escape
from typing import Annotated
from urllib.parse import parse_qsl

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send

from puma import requests
from puma.accounts.slowing import Slowing
from puma.api.asking import House
from puma.api.plain import plain_page, said
from puma.api.speaking import reader
from puma.errors import Conflict, NotHere, PumaError, SlowDown
from puma.requests import ENDED, Answered, End, Question
from puma.storage import now

answer_router = APIRouter(include_in_schema=False)

SECRET_PLACES = ("/answer", "/no-digest")
SECRET = "puma.secret"
MOST_BYTES = 20_000
CHOICES = (("accept", "Yes"), ("reject", "No"), ("do not know", "I do not know"))
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}
HEAD = '<meta name="robots" content="noindex, nofollow"><link rel="stylesheet" href="/assets/requests.css">\n'


class SecretPath:
    """Takes the secret out of the path of a request before anything can write the path into a log or an audit.

    What a browser says about where a request comes from is left out as well: whoever has the secret needs no more,
    and a page that sends no referrer sends no origin either.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on, under ``/answer`` where it came for ``/answer/...``."""
        if scope["type"] == "http":
            place, _, secret = scope["path"].removeprefix("/").partition("/")
            if f"/{place}" in SECRET_PLACES:
                scope = {**scope, "path": f"/{place}", "raw_path": f"/{place}".encode(), SECRET: secret}
                headers = MutableHeaders(raw=list(scope["headers"]))
                for name in ("origin", "sec-fetch-site", "referer", "authorization"):
                    if name in headers:
                        del headers[name]
                scope["headers"] = headers.raw
        await self.app(scope, receive, send)


def _slowing(request: Request) -> Slowing:
    """60 visits from an address at once, then 30 a minute, as long as this application runs."""
    state = request.app.state
    if not hasattr(state, "answers"):
        state.answers = Slowing(60, 30)
    found: Slowing = state.answers
    return found


Slow = Annotated[Slowing, Depends(_slowing)]


@answer_router.get("/answer")
def question(request: Request, house: House, slowing: Slow) -> Response:
    """The one pair that a link is about, and the buttons that answer. A visit changes nothing."""
    return _guarded(request, house, slowing, lambda: _asked(request, house))


@answer_router.post("/answer")
async def answer(request: Request, house: House, slowing: Slow) -> Response:
    """Take the answer."""
    form = await _form(request)
    verdict, comment = form.get("answer", ""), form.get("comment", "")

    def take() -> Response:
        done = house.answered(
            lambda storage, rule: requests.answer_behind(
                storage, request.scope[SECRET], verdict, comment, at=now(), rule=rule
            )
        )
        return _html(request, house, "Thank you", _thanks(done))

    return await to_thread.run_sync(lambda: _guarded(request, house, slowing, take))


@answer_router.get("/no-digest")
def way_out(request: Request, house: House, slowing: Slow) -> Response:
    """Where the link under a digest leads: one button ends it. Visiting changes nothing, since mail servers visit."""

    def shown() -> Response:
        if not requests.is_way_out(house.storage, request.scope[SECRET]):
            raise NotHere("There is no digest to end behind this link.")
        say = reader.get()
        told = escape(say("You get a letter once a week about your instruments."))
        button = f'<button class="button primary" type="submit">{escape(say("Send it no more"))}</button>'
        body = f'<p>{told}</p><form method="post" class="plain-form">{button}</form>'
        return _html(request, house, "Weekly digest", body)

    return _guarded(request, house, slowing, shown)


@answer_router.post("/no-digest")
def stop(request: Request, house: House, slowing: Slow) -> Response:
    """End the digest, also for programs that follow RFC 8058."""

    def ended() -> Response:
        requests.end_digest_behind(house.storage, request.scope[SECRET])
        words = "No further letter is sent, and your address is forgotten. The page Requests begins it again."
        return _html(request, house, "The digest is ended", said(words, "good"))

    return _guarded(request, house, slowing, ended)


def _guarded(request: Request, house: House, slowing: Slowing, do: Callable[[], Response]) -> Response:
    """Do it, slowly for who tries many links; what goes wrong is one sentence and tells nothing more."""
    address = request.client.host if request.client else ""
    if wait := slowing.wait_s(address):
        slow = SlowDown(f"Too many attempts: try again in {round(wait) + 1} seconds.", wait)
        answer = _html(request, house, slow.title, said(str(slow), "bad"), status=slow.http_status)
        answer.headers["Retry-After"] = str(round(wait) + 1)
        return answer
    try:
        return do()
    except Conflict as error:
        status = 410 if str(error) in ENDED.values() else error.http_status
        return _html(request, house, "This question has ended", said(str(error)), status=status)
    except PumaError as error:
        words = str(error) if error.http_status < 500 else "Something is out of order here: try again in a while."
        return _html(request, house, error.title, said(words), status=error.http_status)


def _asked(request: Request, house: House) -> Response:
    found = requests.question_behind(house.storage, request.scope[SECRET], at=now())
    if found.pair is None:
        raise Conflict(ENDED[found.state])
    return _html(request, house, found.pair.question, _body(found))


def _body(found: Question) -> str:
    """The page of a question, made of escaped words."""
    pair, say = found.pair, reader.get()
    assert pair is not None
    message = "".join(f"<p>{escape(line)}</p>" for line in found.message.splitlines() if line)
    evidence = "".join(
        f'<li class="{"speaks-for" if for_it else "speaks-against"}"><span class="sign">'
        f"{escape(say('For' if for_it else 'Against'))}</span> {escape(say(words))}</li>"
        for for_it, words in pair.evidence
    )
    buttons = "".join(
        f'<button class="button" type="submit" name="answer" value="{value}">{escape(say(words))}</button>'
        for value, words in CHOICES
    )
    decided = "" if pair.is_open else said("Somebody decided this meanwhile. What you answer is kept beside it.")
    who = say.markup("{} asks you, {}.", *(f"<b>{escape(name)}</b>" for name in (found.asked_by, found.asked_of)))
    until = say("This link is for you alone and works until {}, or until you answer.", say.day(found.expires_at))
    yours = escape(say("Your answer"))
    heading, kept = escape(say("What was found")), say("Your name is kept beside your answer.")
    return (
        f'<div class="asked-page"><p class="asked-who">{who}</p>'
        + (f'<blockquote class="asked-message">{message}</blockquote>' if message else "")
        + decided
        + f'<div class="asked-ends">{_end(pair.left)}{_end(pair.right)}</div>'
        + (f'<section><h2>{heading}</h2><ul class="asked-evidence">{evidence}</ul></section>' if evidence else "")
        + '<form method="post" class="plain-form asked-form">'
        f'<label for="comment">{escape(say("Comment (if you like)"))}</label>'
        '<textarea id="comment" name="comment" rows="3" maxlength="2000"></textarea>'
        f'<div class="asked-buttons" role="group" aria-label="{yours}">{buttons}</div></form>'
        f'<p class="plain-help">{escape(f"{until} {kept}")}</p></div>'
    )


def _end(end: End) -> str:
    say, people = reader.get(), ", ".join(end.people[:8])
    facts = [say("{} and others", people) if len(end.people) > 8 else people, end.code, end.where, end.when]
    lines = "".join(f"<p>{escape(fact)}</p>" for fact in facts if fact)
    head = f'<h2>{escape(say(end.kind.capitalize()))}</h2><p class="asked-title">{escape(end.title)}</p>'
    return f"<section>{head}{lines}</section>"


def _thanks(done: Answered) -> str:
    if done.late:
        words = (
            "Somebody had decided this meanwhile. Your answer is kept and shown to who asked; it overwrites nothing."
        )
    else:
        words = "Your answer is kept. If it was a slip, tell whoever asked you: it can be undone."
        words += " It counts once a second person says the same." if done.waits else ""
    return said(words, "good") + f'<p class="plain-help">{escape(reader.get()("You can close this page."))}</p>'


def _html(request: Request, house: House, title: str, body: str, *, status: int = 200) -> HTMLResponse:
    scheme = request.cookies.get("puma_scheme", "")
    page = plain_page(title, body, facility=house.settings.facility.name, scheme=scheme, head=HEAD)
    return HTMLResponse(page, status, headers=HEADERS)


async def _form(request: Request) -> dict[str, str]:
    """The entries of a small form; of several with one name the last."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return {}
    body = (await request.body())[:MOST_BYTES]
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
