"""Data: datasets, who uses them, whether they are open, structures, plans, transfers, and how FAIR it all is."""

from dataclasses import replace

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing.blocks import focus_year, stack, tiles, to_year, top, years
from dashboards.drawing.chart import chart
from dashboards.drawing.figures import lines_by_year
from dashboards.drawing.opened import opened
from dashboards.drawing.words import amount
from dashboards.frame.controls import filter_bar
from dashboards.frame.sections import heading
from dashboards.page import Content, Desk, Page
from dashboards.panel import nothing, slot, welcome
from dashboards.quality.fair import about, answer, questions, unanswer, year_of

PATH = "/data"
TILES = (
    "datasets", "open_on_time_share", "data_citation_share", "data_reuse", "independent_reuse_share",
    "open_data_publications", "pdb_entries", "fair_score", "dmp_share", "transferred_bytes", "transfer_users",
    "transfer_proposals",
)  # fmt: skip
USES = ("own data", "same institution", "independent", "unknown")


def layout(desk: Desk) -> Content:
    return welcome(desk) or html.Div(
        [
            slot(PATH, "title", kind="bare title"),
            slot(PATH, "filters", kind="bare", height=86),
            slot(PATH, "tiles", kind="bare", height=230),
            html.Div([slot(PATH, "datasets", height=392), slot(PATH, "cited", height=392)], className="grid two"),
            html.Div([slot(PATH, "uses", height=392), slot(PATH, "strangers", height=392)], className="grid two"),
            html.Div([slot(PATH, "opened", height=392), slot(PATH, "structures", height=392)], className="grid two"),
            html.Div(
                [slot(PATH, "instruments", height=420), slot(PATH, "publishers", height=420)], className="grid two"
            ),
            html.Div([slot(PATH, "plans", height=392), slot(PATH, "carried", height=392)], className="grid two"),
            html.Div(
                [slot(PATH, "carried_by", height=420), slot(PATH, "carried_to", height=420)], className="grid two"
            ),
            *_assessed(desk),
        ],
        className="wide",
    )


def _assessed(desk: Desk) -> list[Component]:
    """The self-assessment, for people with an account."""
    if not desk.viewer.at_least("viewer"):
        return []
    both = html.Div([slot(PATH, "fair", height=392), slot(PATH, "principles", height=392)], className="grid two")
    return [both, html.Div([slot(PATH, "questions", height=420)], className="grid")]


def structures(desk: Desk) -> Content:
    """Structures per year, with how many name their paper and their raw data."""
    shares = [desk.ask(slug).answer for slug in ("pdb_with_paper_share", "pdb_with_raw_data_share")]
    if not shares[0].denominator:
        return html.Div(
            [
                html.Div(html.H2("PDB entries released per year"), className="card-head"),
                nothing("PDB entries", "No source has brought any yet.",
                        "The harvester `pdb` reads the entries of your site from RCSB, with paper and raw data."),
            ],
            className="card-body",
        )  # fmt: skip
    said = [
        f"{amount(one.numerator)} of {amount(one.denominator)} name {what}"
        for one, what in zip(shares, ("their paper", "their raw data"), strict=True)
    ]
    asked = desk.ask("pdb_entries", "year", "instrument", without=("year",))
    if desk.state.many("table") or len(asked.answer.table):
        return stack(desk, "structures", "PDB entries released per year, by instrument", "pdb_entries", "instrument",
                     remark=", ".join(said))  # fmt: skip
    return nothing("PDB entries", "The filters above leave none.")


def _nobody(words: str) -> Component:
    """In place of a score while nobody has answered."""
    empty = nothing("answers", "Nobody has answered the self-assessment for this yet.", "The questions stand below.")
    return html.Div([html.Div(html.H2(words), className="card-head"), empty], className="card-body")


def fair(desk: Desk) -> Content:
    """The score through the years, of the whole facility or of the one instrument chosen."""
    _, name = about(desk)
    asked = desk.ask("fair_score", "year", without=("year", "instrument"), filters={"assessed": (name,)})
    if not asked.answer.denominator:
        return _nobody(f"FAIR score per year, {name}")
    figure = lines_by_year(
        asked.answer.table, desk.scheme, "share", to_year(desk), asked=desk.years_asked("fair_score")
    )
    return chart(desk, "fair", f"FAIR score per year, {name}", asked, figure)


def principles(desk: Desk) -> Content:
    """The score by principle in the year of the questions."""
    _, name = about(desk)
    chosen = {"assessed": (name,), "year": (str(year_of(desk)),)}
    if not desk.ask("fair_score", without=("instrument",), filters=chosen).answer.denominator:
        return _nobody(f"FAIR score by principle, {name}, {year_of(desk)}")
    return top(
        replace(desk, state=desk.state.without("instrument", "year")), "principles",
        f"FAIR score by principle, {name}, {year_of(desk)}", "fair_score", "principle", filters=chosen,
    )  # fmt: skip


def title(desk: Desk) -> Content:
    return heading(desk, PATH, "Data", "Datasets with a DOI or catalogue entry, who uses them, and how FAIR they are.")


def filters(desk: Desk) -> Content:
    return filter_bar(desk, ("year", "instrument", "group"), policy="policy")


PAGE = Page(
    path=PATH,
    title="Data",
    layout=layout,
    panels={
        "title": title,
        "filters": filters,
        "tiles": lambda desk: tiles(desk, TILES, year=focus_year(desk)),
        "datasets": lambda desk: years(desk, "datasets", "Datasets per year of their creation", "datasets"),
        "cited": lambda desk: years(desk, "cited", "Articles that cite data of the facility", "data_citation_share"),
        "instruments": lambda desk: top(
            desk, "instruments", "Datasets by instrument", "datasets", "instrument", most=12
        ),
        "publishers": lambda desk: top(desk, "publishers", "Datasets by publisher", "datasets", "publisher", most=8),
        "plans": lambda desk: years(
            desk, "plans", "Accepted proposals with a data management plan, per year of their call", "dmp_share"
        ),
        "uses": lambda desk: stack(
            desk, "uses", "Uses of the facility's data per year of the publication, by whom", "data_reuse", "use",
            order=USES,
        ),
        "strangers": lambda desk: years(
            desk, "strangers", "Publications from open data alone, without beam time", "open_data_publications"
        ),
        "opened": lambda desk: opened(desk, "opened"),
        "structures": structures,
        "fair": fair,
        "principles": principles,
        "questions": questions,
        "carried": lambda desk: stack(desk, "carried", "Data carried away per year", "transferred_bytes", "route"),
        "carried_by": lambda desk: top(
            desk, "carried_by", "Data carried away by instrument", "transferred_bytes", "instrument", most=12
        ),
        "carried_to": lambda desk: top(
            desk, "carried_to", "Data carried away by country of the proposal's team", "transferred_bytes", "country",
            most=12,
        ),
    },
    acts={"answer": answer, "unanswer": unanswer},
    roles=dict.fromkeys(("plans", "carried", "carried_by", "carried_to"), "viewer"),
    menu="Dashboards",
    tab="Data",
    order=16,
    help="Datasets, data citation and reuse, open data, PDB entries, FAIR self-assessment, plans, transfers.",
)  # fmt: skip
