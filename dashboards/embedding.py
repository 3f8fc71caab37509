"""Embedding: one chart of a page alone, for a frame of another web site, with what everybody may see and no more."""

from collections.abc import Iterator
from html import escape
from typing import Any
from urllib.parse import quote

import orjson
from dash.development.base_component import Component
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import HTMLResponse

from dashboards.drawing import tags as html
from dashboards.drawing.words import moment
from dashboards.frame import bundled
from dashboards.frame.controls import cut_short
from dashboards.frame.languages import said_in
from dashboards.frame.state import State
from dashboards.page import Content, Desk, page_at
from dashboards.panel import nothing, said
from puma.access import ANONYMOUS
from puma.api.oai import admitted, base_of
from puma.errors import NotHere, PumaError
from puma.installation import Installation
from puma.languages import LANGUAGES

VOID = ("Img", "Br", "Hr", "Input")
ATTRIBUTES = {
    "className": "class", "colSpan": "colspan", "rowSpan": "rowspan", "tabIndex": "tabindex", "role": "role",
    "scope": "scope", "title": "title", "lang": "lang", "alt": "alt", "src": "src",
}  # fmt: skip
SCHEMES = ("light", "dark")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors "
)
"""As for every page, but for the sites of [public] frame_ancestors; the rule is written by the program that draws."""
PAGE = """<!DOCTYPE html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title} · {facility}</title>
<link rel="icon" href="/assets/favicon.ico">
<link rel="alternate" type="application/json+oembed" href="{oembed}">
<link rel="stylesheet" href="/theme.css">
<link rel="stylesheet" href="/assets/puma.css">
<link rel="stylesheet" href="/assets/embed.css">
</head>
<body class="embed">
<main>{body}</main>
{figures}<script src="{plotly}"></script>
<script src="/assets/embed.js"></script>
</body>
</html>
"""


def embed(server: FastAPI, installation: Installation) -> None:
    """Serve ``/embed/<page>/<panel>?<state>``: what the page shows in that panel to somebody who is not signed in."""
    router = APIRouter(dependencies=[Depends(admitted)])

    @router.get("/embed/{path:path}", include_in_schema=False)
    def one_chart(path: str, request: Request) -> HTMLResponse:
        asked, read = request.query_params.get("lang", "en"), State.read(request.url.query)
        lang, state = asked if asked in LANGUAGES else "en", read.without("lang")
        base, status = base_of(installation, request), 200
        try:
            drawn = [card_of(installation, path, state, scheme) for scheme in SCHEMES]
            cut = html.P(cut_short(read.unread), className="footnote") if read.unread else None
            cards = [said_in(lang, html.Div([card, cut])) for card in drawn]
            whole = f"{base}{page_of(path)}{state.query()}"
        except PumaError as reason:
            cards, whole, status = [said_in(lang, said(reason, heads_page=True))], base, reason.http_status
        body = page(cards, lang=lang, facility=installation.settings.facility.name, base=base, whole=whole, here=path)
        framers = installation.settings.public.frame_ancestors.strip() or "'none'"
        headers = {"Content-Security-Policy": POLICY + framers, "Cache-Control": "public, max-age=300"}
        return HTMLResponse(body, status, headers=headers)

    server.include_router(router)


def page_of(path: str) -> str:
    """The address of the page that a chart is of: all but the last part, which names the panel."""
    return quote("/" + path.strip("/").rpartition("/")[0])


def card_of(installation: Installation, path: str, state: State, scheme: str) -> Component:
    """The card of a chart without its buttons, its rule below. Raises NotHere, Refused."""
    before, _, name = path.strip("/").rpartition("/")
    found, rest = page_at(f"/{before}")
    if found is None or name not in found.panels:
        raise NotHere("There is no such chart: the address to embed stands in its menu Embed.")
    ANONYMOUS.must_be(found.role, f"The page {found.title}")
    facts = installation.snapshot()
    if facts is None:
        return html.Div(nothing("numbers yet", "Nothing has been harvested and counted here."), className="chart")
    drawn = found.panels[name](Desk(installation, ANONYMOUS, state, rest, scheme))
    card = next((one for one in _all(drawn) if "chart" in _classes(one)), None)
    if card is None:
        raise NotHere("That part of the page is no chart.")
    rule = next((one.children for one in _all(card) if "rule" in _classes(one)), None)
    if not any("footnote" in _classes(one) and "as of" in markup(one, "") for one in _all(card)):
        card = html.Div([card, html.P(f"as of {moment(facts.as_of)} UTC", className="footnote")])
    parts = [card, html.Details([html.Summary("How this is counted"), html.Div(rule)], className="counted")]
    return html.Div(parts if rule else card)


def page(cards: list[Component], *, lang: str, facility: str, base: str, whole: str, here: str) -> str:
    """The whole page, of the same card in each colour scheme. whole: the address that it leads back to."""
    title = next((one.children for one in _all(cards[0]) if one._type in ("H1", "H2")), facility)
    of = f"{base}/embed/{quote(here)}{'?' + whole.partition('?')[2] if '?' in whole else ''}"
    back = html.P(
        html.A([facility, ": ", said_in(lang, "see it with everything around it")], href=whole), className="back"
    )
    body, figures = markup([cards[0], back], whole), ""
    for scheme, card in zip(SCHEMES, cards, strict=False):
        drawn = [one.figure for one in _all(card) if one._type == "Graph"]
        text = orjson.dumps(drawn, option=orjson.OPT_SERIALIZE_NUMPY).decode().replace("<", "\\u003c")
        figures += f'<script type="application/json" id="figures-{scheme}">{text}</script>\n'
    return PAGE.format(
        lang=lang, title=escape(str(title)), facility=escape(facility), body=body, figures=figures,
        plotly=bundled.address("/assets/plotly.js"),
        oembed=escape(f"{base}/public/oembed?url={quote(of, safe='')}"),
    )  # fmt: skip


def markup(content: Content, whole: str) -> str:
    """Components as HTML. What only works with scripts is left out: buttons keep their words, graphs their place."""
    if content is None:
        return ""
    if isinstance(content, list | tuple):
        return "".join(markup(part, whole) for part in content)
    if not isinstance(content, Component):
        return escape(str(content))
    if "actions" in _classes(content):
        return ""
    inner = markup(getattr(content, "children", None), whole)
    if content._type == "Button":
        return inner
    tag = "div" if content._type == "Graph" else content._type.lower()
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in _attributes(content, whole))
    return f"<{tag}{attributes}>" if content._type in VOID else f"<{tag}{attributes}>{inner}</{tag}>"


def _attributes(one: Component, whole: str) -> Iterator[tuple[str, str]]:
    if one._type == "Graph":
        yield "class", "graph"
    held: dict[str, Any] = vars(one)
    for name, value in held.items():
        if name == "style" and isinstance(value, dict):
            yield "style", ";".join(f"{key}:{word}" for key, word in value.items())
        elif name == "href" and value is not None:
            yield "href", f"{whole.partition('?')[0]}{value}" if str(value).startswith("?") else str(value)
            yield "target", "_blank"
            yield "rel", "noopener"
        elif value is not None and (name in ATTRIBUTES or name.startswith("aria-")):
            yield ATTRIBUTES.get(name, name), str(value)


def _all(content: Content) -> Iterator[Any]:
    """Every component, from the outside in."""
    if isinstance(content, list | tuple):
        for part in content:
            yield from _all(part)
    elif isinstance(content, Component):
        yield content
        yield from _all(getattr(content, "children", None))


def _classes(one: Component) -> list[str]:
    return str(getattr(one, "className", None) or "").split()
