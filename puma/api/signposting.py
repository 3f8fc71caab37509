"""Signposting: the page of a record tells machines in its headers where the identifier, the data and the files are."""

import re
from collections.abc import Callable

from anyio import to_thread
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from puma import listing
from puma.access import Viewer
from puma.api.linked_data import CITED, signposts
from puma.errors import PumaError
from puma.exports.citation import Item, item
from puma.installation import Installation

_RECORD = re.compile(r"/record/(\d{1,15})/?\Z")


def cited_as(installation: Installation, viewer: Viewer, view: listing.RecordView) -> Item | None:
    """How a record is cited; None for what is not: people, instruments ..."""
    if view.kind not in CITED:
        return None
    row = listing.found_row(installation.storage, viewer, view.id)
    return item(row) if row else None


class Signposting:
    """Adds the Link header to the pages of records. viewer_of: who asks in the present request."""

    def __init__(self, app: ASGIApp, installation: Installation, viewer_of: Callable[[], Viewer]) -> None:
        self._app = app
        self._installation = installation
        self._viewer_of = viewer_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = _RECORD.match(scope["path"]) if scope["type"] == "http" and scope["method"] in ("GET", "HEAD") else None
        if found is None:
            await self._app(scope, receive, send)
            return
        link = await to_thread.run_sync(self._link, int(found[1]))

        async def with_link(message: Message) -> None:
            if message["type"] == "http.response.start" and link:
                MutableHeaders(scope=message).append("Link", link)
            await send(message)

        await self._app(scope, receive, with_link)

    def _link(self, record_id: int) -> str:
        """The header, or nothing for what the asker may not know; no fault of it may keep the page away."""
        viewer = self._viewer_of()
        try:
            view = listing.record(self._installation.storage, viewer, record_id)
            return signposts(view, cited_as(self._installation, viewer, view)) if view else ""
        except PumaError:
            return ""
