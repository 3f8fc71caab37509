"""Administration: how each part is, who may come in, what is decided in the settings, what was done last."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from dash.development.base_component import Component

from dashboards.authority.policies import FIXED, GROUPS, HOW, ORIGINS, PERIODS, closing_day, written
from dashboards.drawing import tags as html
from dashboards.drawing.markup import AsIs, with_code
from dashboards.drawing.tables import Cell, Column, data_table, shortened
from dashboards.drawing.words import amount, day, lasted, shortly
from dashboards.page import Content, Desk, Page
from dashboards.panel import nothing, slot
from dashboards.runs import KINDS, badge, state_of
from puma import __version__, accounts
from puma.access import ROLES
from puma.installation.health import Check, quick_checks
from puma.listing import runs
from puma.listing.trail import trail
from puma.settings import origin

PATH = "/admin"
ROLE = "admin"
SHOWN = 8  # runs and entries of the audit that stand here
SOON = timedelta(days=30)
"""A token that expires within this time is named."""
PARTS = {
    "database": ("Database", ""),
    "migrations": ("Tables", ""),
    "search": ("Search index", "/search"),
    "facts": ("Numbers", "/help"),
    "sources": ("Sources", "/sources"),
    "worker": ("Worker", "/sources"),
    "disk": ("Disk", ""),
    "model": ("Model of links", "/quality"),
    "letters": ("Letters", "/requests"),
}
"""The parts of health by name: the title of the card, and the page that tells more."""
LOOKS = {
    "good": ("good", "in order"), "busy": ("accent", "under way"), "open": ("quiet", "not set"),
    "bad": ("bad", "needs you"),
}  # fmt: skip


def layout(desk: Desk) -> Content:
    lead = "How each part of this installation is, who may come in, what is decided where, and what was done last."
    return html.Div(
        [
            html.Div([html.H1("Administration"), html.P(lead, className="lead")], className="title"),
            slot(PATH, "health", kind="bare", height=300),
            html.Div([slot(PATH, "people", height=240), slot(PATH, "tokens", height=240)], className="grid two"),
            html.Div([slot(PATH, "policies", height=600)], className="grid"),
            html.Div([slot(PATH, "runs", height=320), slot(PATH, "audit", height=320)], className="grid two"),
        ],
        className="wide",
    )


def health(desk: Desk) -> Content:
    """One card for each part: its state in a word and a colour, a sentence, and what to do."""
    desk.viewer.must_be(ROLE, "The health of the installation")
    found = quick_checks(desk.installation)
    bad = sum(not one.ok for one in found)
    said = "All is well." if not bad else "One part needs you." if bad == 1 else f"{bad} parts need you."
    compares = with_code("`puma check` also compares each document of the search index.")
    more = [f"PUMA {__version__}. ", html.Span(compares)]
    heading = [html.H2("Health"), html.P([html.B(said), " ", *more], className="small quiet")]
    return [html.Div(heading, className="health-head"), html.Ul([_part(one) for one in found], className="health")]


def _part(one: Check) -> Component:
    tone, words = LOOKS[one.state]
    title, href = PARTS[one.name]
    name = html.A(title, href=href, className="go") if href else title
    head = [html.H3(name), html.Span(words, className=f"badge {tone}")]
    first = one.sentence.split(" ", 1)[0]  # a word, or an address or a version, which stay as they are
    sentence = one.sentence[0].upper() + one.sentence[1:] if first.isalpha() else one.sentence
    return html.Li([html.Div(head, className="part-head"), html.P(with_code(sentence))], className=f"part {tone}")


def people(desk: Desk) -> Content:
    """How many may sign in with which role."""
    desk.viewer.must_be(ROLE, "The list of accounts")
    known = [one for one in accounts.accounts(desk.installation.storage) if not one.is_service]
    settings = desk.installation.settings.access
    by = f"They sign in with {settings.oidc_name}." if settings.oidc_issuer else "They sign in with a password of here."
    head = _head("Users and roles", "/accounts", "Accounts")
    if not known:
        role = settings.local_role.replace("_", " ")
        words = f"Nobody signs in here yet: whoever sits at this machine has the role {role}."
        return html.Div(
            [head, nothing("accounts yet", words, "Make the first one, an administrator's, on the page ",
                           html.A("Accounts", href="/accounts", className="go"), ".")],
            className="card-body",
        )  # fmt: skip
    open_ones = Counter(one.role for one in known if not one.disabled)
    shut = sum(one.disabled for one in known)
    rows = [
        [Cell(role.replace("_", " ")), Cell(amount(open_ones[role]), open_ones[role])]
        for role in reversed(ROLES)
        if open_ones[role]
    ]
    never = sum(one.signed_in_at is None and not one.disabled for one in known)
    said = [by, f"{shut} shut out." if shut else "", f"{never} never signed in." if never else ""]
    table = data_table("Accounts by role", [Column("Role"), Column("Accounts", True)], rows)
    return html.Div([head, table, html.P(" ".join(filter(None, said)), className="footnote")], className="card-body")


def tokens(desk: Desk) -> Content:
    """Tokens of programs: how many are valid, which end soon."""
    desk.viewer.must_be(ROLE, "The list of tokens")
    head = _head("Tokens for programs", "/accounts", "Accounts")
    found = accounts.tokens(desk.installation.storage)
    valid = [one for one in found if one.state == "valid"]
    if not valid:
        words = "No program has one that is valid." if found else "No program has asked for one."
        return html.Div(
            [head, nothing("valid tokens", words, "Everybody makes their own on the page ",
                           html.A("Your account", href="/account", className="go"),
                           "; `puma token create` makes one for a program of the house.")],
            className="card-body",
        )  # fmt: skip
    at = datetime.now(UTC)
    columns = [Column(name) for name in ("Begins with", "Whose", "For what", "Role", "Until", "Last used")]
    rows = [
        [
            Cell(html.Code(one.prefix), one.prefix),
            Cell(one.owner),
            Cell(one.label or "–"),
            Cell(one.role.replace("_", " ")),
            Cell(html.Span([day(one.expires_at), " ", _soon(one.expires_at - at)]), one.expires_at.isoformat()),
            Cell(day(one.used_at) if one.used_at else "never", str(one.used_at or "")),
        ]
        for one in sorted(valid, key=lambda one: one.expires_at)[:SHOWN]
    ]
    rest = len(found) - len(valid)
    said = f"{len(valid)} valid, the first to end stand first; {rest} expired or revoked."
    table = data_table("Valid tokens", columns, rows, cards=True)
    return html.Div([head, table, html.P(said, className="footnote")], className="card-body")


def _soon(left: timedelta) -> Component | str:
    return html.Span("ends soon", className="badge warn") if left < SOON else ""


def policies(desk: Desk) -> Content:
    """Each policy with its value, where that comes from, and what it does."""
    desk.viewer.must_be(ROLE, "The policies")
    settings = desk.installation.settings
    columns = [Column(name) for name in ("Policy", "Value", "Comes from", "What it does")]
    parts: list[Component] = []
    for group, wanted in GROUPS.items():
        rows = []
        for section, key, label in wanted:
            field = type(getattr(settings, section)).model_fields[key]
            name = html.Span([label, html.Code(f"[{section}] {field.alias or key}")], className="policy")
            words, tone = ORIGINS[origin(settings, section, key)]
            from_ = html.Span(words, className=f"badge {tone}")
            value = written(getattr(getattr(settings, section), key))
            rows.append(
                [
                    Cell(name, label),
                    Cell(html.B(value), value),
                    Cell(from_, words),
                    Cell(html.Span(with_code(field.description or ""))),
                ]
            )
        if group == PERIODS:
            label, value, words = closing_day(settings.source)
            said, tone = ORIGINS["default" if value == "no" else "file"]
            from_ = html.Span(said, className=f"badge {tone}")
            name = html.Span([label, html.Code("[[source]] period_end")], className="policy")
            rows.append([Cell(name, label), Cell(html.B(value), value), Cell(from_, said), Cell(words)])
        for label, value, words in FIXED.get(group, ()):
            fixed = html.Span("fixed by the program", className="badge")
            rows.append([Cell(label), Cell(html.B(value), value), Cell(fixed, "fixed"), Cell(words)])
        parts += [html.H3(group), data_table(group, columns, rows)]
    home = html.Code(str(settings.home.resolve() / "puma.toml"))
    how = html.P([html.Span(with_code(HOW)), " ", html.Span(["The file is ", home, "."])], className="footnote")
    elsewhere = html.P(
        [
            "Changed on pages instead: ", html.A("which model judges links", href="/quality", className="go"), ", ",
            html.A("roles and who is shut out", href="/accounts", className="go"), ", ",
            html.A("what is kept of a person", href="/privacy", className="go"), ".",
        ],
        className="footnote",
    )  # fmt: skip
    rules = html.Div(html.A("Rules of all numbers", href="/help", className="act go"), className="actions")
    head = html.Div([html.H2("Policies"), rules], className="card-head")
    return html.Div([head, how, *parts, elsewhere], className="card-body policies")


def last_runs(desk: Desk) -> Content:
    """What the worker and the commands did last."""
    head = _head("Last runs", "/sources", "Sources and runs")
    found = runs(desk.installation.storage, SHOWN, desk.viewer)
    if not found:
        return html.Div([head, nothing("runs yet", "Nothing was ever harvested here.", "`puma harvest` begins.")],
                        className="card-body")  # fmt: skip
    columns = [Column(name) for name in ("Run", "What", "State", "Began (UTC)", "Took")]
    rows = [
        [
            Cell(str(one.id), one.id, f"/run/{one.id}"),
            Cell(KINDS.get(one.kind, one.kind) + (f" · {one.source}" if one.source else "")),
            Cell(badge(state_of(one)), state_of(one)),
            Cell(shortly(one.started_at), one.started_at.isoformat()),
            Cell(lasted(one.started_at, one.ended_at) or "–", (one.ended_at or one.started_at).isoformat()),
        ]
        for one in found
    ]
    return html.Div([head, data_table("Last runs", columns, rows, cards=True)], className="card-body lately")


def last_traces(desk: Desk) -> Content:
    """The newest entries of the audit."""
    head = _head("Audit", "/audit", "All entries")
    found = trail(desk.installation.storage, desk.viewer, limit=SHOWN)
    if not found.items:
        return html.Div([head, nothing("entries", "Nothing was done or seen yet.")], className="card-body")
    columns = [Column(name) for name in ("When (UTC)", "Who", "What", "Where")]
    rows = [
        [
            Cell(shortly(one.at), one.at.isoformat()),
            Cell(AsIs(one.who) or "nobody known"),
            Cell(one.act),
            Cell(shortened(AsIs(one.place))),
        ]
        for one in found.items
    ]
    said = html.P(f"{amount(found.total)} in all", className="footnote")
    return html.Div(
        [head, data_table("Newest entries of the audit", columns, rows, cards=True), said], className="card-body lately"
    )


def _head(title: str, href: str, words: str) -> Component:
    link = html.A([words, html.unseen(f": {title}")], href=href, className="act go")
    return html.Div([html.H2(title), html.Div(link, className="actions")], className="card-head")


PAGE = Page(
    path=PATH,
    title="Administration",
    layout=layout,
    panels={
        "health": health,
        "people": people,
        "tokens": tokens,
        "policies": policies,
        "runs": last_runs,
        "audit": last_traces,
    },
    menu="Admin",
    tab="Overview",
    order=78,
    role=ROLE,
    help="Health, users and tokens, policies with their values, the last runs and entries of the audit.",
)
