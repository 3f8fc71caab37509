"""Collections and saved searches: what one keeps, what is in it, and what is new in it since the last visit."""

from collections.abc import Mapping

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing import widgets
from dashboards.drawing.exporting import export_menu
from dashboards.drawing.lists import paging
from dashboards.drawing.markup import AsIs
from dashboards.drawing.tables import Cell, Column, data_table
from dashboards.drawing.words import KINDS, amount, counted, day, shortly
from dashboards.finding.collected import FOR_VIEWERS, PANELS, PATH, REPORT, frame, is_report, shown
from dashboards.finding.collecting import ACTS, SHARED, copy_button, link_to
from dashboards.frame.acts import act, entry, kept
from dashboards.page import Content, Desk, Done, Page
from dashboards.panel import nothing, notice, slot, welcome
from puma import keeping
from puma.errors import NotHere, PumaError, WrongUsage
from puma.keeping import CollectionView, SavedView
from puma.listing import members

AT_ONCE = 25
SAID = {
    "made": "made it", "changed": "changed title, text or who sees it", "deleted": "deleted it", "added": "added",
    "removed": "took out",
}  # fmt: skip


def layout(desk: Desk) -> Content:
    if desk.rest:
        shown(desk)
    if is_report(desk):
        return welcome(desk) or frame()
    if desk.rest:
        return html.Div(
            [
                slot(PATH, "one", kind="bare title", height=120),
                html.Div([slot(PATH, "edit", kind="card optional")], className="grid"),
                html.Div([slot(PATH, "items", height=400)], className="grid"),
                html.Div([slot(PATH, "changes", kind="card optional")], className="grid"),
            ],
            className="wide keeping",
        )
    lead = "Sets of documents that you or others made, and searches that you come back to."
    return html.Div(
        [
            html.Div([html.H1("Collections"), html.P(lead, className="lead")], className="title"),
            html.Div(
                [
                    html.Div([slot(PATH, "list", height=300), slot(PATH, "saved", height=200)], className="stacked"),
                    html.Div([slot(PATH, "new", kind="card optional"), slot(PATH, "gone", kind="card optional")],
                             className="stacked"),
                ],
                className="grid wide-narrow top-aligned",
            ),
        ],
        className="wide keeping",
    )  # fmt: skip


# -- all of them


def list_of_all(desk: Desk) -> Content:
    """The collections that are shown to the viewer."""
    found = keeping.collections(desk.installation.storage, desk.viewer)
    heading = html.Div(html.H2("Collections"), className="card-head")
    if not found:
        what = "A collection is a set of publications, proposals and datasets that somebody put together."
        fill = html.A("Search", href="/search", className="go")
        steps = [fill, ", then “Add … to” above the results; or open a record and add it there."]
        none = nothing("collections yet", what, *(steps if desk.viewer.at_least("viewer") else ()))
        return html.Div([heading, none], className="card-body")
    rows = [
        [
            Cell(AsIs(one.title), one.title.casefold(), link_to(one)),
            Cell(amount(one.count), one.count),
            Cell(SHARED[one.visibility] if one.visibility != "private" else "private"),
            Cell(AsIs(one.made_by) or "–"),
            Cell(day(one.changed_at), one.changed_at.isoformat()),
        ]
        for one in found
    ]
    columns = [Column("Title"), Column("Documents", True), Column("Shown to"), Column("Made by"), Column("Changed")]
    return html.Div([heading, data_table("Collections", columns, rows, cards=True)], className="card-body")


def new(desk: Desk) -> Content:
    """The form for a new collection."""
    if not desk.viewer.at_least("viewer"):
        return None  # an empty panel takes no room
    parts = [
        html.Div(html.H2("New collection"), className="card-head"),
        widgets.TextInput(id=entry("title"), label="Title", value=""),
        widgets.Textarea(
            id=entry("description"), label="What it is for", value="", autosize=True, minRows=2, maxRows=8
        ),
        _shown_to(desk, "private"),
        act("Make it", "make", look="primary"),
    ]
    return html.Div(parts, className="card-body keep-form")


def _shown_to(desk: Desk, value: str) -> Component:
    """Whom a collection is shown to; everybody only for who may say so."""
    may = [word for word in SHARED if word != "public" or desk.viewer.at_least(keeping.TO_PUBLISH) or value == word]
    data = [{"value": word, "label": SHARED[word].capitalize()} for word in may]
    return widgets.Select(id=entry("visibility"), label="Shown to", value=value, data=data, allowDeselect=False)


def gone(desk: Desk) -> Content:
    """What the viewer deleted, with the way back."""
    found = keeping.deleted(desk.installation.storage, desk.viewer)
    if not found:
        return None
    rows = [
        html.Li([html.Span(one.title), html.Span(f"deleted on {day(one.at)}", className="quiet"),
                 act(["Bring back", html.unseen(f" {one.title}")], "unkeep", str(one.change), look="small")])
        for one in found
    ]  # fmt: skip
    heading = html.Div(html.H2("Deleted by you"), className="card-head")
    return html.Div([heading, html.Ul(rows, className="rows decided")], className="card-body")


def saved(desk: Desk) -> Content:
    """The viewer's saved searches, each with what is new in it."""
    heading = html.Div(html.H2("Saved searches"), className="card-head")
    found = keeping.saved_searches(desk.installation.storage, desk.viewer)
    if not found:
        why = "A saved search tells you what came in since you looked last, here and in a feed reader."
        words = ["Search for something, then “Save search” above the results. ",
                 html.A("Search", href="/search", className="go")]  # fmt: skip
        steps = words if desk.viewer.at_least("viewer") else ["Sign in to save searches."]
        return html.Div([heading, nothing("saved searches yet", why, *steps)], className="card-body")
    said = "A feed is read without signing in, by whoever has its address: it holds public records only."
    rows = html.Ul([_saved(desk, one) for one in found], className="rows saved")
    return html.Div([heading, rows, html.P(said, className="footnote")], className="card-body")


def _saved(desk: Desk, one: SavedView) -> Component:
    try:
        count = desk.installation.new_since(desk.viewer, one)
        said = html.Span(f"{amount(count)} new", className="badge accent") if count else html.Span("nothing new")
    except PumaError as reason:  # one that this version does not understand leaves the others standing
        said = html.Span(str(reason), className="bad-words")
    parts = [
        html.A(one.name, href=f"/saved/{one.id}", title="Shows what is new, and counts as a visit"),
        said,
        html.Span(f"since {shortly(one.seen_at)}", className="quiet"),
        html.Span(
            [
                html.A("All", href=f"/search?{one.query}", className="go act"),
                copy_button(f"/feed.atom?key={one.feed}", "Copy feed"),
                act(["Delete", html.unseen(f" {one.name}")], "forget-search", str(one.id), look="small plain"),
            ],
            className="at-end",
        ),
    ]
    return html.Li(parts)


# -- one of them


def one(desk: Desk) -> Content:
    """Title, text, who made it, and where its report is."""
    try:
        this = shown(desk)
    except NotHere as reason:
        back = html.A("All collections", href=PATH, className="go")
        return notice("No such collection", [html.P(str(reason)), html.P(back)])
    which = f"collection={this.id}"
    own = [
        html.A("Report", href=f"{PATH}/{this.id}/{REPORT}", className="button small go"),
        html.A("Search in it", href=f"/search?{which}", className="button small go"),
        *([menu] if (menu := export_menu(f"/api/v1/exports/search?{which}", this.count, "search")) else []),
    ]
    if this.may_change:
        change = desk.state.toggled("edit", "yes").query()
        own += [
            html.A("Change", href=change, className="button small go"),
            act("Delete", "drop", str(this.id), look="small plain"),
        ]
    audience = "private" if this.visibility == "private" else f"shown to {SHARED[this.visibility]}"
    about = [html.Span(counted(this.count, "documents"), className="badge accent"), html.Span(audience)]
    about.append(html.Span(f"{'by ' + this.made_by + ', ' if this.made_by else ''}since {day(this.made_at)}"))
    return [
        html.P([html.A("Collections", href=PATH, className="go"), *about], className="kicker spaced"),
        html.H1(AsIs(this.title)),
        *[html.P(AsIs(line), className="lead") for line in this.description.splitlines()],
        html.Div(own, className="own"),
    ]


def edit(desk: Desk) -> Content:
    """The form that changes title, text and who sees it."""
    if desk.state.one("edit") != "yes":
        return None
    this = shown(desk)
    stays = kept(f"edit/{this.id}")
    parts = [
        html.Div(html.H2("Change the collection"), className="card-head"),
        widgets.TextInput(id=entry("title"), label="Title", value=this.title, **stays),
        widgets.Textarea(
            id=entry("description"), label="What it is for", value=this.description, autosize=True, minRows=2,
            maxRows=8, **stays,
        ),
        _shown_to(desk, this.visibility),
        act("Save", "change", str(this.id), look="primary"),
    ]  # fmt: skip
    return html.Div(parts, className="card-body keep-form")


def items(desk: Desk) -> Content:
    """A page of the documents, the newest additions first."""
    try:
        this = shown(desk)
    except NotHere:
        return ""
    number = max(desk.state.number("page", 1), 1)
    page = members(desk.installation.storage, desk.viewer, this.id, offset=(number - 1) * AT_ONCE, limit=AT_ONCE)
    heading = html.Div(html.H2("Documents"), className="card-head")
    if not page.total:
        why = "Nothing that you may see was added yet."
        search = html.A("Search", href="/search", className="go")
        steps = (search, " and add all that is found, or open a record and add it.") if this.may_change else ()
        return html.Div([heading, nothing("documents in it", why, *steps)], className="card-body")
    rows = [
        [
            Cell(AsIs(row.name), row.name.casefold(), f"/record/{row.id}"),
            Cell(KINDS.get(row.kind, row.kind)),
            Cell(row.code or "–"),
            Cell(f"{shortly(row.added_at)} {row.added_by}".strip(), row.added_at.isoformat()),
            *([Cell(_take_out(this, row.id, row.name))] if this.may_change else []),
        ]
        for row in page.rows
    ]
    columns = [Column("Title"), Column("Kind"), Column("Code or DOI"), Column("Added")]
    columns += [Column("Change")] if this.may_change else []
    return html.Div(
        [heading, data_table("Documents", columns, rows, cards=True), paging(desk, page.total, AT_ONCE)],
        className="card-body",
    )


def _take_out(this: CollectionView, record: int, name: str) -> Component:
    return act("Take out", "uncollect", f"{this.id}/{record}", look="small plain", **{"aria-label": f"Take out {name}"})


def changes(desk: Desk) -> Content:
    """What the viewer did to it, with the way back."""
    try:
        found = keeping.my_changes(desk.installation.storage, desk.viewer, shown(desk).id)
    except NotHere:
        return None
    if not found:
        return None
    rows = []
    for row in found:
        count = f" {counted(row.records, 'documents')}" if row.what in ("added", "removed") else ""
        back = act(["Undo", html.unseen(f" {SAID[row.what]}{count}")], "unkeep", str(row.id), look="small",
                   place="history")  # fmt: skip
        can = not row.undone and row.what not in ("made", "deleted")
        state = html.Span("undone", className="badge quiet") if row.undone else (back if can else None)
        rows.append(html.Li([html.Span(shortly(row.at), className="quiet"), f"You {SAID[row.what]}{count}", state]))
    heading = html.Div(html.H2("What you changed"), className="card-head")
    return html.Div([heading, html.Ul(rows, className="rows decided")], className="card-body")


def make(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Make a collection from the form."""
    given = form.get("title", ""), form.get("description", ""), form.get("visibility") or "private"
    number = desk.installation.keep(lambda storage: keeping.make(storage, desk.viewer, *given))
    return Done(["Made. ", html.A("Open it", href=f"{PATH}/{number}")], back=("drop", str(number)))


def change(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Change a collection by the form. on: its number."""
    if not on.isdigit():
        raise WrongUsage("This is no number of a collection.")
    names = ("title", "description", "visibility")
    values = {name: form[name] for name in names if name in form}
    number = desk.installation.keep(lambda storage: keeping.change(storage, desk.viewer, int(on), **values))
    return Done("Changed.", back=("unkeep", str(number)), leave=("edit",))


PAGE = Page(
    path=PATH,
    title="Collections",
    layout=layout,
    panels={
        "list": list_of_all, "new": new, "gone": gone, "saved": saved,
        "one": one, "edit": edit, "items": items, "changes": changes, **PANELS,
    },
    roles=dict.fromkeys(FOR_VIEWERS, "viewer"),
    acts={**ACTS, "make": make, "change": change},
    menu="Search",
    tab="Collections",
    order=21,
    help="Sets of documents with their reports; saved searches with what is new in them.",
)  # fmt: skip
