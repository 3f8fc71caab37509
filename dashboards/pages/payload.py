"""A payload: what a source sent for one record, as text that cannot do anything, and as a download."""

from dashboards.drawing import tags as html
from dashboards.drawing.words import amount
from dashboards.page import Content, Desk, Page
from dashboards.panel import slot
from puma.listing import must_be_kept, payload

PATH = "/payload"


def layout(desk: Desk) -> Content:
    """The frame. Raises NotHere when the payload of the path was not kept."""
    must_be_kept(desk.installation.storage, desk.viewer, desk.rest)
    run = desk.state.number("run")
    back = html.A(f"Run {run}", href=f"/run/{run}", className="go") if run else ""
    ways = html.P([html.A("Sources and runs", href="/sources", className="go"), back], className="kicker spaced")
    heading = html.Div([ways, html.H1("As the source sent it")], className="title")
    return html.Div([heading, slot(PATH, "payload", kind="bare", height=400)], className="wide")


def whole(desk: Desk) -> Content:
    """The payload of the path."""
    one = payload(desk.installation.storage, desk.viewer, desk.rest)
    size = f"{amount(one.size_bytes)} bytes"
    cut = f" Only the beginning is shown: {amount(len(one.text))} letters of {size}." if one.cut else ""
    download = html.A(
        "Download it whole" if one.cut else "Download",
        href=f"/api/v1/payloads/{one.sha256}",
        className="button small",
        download=f"payload-{one.sha256[:12]}.bin",
    )
    return [
        html.Div(
            [
                html.P(
                    [f"{size}, SHA-256 ", html.Code(one.sha256, className="digest"), ".", cut], className="lead small"
                ),
                html.Div(download, className="own"),
            ],
            className="title",
        ),
        html.Div(
            html.Pre(visible(one.text), className="payload", tabIndex=0, role="region", **{"aria-label": "Payload"}),
            className="panel card",
        ),
    ]


def visible(text: str) -> str:
    """Text in which characters that nobody sees (controls, marks that turn the direction) are written out."""
    return "".join(c if c.isprintable() or c in "\n\t" else f"\\u{ord(c):04x}" for c in text.replace("\r\n", "\n"))


PAGE = Page(
    path=PATH,
    title="Payload",
    layout=layout,
    panels={"payload": whole},
    role="user_office",
    help="What a source sent for one record.",
)
