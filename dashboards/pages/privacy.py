"""Personal data for administrators: what is known of somebody, given out as a file, and erased when they ask for it."""

from collections.abc import Mapping

from dash import dcc

from dashboards.drawing import tags as html
from dashboards.drawing import widgets
from dashboards.drawing.words import amount
from dashboards.frame.acts import act, entry
from dashboards.frame.controls import control_id
from dashboards.page import Content, Desk, Done, Page
from dashboards.panel import notice, slot
from puma.accounts.known import counted, found_persons
from puma.errors import NotHere, WrongUsage

PATH = "/privacy"
ROLE = "admin"


def layout(desk: Desk) -> Content:
    lead = "Whoever asks may have all that is known of them, and be erased. Both stand in the audit."
    return html.Div(
        [
            html.Div([html.H1("Personal data"), html.P(lead, className="lead")], className="title"),
            slot(PATH, "find", kind="bare", height=80),
            html.Div([slot(PATH, "one", kind="bare")], className="grid"),
            html.Div([slot(PATH, "list", height=200)], className="grid"),
        ],
        className="wide",
    )


def find(desk: Desk) -> Content:
    box = widgets.TextInput(
        id=control_id("who"), label="Name, ORCID iD or number of the person", value=desk.state.one("who"), debounce=600,
        className="control",
    )  # fmt: skip
    standing = dcc.Store(id={"type": "standing", "of": "privacy"}, data=desk.state.query())
    return html.Div([html.Div([box], className="controls"), standing], className="filters")


def listed(desk: Desk) -> Content:
    """Persons by the words of their names."""
    words = desk.state.one("who")[:200]
    found = found_persons(desk.installation.storage, desk.viewer, words)
    head = html.Div(html.H2("Persons"), className="card-head")
    if not found:
        said = "Nobody here is called so." if words.strip() else "Type a name: the persons who bear it stand here."
        return html.Div([head, html.P(said, className="quiet")], className="card-body")
    rows = [
        html.Li(
            [
                html.A(name or "(no name is kept)", href=desk.state.put("of", str(number)).query(), className="go"),
                html.Span(f" person {number}{f', {orcid}' if orcid else ''}", className="quiet"),
            ]
        )
        for number, name, orcid in found
    ]
    return html.Div([head, html.Ul(rows)], className="card-body")


def opened(desk: Desk) -> Content:
    """How much is known of the person that is chosen, the files to give out, and the way to erase."""
    number = desk.state.number("of")
    if not number:
        return None
    try:
        name, counts = counted(desk.installation.storage, desk.viewer, number)
    except NotHere as reason:
        return notice(reason.title, str(reason), tone="bad")
    facts = [part for what, count in counts.items() for part in (html.Dt(what), html.Dd(amount(count)))]
    files = [
        html.A(f"All that is known, {form.upper()}", href=f"/api/v1/personal/{number}.{form}", className="button")
        for form in ("zip", "json")
    ]
    words = (
        "Erasing removes names, identifiers, e-mail and account, also from what sources tell again. A number without a "
        "name stays, so that all counts stay true; publications stay as published. It cannot be undone."
    )
    erase_form = [
        widgets.TextInput(id=entry("confirm"), label=f"Type {number} to erase this person", value="",
                          autoComplete="off"),
        act("Erase", "erase", str(number), look="danger"),
    ]  # fmt: skip
    close = html.A("Close", href=desk.state.without("of").query(), className="button plain go")
    return html.Div(
        [
            html.Div(html.H2(name or "(no name is kept)"), className="card-head"),
            html.Dl(facts, className="facts"),
            html.Div([*files, close], className="account-acts"),
            html.P(words, className="footnote"),
            html.Div(erase_form, className="account-form"),
        ],
        className="panel card card-body",
    )


def erase(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Erase a person."""
    if form.get("confirm", "").strip() != on or not on.isdecimal():
        raise WrongUsage(f"Type {on} to erase this person. Nothing was changed.")
    done = desk.installation.erase(desk.viewer, int(on))
    more = f" {amount(len(done.files))} files of their proposals may name them: look at those." if done.files else ""
    return Done(f"Erased; {amount(done.proposals)} proposals keep a number without a name.{more}", leave=("of",))


PAGE = Page(
    path=PATH,
    title="Personal data",
    layout=layout,
    panels={"find": find, "one": opened, "list": listed},
    acts={"erase": erase},
    menu="Admin",
    tab="Personal data",
    order=82,
    role=ROLE,
    help="What is known of a person, as a file for them; erasing it.",
)
