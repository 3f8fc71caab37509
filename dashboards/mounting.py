"""Mounting: one Dash application on a FastAPI one; a new path draws a page, a new query its panels."""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

from anyio import to_thread
from dash import ALL, MATCH, ClientsideFunction, Dash, Input, Output, State, no_update
from dash.backends import _fastapi
from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response, StreamingResponse
from starlette.datastructures import URL

from dashboards.drawing import tags as html
from dashboards.embedding import embed
from dashboards.frame import acts, bundled, state
from dashboards.frame.folding import folded
from dashboards.frame.gate import Gate
from dashboards.frame.languages import said_in
from dashboards.frame.packed import Packed
from dashboards.frame.sections import DASHBOARDS, tabs
from dashboards.frame.shell import SHELL, closed, elsewhere, shell
from dashboards.frame.speaking import Speaking, language
from dashboards.frame.theme import SCHEMES, schemes_of, stylesheet
from dashboards.page import Content, Desk, DeskOf, page_at, pages
from dashboards.panel import FIRST, begun, drawn, for_viewer, notice, said
from puma.access import ANONYMOUS, Entrance, Viewer
from puma.accounts.audit import place
from puma.errors import NotHere, PumaError, Refused
from puma.installation import Installation
from puma.languages import COOKIE as LANGUAGE_COOKIE
from puma.languages import language_of

log = logging.getLogger(__name__)
IN_ITS_LOG = "A fault of the program, now in its log. The other pages are not affected."
LANGUAGE_KEPT_S = 31_536_000
requests: Any = _fastapi  # where Dash looks for the present request
MEANWHILE_S = 0.4
"""How long the parts of a first page are drawn one after the other, while its browser reads the scripts: what is then
still to do is asked for, part by part."""


class Opened(NamedTuple):
    """The page that is asked for, with its path and query, its title and the HTTP status."""

    path: str
    query: str
    content: Content
    title: str
    status: int


opened: ContextVar[Opened | None] = ContextVar("opened", default=None)
"""What the frame comes with; None for the frame alone."""
ANSWERS = "<!-- answers -->"
"""Where a page holds the answers to what Dash asks first. What stands before is sent and read while they are made."""
INDEX = f"""<!DOCTYPE html>
<html lang="en">
<head>
{{%metas%}}
<title>{{%title%}}</title>
{{%favicon%}}
<link rel="stylesheet" href="{bundled.address("/assets/all.css")}">
<link rel="preload" as="script" href="{bundled.address("/assets/all.js")}">
{{%css%}}
</head>
<body>
{{%app_entry%}}
<footer hidden>{{%config%}}{{%scripts%}}
{ANSWERS}<script id="_dash-renderer" src="{bundled.address("/assets/all.js")}"></script></footer>
</body>
</html>"""


def mount(
    server: FastAPI,
    installation: Installation,
    viewer_of: Callable[[], Viewer],
    entrance_of: Callable[[], Entrance] = Entrance,
) -> None:
    """Put the pages at the root of ``server``. viewer_of: who asks in the present request; entrance_of: how one
    comes in here.

    Everything else that ``server`` serves must be mounted before: the pages take every path that is left.
    """

    def desk_of(pathname: str, search: str, scheme: str) -> Desk:
        page, rest = page_at(pathname)
        place.set(pathname + search)  # what the audit calls the place, if something confidential is shown
        own, seen = page.path if page else "", scheme if scheme in SCHEMES else "light"
        return Desk(installation, viewer_of(), state.State.read(search), rest, seen, entrance_of(), own)

    @server.get("/", include_in_schema=False)  # before Dash, which would take this path
    def any_page(request: Request, path: str = "") -> Response:
        """The frame of every page; its parts follow. Unknown paths and records and closed pages say so, machines by the
        status."""
        if wanted := request.query_params.get("lang"):
            return _from_now_on(wanted, request.url)
        page, _ = page_at(path)
        spoken, (chosen, scheme) = language(request), schemes_of(request.cookies)
        colours = f' data-mantine-color-scheme="{chosen}"' if chosen else ""  # else the style sheet asks the system
        looks = f'<html lang="{spoken}"{colours}>'  # no dark page is white at first
        with present(request):
            frame = app.index().replace('<html lang="en">', looks, 1)
        lean = bundled.lean(frame, charts=page is not None and page.menu == DASHBOARDS)
        head, _, foot = lean.rpartition(ANSWERS)
        here = request.scope["raw_path"].decode(), f"?{request.url.query}" if request.url.query else ""

        def opened_with(panels: Collection[str]) -> Opened:
            content, title, status = _page(desk_of, *here, scheme, panels)
            return Opened(*here, content, title, status)

        at = None if page is None else opened_with(FIRST)

        def answers(at: Opened | None) -> str:
            with present(request, at):
                given = {"/_dash-layout": app.serve_layout(), "/_dash-dependencies": app.dependencies()}
                return with_answers(given, scheme)

        def parts() -> Iterator[str]:
            yield head
            try:
                if page is not None and at is not None:
                    until = perf_counter() + MEANWHILE_S
                    with present(request, at):
                        begun(page, desk_of(*here, scheme), at.content, lambda name: perf_counter() < until)
                made = answers(at)
            except Exception:  # its browser has begun to read: what is left for it to ask for says so part by part
                log.exception("what comes with the page %s failed", here[0])
                made = _of_slots(lambda: answers(None if at is None else opened_with(())), here[0])
            yield made + foot

        code = NotHere.http_status if at is None else at.status
        return StreamingResponse(parts(), code, {"Content-Language": spoken}, "text/html")

    bundled.serve(server)
    app: Any = Dash(  # it has no types
        __name__,
        server=server,  # type: ignore[arg-type]  # its types know Flask only
        title=f"PUMA · {installation.settings.facility.name}",
        update_title="",
        assets_folder=str(Path(__file__).parent / "assets"),
        index_string=INDEX,
        assets_ignore=r"\.(css|js)$",  # they are bundled
        suppress_callback_exceptions=True,
        serve_locally=True,
        enable_mcp=False,
        add_log_handler=False,
    )

    app.backend.websocket_capability = False  # the guard lets none in, and every browser would try for ever

    def layout() -> Any:
        if not app.backend.has_request_context():  # Dash tries the layout out before anybody asks
            return shell(Desk(installation, ANONYMOUS, state.State()))
        asking = app.backend.request_adapter()
        (_, scheme), at = schemes_of(asking.cookies), opened.get()
        here = (at.path, at.query) if at else ("/", "")
        desk = desk_of(*here, scheme)
        frame = said_in(language(asking), shell(desk, here, at.content, at.title) if at else shell(desk))
        return folded(frame, speaking.wired)

    app.layout = layout
    speaking = Speaking(app)
    _wire(speaking, desk_of)
    acts.wire(speaking, lambda pathname, search: desk_of(pathname, search, "light"))
    for page in pages().values():
        if page.wire:
            page.wire(speaking, desk_of)
    server.add_middleware(Gate, callbacks=app.callback_map)
    server.add_middleware(Packed)
    app._setup_server()  # Dash does so on a visit of "/" only: a first visit elsewhere would find no scripts

    @server.get("/theme.css", include_in_schema=False)
    def theme() -> Response:
        """Colours, type and spacing, for these pages and the plain ones."""
        return Response(stylesheet(), media_type="text/css", headers={"Cache-Control": "max-age=300"})

    embed(server, installation)
    server.get("/{path:path}", include_in_schema=False)(any_page)


@contextmanager
def present(request: Request, at: Opened | None = None) -> Iterator[None]:
    """What Dash is asked for in this block, it takes for that request. at: the page that the frame then comes with."""
    asking, before = requests.set_current_request(request), opened.set(at)
    try:
        yield
    finally:
        opened.reset(before)
        requests.reset_current_request(asking)


def _of_slots(answers: Callable[[], str], path: str) -> str:
    """The answers for a page of slots alone; none where these fail too: the browser then asks for everything."""
    try:
        return answers()
    except Exception:
        log.exception("the page %s failed without its parts too", path)
        return ""


def with_answers(answers: Mapping[str, Response], scheme: str) -> str:
    """The answers to what Dash would ask first, by address, for a page; session.js gives them. scheme: what they were
    drawn in."""
    return "".join(
        f'<script type="application/json" data-answers="{address}" data-scheme="{scheme}">{_inert(answer)}</script>\n'
        for address, answer in answers.items()
    )


def _inert(answer: Response) -> str:
    """The JSON of an answer for a page, where no word of it may end the script that holds it."""
    return bytes(answer.body).decode().replace("<", "\\u003c")


def _from_now_on(chosen: str, address: URL) -> Response:
    """Keep the language that an address asked for, and go to the address without it."""
    left = address.remove_query_params("lang").query
    here = "/" + address.path.lstrip("/\\")  # two slashes would lead to another site
    answer = RedirectResponse(f"{here}?{left}" if left else here, 303)
    answer.set_cookie(LANGUAGE_COOKIE, language_of(chosen, ""), LANGUAGE_KEPT_S, samesite="lax")
    return answer


def _wire(app: Any, desk_of: DeskOf) -> None:
    async def draw_page(pathname: str, search: str, scheme: str, first: Collection[str] = FIRST) -> Any:
        found = await to_thread.run_sync(
            partial(_page, desk_of, str(pathname or "/"), str(search or ""), scheme, first)
        )
        return found[:2]

    async def draw_panel(search: str, scheme: str, _changed: int, pathname: str, which: dict[str, str]) -> Any:
        asked = which if isinstance(which, dict) else {}
        return await to_thread.run_sync(
            partial(_panel, desk_of, str(pathname or "/"), str(search or ""), scheme, asked)
        )

    async def draw_around(pathname: str, scheme: str, changed: int, search: str, which: dict[str, str]) -> Any:
        return await draw_panel(search, scheme, changed, pathname, which)

    app.callback(
        Output("page", "children"),
        Output("title", "data"),
        Input("url", "pathname"),
        State("url", "search"),
        State("scheme", "data"),
        prevent_initial_call=True,  # the first page comes with the frame; else the browser tells its path in a moment
        otherwise=partial(draw_page, first=()),  # a part that cannot be written is then asked for, and fails, by itself
    )(draw_page)
    for kind in ("panel", "begun"):
        app.callback(
            Output({"type": kind, "page": MATCH, "name": MATCH}, "children"),
            Input("url", "search"),
            Input("scheme", "data"),
            Input("changed", "data"),
            State("url", "pathname"),
            State({"type": kind, "page": MATCH, "name": MATCH}, "id"),
            prevent_initial_call=kind == "begun",  # it came with its page
        )(draw_panel)
    app.callback(
        Output({"type": "around", "page": MATCH, "name": MATCH}, "children"),
        Input("url", "pathname"),
        Input("scheme", "data"),
        Input("changed", "data"),
        State("url", "search"),
        State({"type": "around", "page": MATCH, "name": MATCH}, "id"),
        prevent_initial_call=True,  # the first comes with the frame
    )(draw_around)

    async def draw_live(_beat: int, search: str, scheme: str, pathname: str, which: dict[str, str]) -> Any:
        asked = which if isinstance(which, dict) else {}
        return await to_thread.run_sync(partial(_live, desk_of, str(pathname or "/"), str(search or ""), scheme, asked))

    app.callback(
        Output({"type": "live", "page": MATCH, "name": MATCH}, "children"),
        Input("beat", "data"),
        State("url", "search"),
        State("scheme", "data"),
        State("url", "pathname"),
        State({"type": "live", "page": MATCH, "name": MATCH}, "id"),
        prevent_initial_call=True,
    )(draw_live)

    def at_the_browser(name: str, *arguments: Any, **options: Any) -> None:
        app.clientside_callback(ClientsideFunction("puma", name), *arguments, **options)

    at_the_browser("opened", Output("title", "id"), Input("title", "data"))
    at_the_browser(
        "turn", Output("scheme", "data"), Output("mantine", "forceColorScheme"), Input("toggle", "n_clicks"),
        State("scheme", "data"), prevent_initial_call=True,
    )  # fmt: skip
    at_the_browser(
        "picked", Output("url", "search"), Input({"type": "graph", "name": ALL}, "clickData"), prevent_initial_call=True
    )
    at_the_browser(
        "chosen", Output("url", "search", allow_duplicate=True), Input({"type": "control", "key": ALL}, "value"),
        State({"type": "standing", "of": ALL}, "data"), prevent_initial_call=True,
    )  # fmt: skip
    at_the_browser(
        "went", Output("url", "pathname"), Input({"type": "goto", "page": ALL}, "value"), prevent_initial_call=True
    )


def _page(
    desk_of: DeskOf, pathname: str, search: str, scheme: str, first: Collection[str] = FIRST
) -> tuple[Content, str, int]:
    """The page of a path, its title and its HTTP status. first: the panels that are drawn with it."""
    page, _ = page_at(pathname)
    if page is None:
        words: Content = ["There is no such page. ", html.A("Go to the overview", href="/", className="go"), "."]
        shown = html.Div(notice("Page not found", words, heads_page=True), className="wide")
        return shown, "Page not found", NotHere.http_status
    desk = desk_of(pathname, search, scheme)
    try:
        desk.viewer.must_be(page.role, f"The page {page.title}")
        layout = begun(page, desk, for_viewer(page, desk, page.layout(desk)), first.__contains__)
        beside = tabs(desk, page.path) if page.menu and page.menu != DASHBOARDS else None
        if beside is None:
            return layout, page.title, 200
        return html.Div([html.Div(beside, className="wide beside"), html.Div(layout)]), page.title, 200
    except Refused as reason:
        return html.Div(closed(desk, page, reason), className="wide"), page.title, reason.http_status
    except PumaError as reason:
        other = elsewhere(page) if isinstance(reason, NotHere) else None
        shown = html.Div(said(reason, heads_page=True, action=other), className="wide")
        return shown, page.title, reason.http_status
    except Exception:
        log.exception("the page %s failed", pathname)
        again = html.Button("Try again", className="button small", **{"data-retry": "page"})
        shown = notice("This page could not be drawn", IN_ITS_LOG, tone="bad", action=again, heads_page=True)
        return html.Div(shown, className="wide"), page.title, PumaError.http_status


def _panel(desk_of: DeskOf, pathname: str, search: str, scheme: str, which: dict[str, str]) -> Any:
    here, _ = page_at(pathname)
    page = SHELL if which.get("page") == SHELL.path else here
    draw = page.panels.get(str(which.get("name"))) if page is not None and page.path == which.get("page") else None
    if page is None or draw is None:
        return no_update  # the path changed meanwhile: this slot is about to go
    desk = desk_of(pathname, search, scheme)
    if not desk.viewer.at_least(page.role):
        return no_update
    return drawn(draw, desk, str(which["name"]))


def _live(desk_of: DeskOf, pathname: str, search: str, scheme: str, which: dict[str, str]) -> Any:
    page, _ = page_at(pathname)
    if page is None or page.live is None or page.path != which.get("page"):
        return no_update
    desk, name, draw = desk_of(pathname, search, scheme), str(which.get("name")), page.live
    return drawn(lambda desk: draw(desk, name), desk, name) if desk.viewer.at_least(page.role) else no_update
