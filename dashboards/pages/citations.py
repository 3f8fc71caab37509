"""Journals and citations: where the publications appeared, how open they are, how often they were cited."""

from dashboards.drawing import tags as html
from dashboards.drawing.blocks import OPENNESS, focus_year, stack, tiles, to_year, top, years
from dashboards.drawing.chart import chart, footnote
from dashboards.drawing.compared import compared
from dashboards.drawing.figures import lines_by_year
from dashboards.drawing.measured import measured
from dashboards.drawing.tables import Cell, Column
from dashboards.drawing.techniques import techniques
from dashboards.drawing.topics import topics
from dashboards.drawing.words import amount, moment
from dashboards.frame.controls import filter_bar
from dashboards.frame.sections import heading
from dashboards.page import Content, Desk, Page
from dashboards.panel import nothing, slot, welcome
from puma.measuring.counters import citation_counters

PATH = "/citations"
TILES = (
    "publications", "citations", "h_index", "top_cited_share", "high_impact_share", "open_access_share",
    "cc_by_share", "multi_instrument_share", "cross_facility_share", "company_share", "international_share",
    "theses",
)  # fmt: skip


def layout(desk: Desk) -> Content:
    return welcome(desk) or html.Div(
        [
            slot(PATH, "title", kind="bare title"),
            slot(PATH, "filters", kind="bare", height=86),
            slot(PATH, "tiles", kind="bare", height=230),
            html.Div([slot(PATH, "counters", height=240)], className="grid"),
            html.Div([slot(PATH, "journals", height=520), slot(PATH, "cited", height=520)], className="grid two"),
            html.Div([slot(PATH, "years", height=392), slot(PATH, "listed", height=392)], className="grid two"),
            html.Div([slot(PATH, "open", height=392), slot(PATH, "instruments", height=392)], className="grid two"),
            html.Div(
                [slot(PATH, "tenth", height=392), slot(PATH, "tenthby", kind="card optional")], className="grid two"
            ),
            html.Div([slot(PATH, "techniques", height=520)], className="grid"),
            html.Div([slot(PATH, "topics", height=520)], className="grid"),
        ],
        className="wide",
    )


def title(desk: Desk) -> Content:
    lead = "Counts of citations depend on their source, on age and on size: compare like with like."
    return heading(desk, PATH, "Journals and citations", lead)


def filters(desk: Desk) -> Content:
    return filter_bar(desk, ("year", "instrument", "group", "country", "sector", "type"), policy="policy counting")


def counters(desk: Desk) -> Content:
    """Which sources counted the citations, and when they were read."""
    words = "Where the citations come from"
    asked = desk.ask("publications")
    followed, policy = asked.answer.question.filters, desk.state.policy
    frame, known = citation_counters(desk.installation.snapshot(), desk.viewer, followed, policy=policy)
    rules = (
        "Of each publication the number of one source stands: of those that tell one, the source that goes before the "
        "others here. Numbers of different sources are never added.",
        "The date is that of the source's last good harvest: citations that came later are not in it.",
        "Citation percentile: among works of the same field, type and year, as OpenAlex counts it.",
    )
    columns = [Column("Number"), Column("Source"), Column("Publications", True), Column("Read on")]
    names = {"citations": "Citations", "percentile": "Citation percentile"}
    rows = [
        [
            Cell(names[row["what"]]), Cell(row["source"]), Cell(amount(row["publications"]), row["publications"]),
            Cell(f"{moment(row['read_at'])} UTC" if row["read_at"] else "not known"),
        ]
        for row in frame.to_dict("records")
    ]  # fmt: skip
    lacking = [f"{amount(known['all'] - known[what])} without {names[what].lower()}" for what in names]
    advice = html.P(
        "The citation percentile is not known of any: harvest OpenAlex, which gives it.", className="quiet small"
    )
    remark = footnote(desk, asked, ", ".join(lacking))
    if not rows:
        shown = nothing("citation counts", "No source tells how often publications were cited.",
                        "Harvest Crossref or OpenAlex.")  # fmt: skip
        return measured(desk, "counters", words, rules, shown=shown, remark=remark)
    below = None if known["percentile"] else advice
    return measured(desk, "counters", words, rules, columns, rows, below=below, remark=remark, cards=True)


def tenth(desk: Desk) -> Content:
    """The most cited tenth per year, and of how many articles that is known at all."""
    words = "Articles in the most cited tenth of their field, type and year"
    known = desk.ask("citation_percentile_coverage").answer
    if not known.numerator:
        why = "No source tells the citation percentile of any article, so this is not known."
        empty = nothing("percentiles", why, "Harvest OpenAlex, which gives them.")
        return html.Div([html.Div(html.H2(words), className="card-head"), empty], className="card-body")
    asked = desk.ask("top_cited_share", "year", without=("year",))
    every = desk.years_asked("top_cited_share")
    figure = lines_by_year(asked.answer.table, desk.scheme, "share", to_year(desk), asked=every)
    remark = f"percentile known of {amount(known.numerator)} of {amount(known.denominator)} articles"
    return chart(desk, "tenth", words, asked, figure, remark=remark)


def tenth_by_instrument(desk: Desk) -> Content:
    """The same by instrument; nothing where no percentile is known, which is said beside."""
    if not desk.ask("citation_percentile_coverage").answer.numerator:
        return None
    words = "Share in the most cited tenth by instrument, each article split"
    return compared(desk, "tenthby", words, "top_cited_share")


PAGE = Page(
    path=PATH,
    title="Journals and citations",
    layout=layout,
    panels={
        "title": title,
        "filters": filters,
        "tiles": lambda desk: tiles(desk, TILES, year=focus_year(desk)),
        "journals": lambda desk: top(desk, "journals", "Publications by journal", "publications", "journal", most=15),
        "cited": lambda desk: top(desk, "cited", "Citations by journal", "citations", "journal", most=15),
        "years": lambda desk: years(desk, "years", "Citations of the publications of each year", "citations"),
        "listed": lambda desk: years(
            desk, "listed", "Share of articles in journals of the facility's list, per year", "high_impact_share"
        ),
        "open": lambda desk: stack(
            desk, "open", "Publications per year, by open-access status", "publications", "open_access", order=OPENNESS
        ),
        "counters": counters,
        "topics": topics,
        "techniques": techniques,
        "tenth": tenth,
        "tenthby": tenth_by_instrument,
        "instruments": lambda desk: top(
            desk, "instruments", "Citations by instrument", "citations", "instrument", most=12
        ),
    },
    menu="Dashboards",
    tab="Journals and citations",
    order=17,
    help="Journals, open access, citations with their source and date, most cited articles, techniques.",
)
