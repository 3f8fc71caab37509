"""Acts: the buttons of all pages by name, the forms they send, and the toast that says what came of it."""

from collections.abc import Callable
from functools import partial
from time import monotonic_ns
from typing import Any

from anyio import to_thread
from dash import ALL, Input, Output, State, no_update
from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.page import Content, Desk, page_at
from puma.errors import Conflict, NotHere, PumaError, WrongUsage

OpenDesk = Callable[[str, str], Desk]


def act(words: Content, do: str, on: str = "", *, look: str = "", place: str = "", **more: Any) -> Component:
    """A button that does something on its page. on: what it is done to. place: tells apart two that do the same."""
    return html.Button(
        words, id={"type": "act", "do": do, "on": on, "place": place}, className=f"button {look}".strip(), **more
    )


def undo(decision: int, words: str = "Undo", *, place: str, spoken: str = "") -> Component:
    """A button that takes a decision back. spoken: what it says to who does not see where it stands."""
    more = {"aria-label": spoken} if spoken else {}
    key = {"type": "undo", "decision": decision, "place": place}
    return html.Button(words, id=key, className="button small", **more)


def entry(name: str) -> dict[str, str]:
    """The id of an input whose value goes along with the acts of its page."""
    return {"type": "entry", "name": name}


def kept(about: str) -> dict[str, Any]:
    """Lets an input keep what is typed into it while its panel is drawn anew, as it is after an act elsewhere.

    about: what it is typed for, as it stands now; once that is another, so is the input.
    """
    return {"persistence": about, "persistence_type": "memory"}


def toast(
    words: Content, *, key: str, undoes: int = 0, back: tuple[str, str] | None = None, tone: str = "quiet"
) -> Component:
    """A message that stays for a while, with the way back."""
    way = undo(undoes, place="toast") if undoes else act("Undo", *back, look="small", place="toast") if back else None
    return html.Div([html.Span(words), way], key=key, className=f"toast-in {tone}")


def wire(app: Any, desk_at: OpenDesk) -> None:
    """Let the buttons of all pages do what their page says."""

    async def do(
        which: dict[str, Any] | None, entries: list[Any], names: list[Any], changed: int, search: str, pathname: str
    ) -> Any:
        if not isinstance(which, dict):
            return no_update, no_update, no_update  # nobody pressed anything
        given = zip(names, entries, strict=True)  # an input that is gone since comes without its id
        form = {str(key["name"]): str(value or "") for key, value in given if key}
        work = partial(_do, desk_at, dict(which), form, int(changed or 0), str(search or ""), str(pathname or "/"))
        return await to_thread.run_sync(work)

    app.callback(
        Output("toast", "children", allow_duplicate=True),
        Output("changed", "data", allow_duplicate=True),
        Output("url", "search", allow_duplicate=True),
        Input("pressed", "data"),  # not the buttons: one that appears would take the place of one that is pressed
        State({"type": "entry", "name": ALL}, "value"),
        State({"type": "entry", "name": ALL}, "id"),
        State("changed", "data"),
        State("url", "search"),
        State("url", "pathname"),
        prevent_initial_call=True,
    )(do)


def _do(desk_at: OpenDesk, which: dict[str, Any], form: dict[str, str], changed: int, search: str, path: str) -> Any:
    """Do what the pressed button says: (toast, number of changes, query)."""
    page, _ = page_at(path)
    key = f"{changed}.{monotonic_ns()}"  # the same words twice are two messages
    if page is None or which.get("do") not in page.acts:
        return no_update, no_update, no_update
    desk = desk_at(path, search)
    try:
        desk.viewer.must_be(page.role, f"The page {page.title}")
        done = page.acts[str(which["do"])](desk, str(which.get("on", "")), form)
    except PumaError as reason:
        again = changed + 1 if isinstance(reason, Conflict | NotHere) else no_update  # else what was typed stays
        words = (
            str(reason) if isinstance(reason, WrongUsage) else f"{reason.title}: {reason}"
        )  # the sentence says it all
        return toast(words, key=key, tone="bad"), again, no_update
    left = desk.state.without(*done.leave).query().removesuffix("?") if done.leave else no_update
    return toast(done.words, key=key, undoes=done.undo, back=done.back, tone="good"), changed + 1, left
