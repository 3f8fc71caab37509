"""Outreach: the way to the public pages, what they begin with, and what other web sites can embed of them."""

from base64 import b64decode
from binascii import Error as NoBase64
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from dash import dcc
from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing import widgets
from dashboards.drawing.chart import label
from dashboards.drawing.words import moment
from dashboards.frame.acts import act, entry, kept
from dashboards.frame.controls import filter_bar
from dashboards.page import Content, Desk, Done, Page
from dashboards.panel import nothing, slot
from puma.errors import NotHere, WrongUsage
from puma.keeping.highlights import LONGEST, TO_WRITE, Told
from puma.listing.highlights import MOST, highlights

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
            html.Div([slot(PATH, "highlights", height=420)], className="grid"),
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
            html.P(html.A("Open the public pages", href="/public", className="button primary"), className="own"),
        ],
        className="title",
    )


def first(desk: Desk) -> Content:
    """What the public pages begin with, and for the user office the way to write about it."""
    wanted = desk.installation.settings.public.highlights
    shown = highlights(desk.installation.storage, desk.viewer, wanted)
    if not shown.rows:
        none = nothing(
            "highlights",
            f"There is no public collection “{wanted}” with publications yet. Make one on the page Collections, "
            f"or name another one in the settings ([public] highlights). Its newest {MOST} publications stand first.",
            html.A("Collections", href="/collections", className="go"),
        )
        return html.Div([html.Div(html.H2("Highlights"), className="card-head"), none], className="card-body")
    may = desk.viewer.at_least(TO_WRITE)
    items = [_highlight(desk, row, shown.told.get(int(row["id"])), may=may) for row in shown.rows]
    whole = html.A("The collection", href=f"/collections/{shown.number}", className="act")
    heading = html.Div([html.H2("Highlights"), whole], className="card-head")
    return html.Div([heading, html.Ul(items, className="highlights")], className="card-body")


def _highlight(desk: Desk, row: Mapping[str, Any], told: Told | None, *, may: bool) -> Component:
    number, title = int(row["id"]), str(row["title"] or "Untitled")
    picture = None
    if told and told.pictured:
        picture = html.Img(src=f"/public/picture/{number}?of={told.id}", alt=told.seen)
    words: list[Content] = [html.H3(html.A(title, href=f"/record/{number}"))]
    if row["instruments"]:
        words.append(html.P(str(row["instruments"]), className="kicker"))
    if may and desk.state.one("write") == str(number):
        return html.Li([picture, html.Div([*words, _form(desk, number, told)])])
    empty = "No summary yet: the beginning of the abstract stands in its place."
    words.append(html.P(told.summary) if told and told.summary else html.P(empty, className="footnote"))
    if told and told.written_by:
        words.append(html.P(f"{told.written_by}, {moment(told.written_at)} UTC", className="footnote"))
    if may:
        spoken = html.unseen(f" about {title}")
        form = desk.state.put("write", str(number)).query()
        words.append(html.P(html.A(["Write", spoken], href=form, className="button small go")))
    return html.Li([picture, html.Div(words)])


def _form(desk: Desk, number: int, told: Told | None) -> Component:
    on = f"{number}/{told.id if told else 0}"
    said = f"picture-{number}"
    choose = html.Button(
        "Choose another picture" if told and told.pictured else "Choose a picture", className="button",
        **{"data-picture": "picture", "data-wrong": "This file is no picture that can be read.",
           "aria-describedby": said},
    )  # fmt: skip
    acts = [
        act("Save", "tell", on, look="primary"),
        act("Save without a picture", "untell", on) if told and told.pictured else None,
        html.A("Leave it", href=desk.state.without("write").query(), className="button go"),
    ]
    return html.Div(
        [
            widgets.Textarea(
                id=entry("summary"), label="Summary in plain language", description=f"at most {LONGEST} letters",
                autosize=True, minRows=4, value=told.summary if told else "", **kept(on),
            ),
            html.Div([choose, html.Span(id=said, role="status")], className="spaced"),
            dcc.Input(id=entry("picture"), type="hidden", value=""),
            widgets.TextInput(
                id=entry("seen"), label="What the picture shows, for who cannot see it",
                value=told.seen if told else "", **kept(on),
            ),
            html.Div(acts, className="spaced"),
        ],
        className="stacked", role="group", **{"aria-label": "What everybody reads of this publication"},
    )  # fmt: skip


def tell(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Save the words and the picture that was chosen; without one that which stands stays."""
    head, _, body = form.get("picture", "").partition(",")
    try:
        picture = b64decode(body, validate=True)
    except NoBase64 as error:
        raise WrongUsage("The picture did not arrive whole: choose it again.") from error
    if head and not head.startswith("data:image/"):
        raise WrongUsage("This file is no picture that can be read.")
    return _said(desk, on, form, picture)


def untell(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Save the words, and take the picture away."""
    return _said(desk, on, form, None)


def _said(desk: Desk, on: str, form: Mapping[str, str], picture: bytes | None) -> Done:
    number, _, since = on.partition("/")
    if not (number.isdecimal() and since.isdecimal()):
        raise NotHere("There is no such publication.")
    told = desk.installation.highlight(
        desk.viewer, int(number), form.get("summary", ""), picture=picture, seen=form.get("seen", ""), since=int(since)
    )
    return Done("Saved; the public pages show it.", leave=("write",), back=("back", str(told)))


def back(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Put back what stood before."""
    desk.installation.unhighlight(desk.viewer, int(on) if on.isdecimal() else 0)
    return Done("What stood before is back.")


def places(desk: Desk) -> Content:
    """The addresses, as they may be handed on."""
    items = [html.Li([html.A(words, href=path), " ", html.Code(path)]) for path, words in PLACES]
    heading = html.Div(html.H2("What there is"), className="card-head")
    return html.Div([heading, html.Ul(items)], className="card-body")


def embed(desk: Desk) -> Content:
    """What to put into another page: of all publications, or of the instrument and the country that are chosen."""
    chosen = {slug: label(desk, slug, desk.state.one(slug)) for slug in ("instrument", "country")
              if desk.state.one(slug)}  # fmt: skip
    chosen |= {"country": desk.state.one("country")} if "country" in chosen else {}
    base = desk.installation.settings.access.public_url.rstrip("/") or "https://puma.example.org"

    def to(path: str, **more: str) -> str:
        query = urlencode({**more, **chosen})
        return f"{base}/public/{path}?{query}" if query else f"{base}/public/{path}"

    snippets = (
        ("A list", f'<iframe src="{to("embed/publications")}" width="100%" height="600"></iframe>'),
        ("A chart", f'<img src="{to("chart/publications", by="year")}" alt="Publications per year">'),
        ("A chart where no SVG is shown: e-mails, slides, social media", to("chart/publications.png", by="year")),
        ("For a script of the page", f'fetch("{to("publications.json")}")'),
    )
    parts: list[Content] = [
        html.Div(html.H2("On another web site"), className="card-head"),
        filter_bar(desk, ("instrument", "country"), policy=""),
    ]
    for words, text in snippets:
        copy = html.Button(["Copy", html.unseen(f": {words}")], className="button small", **{"data-copy": text})
        parts += [html.Div([html.H3(words), copy], className="own"), html.Pre(html.Code(text))]
    if not desk.installation.settings.access.public_url:
        unset = "The address of these pages is not set ([access] public_url): an example stands for it."
        parts.append(html.P(unset, className="footnote"))
    allowed = desk.installation.settings.public.frame_ancestors or "none"
    parts.append(
        html.P(f"Sites that may show lists in a frame: {allowed} ([public] frame_ancestors).", className="small")
    )
    return html.Div(parts, className="card-body")


PAGE = Page(
    path=PATH,
    title="Outreach",
    layout=layout,
    panels={"highlights": first, "places": places, "embed": embed},
    acts={"tell": tell, "untell": untell, "back": back},
    menu="Outreach",
    order=60,
    help="The public pages, and how other web sites show lists and charts of them.",
)
