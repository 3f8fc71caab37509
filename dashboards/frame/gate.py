"""The gate before Dash: a request that no page ever sends is answered 400 with a sentence, not with a fault."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PATH = "/_dash-update-component"
Callbacks = Mapping[str, Mapping[str, Any]]
"""The callbacks of a Dash application by output, each with its inputs and state."""
MOST = 2_000_000  # bytes of one request: a page sends a few hundred, a picked point of a chart some thousand


class Gate:
    """Lets through callbacks that exist, with inputs of the right shape."""

    def __init__(self, app: ASGIApp, callbacks: Callbacks) -> None:
        self.app = app
        self.callbacks = callbacks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the request whole, judge it, and hand it on as if nobody had read it."""
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        body = b""
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > MOST:
                await _refusal(413, "The request is too large.")(scope, receive, send)
                return
        wrong = objection(body, self.callbacks)
        if wrong:
            await _refusal(400, wrong)(scope, receive, send)
            return
        handed_on = False

        async def again() -> Message:
            nonlocal handed_on
            if handed_on:
                return await receive()
            handed_on = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app(scope, again, send)


def objection(body: bytes, callbacks: Callbacks) -> str:
    """What is wrong with the body of a callback; empty when nothing is."""
    try:
        asked: Any = json.loads(body)
    except (ValueError, RecursionError):
        return "The body is not JSON."
    if not isinstance(asked, dict) or not isinstance(asked.get("output"), str):
        return "The body names no output."
    known = callbacks.get(asked["output"])
    if known is None:
        return "There is no such output."
    for part, wanted in (("inputs", known["inputs"]), ("state", known["state"])):
        given = asked.get(part, [])
        if not isinstance(given, list) or len(given) != len(wanted):
            return f"The part {part!r} of the body has not its {len(wanted)} properties."
        if not all(_is_property(one, two["property"]) for one, two in zip(given, wanted, strict=True)):
            return f"The part {part!r} of the body holds something else than properties."
    several = asked["output"].startswith("..")
    outputs = asked.get("outputs")
    if not isinstance(outputs, list if several else dict):
        return "The body does not say its outputs."
    if not all(
        isinstance(one, dict) and "id" in one and "property" in one for one in (outputs if several else [outputs])
    ):
        return "The outputs of the body are no properties."
    if several and len(outputs) != asked["output"].count("...") + 1:
        return "The body has not all its outputs."
    changed = asked.get("changedPropIds", [])
    if not (isinstance(changed, list) and all(isinstance(one, str) and "." in one for one in changed)):
        return "The body does not say what changed."
    return ""


def _is_property(given: Any, name: str) -> bool:
    """A property of that name with the id of its component; or a list of them, for ids of a pattern."""
    if isinstance(given, list):
        return all(isinstance(one, dict) and _is_property(one, name) for one in given)
    return isinstance(given, dict) and isinstance(given.get("id"), (str, dict)) and given.get("property") == name


def _refusal(status: int, sentence: str) -> JSONResponse:
    problem = {"type": "about:blank", "title": "Not a request of a page", "status": status, "detail": sentence}
    return JSONResponse(problem, status_code=status, media_type="application/problem+json")
