"""Countries as blocks: what each contributes against what it gets, and who publishes with whom."""

from math import isnan

import pandas as pd
from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing import widgets
from dashboards.drawing.blocks import Filters
from dashboards.drawing.chart import footnote, picture
from dashboards.drawing.lists import AT_ONCE, paging, record_list
from dashboards.drawing.measured import rule_of
from dashboards.drawing.plot import Figure
from dashboards.drawing.saving import save_menu
from dashboards.drawing.tables import Cell, Column, csv_of, data_table
from dashboards.drawing.words import amount, counted, moment, word
from dashboards.frame.controls import control_id
from dashboards.frame.theme import SCHEMES, SERIES, ramp
from dashboards.page import Asked, Content, Desk
from dashboards.panel import nothing
from puma.measuring import BASES, Balance, balance, collaboration
from puma.measuring.collaboration import RULE as COLLABORATION
from puma.measuring.collaboration import papers_of_pair

LAST = 5  # whole years that are shown while none are chosen
MOST = 12  # countries of the picture of who publishes with whom
ROW = 30  # pixels of one country
WHAT_IS_LEFT_OUT = (
    "A dash stands under Contribution and Return for who contributes nothing, and under User visits for numbers that "
    "would tell of fewer than five people. Codes in brackets: countries that share one contribution."
)


def span(desk: Desk) -> tuple[int, int]:
    """The years chosen, else the last whole ones."""
    first, last = desk.state.years
    snapshot = desk.installation.snapshot()
    now = snapshot.as_of.year if snapshot else 2000
    if not desk.state.many("year"):
        return now - LAST, now - 1
    return first if first is not None else 1900, last if last is not None else now


def spelled(years: tuple[int, int]) -> str:
    """``2019`` or ``2015–2019``."""
    return str(years[0]) if years[0] == years[1] else f"{years[0]}–{years[1]}"


def unit_word(unit: str, countries: str) -> str:
    """A country by its name; a group by its own with the codes of its countries."""
    return word("country", unit) if unit == countries else f"{unit} ({countries.replace(' ', ', ')})"


def basis_control(desk: Desk) -> Component:
    """Whose country beam time goes to."""
    return widgets.Select(
        id=control_id("basis"),
        label="Beam time goes to",
        value=_basis(desk),
        allowDeselect=False,
        data=[{"value": "team", "label": "the whole team"}, {"value": "leader", "label": "the main proposer"}],
    )


def _basis(desk: Desk) -> str:
    return desk.state.one("basis", "team") if desk.state.one("basis", "team") in BASES else "team"


def balance_card(desk: Desk) -> Content:
    """Contribution and allocated beam time of each country side by side, and the table of everything."""
    years = span(desk)
    apart = desk.installation.settings.facility.crg_types
    found = balance(
        desk.installation.snapshot(), desk.viewer, years, basis=_basis(desk), policy=desk.state.policy, apart=apart
    )
    title = f"Share of contribution and of beam time by country, {spelled(years)}"
    if not len(found.table):
        return nothing("beam time by country", "No proposal of these years has a team whose countries are known.")
    paying = found.table[(found.table["contribution"] > 0) | (found.table["allocated"] >= 0.01)]
    shown = picture(
        "balance", _dumbbells(paying, desk.scheme), ROW * max(len(paying), 3) + 56,
        f"{title}: two dots for each of {len(paying)} countries and groups. The table lists all of them.",
    )  # fmt: skip
    return html.Div(
        [
            html.Div([html.H2(title), _actions(found)], className="card-head"),
            shown,
            _table(found, title),
            html.P(WHAT_IS_LEFT_OUT, className="footnote") if _leaves_out(found) else None,
            html.P(
                f"n = {amount(found.hours)} h allocated · {spelled(years)} · basis: {BASES[found.basis]} · "
                f"{found.policy} link policy · as of {moment(found.as_of)} UTC",
                className="footnote",
            ),
        ],
        className="card-body chart measured",
    )


def _leaves_out(found: Balance) -> bool:
    """Whether a number is missing from the table."""
    return bool(found.table[["coefficient", "visits"]].isna().any(axis=None))


def _actions(found: Balance) -> Component:
    save = save_menu("the balance of countries", csv_of(found.table), "balance.csv", pictures="balance")
    rule = rule_of("the balance of countries", ["Balance of countries", found.rule, "K40, K41, K42"])
    return html.Div([save, rule], className="actions")


def _table(found: Balance, title: str) -> Component:
    with_requests = bool(found.table["requested"].notna().any())
    columns = [Column("Country"), Column("Contribution", True)]
    columns += [Column("Asked for", True)] if with_requests else []
    apart = bool((found.table["own"] > 0).any())
    columns += [Column(words, True) for words in ("Allocated", "Delivered", "Return", "Hours")]
    columns += [Column("Hours apart", True)] if apart else []
    columns += [Column(words, True) for words in ("Publications", "Share of publications", "User visits")]
    rows = []
    for row in found.table.to_dict("records"):
        href = f"/country/{row['unit']}" if row["unit"] == row["countries"] and len(row["unit"]) == 2 else ""
        name = unit_word(row["unit"], row["countries"])
        cells = [Cell(name, name, href), _share(row["contribution"] or float("nan"))]
        cells += [_share(row["requested"])] if with_requests else []
        cells += [
            _share(row["allocated"]),
            _share(row["delivered"]),
            Cell("–" if isnan(row["coefficient"]) else f"{row['coefficient']:.2f}", _sorted(row["coefficient"])),
            Cell(amount(round(row["hours"])), row["hours"]),
            *([Cell(amount(round(row["own"])), row["own"])] if apart else []),
            Cell(amount(row["papers"]), _sorted(row["papers"])),
            _share(row["fraction"]),
            Cell(amount(row["visits"]), _sorted(row["visits"])),
        ]
        rows.append(cells)
    return data_table(f"{title}, as a table", columns, rows)


def _share(value: float) -> Cell:
    return Cell(amount(None if isnan(value) else value, "share"), _sorted(value))


def _sorted(value: float) -> float:
    return -1.0 if isnan(value) else float(value)


def _dumbbells(table: pd.DataFrame, scheme: str) -> Figure:
    """One line per country from what it contributes to what it was given."""
    names = [unit_word(unit, codes) for unit, codes in zip(table["unit"], table["countries"], strict=True)]
    places = list(range(len(names)))
    figure = Figure(scheme)
    for place, paid, given in zip(places, table["contribution"], table["allocated"], strict=True):
        figure.draw(
            "scatter", x=[paid, given], y=[place, place], mode="lines", hoverinfo="skip", showlegend=False,
            line={"width": 3, "color": SCHEMES[scheme].line},
        )  # fmt: skip
    drawn = table.assign(contribution=table["contribution"].where(table["contribution"] > 0))
    for label, column, colour, symbol in (
        ("contributed", "contribution", SERIES[scheme][1], "diamond"),
        ("allocated beam time", "allocated", SERIES[scheme][0], "circle"),
    ):
        figure.draw(
            "scatter", x=drawn[column], y=places, mode="markers", name=label, cliponaxis=False,
            marker={"size": 11, "color": colour, "symbol": symbol},
            hovertext=[
                f"<b>{name}</b><br>{label}: {amount(value, 'share')}"
                for name, value in zip(names, drawn[column], strict=True)
            ],
            hovertemplate="%{hovertext}<extra></extra>",
        )  # fmt: skip
    figure.layout(showlegend=True)
    most = max(float(table[["contribution", "allocated"]].max().max() or 0), 0.05) * 1.04
    figure.xaxis(tickformat=".0%", range=[-most / 60, most], showgrid=True, zeroline=False,
                 title={"text": "share of the whole"})  # fmt: skip
    short = [name if len(name) <= 26 else f"{name[:25]}…" for name in names]
    return figure.yaxis(
        zeroline=False, tickvals=places, ticktext=short, range=[max(len(names), 3) - 0.4, -0.6], showgrid=False,
        tickfont={"color": SCHEMES[scheme].text, "size": 12}, ticklen=4, tickcolor="rgba(0,0,0,0)",
    )  # fmt: skip


def together_card(desk: Desk, *, filters: Filters | None = None) -> Content:
    """First authors' countries against those of the others, as a picture and as a table of pairs, page by page.

    filters: further ones than the page's own; without them the years are those of the balance.
    """
    asked = _asked(desk, filters)
    followed = asked.answer.question.filters
    pairs = collaboration(desk.installation.snapshot(), desk.viewer, followed, policy=desk.state.policy)
    title = "Publications by country of the first and of the other authors"
    if not len(pairs):
        return nothing("pairs of countries", "No linked publication that the filters keep has authors whose countries "
                       "are known.")  # fmt: skip
    at = 1 if desk.state.one("pair") else max(desk.state.number("page", 1), 1)  # else the list of the pair is paged
    columns = [Column("First author"), Column("Other authors"), Column("Publications", True)]
    rows = [
        [Cell(word("country", a)), Cell(word("country", b)),
         Cell(amount(n), n, desk.state.put("pair", f"{a}-{b}").query())]
        for a, b, n in pairs.iloc[(at - 1) * AT_ONCE : at * AT_ONCE].itertuples(index=False)
    ]  # fmt: skip
    shown = picture(
        "together", _matrix(pairs, desk.scheme), 420, f"{title}: a matrix of the {MOST} most frequent countries."
    )
    save = save_menu(title, csv_of(pairs), "countries-together.csv", pictures="together")
    acts = html.Div([save, rule_of(title, [COLLABORATION])], className="actions")
    table = data_table(f"{title}, as a table", columns, rows)
    steps = None if desk.state.one("pair") else paging(desk, len(pairs), AT_ONCE)
    return html.Div(
        [
            html.Div([html.H2(title), acts], className="card-head"),
            html.Div([shown, html.Div([table, steps])], className="side-by-side"),
            html.P(footnote(desk, asked, f"{amount(len(pairs))} pairs of countries"), className="footnote"),
        ],
        className="card-body chart",
    )


def pair_list(desk: Desk, *, filters: Filters | None = None) -> Content:
    """The publications behind the pair of countries that was clicked."""
    one, _, other = desk.state.one("pair").partition("-")
    if not one or not other:
        return None
    followed, policy = _asked(desk, filters).answer.question.filters, desk.state.policy
    ids = papers_of_pair(desk.installation.snapshot(), desk.viewer, followed, (one, other), policy=policy)
    first, second = word("country", one), word("country", other)
    title = f"First author in {first}, others in {second}" if one != other else f"All authors in {first}"
    away = html.A("Close the list", href=desk.state.without("pair", "page").query(), className="go")
    return html.Div(
        [html.Div([html.H2(title), away], className="card-head"), record_list(desk, "publication", ids, title)],
        className="card-body",
    )


def _asked(desk: Desk, filters: Filters | None) -> Asked:
    years = span(desk)
    return desk.ask("publications", filters=filters or {"year": (f"{years[0]}-{years[1]}",)})


def _matrix(pairs: pd.DataFrame, scheme: str) -> Figure:
    weight = (
        pairs.groupby("first_country")["value"].sum().add(pairs.groupby("other_country")["value"].sum(), fill_value=0)
    )
    codes = list(weight.sort_values(ascending=False).index[:MOST])
    known = {(a, b): n for a, b, n in pairs.itertuples(index=False)}
    names = [word("country", code) for code in codes]
    figure = Figure(scheme)
    figure.draw(
        "heatmap", z=[[known.get((row, column)) for column in codes] for row in codes],
        x=codes, y=codes, colorscale=ramp(scheme), xgap=2, ygap=2, showscale=False,
        text=[[amount(known[row, column]) if (row, column) in known else "" for column in codes] for row in codes],
        texttemplate="%{text}",
        hovertext=[[f"<b>{a} first, with {b}</b><br>{counted(known.get((i, j), 0), 'publications')}"
                    for j, b in zip(codes, names, strict=True)] for i, a in zip(codes, names, strict=True)],
        hovertemplate="%{hovertext}<extra></extra>",
    )  # fmt: skip
    figure.xaxis(
        side="top", showgrid=False, type="category", title={"text": "other authors in"},
        tickfont={"color": SCHEMES[scheme].text},
    )  # fmt: skip
    return figure.yaxis(
        autorange="reversed", showgrid=False, type="category", title={"text": "first author in"}, tickvals=codes,
        ticktext=names,
        tickfont={"color": SCHEMES[scheme].text},
    )  # fmt: skip
