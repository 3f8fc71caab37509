"""In the integration queue: what would move when two are made one, and an institution that nobody knows yet."""

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing import widgets
from dashboards.drawing.words import counted
from dashboards.frame.acts import act, entry
from dashboards.page import Desk
from puma.listing import Doubt, Option, one_publication


def preview_way(desk: Desk, doubt: Doubt, keep: Option, other: Option) -> Component:
    """The link to what would come of it: persons and institutions have a form for that."""
    opened = desk.state.one("item") == doubt.key
    to = {
        "persons": f"/person/{keep.record_id}?hand=join&with={other.record_id}",
        "institutions": f"/institution/{keep.record_id}?hand=join&beside={other.record_id}",
    }.get(doubt.kind) or turn(desk, "" if opened else doubt.key)
    words = "Close" if opened else "What would move"
    return html.A([words, html.unseen(f" – {doubt.title}")], href=to, className="button small plain go")


def turn(desk: Desk, key: str) -> str:
    """The address that opens a doubt, or closes it."""
    to = desk.state.put("item", key)
    return (to.put("page", desk.state.one("page")) if desk.state.number("page") > 1 else to).query()


def would_move(desk: Desk, keep: Option, other: Option) -> Component | None:
    """What would go along when the other publication joins the kept one."""
    found = one_publication(desk.installation.storage, desk.viewer, keep.record_id, other.record_id)
    if found is None:
        return None
    counts = [
        counted(found.links, "links"), counted(found.files, "files"), counted(found.keywords, "keywords"),
        counted(found.collections, "collections"), counted(found.cited_by, "references to it"),
    ]  # fmt: skip
    tells = ", ".join(found.sources) or "nobody"
    lines = [f"{', '.join(counts)} would move to record {keep.record_id}, and what {tells} tells."]
    if found.links_of_both:
        lines.append(f"{counted(found.links_of_both, 'links')} both have: that of the kept record stands.")
    if found.dois:
        lines.append(f"They have two DOIs, {' and '.join(found.dois)}: those are two publications.")
    return html.Div([html.P(line) for line in lines], className="opened small")


def new_institution(doubt: Doubt) -> Component:
    """For an affiliation whose institution nobody knows yet."""
    name, _, rest = doubt.title.partition(",")
    fields = (("new-name", "Its name", name.strip()), ("new-city", "City", rest.split(",")[0].strip()),
              ("new-country", "Country (two letters)", _country(doubt)))  # fmt: skip
    return html.Details(
        [
            html.Summary("It is an institution that nobody knows yet"),
            html.Div(
                [
                    *(widgets.TextInput(id=entry(key), label=label, value=value) for key, label, value in fields),
                    act("Make this institution", "establish", doubt.key, look="small"),
                ],
                className="authority-new",
            ),
        ],
        className="more",
    )


def _country(doubt: Doubt) -> str:
    said = doubt.evidence[0].removeprefix("in ") if doubt.evidence else ""
    return said if len(said) == 2 else ""
