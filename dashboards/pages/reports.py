"""Reports: make one, freeze it, keep its recipe, and see what changed since."""

from collections.abc import Mapping
from functools import partial

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing import widgets
from dashboards.drawing.chart import label
from dashboards.drawing.differences import difference, within_tables
from dashboards.drawing.exporting import made_list
from dashboards.drawing.markup import AsIs
from dashboards.drawing.reports import FORMS, again_box, file_links
from dashboards.drawing.tables import Cell, Column, data_table
from dashboards.drawing.words import amount, day, moment
from dashboards.frame.acts import act, entry, kept
from dashboards.frame.controls import choices, control_id
from dashboards.frame.sections import tabs
from dashboards.page import Act, Content, Desk, Done, Page
from dashboards.panel import live, nothing, notice, pulse, slot
from puma import reports
from puma.dimensions import DIMENSIONS
from puma.errors import NotHere, WrongUsage
from puma.keeping import collections
from puma.languages import LANGUAGES
from puma.measuring.spelling import word
from puma.reports import KINDS, FrozenView, Job, Recipe, jobs_in

PATH = "/reports"
ROLES = {"": "as I see them", "viewer": "as everybody with an account sees them"}


def layout(desk: Desk) -> Content:
    if desk.rest:
        reports.frozen_report(desk.installation.storage, desk.viewer, _number(desk.rest))
        parts = [
            slot(PATH, "one", kind="bare title", height=140),
            html.Div([slot(PATH, "changes", height=400)], className="grid"),
        ]
        return html.Div(parts, className="wide keeping reports")
    lead = "The figures of a dashboard on paper: made now, frozen for a council, and compared with what is known today."
    heading = html.Div(
        [tabs(desk, PATH), html.H1("Reports"), html.P(lead, className="lead")], className="panel bare title"
    )
    left = [slot(PATH, "frozen", height=300), slot(PATH, "recipes", height=200)]
    right = [
        slot(PATH, "jobs", kind="card optional"),
        slot(PATH, "make", height=420),
        slot(PATH, "gone", kind="card optional"),
    ]
    columns = [html.Div(left, className="stacked"), html.Div(right, className="stacked")]
    return html.Div(
        [heading, html.Div(columns, className="grid wide-narrow top-aligned")], className="wide keeping reports"
    )


def _card(title: str, *parts: Content) -> Component:
    return html.Div([html.Div(html.H2(title), className="card-head"), *parts], className="card-body")


# -- making


def make_form(desk: Desk) -> Content:
    """The form for a report; what a dashboard sent stands in it already."""
    kind = _kind(desk)
    others = [f"{DIMENSIONS[s].label}: {', '.join(word(s, v) for v in vs)}" for s, vs in desk.state.filters.items()
              if s not in ("year", kind)]  # fmt: skip
    office = desk.viewer.at_least("user_office")
    shown = [
        widgets.Select(
            id=entry("as"), label="Figures", value="", allowDeselect=False,
            data=[{"value": value, "label": words} for value, words in ROLES.items()], **kept("report"),
        )
    ] if office else []  # fmt: skip
    parts = [
        widgets.Select(
            id=control_id("kind"), label="About", value=kind, allowDeselect=False,
            data=[{"value": one, "label": DIMENSIONS[one].label} for one in KINDS],
        ),
        _subject(desk, kind),
        widgets.TextInput(
            id=entry("years"), label="Years", value=desk.state.one("year"), placeholder="2015-2019; all if empty",
            **kept(f"years/{desk.state.one('year')}"),
        ),
        widgets.Select(
            id=entry("policy"), label="Links that count", allowDeselect=False,
            value=desk.state.policy if desk.state.policy in reports.SURE else "standard",
            data=[{"value": one, "label": one.capitalize()} for one in reports.SURE],
            **kept(f"links/{desk.state.policy}"),
        ),
        widgets.Select(
            id=entry("language"), label="Language", value=desk.installation.settings.facility.language,
            allowDeselect=False, data=[{"value": code, "label": name} for code, name in LANGUAGES.items()],
            **kept("report"),
        ),
        html.P(f"Also filtered by {'; '.join(others)}.", className="footnote") if others else None,
        *shown,
        widgets.TextInput(
            id=entry("note"), label="Note", value="", placeholder="What it is frozen for", **kept("report")
        ),
        act("Freeze it", "freeze", look="primary"),
        html.P("Or make it once, as it is now:", className="small"),
        html.Div([act(words, "begin", form, look="small") for form, words in FORMS.items()], className="own"),
        widgets.TextInput(id=entry("title"), label="Name of the recipe", value="", **kept("report")),
        act("Keep it as a recipe", "keep"),
    ]  # fmt: skip
    return _card("Make a report", html.Div([part for part in parts if part is not None], className="keep-form"))


def _kind(desk: Desk) -> str:
    """What the report of the form is about."""
    return desk.state.one("kind") if desk.state.one("kind") in KINDS else "facility"


def _subject(desk: Desk, kind: str) -> Component | None:
    """Which one of the kind: from a list where it is short, else by name; nothing of the facility."""
    chosen = desk.state.one("name")
    if kind == "facility":
        return None
    if kind in ("institution", "organisation"):
        said = "Its name, or the number at the end of its address"
        return widgets.TextInput(
            id=entry("name"), label="Which one", value=chosen, description=said, **kept(f"{kind}/{chosen}")
        )
    if kind == "collection":
        found = collections(desk.installation.storage, desk.viewer)
        offered = [{"value": str(one.id), "label": AsIs(one.title)} for one in found]
    else:
        offered = choices(desk, kind)
        numbers = {one["value"] for one in offered}
        if chosen and chosen not in numbers:  # by its name, as a recipe may have it
            chosen = next((one["value"] for one in offered if one["label"] == chosen), "")
    return widgets.Select(
        id=entry("name"), label="Which one", value=chosen or None, data=offered, searchable=True, limit=200,
        placeholder="Choose one", nothingFoundMessage="Nothing of that name", **kept(f"{kind}/{chosen}"),
    )  # fmt: skip


def _asked(desk: Desk, form: Mapping[str, str]) -> Recipe:
    """The recipe that the form says, with the filters of the address."""
    filters = {slug: values for slug, values in desk.state.filters.items() if slug != "year"}
    if years := form.get("years", "").strip():
        filters["year"] = (years,)
    policy = form.get("policy") or "standard"
    return reports.recipe(form.get("kind") or _kind(desk), form.get("name", ""), filters, policy=policy,
                          counting=desk.state.counting, language=form.get("language") or "en")  # fmt: skip


def freeze(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Freeze the report of the form, or of a recipe. on: the number of the recipe, else empty."""
    house = desk.installation
    asked = _again(desk, on, form) if on else _asked(desk, form)
    number = reports.freeze(
        house.storage, house.snapshot(), desk.viewer, asked, facility=house.settings.facility.name,
        note="" if on else form.get("note", ""), as_role="" if on else form.get("as", ""),
    )  # fmt: skip
    return Done(["Frozen. ", html.A("Open it", href=f"{PATH}/{number}")], back=("drop-frozen", str(number)))


def begin(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Make the report of the form, or of a recipe, in the background. on: the format, and the recipe's number."""
    house, (written, _, number) = desk.installation, on.partition("/")
    if written not in FORMS:
        raise WrongUsage("There is no such format.")
    asked = _again(desk, number, form) if number else _asked(desk, form)
    reports.in_background(house.storage, house.snapshot(), desk.viewer, asked, written, settings=house.settings)
    return Done("It is being made; it appears above the form.")


def _again(desk: Desk, on: str, form: Mapping[str, str]) -> Recipe:
    """A recipe, for the subject and the years that were typed beside it. on: its number."""
    known = reports.recipe_named(desk.installation.storage, desk.viewer, on).recipe
    return reports.with_parameters(known, form.get(f"name-{on}", "").strip(), form.get(f"years-{on}", "").strip())


def keep(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Keep the form as a recipe."""
    number = reports.save_recipe(desk.installation.storage, desk.viewer, form.get("title", ""), _asked(desk, form))
    return Done("Kept.", back=("drop-recipe", str(number)))


# -- what is being made


def jobs(desk: Desk) -> Content:
    """The reports that were made in the background and are kept."""
    found = _reports(desk)
    more = html.P(html.A("Your exports", href="/exports", className="go"))
    return _card("Made for you", live(PATH, "jobs", jobs_now(desk, "jobs")), more) if found else None


def jobs_now(desk: Desk, name: str) -> Content:
    """How far they are, drawn again while one is at work."""
    found = _reports(desk)
    jobs = jobs_in(desk.installation.settings)
    return [made_list(found[:10], jobs.until), pulse(2 if any(one.is_open for one in found) else 0)]


def _reports(desk: Desk) -> list[Job]:
    found = jobs_in(desk.installation.settings).mine(desk.viewer)
    return [one for one in found if one.order.kind == reports.REPORT]


# -- frozen ones and recipes


def frozen(desk: Desk) -> Content:
    """The frozen reports, the newest first."""
    found = reports.frozen_reports(desk.installation.storage, desk.viewer)
    if not found:
        why = "A frozen report keeps its figures, and the records behind each, however much is harvested later."
        steps: list[Component | str] = [
            "Open a dashboard and press “Report”, or fill in the form. ",
            html.A("Facility", href="/", className="go"),
        ]
        return _card("Frozen reports", nothing("frozen reports yet", why, *steps))
    columns = [Column("Report"), Column("Publications", True), Column("Files"), Column("Change")]
    return _card(
        "Frozen reports", data_table("Frozen reports", columns, [_frozen_row(one) for one in found], cards=True)
    )


def _frozen_row(one: FrozenView) -> list[Cell]:
    under = f"facts of {day(one.as_of)}, frozen by {one.made_by} on {day(one.made_at)}"
    name = [html.A(one.title, href=f"{PATH}/{one.id}", className="go"), html.Span(AsIs(one.note), className="under"),
            html.Span(under, className="under quiet")]  # fmt: skip
    drop = act(["Delete", html.unseen(f" {one.title}")], "drop-frozen", str(one.id), look="small plain")
    return [
        Cell(html.Span(name), one.title.casefold()),
        Cell(amount(one.publications), one.publications),
        Cell(html.Span(_files(one), className="files")),
        Cell(drop if one.mine else ""),
    ]


def _files(one: FrozenView) -> list[Component]:
    return [
        html.A([form.upper(), html.unseen(f" of {one.title}")], href=f"/api/v1/reports/frozen/{one.id}/file.{form}",
               target="_blank" if form == "html" else "")
        for form in FORMS
    ]  # fmt: skip


def recipes(desk: Desk) -> Content:
    """The named recipes, each with what makes it again."""
    found = reports.recipes(desk.installation.storage, desk.viewer)
    if not found:
        why = "A recipe makes the same report again next year: its subject, years and rules under a name."
        return _card("Recipes", nothing("recipes yet", why, "Give the form a name and keep it."))
    rows = []
    for one in found:
        name = label(desk, one.recipe.kind, one.recipe.name) if one.recipe.name else ""
        about = " ".join(part for part in (one.recipe.kind, name) if part)
        spoken = one.recipe.language
        links = html.Span(file_links(one.recipe, language=spoken, short=True), className="files")
        acts: list[Component] = [again_box(one)]
        if one.mine:
            acts.append(act(["Delete", html.unseen(f" {one.name}")], "drop-recipe", str(one.id), look="small plain"))
        said = f"{about}, {one.recipe.span}, {one.recipe.policy} links"
        what = html.Span([said, ", ", html.Span(LANGUAGES.get(spoken, spoken), lang=spoken)], className="under quiet")
        name_and_what = html.Span([html.B(AsIs(one.name)), what])
        cells = [Cell(name_and_what, one.name.casefold()), Cell(links), Cell(html.Span(acts, className="files"))]
        rows.append(cells)
    columns = [Column("Recipe"), Column("Make it now"), Column("Change")]
    return _card("Recipes", data_table("Recipes", columns, rows, cards=True))


def gone(desk: Desk) -> Content:
    """What one deleted, with the way back."""
    storage, viewer = desk.installation.storage, desk.viewer
    found = [("back-frozen", one.id, one.title) for one in reports.frozen_reports(storage, viewer, deleted=True)[:5]]
    found += [
        ("back-recipe", one.id, f"Recipe {one.name}") for one in reports.recipes(storage, viewer, deleted=True)[:5]
    ]
    if not found:
        return None
    rows = [
        html.Li([html.Span(title), act(["Bring back", html.unseen(f" {title}")], do, str(number), look="small")])
        for do, number, title in found
    ]
    return _card("Deleted", html.Ul(rows, className="rows decided"))


def _number(on: str) -> int:
    if not (on.isascii() and on.isdigit() and len(on) < 16):
        raise NotHere("There is no such report.")
    return int(on)


def drop_frozen(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Delete a frozen report."""
    reports.delete_frozen(desk.installation.storage, desk.viewer, _number(on))
    return Done("Deleted.", back=("back-frozen", on))


def drop_recipe(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Delete a recipe."""
    reports.delete_recipe(desk.installation.storage, desk.viewer, _number(on))
    return Done("Deleted.", back=("back-recipe", on))


def _back(restore: str, desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    getattr(reports, restore)(desk.installation.storage, desk.viewer, _number(on))
    return Done("It is back.")


# -- one frozen report


def one(desk: Desk) -> Content:
    """What was frozen, when, by whom, of which facts; its files."""
    try:
        this = reports.frozen_report(desk.installation.storage, desk.viewer, _number(desk.rest))
    except NotHere as reason:
        return notice("No such report", [html.P(str(reason)), html.P(html.A("All reports", href=PATH, className="go"))])
    links = [
        html.A(words, href=f"/api/v1/reports/frozen/{this.id}/file.{form}", className="button small",
               target="_blank" if form == "html" else "")
        for form, words in FORMS.items()
    ]  # fmt: skip
    if this.mine:
        links.append(act("Delete", "drop-frozen", str(this.id), look="small plain"))
    said = [f"facts of {moment(this.as_of)} UTC, version {this.facts_version}", f"{this.recipe.policy} link policy",
            f"figures of the role {this.viewer.role.replace('_', ' ')}", f"program {this.program}"]  # fmt: skip
    return [
        html.P([html.A("Reports", href=PATH, className="go"), html.Span("Frozen", className="badge accent"),
                html.Span(f"by {this.made_by} on {moment(this.made_at)} UTC")], className="kicker spaced"),
        html.H1(this.title),
        html.P(AsIs(this.note), className="lead") if this.note else "",
        html.P([piece for part in said for piece in (" · ", html.Span(part))][1:], className="quiet"),
        html.Div(links, className="own"),
    ]  # fmt: skip


def changes(desk: Desk) -> Content:
    """What changed in each number since, with the reasons; their effects sum to the difference."""
    house = desk.installation
    try:
        this = reports.frozen_report(house.storage, desk.viewer, _number(desk.rest))
    except NotHere:
        return ""
    found = reports.changes_since(house.storage, house.snapshot(), desk.viewer, this)
    reports.seen(house.storage, desk.viewer, reports.open_frozen(house.storage, desk.viewer, this.id))
    moved = [number for number in found.numbers if number.lines or number.difference or number.remark]
    same = [number.title for number in found.numbers if number not in moved]
    until = f"Facts of {moment(found.then)} UTC against those of {moment(found.now)} UTC, version {found.version}."
    parts: list[Component] = [html.P(until, className="lead small")]
    if not moved and not found.tables:
        parts.append(notice("Nothing changed", "Every number is what it was, of the same records.", tone="good"))
    parts += [difference(number) for number in moved]
    if (moved or found.tables) and same:
        parts.append(html.P(f"Unchanged: {', '.join(same)}.", className="footnote"))
    parts += within_tables(found.tables)
    return _card("What changed since", *parts)


ACTS: Mapping[str, Act] = {
    "freeze": freeze,
    "begin": begin,
    "keep": keep,
    "drop-frozen": drop_frozen,
    "drop-recipe": drop_recipe,
    "back-frozen": partial(_back, "restore_frozen"),
    "back-recipe": partial(_back, "restore_recipe"),
}

PAGE = Page(
    path=PATH,
    title="Reports",
    layout=layout,
    panels={
        "make": make_form, "jobs": jobs, "frozen": frozen, "recipes": recipes, "gone": gone,
        "one": one, "changes": changes,
    },
    live=jobs_now,
    acts=ACTS,
    menu="Dashboards",
    tab="Reports",
    order=19,
    role=reports.TO_FREEZE,
    help="Reports on paper: frozen, compared with now, and made again by their recipe.",
)  # fmt: skip
