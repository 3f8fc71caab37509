"""How to cite a record: one line to copy, and files for reference managers."""

from dashboards.drawing import tags as html
from dashboards.page import Content, Desk
from puma.exports.citation import item, line
from puma.listing import RecordView, found_row

FILES = {"BibTeX": ".bib", "RIS": ".ris", "CSL-JSON": ".csl.json"}


def citation(desk: Desk, one: RecordView) -> Content:
    """The card; nothing for records that nobody cites."""
    row = found_row(desk.installation.storage, desk.viewer, one.id)
    if row is None:
        return None
    text = line(item(row))
    files = [
        html.A(name, href=f"/record/{one.id}{suffix}", download="", className="button small")
        for name, suffix in FILES.items()
    ]
    copy = html.Button("Copy", className="button small", **{"data-copy": text})
    return html.Div(
        [
            html.Div(html.H2("Cite as"), className="card-head"),
            html.P(text, className="prose citation"),
            html.Div([copy, *files], className="own"),
        ],
        className="card-body",
    )
