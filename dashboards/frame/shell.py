"""What stands around every page: menus, who is signed in, light or dark, how fresh the sources are."""

from collections.abc import Sequence

from dash import dcc
from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing import widgets
from dashboards.drawing.markup import AsIs
from dashboards.drawing.words import moment
from dashboards.frame.languages import AT_THE_BROWSER
from dashboards.frame.sections import menus
from dashboards.frame.theme import mantine
from dashboards.page import Content, Desk, Page, pages
from dashboards.panel import drawn, notice
from puma.access import ROLES
from puma.errors import Refused
from puma.languages import LANGUAGES


def shell(desk: Desk, at: tuple[str, str] | None = None, page: Content = None, title: str = "") -> Component:
    """The frame of the program; pages are drawn into its main part. at: path and query that it is opened at, where they
    are known, and page: the page drawn for them, with its title; else the browser asks for it."""
    here = {"pathname": at[0], "search": at[1]} if at is not None else {}
    facility = desk.installation.settings.facility
    return widgets.MantineProvider(
        id="mantine",
        forceColorScheme=desk.scheme,
        theme=mantine(),
        children=[
            dcc.Location(id="url", refresh="callback-nav", **here),
            dcc.Store(id="scheme", data=desk.scheme),
            dcc.Store(id="changed", data=0),
            dcc.Store(id="beat", data=0),
            dcc.Store(id="pressed"),
            dcc.Store(id="undone"),
            dcc.Store(id="title", data=title),
            html.A("Skip to the content", href="#main", className="skip"),
            _looks(desk),
            html.Header(
                html.Div(
                    [
                        html.A(
                            [html.Span("PUMA", className="brand"), " ", html.Span(facility.name, className="facility")],
                            href="/",
                            className="home go",
                        ),
                        html.Nav(
                            [_menu(word, of) for word, of in menus(desk).items()],
                            className="menus",
                            **{"aria-label": "Main"},
                        ),
                        html.Div([_who(desk), _toggle(desk)], className="side"),
                    ],
                    className="bar",
                ),
                className="top",
            ),
            _words(),
            html.Div(id="toast", className="toast", role="status", **{"aria-live": "polite"}),
            html.Div(_around(desk, "stale"), className="wide"),
            html.Main(html.Div(page, id="page"), id="main", tabIndex=-1),
            html.Footer([_around(desk, "freshness"), _languages()], className="bottom"),
        ],
    )


def _around(desk: Desk, name: str) -> Component:
    """A panel of the frame, drawn with it; anew with every page that is opened, but not whenever a filter is set."""
    key = {"type": "around", "page": SHELL.path, "name": name}
    return html.Section(drawn(SHELL.panels[name], desk, name), id=key, className="panel bare")


def _menu(word: str, of: Sequence[Page]) -> Component:
    own = {page.path for page in of}
    lit = [page.path for page in pages().values() if page.path in own or page.beside in own]
    return html.A(word, href=of[0].path, className="menu go", **{"data-paths": " ".join(lit)})


def _who(desk: Desk) -> Component:
    """Who is signed in, leading to the account; or the way to sign in. The page remembers whom it was drawn for."""
    role = desk.viewer.role.replace("_", " ")
    drawn_for = {"data-account": str(desk.viewer.account)}
    if desk.viewer.account:
        words = [html.Span(desk.viewer.name or role, className="name"), html.Span(role, className="role")]
        own = html.A(words, href="/account", className="who go", title="Your account: sessions and tokens")
        out = html.Button("Sign out", type="submit", className="button small")
        return html.Div([own, html.Form(out, action="/sign-out", method="POST")], className="signed", **drawn_for)
    name = desk.viewer.name or ("Not signed in" if desk.viewer.role == "anonymous" else role)
    detail = "" if name == role or desk.viewer.role == "anonymous" else role
    who = html.Div([html.Span(name, className="name"), html.Span(detail, className="role")], className="who")
    enter = html.A("Sign in", href="/sign-in", className="button small") if desk.entrance.signs_in else None
    return html.Div([who, enter], className="signed", **drawn_for)


LOOKS = {
    "anonymous": "anonymous", "viewer": "manager", "scientist": "scientist", "user_office": "user office",
    "admin": "administrator",
}  # fmt: skip
"""The eyes one may look with in the sample facility, by role."""


def _looks(desk: Desk) -> Component | None:
    """One click a role, in the sample facility only; it says so."""
    if not desk.entrance.demo:
        return None
    buttons = [
        html.Button(
            words, type="submit", name="role", value=role, className="look",
            **{"aria-pressed": "true" if role == desk.viewer.role else "false"},
        )
        for role, words in LOOKS.items()
    ]  # fmt: skip
    words = "Sample facility. You look as:"
    parts = [html.Span(words, className="looks-words"), html.Div(buttons, className="looks-roles")]
    inside = html.Div(parts, className="wide looks-in")
    return html.Form(inside, action="/look", method="POST", className="looks", **{"aria-label": words})


def closed(desk: Desk, page: Page, reason: Refused) -> Component:
    """Instead of a page that is not open to the viewer: why, and whom to ask."""
    role, contact = page.role.replace("_", " "), desk.installation.settings.access.contact
    ask = html.A(contact, href=f"mailto:{contact}") if "@" in contact and " " not in contact else contact
    you = desk.viewer.role.replace("_", " ")
    words: list[Component | str] = []
    if page.role == "anonymous":
        words.append(html.P(str(reason)))
    else:
        highest = page.role == ROLES[-1]
        words.append(html.P(f"{page.title} is for people with the role {role}{'' if highest else ' or above'}."))
    if desk.viewer.account:
        words.append(html.P(f"You are signed in as {desk.viewer.name} with the role {you}."))
    elif desk.entrance.signs_in:
        words.append(html.P("You are not signed in."))
    else:
        words.append(html.P(f"You look with the role {you}."))
    words.append(html.P(["For the rights, ask ", ask or "an administrator of this installation", "."]))
    enter = html.A("Sign in", href="/sign-in", className="button primary") if desk.entrance.signs_in else None
    home = html.A("Go to the overview", href="/", className="go")
    action = home if desk.viewer.account or not enter else enter
    return notice("Not open to your role", words, action=action, heads_page=True)


def elsewhere(page: Page) -> Component:
    """Where to look for what is not at an address of a page: all of its kind, or the search."""
    if page.path in LISTED:
        words, path = LISTED[page.path]
        return html.A(words, href=path, className="button go")
    return html.A("Search for it", href="/search", className="button go")


LISTED = {
    "/collections": ("All collections", "/collections"), "/country": ("All countries", "/country"),
    "/group": ("All instrument groups", "/group"), "/instrument": ("All instruments", "/instrument"),
    "/institution": ("All institutions", "/institution"), "/person": ("All people", "/person"),
    "/payload": ("Sources and runs", "/sources"), "/reports": ("All reports", "/reports"),
    "/run": ("Sources and runs", "/sources"),
}  # fmt: skip
"""By page: where all of what it shows one of are listed."""


def _words() -> Component:
    """What scripts say, for them to look up in the language of the page."""
    return html.Ul([html.Li(title=words, **{"data-word": words}) for words in AT_THE_BROWSER], id="words", hidden=True)


def _languages() -> Component:
    """The languages, each by its own name; the browser asks for the same page again."""
    links = [
        html.A(name, href=f"?lang={code}", lang=code, **{"data-language": code}) for code, name in LANGUAGES.items()
    ]
    return html.Nav(links, className="wide languages", **{"aria-label": "Language"})


def _toggle(desk: Desk) -> Component:
    return html.Button(
        html.Span("", className="moon", **{"aria-hidden": "true"}),
        id="toggle",
        className="toggle",
        title="Light or dark",
        **{"aria-label": "Dark colours", "aria-pressed": "true" if desk.scheme == "dark" else "false"},
    )


def freshness(desk: Desk) -> Component:
    """When each source was last harvested, those of the same day together, and of when the numbers are."""
    known = [source for source in desk.installation.sources(desk.viewer) if source.configured]
    snapshot = desk.installation.snapshot()
    facts = (
        f"Numbers as of {moment(snapshot.as_of)} UTC, version {snapshot.version}." if snapshot else "No numbers yet."
    )
    together: dict[str, list[str]] = {}
    for source in known:
        together.setdefault(source.sentence.removeprefix(f"{source.name}: "), []).append(source.name)
    said: Sequence[Component] = [
        html.Li([AsIs(", ".join(names)), ": ", html.Span(when.partition(", ")[0]), *_age(when)])
        for when, names in together.items()
    ] or [html.Li("No source was harvested yet.")]
    return html.Div(
        [
            html.Ul(said, className="fresh"),
            html.P([facts, " ", html.A("Rules of all numbers", href="/help", className="go")]),
        ],
        className="wide foot",
    )


def _age(when: str) -> list[Content]:
    """How long ago that is, as a text of its own: languages put it before or behind the day."""
    age = when.partition(", ")[2]
    return [", ", html.Span(age)] if age else []


def stale(desk: Desk) -> Component | None:
    """The banner: which sources are old or failed; nothing while all is well.

    Who did not sign in is told that numbers may be old, not which source of the facility is in trouble.
    """
    bad = [source for source in desk.installation.sources(desk.viewer) if source.trouble]
    if not bad:
        return None
    words: list[Component | str] = [html.B("Some numbers may be out of date. ")]
    if desk.viewer.at_least("viewer"):
        words += ["; ".join(f"{source.name} {source.trouble}" for source in bad), ". "]
        words += [html.A("See the sources", href="/sources", className="go")]
    return html.Div(words, className="banner", role="status")


SHELL = Page(path="/shell", title="", layout=lambda desk: "", panels={"freshness": freshness, "stale": stale})
"""The panels of the frame, drawn like those of any page."""
