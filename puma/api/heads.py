"""HEAD: whoever asks for the head of an answer alone, as link checkers do, gets that of the whole answer."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGE = ("/file/", "/files/", "/api/v1/exports/")
"""What would be read or made for nothing: these answer HEAD themselves, or not at all."""


class Heads:
    """Answers HEAD as GET is answered, without its body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything else on as it is."""
        if scope["type"] != "http" or scope["method"] != "HEAD" or scope["path"].startswith(LARGE):
            await self._app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await self._app({**scope, "method": "GET"}, receive, send_head)
