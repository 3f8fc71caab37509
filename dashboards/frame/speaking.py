"""Callbacks that answer in the language of who asks, folded; what cannot be written is answered otherwise."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any

from dash import ClientsideFunction
from plotly.io.json import to_json_plotly

from dashboards.frame.folding import folded, key_of
from dashboards.frame.languages import said_in
from puma.languages import COOKIE, language_of

log = logging.getLogger(__name__)
Answer = Callable[..., Awaitable[Any]]


def language(asking: Any) -> str:
    """The language that a request is answered in."""
    return language_of(asking.cookies.get(COOKIE, ""), asking.headers.get("accept-language", ""))


class Speaking:
    """A Dash application whose callbacks answer in the language of the request, folded: no page needs to know of it."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.wired: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.app, name)

    def callback(self, *places: Any, otherwise: Answer | None = None, **options: Any) -> Callable[[Answer], Any]:
        """Like Dash's own. Of what a callback gives, components are said in that language, bare values stay.

        otherwise: what answers the same question where an answer was found and cannot be written.
        """
        register = self.app.callback(*places, **options)
        self._heard(places)

        def speaking(answer: Answer) -> Any:
            @wraps(answer)
            async def said(*given: Any) -> Any:
                found = await answer(*given)
                if otherwise is None:
                    return self._said(found)
                try:
                    to_json_plotly(made := self._said(found))
                except Exception:
                    log.exception("the answer to %s cannot be written", given)
                    return self._said(await otherwise(*given))
                return made

            assert iscoroutinefunction(answer), f"{answer} would hold up all others: make it async."
            return register(said)

        return speaking

    def clientside_callback(self, answer: ClientsideFunction, *places: Any, **options: Any) -> None:
        """Like Dash's own."""
        self.app.clientside_callback(answer, *places, **options)
        self._heard(places)

    def _heard(self, places: Sequence[Any]) -> None:
        self.wired |= {key_of(place.component_id) for place in places}

    def _said(self, found: Any) -> Any:
        code = language(self.app.backend.request_adapter())
        if isinstance(found, tuple):
            return tuple(part if isinstance(part, str) else self._sent(code, part) for part in found)
        return self._sent(code, found)

    def _sent(self, code: str, content: Any) -> Any:
        return folded(said_in(code, content), self.wired)
