"""Outreach: the way to the public pages, and what other web sites can embed of them."""

from urllib.parse import urlencode

from dashboards.drawing import tags as html
from dashboards.page import Content, Desk, Page
from dashboards.panel import slot
from puma.access import ANONYMOUS

PATH = "/outreach"
PLACES = (
    ("/public", "Highlights, newest publications, instruments and countries"),
    ("/public/publications", "All publications, page by page"),
    ("/public/publications.atom", "The newest publications for feed readers"),
    ("/public/publications.json", "The same for programs"),
    ("/public/sitemap.xml", "The map of the public pages for search engines"),
    ("/oai?verb=Identify", "OAI-PMH for libraries and research information systems"),
    ("/panosc-api/Datasets", "The federated search API of the photon and neutron facilities"),
)


def layout(desk: Desk) -> Content:
    return html.Div(
        [
            _head(desk),
            html.Div([slot(PATH, "places", height=320)], className="grid"),
            html.Div([slot(PATH, "embed", height=360)], className="grid"),
        ],
        className="wide",
    )


def _head(desk: Desk) -> Content:
    wanted = desk.installation.settings.public.highlights
    lead = (
        "What everybody may read without signing in. The works of the public collection "
        f"“{wanted}” stand first, with its description as their introduction."
    )
    return html.Div(
        [
            html.H1("Outreach"),
            html.P(lead, className="lead"),
            html.P(html.A("Open the public pages", href="/public", className="button primary")),
        ],
        className="title",
    )


def places(desk: Desk) -> Content:
    """The addresses, as they may be handed on."""
    items = [html.Li([html.A(path, href=path), f": {words}"]) for path, words in PLACES]
    heading = html.Div(html.H2("What there is"), className="card-head")
    return html.Div([heading, html.Ul(items)], className="card-body")


def embed(desk: Desk) -> Content:
    """What to put into another page: of the instrument with most publications, to be changed by hand."""
    found = desk.installation.search(
        ANONYMOUS, "", filters={"kind": ("publication",)}, limit=0, facets=("instrument",), facet_size=1
    )
    first = next((one.value for one in found.facets["instrument"]), "")
    query = urlencode({"instrument": first}) if first else ""
    base = desk.installation.settings.access.public_url.rstrip("/") or "https://puma.example.org"
    snippets = (
        ("A list", f'<iframe src="{base}/public/embed/publications?{query}" width="100%" height="600"></iframe>'),
        ("A chart", f'<img src="{base}/public/chart/publications?by=year&{query}" alt="Publications per year">'),
        ("For a script of the page", f'fetch("{base}/public/publications.json?{query}")'),
    )
    parts: list[Content] = [html.Div(html.H2("On another web site"), className="card-head")]
    for words, text in snippets:
        parts += [html.H3(words), html.Pre(html.Code(text))]
    allowed = desk.installation.settings.public.frame_ancestors or "none"
    parts.append(html.P(f"Sites that may show lists in a frame: {allowed} ([public] frame_ancestors)."))
    return html.Div(parts, className="card-body")


PAGE = Page(
    path=PATH,
    title="Outreach",
    layout=layout,
    panels={"places": places, "embed": embed},
    menu="Outreach",
    order=60,
    help="The public pages, and how other web sites show lists and charts of them.",
)
