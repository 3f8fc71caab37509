"""In the integration queue: what would move when two are made one, and an institution that nobody knows yet."""

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing import widgets
from dashboards.frame.acts import act, entry, kept
from dashboards.page import Content, Desk
from puma.listing import Doubt, Option

FORMS = {"persons": "/person/{}?hand=join&with={}", "institutions": "/institution/{}?hand=join&beside={}",
         "duplicates": "/record/{}?hand=join&twin={}"}  # fmt: skip
"""By queue: the form that says what would come of making one of two."""


def preview_way(doubt: Doubt, keep: Option, other: Option) -> Component:
    """The link to what would come of it."""
    to = FORMS[doubt.kind].format(keep.record_id, other.record_id)
    words: Content = ["What would move", html.unseen(f" – {doubt.title}")]
    return html.A(words, href=to, className="button small plain go")


def turn(desk: Desk, key: str) -> str:
    """The address that opens a doubt, or closes it."""
    to = desk.state.put("item", key)
    return (to.put("page", desk.state.one("page")) if desk.state.number("page") > 1 else to).query()


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
                    *(
                        widgets.TextInput(id=entry(key), label=label, value=value, **kept(doubt.key))
                        for key, label, value in fields
                    ),
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
