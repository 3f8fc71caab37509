"""What stands around every page: menus, who is signed in, light or dark, how fresh the sources are."""

from collections.abc import Sequence

from dash import dcc
from dash.development.base_component import Component

from dashboards import tags as html
from dashboards import widgets
from dashboards.page import Desk, Page, pages
from dashboards.panel import slot
from dashboards.theme import mantine
from dashboards.words import moment


def shell(desk: Desk) -> Component:
    """The frame of the program; pages are drawn into its main part."""
    facility = desk.installation.settings.facility
    return widgets.MantineProvider(
        id="mantine",
        forceColorScheme=desk.scheme,
        theme=mantine(),
        children=[
            dcc.Location(id="url", refresh="callback-nav"),
            dcc.Store(id="scheme", data=desk.scheme),
            dcc.Store(id="changed", data=0),
            dcc.Store(id="beat", data=0),
            dcc.Store(id="title", data=""),
            html.A("Skip to the content", href="#main", className="skip"),
            html.Header(
                html.Div(
                    [
                        html.A(
                            [html.Span("PUMA", className="brand"), " ", html.Span(facility.name, className="facility")],
                            href="/",
                            className="home go",
                        ),
                        html.Nav(
                            [_menu(page) for page in menu_pages(desk)], className="menus", **{"aria-label": "Main"}
                        ),
                        html.Div([_who(desk), _toggle(desk)], className="side"),
                    ],
                    className="bar",
                ),
                className="top",
            ),
            html.Div(id="toast", className="toast", role="status", **{"aria-live": "polite"}),
            html.Div(slot("/shell", "stale", kind="bare"), className="wide"),
            html.Main(html.Div(id="page"), id="main", tabIndex=-1),
            html.Footer(slot("/shell", "freshness", kind="bare"), className="bottom"),
        ],
    )


def menu_pages(desk: Desk) -> list[Page]:
    """The pages in the menu that this viewer may open."""
    return [page for page in pages().values() if page.menu and desk.viewer.at_least(page.role)]


def _menu(page: Page) -> Component:
    return html.A(page.menu, href=page.path, className="menu go", **{"data-path": page.path})


def _who(desk: Desk) -> Component:
    role = desk.viewer.role.replace("_", " ")
    name = desk.viewer.name or ("Not signed in" if desk.viewer.role == "anonymous" else role)
    detail = "" if name == role or desk.viewer.role == "anonymous" else role
    return html.Div([html.Span(name, className="name"), html.Span(detail, className="role")], className="who")


def _toggle(desk: Desk) -> Component:
    return html.Button(
        html.Span("", className="moon", **{"aria-hidden": "true"}),
        id="toggle",
        className="toggle",
        title="Light or dark",
        **{"aria-label": "Dark colours", "aria-pressed": "true" if desk.scheme == "dark" else "false"},
    )


def freshness(desk: Desk) -> Component:
    """One sentence per source, and of when the numbers are."""
    known = [source for source in desk.installation.sources(desk.viewer) if source.configured]
    snapshot = desk.installation.snapshot()
    facts = (
        f"Numbers as of {moment(snapshot.as_of)} UTC, version {snapshot.version}." if snapshot else "No numbers yet."
    )
    said: Sequence[Component] = [html.Li(source.sentence) for source in known] or [
        html.Li("No source was harvested yet.")
    ]
    return html.Div(
        [
            html.Ul(said, className="fresh"),
            html.P([facts, " ", html.A("Rules of all numbers", href="/help", className="go")]),
        ],
        className="wide foot",
    )


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
