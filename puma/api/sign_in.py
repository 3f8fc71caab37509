"""Signing in and out: plain pages that work without a script, by password or through an identity provider."""

from html import escape
from typing import Annotated
from urllib.parse import parse_qsl, quote

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from puma.access import ROLES
from puma.accounts import check_password, end_session, open_session, vouched_account
from puma.accounts.claims import read_claims
from puma.api.plain import entry, hidden, plain_page, said
from puma.api.speaking import reader
from puma.api.who import (
    LOOK_COOKIE,
    Access,
    Asking,
    asking,
    came_from,
    csrf_of,
    local_path,
    session_cookie,
    token_cookie,
)
from puma.errors import NotHere, PumaError, Refused, SlowDown
from puma.settings import Settings

sign_in_router = APIRouter(include_in_schema=False)
TICKET = "puma_at_provider"
MOST_BYTES = 20_000


def _access(request: Request) -> Access:
    found: Access = request.app.state.access
    return found


Door = Annotated[Access, Depends(_access)]


@sign_in_router.get("/sign-in")
def sign_in_page(request: Request, door: Door, next: str = "") -> Response:
    """The page to sign in on; afterwards one is where one wanted to go."""
    wanted = local_path(next, came_from(request.headers))
    if asking.get().viewer.account:
        return RedirectResponse(wanted, 303)
    return _page(request, door, wanted)


@sign_in_router.post("/sign-in")
async def sign_in(request: Request, door: Door) -> Response:
    """Check name and password; a new session each time, and the old one of this browser ends."""
    form = await _form(request)
    return await to_thread.run_sync(_sign_in, request, door, form)


def _sign_in(request: Request, door: Access, form: dict[str, str]) -> Response:
    wanted, login = local_path(form.get("next")), form.get("name", "")[:200]
    who = asking.get()
    if form.get("token") != who.csrf:
        return _page(request, door, wanted, "The form was open for too long: try again.", login, status=403)
    try:
        account = check_password(
            door.installation.storage, door.attempts, login, form.get("password", ""), _address(request)
        )
    except SlowDown as error:
        answer = _page(request, door, wanted, str(error), login, status=429)
        answer.headers["Retry-After"] = str(round(error.after_s) + 1)
        return answer
    except Refused as error:
        return _page(request, door, wanted, str(error), login, status=401)
    return _signed_in(request, door, who, account, wanted)


@sign_in_router.get("/sign-in/provider")
def to_provider(request: Request, door: Door, next: str = "") -> Response:
    """Begin a sign-in through the identity provider."""
    wanted = local_path(next, came_from(request.headers))
    if not door.settings.oidc_issuer:
        raise NotHere("No identity provider is configured.")
    try:
        address, ticket = door.provider.begin(door.base_url(request.scope) + "/sign-in/back", wanted)
    except PumaError as error:
        return _page(request, door, wanted, str(error), status=error.http_status)
    answer = RedirectResponse(address, 303)
    answer.set_cookie(TICKET, ticket, 600, path="/sign-in", secure=_is_secure(request), httponly=True, samesite="lax")
    return answer


@sign_in_router.get("/sign-in/back")
def from_provider(request: Request, door: Door) -> Response:
    """Where the identity provider sends people back to."""
    if not door.settings.oidc_issuer:
        raise NotHere("No identity provider is configured.")
    try:
        ticket = request.cookies.get(TICKET, "")
        claims, wanted = door.provider.finish(ticket, dict(request.query_params))
        vouched = read_claims(door.settings.oidc_issuer, claims, door.settings)
        account = vouched_account(door.installation.storage, vouched)
    except PumaError as error:
        return _page(request, door, "/", str(error), status=error.http_status)
    answer = _signed_in(request, door, asking.get(), account, wanted)
    answer.delete_cookie(TICKET, path="/sign-in")
    return answer


@sign_in_router.post("/sign-out")
def sign_out(request: Request, door: Door) -> Response:
    """End the session of this browser."""
    who = asking.get()
    if who.viewer.session:
        end_session(door.installation.storage, who.viewer, who.viewer.session, "signed out")
    answer = RedirectResponse("/sign-in?next=/" if door.is_configured else "/", 303)
    secure = _is_secure(request)
    answer.delete_cookie(session_cookie(secure=secure), secure=secure, httponly=True, samesite="lax")
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


@sign_in_router.get("/signed-in")
def signed_in(request: Request, door: Door) -> Response:
    """Where a sign-in in a window of its own ends: the page that waits in the other one goes on by itself."""
    body = said("You are signed in. Your other window goes on where it was; this one can be closed.", "good")
    body += f'<p><a href="/">{escape(reader.get()("Or go to the overview"))}</a></p>'
    head = '<script src="/assets/signed_in.js" defer></script>\n'
    return _html(request, door.installation.settings, "Signed in", body, head=head)


@sign_in_router.post("/look")
async def look(request: Request, door: Door) -> Response:
    """In the sample facility: look with the eyes of another role. Elsewhere there is no such thing."""
    form = await _form(request)
    if not await to_thread.run_sync(lambda: door.is_demo):
        raise NotHere("POST /look")
    answer = RedirectResponse(came_from(request.headers), 303)
    if form.get("role") in ROLES:
        answer.set_cookie(LOOK_COOKIE, form["role"], httponly=True, samesite="lax")
    return answer


def _signed_in(request: Request, door: Access, who: Asking, account: int, wanted: str) -> Response:
    storage, secure = door.installation.storage, _is_secure(request)
    if who.viewer.session:
        end_session(storage, who.viewer, who.viewer.session)
    secret = open_session(storage, door.settings, account, request.headers.get("user-agent", ""))
    answer = RedirectResponse(wanted, 303)
    life = round(door.settings.session_days * 86_400)
    answer.set_cookie(session_cookie(secure=secure), secret, life, secure=secure, httponly=True, samesite="lax")
    answer.headers.append("Set-Cookie", token_cookie(csrf_of(secret), secure=secure))
    return answer


def _page(request: Request, door: Access, wanted: str, wrong: str = "", login: str = "", status: int = 200) -> Response:
    say, parts = reader.get(), [said(wrong, "bad")] if wrong else []
    ended = asking.get().ended and not wrong
    if ended:
        parts.append(said("Your session has ended. Sign in again and go on where you were."))
    if door.settings.oidc_issuer:
        href = f"/sign-in/provider?next={quote(wanted)}"
        words = escape(say("Sign in with {}", door.settings.oidc_name))
        parts.append(f'<p><a class="button primary" href="{escape(href)}">{words}</a></p>')
    if door.has_local:
        name_more = 'autocomplete="username" autocapitalize="none" spellcheck="false" required maxlength="200"'
        parts.append(
            '<form method="post" action="/sign-in" class="plain-form">'
            + hidden(next=wanted, token=asking.get().csrf)
            + entry("name", "Name", value=login, more=name_more + ("" if login else " autofocus"))
            + entry("password", "Password", kind="password", more='autocomplete="current-password" required')
            + f'<button class="button primary" type="submit">{escape(say("Sign in"))}</button></form>'
        )
    if not door.is_configured:
        words = "There are no accounts here yet: puma user add NAME --role admin makes the first one."
        parts.append(said(words))
    else:
        help_at = door.settings.contact
        asked = say.markup("Ask {}.", _contact(help_at)) if help_at else escape(say("Ask an administrator."))
        parts.append(f'<p class="plain-help">{escape(say("No account, or no way in?"))} {asked}</p>')
    return _html(request, door.installation.settings, "Sign in", "\n".join(parts), status=status)


def _contact(contact: str) -> str:
    if "@" in contact and " " not in contact:
        return f'<a href="mailto:{escape(contact)}">{escape(contact)}</a>'
    return escape(contact)


def _html(
    request: Request, settings: Settings, title: str, body: str, *, status: int = 200, head: str = ""
) -> HTMLResponse:
    scheme = request.cookies.get("puma_scheme", "")
    return HTMLResponse(plain_page(title, body, facility=settings.facility.name, scheme=scheme, head=head), status)


async def _form(request: Request) -> dict[str, str]:
    """The entries of a small form; of several with one name the last."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return {}
    body = (await request.body())[:MOST_BYTES]
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _is_secure(request: Request) -> bool:
    return request.url.scheme == "https"
