"""Accounts for administrators: made, given a role and instruments, shut out and let in; their sessions and tokens."""

from collections.abc import Mapping, Sequence
from functools import partial
from time import monotonic_ns
from typing import Any

from anyio import to_thread
from dash import ALL, Input, Output, State, callback_context, no_update
from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing import widgets
from dashboards.drawing.markup import AsIs
from dashboards.drawing.tables import Cell, Column, data_table
from dashboards.drawing.words import day, moment
from dashboards.frame.acts import act, toast
from dashboards.page import Content, Desk, DeskOf, Done, Page
from dashboards.panel import nothing, notice, slot
from puma import accounts
from puma.access import ROLES
from puma.accounts import AccountView
from puma.errors import NotHere, PumaError, WrongUsage
from puma.identifiers import clean_orcid

PATH = "/accounts"
ROLE = "admin"
FIELDS = ("login", "name", "orcid", "role", "instruments")
"""What the form of a new account asks for."""
TOKEN_LOOKS = {"valid": "good", "expired": "quiet", "revoked": "bad"}


def layout(desk: Desk) -> Content:
    lead = "Who may sign in, with which role, for which instruments. Each change stands in the audit."
    return html.Div(
        [
            html.Div([html.H1("Accounts"), html.P(lead, className="lead")], className="title"),
            html.Div(id="new-secret", role="status", **{"aria-live": "polite"}),
            html.Div([slot(PATH, "one", kind="bare")], className="grid"),
            html.Div([slot(PATH, "list", height=240)], className="grid"),
            html.Div([slot(PATH, "make", height=220)], className="grid"),
        ],
        className="wide",
    )


def listed(desk: Desk) -> Content:
    """All accounts, one row each."""
    desk.viewer.must_be(ROLE, "The list of accounts")
    known = [one for one in accounts.accounts(desk.installation.storage) if not one.is_service]
    if not known:
        words = "Nobody signs in here yet: whoever sits at this machine has the role of [access] local_role."
        return html.Div([_head("All accounts"), nothing("accounts yet", words)], className="card-body")
    columns = [Column(name) for name in ("Name", "Signs in as", "Role", "Instruments", "Last sign-in", "State", "")]
    rows = [
        [
            Cell(one.name, one.name, f"/record/{one.person}" if one.person else ""),
            Cell(_signs_in(one)),
            Cell(_words(one.role)),
            Cell("; ".join(one.scope)),
            Cell(day(one.signed_in_at) if one.signed_in_at else "never", str(one.signed_in_at or "")),
            Cell(html.Span(_state(one), className=f"badge {'bad' if one.disabled else 'good'}"), _state(one)),
            Cell(html.A(["Open", html.unseen(f" {one.name}")], href=desk.state.put("of", str(one.id)).query(),
                        className="button small go")),
        ]
        for one in known
    ]  # fmt: skip
    return html.Div([_head("All accounts"), data_table("Accounts", columns, rows, cards=True)], className="card-body")


def opened(desk: Desk) -> Content:
    """The account that is chosen, with all that can be done to it."""
    number = desk.state.number("of")
    if not number:
        return None
    desk.viewer.must_be(ROLE, "An account")
    storage = desk.installation.storage
    try:
        one = accounts.account(storage, number)
    except NotHere as reason:
        return notice(reason.title, str(reason), tone="bad")
    settings = desk.installation.settings.access
    by_provider = not one.is_local and bool(settings.oidc_roles)
    can = [
        html.Button("Make a new password", id=_button("password", number), className="button")
        if one.is_local
        else None,
        act("Let in again", "enable", str(number)) if one.disabled else act("Shut out", "disable", str(number)),
        html.A("Close", href=desk.state.without("of").query(), className="button plain go"),
    ]
    said = "Role and instruments come from the identity provider at each sign-in." if by_provider else ""
    return html.Div(
        [
            _head(f"{one.name}: {_state(one)}"),
            html.P(
                ["Signs in as ", AsIs(f"{_signs_in(one)}{f', ORCID {one.orcid}' if one.orcid else ''}"), ". ", said]
            ),
            html.Div(
                [
                    _role_select("role-of", one.role),
                    _instrument_select(desk, "scope-of", one.scope),
                    html.Button("Change", id=_button("role", number), className="button primary"),
                ],
                className="account-form",
            ),
            html.Div(can, className="account-acts"),
            _sessions(desk, number),
            _tokens(desk, number),
        ],
        className="panel card card-body",
    )


def _sessions(desk: Desk, number: int) -> Component:
    found = accounts.sessions(
        desk.installation.storage, desk.installation.settings.access, desk.viewer, of=number
    )  # fmt: skip
    if not found:
        return html.Div([html.H3("Sessions"), html.P("Signed in nowhere.", className="quiet")])
    columns = [Column("Browser"), Column("Signed in (UTC)"), Column("Last seen (UTC)"), Column("")]
    rows = [
        [
            Cell(html.Span([html.B(one.agent), " (this one)" if one.here else ""]), one.agent),
            Cell(moment(one.created_at), one.created_at.isoformat()),
            Cell(moment(one.seen_at), one.seen_at.isoformat()),
            Cell(act(["End it", html.unseen(f": {one.agent}, signed in {moment(one.created_at)}")], "end",
                     str(one.id), look="small")),
        ]
        for one in found
    ]  # fmt: skip
    return html.Div([html.H3("Sessions"), data_table("Sessions", columns, rows, cards=True)])


def _tokens(desk: Desk, number: int) -> Component:
    found = accounts.tokens(desk.installation.storage, number)
    if not found:
        return html.Div([html.H3("Tokens for programs"), html.P("None.", className="quiet")])
    columns = [Column(name) for name in ("Begins with", "For what", "Role", "State", "Until", "Last used", "")]
    rows = [
        [
            Cell(html.Code(one.prefix), one.prefix),
            Cell(one.label or "–", one.label),
            Cell(_words(one.role)),
            Cell(html.Span(one.state, className=f"badge {TOKEN_LOOKS[one.state]}"), one.state),
            Cell(day(one.expires_at), one.expires_at.isoformat()),
            Cell(day(one.used_at) if one.used_at else "never", str(one.used_at or "")),
            Cell(act(["Revoke", html.unseen(f" {one.prefix}")], "revoke", one.prefix, look="small"))
            if one.state == "valid"
            else Cell(""),
        ]
        for one in found
    ]
    return html.Div([html.H3("Tokens for programs"), data_table("Tokens", columns, rows, cards=True)])


def made(desk: Desk) -> Content:
    """The form of a new account."""
    if desk.entrance.demo:
        words = "With an account, visitors could no longer choose their role: here they are made on the command line."
        return notice("The sample facility has no accounts", words)
    first = not desk.entrance.signs_in
    note = (
        "The first one is an administrator's. From then on people sign in, and whoever sits here is nobody any more."
        if first
        else "The password is made up and shown once: hand it over by a way of its own; it can be changed afterwards."
    )
    fields = [
        widgets.TextInput(id=_field("login"), label="Signs in as", value="", autoComplete="off"),
        widgets.TextInput(id=_field("name"), label="Name that others see", value="", autoComplete="off"),
        widgets.TextInput(id=_field("orcid"), label="ORCID iD (if known)", value="", autoComplete="off"),
        _role_select(_field("role"), "admin" if first else "viewer"),
        _instrument_select(desk, _field("instruments"), ()),
        html.Button("Make the account", id="make-account", className="button primary"),
    ]
    return html.Div(
        [_head("A new account"), html.Div(fields, className="account-form"), html.P(note, className="footnote")],
        className="card-body",
    )


def disable(desk: Desk, on: str, _form: Mapping[str, str]) -> Done:
    """Shut an account out."""
    accounts.disable(desk.installation.storage, _number(on), by=desk.viewer)
    return Done("Shut out: the sessions have ended, tokens are worth nothing.", back=("enable", on))


def enable(desk: Desk, on: str, _form: Mapping[str, str]) -> Done:
    """Let an account in again."""
    accounts.enable(desk.installation.storage, _number(on), by=desk.viewer)
    return Done("May sign in again.", back=("disable", on))


def end(desk: Desk, on: str, _form: Mapping[str, str]) -> Done:
    """End a session of an account."""
    accounts.end_session_of(desk.installation.storage, desk.viewer, _number(on))
    return Done("That browser is signed out.")


def revoke(desk: Desk, on: str, _form: Mapping[str, str]) -> Done:
    """Revoke a token of an account."""
    accounts.revoke_token_of(desk.installation.storage, desk.viewer, on)
    return Done("The token is worth nothing any more.")


def wire(app: Any, desk_of: DeskOf) -> None:
    """Let the forms make accounts, change roles and make passwords, which are shown once outside of what is redrawn."""

    async def do(_clicks: Any, *given: Any) -> Any:
        which = callback_context.triggered_id
        if not which or not any(one["value"] for one in callback_context.triggered):
            return no_update, no_update, no_update
        return await to_thread.run_sync(partial(_do, desk_of(PATH, "", "light"), which, given))

    outputs = (
        Output("new-secret", "children", allow_duplicate=True),
        Output("toast", "children", allow_duplicate=True),
        Output("changed", "data", allow_duplicate=True),
    )
    fields = [State(_field(name), "value") for name in FIELDS]
    app.callback(*outputs, Input("make-account", "n_clicks"), *fields, State("changed", "data"),
                 prevent_initial_call=True)(do)  # fmt: skip
    for what in ("role", "password"):
        pressed = Input({"type": "account", "do": what, "of": ALL}, "n_clicks")
        chosen = [State("role-of", "value"), State("scope-of", "value")]
        app.callback(*outputs, pressed, *chosen, State("changed", "data"), prevent_initial_call=True)(do)


def _do(desk: Desk, which: Any, given: Sequence[Any]) -> tuple[Any, Any, Any]:
    """What the pressed button says. given: the values of its form, and the number of changes of the page."""
    storage, *form, changed = desk.installation.storage, *given
    words: Component | None = None
    try:
        if which == "make-account":
            words, said = _make(desk, form)
        elif which["do"] == "role":
            role, scope = form
            accounts.set_role(storage, int(which["of"]), str(role), [str(one) for one in scope or ()], by=desk.viewer)
            said = "Changed; it holds from the next click on."
        else:
            password = accounts.made_password()
            accounts.set_password(storage, int(which["of"]), password, by=desk.viewer)
            words, said = _secret("The new password", password), "The old password and all sessions are gone."
    except PumaError as reason:
        return notice(reason.title, str(reason), tone="bad"), no_update, no_update
    return words, toast(said, key=f"{changed}.{monotonic_ns()}", tone="good"), int(changed or 0) + 1


def _make(desk: Desk, form: Sequence[Any]) -> tuple[Component, str]:
    login, name, written, role, instruments = form
    orcid = clean_orcid(str(written)) if written else ""
    if orcid is None:
        raise WrongUsage(f"{str(written)[:40]!r} is no ORCID iD.")
    password = accounts.made_password()
    accounts.add_account(
        desk.installation.storage, str(login or ""), password, str(role), name=str(name or ""), orcid=orcid,
        scope=[str(one) for one in instruments or ()], by=desk.viewer,
    )  # fmt: skip
    return _secret(f"The password of {login}", password), f"Made the account {login}."


def _secret(title: str, password: str) -> Component:
    words = [html.P("Shown this once; hand it over by a way of its own."), html.Code(password, className="secret")]
    return notice(title, words)


def _role_select(name: str, role: str) -> Component:
    data = [{"value": one, "label": _words(one)} for one in ROLES[1:]]
    return widgets.Select(id=name, label="Role", value=role, allowDeselect=False, data=data)


def _instrument_select(desk: Desk, name: str, chosen: Sequence[str]) -> Component:
    known = accounts.instrument_names(desk.installation.storage)
    data = sorted({*known, *chosen}, key=str.casefold)
    return widgets.MultiSelect(
        id=name, label="Responsible for instruments", value=list(chosen), data=data, searchable=True, clearable=True
    )


def _button(do: str, number: int) -> dict[str, str]:
    return {"type": "account", "do": do, "of": str(number)}


def _field(name: str) -> str:
    return f"new-account-{name}"


def _signs_in(one: AccountView) -> str:
    return one.subject if one.is_local else f"{one.subject} ({one.issuer})"


def _state(one: AccountView) -> str:
    return "shut out" if one.disabled else "may sign in"


def _words(role: str) -> str:
    return role.replace("_", " ")


def _number(on: str) -> int:
    return int(on) if on.isdecimal() and len(on) < 16 else 0


def _head(words: str) -> Component:
    return html.Div(html.H2(words), className="card-head")


PAGE = Page(
    path=PATH,
    title="Accounts",
    layout=layout,
    panels={"one": opened, "list": listed, "make": made},
    acts={"disable": disable, "enable": enable, "end": end, "revoke": revoke},
    wire=wire,
    menu="Admin",
    tab="Accounts",
    order=79,
    role=ROLE,
    help="Who may sign in, with which role; their sessions and tokens.",
)
