"""Styles and scripts of the pages, each in one file: a first visit asks for two of them instead of thirty.

The script that draws charts is Plotly's with no more kinds of pictures than pages have (`assets/plotly`): the whole one
would take a browser ten times as long to read.
"""

import hashlib
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import Response

from dashboards.frame.theme import stylesheet

ASSETS = Path(__file__).parent.parent / "assets"
APART = re.compile(r"^(begin|signed_in|embed)\.js$")
"""Scripts that are no part of every page; the first of them starts Dash and stands at the end."""
LEFT_OUT = re.compile(r'<script src="[^"]*/(dash_table/|polyfill@)[^"]*"></script>\s*')
"""What Dash would load besides: tables that no page has, and what browsers lacked long ago, but for regenerator.js."""
GRAPH = "/_dash-component-suites/dash/dcc/async-graph.js"
"""What Dash asks for when the first chart comes."""
KEPT = {"Cache-Control": "public, max-age=31536000, immutable"}
"""Their addresses change with what is in them."""


@cache
def styles() -> bytes:
    """Colours, type and spacing, and then the styles of all pages."""
    return "\n".join([stylesheet(), *(one.read_text("utf-8") for one in sorted(ASSETS.glob("*.css")))]).encode()


@cache
def scripts() -> bytes:
    """The scripts of all pages; the last starts Dash."""
    files = [one for one in sorted(ASSETS.glob("*.js")) if not APART.match(one.name)]
    return "\n;\n".join(one.read_text("utf-8") for one in [*files, ASSETS / "begin.js"]).encode()


def plotly() -> bytes:
    """What draws charts."""
    return (ASSETS / "plotly" / "charts.min.js").read_bytes()


BUNDLES: dict[str, tuple[Callable[[], bytes], str]] = {
    "/assets/all.css": (styles, "text/css; charset=utf-8"),
    "/assets/all.js": (scripts, "text/javascript; charset=utf-8"),
    "/assets/plotly.js": (plotly, "text/javascript; charset=utf-8"),
}


@cache
def address(path: str) -> str:
    """The address of a bundle with what is in it."""
    return f"{path}?m={hashlib.sha256(BUNDLES[path][0]()).hexdigest()[:16]}"


def serve(server: FastAPI) -> None:
    """Serve the bundles; before Dash, which serves the single files."""

    def at(path: str) -> None:
        read, media_type = BUNDLES[path]

        @server.get(path, include_in_schema=False)
        def bundle() -> Response:
            return Response(read(), media_type=media_type, headers=KEPT)

    for path in BUNDLES:
        at(path)


def lean(frame: str, *, charts: bool) -> str:
    """The frame of a page without what no page needs. charts: the scripts that draw them are fetched at once, beside
    everything else, and not when the first one comes; as prefetch, for of a preload browsers complain when it waits."""
    drawing = address("/assets/plotly.js")  # charts.js reads it here
    links = f'<link rel="{"prefetch" if charts else "charts"}" as="script" href="{drawing}" data-charts>\n'
    links += f'<link rel="prefetch" as="script" href="{GRAPH}">\n' if charts else ""
    return LEFT_OUT.sub("", frame).replace("</head>", f"{links}</head>", 1)
