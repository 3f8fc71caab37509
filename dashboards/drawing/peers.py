"""Other installations: what each credits, what of it is shared with this one, how fresh it is; and how to share."""

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing.markup import with_code
from dashboards.drawing.measured import measured
from dashboards.drawing.tables import Cell, Column
from dashboards.drawing.words import amount, shortly
from dashboards.page import Content, Desk
from dashboards.panel import nothing
from puma.listing import SourceView
from puma.measuring.joint import RULE, peers
from puma.provider import Credits

HARVESTER = "puma_peer"
TITLE = "Other installations that tell of their credit"
COLUMNS = (
    Column("Installation"), Column("Facilities"), Column("Publications", True), Column("Validated there", True),
    Column("Shared", True), Column("As of"), Column("State"),
)  # fmt: skip


def others(desk: Desk) -> Content:
    """One row per installation whose credits are fetched: its numbers, its date and its state."""
    known = [one for one in desk.installation.sources(desk.viewer) if one.harvester == HARVESTER]
    told = peers(desk.installation.snapshot(), desk.viewer).set_index("peer").to_dict("index")
    rows = []
    for one in known:
        found = told.get(one.name)
        numbers = [found[name] if found else 0 for name in ("credited", "validated", "shared")]
        cells = [Cell(amount(value), value) for value in numbers]
        fresh = Cell(shortly(one.fresh_at), one.fresh_at.isoformat() if one.fresh_at else "")
        rows.append([Cell(one.name), Cell(found["facilities"] if found else ""), *cells, fresh, Cell(_state(one))])
    below = html.Div([_list() if known else None, _sharing(desk)])
    if not known:
        why = "Installations of other facilities can be asked which publications they credit: DOIs and nothing else."
        step = "Write a [[source]] with the harvester `puma_peer` into puma.toml."
        none = nothing("other installation", why, *([step] if desk.viewer.role == "admin" else []))
        return measured(desk, "others", TITLE, (RULE,), shown=none, below=below)
    return measured(desk, "others", TITLE, (RULE,), COLUMNS, rows, below=below)


def _state(one: SourceView) -> str:
    if one.trouble:
        return f"{one.trouble}; what it told before stands" if one.fresh_at else one.trouble
    return "good" if one.fresh_at else "never harvested"


def _list() -> Component:
    files = [
        html.A(name.upper(), href=f"/api/v1/exports/joint.{name}", download="", className="act")
        for name in ("csv", "xlsx", "jsonl")
    ]
    words = "The joint list, each publication by DOI with its facilities:"
    return html.P([html.Span(words), " ", *files], className="small")


def _sharing(desk: Desk) -> Component | None:
    """What the other side writes into its settings, for those who set up such things."""
    if not desk.viewer.at_least("user_office"):
        return None
    settings = desk.installation.settings
    if not settings.federation.share:
        words = "This installation does not share its own: switch on `share` under [federation] to let others fetch it."
        return html.P(with_code(words), className="small quiet")
    key = Credits(settings).public_key()
    said = html.Span("This installation shares its own. Others fetch it from")
    where = [said, " ", html.Code("/public/federation"), " ", html.Span("with the key"), " ", html.Code(key)]
    return html.P(where, className="small quiet")
