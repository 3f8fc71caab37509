"""Letters before they go: who writes one chooses in which language it is read."""

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing.markup import AsIs
from dashboards.page import Desk
from puma.languages import LANGUAGES
from puma.requests import Letter

KEY = "letter"
"""Where the address says the language of the letter."""


def language_of(desk: Desk) -> str:
    """The language that was chosen for the letter, else the facility's."""
    chosen = desk.state.one(KEY)
    return chosen if chosen in LANGUAGES else desk.installation.settings.facility.language


def read_first(desk: Desk, letter: Letter) -> list[Component]:
    """The languages to choose from, and the letter as it is read in the one that is chosen."""
    now = language_of(desk)
    ways = [
        html.A(
            AsIs(name), href=desk.state.put(KEY, code).query(), className="tab go", lang=code,
            **({"aria-current": "true"} if code == now else {}),
        )
        for code, name in LANGUAGES.items()
    ]  # fmt: skip
    return [
        html.Nav(ways, className="tabs letter-languages", **{"aria-label": "Language of the letter"}),
        html.P([html.B("Subject: "), html.Span(AsIs(letter.subject), lang=now)]),
        html.Pre(letter.body, className="letter", tabIndex=0, lang=now),
    ]
