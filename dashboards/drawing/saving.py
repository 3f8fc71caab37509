"""What a chart is saved as: one menu with its numbers, its picture, and the line that shows it on another web site."""

from html import escape
from urllib.parse import quote

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.page import Desk, pages

AROUND = 190  # pixels of an embedded chart that are not its picture


def save_menu(title: str, csv: str, file: str, *, pictures: str = "", frame: Component | None = None) -> Component:
    """The menu. csv: the address of the numbers, file: the name they are saved under; pictures: the name of the graph
    that is drawn, empty where none is; frame: how it is shown on another web site."""
    numbers = html.A(["CSV", html.unseen(f" file of {title}")], href=csv, download=file, className="act")
    ways: list[list[Component | str]] = [[numbers, "the numbers, for a spreadsheet"]] if csv else []
    if pictures:
        svg, png = pictures_of(pictures, title)
        ways += [[svg, "a picture for print, sharp at any size"], [png, "a picture for slides and letters"]]
    listed = html.Ul([html.Li([way, html.Span(said)]) for way, said in ways], className="savings")
    summary = html.Summary(["Save", html.unseen(f" {title}")], className="act")
    return html.Details([summary, html.Div([listed, frame], className="rule")], className="rule-box")


def pictures_of(name: str, title: str) -> list[Component]:
    """Buttons that save the graph of that name as SVG and as PNG."""
    svg = html.Button(["SVG", html.unseen(f" picture of {title}")], className="act", **{"data-svg": name})
    as_png = {"data-svg": name, "data-form": "png"}
    return [svg, html.Button(["PNG", html.unseen(f" picture of {title}")], className="act", **as_png)]


def embed_box(desk: Desk, name: str, title: str, height: int, *, role: str = "anonymous") -> Component | None:
    """The line that shows a chart on another web site; nothing where not everybody may see the chart. name: of the
    panel that draws it; role: who may know its numbers."""
    if not desk.path or pages()[desk.path].role != "anonymous" or role != "anonymous":
        return None
    if name not in pages()[desk.path].panels:
        return None
    base = desk.installation.settings.access.public_url.rstrip("/") or "{here}"
    place = "/".join(part for part in (f"/embed{desk.path}".rstrip("/"), quote(desk.rest), name) if part)
    query = desk.state.query() if desk.state.values else ""
    line = (
        f'<iframe src="{escape(base + place + query)}" width="100%" height="{height + AROUND}" '
        f'title="{escape(title)}" style="border:0" loading="lazy"></iframe>'
    )
    allowed = desk.installation.settings.public.frame_ancestors.strip() or "'none'"
    parts = [
        html.P("This line shows the chart on another web site, always as it stands, with what everybody may see."),
        html.Pre(html.Code(line, **{"data-here": ""})),
        html.Button("Copy", className="button small", **{"data-copy": line}),
        html.P(["Sites that may embed: ", html.Code(allowed), " ([public] frame_ancestors)."], className="small quiet"),
    ]
    summary = html.Summary(["Embed", html.unseen(f" {title}")])
    return html.Details([summary, html.Div(parts, className="embed-box")], className="more")
