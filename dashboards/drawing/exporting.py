"""The menu that exports a list: every format that can hold it, with what each is for."""

from urllib.parse import urlsplit

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing.words import counted
from puma.exports import exports
from puma.listing import KINDS as LISTS


def export_menu(address: str, total: int, what: str) -> Component | None:
    """Formats as links. address: path and query, to whose path the format's name is put. what: a list that can be
    exported, or ``search`` for records of several kinds. Nothing when there are no records, or none can be exported."""
    if not total or what not in (*LISTS, "search"):
        return None
    parts = urlsplit(address)
    query = f"?{parts.query}" if parts.query else ""
    files = [
        html.Li([html.A(name.upper(), href=f"{parts.path}.{name}{query}", download=""), f" {one.help}"])
        for name, one in exports().items()
        if not one.only or what in one.only
    ]
    named = counted(total, "documents" if what == "search" else what)
    return html.Details(
        [
            html.Summary(["Export", html.unseen(f" {named}")], className="button small"),
            html.Div([html.P(f"All {named}:"), html.Ul(files, className="formats")], className="rule"),
        ],
        className="rule-box",
    )
