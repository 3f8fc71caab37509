"""Compare: two instruments, countries or institutions side by side, number by number and year by year."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go
from dash import dcc
from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing import widgets
from dashboards.drawing.blocks import behind
from dashboards.drawing.chart import embed_box, label, picture, pictures_of
from dashboards.drawing.peers import others
from dashboards.drawing.tables import Cell, Column, csv_of, data_table
from dashboards.drawing.together import records, together
from dashboards.drawing.words import amount, counted
from dashboards.frame.controls import chips, choices, control_id, year_pair, years_known
from dashboards.frame.sections import heading
from dashboards.frame.theme import SERIES, template
from dashboards.page import Content, Desk, Page
from dashboards.panel import nothing, slot, welcome
from puma.dimensions import DIMENSIONS
from puma.measuring import Question, metric

PATH = "/compare"
CUTS = ("instrument", "country", "institution")
MEASURES = (
    "publications", "citations", "open_access_share", "international_share", "proposals", "acceptance_rate",
    "allocated_hours", "yield_3_years", "time_to_publication", "experiments", "users",
)  # fmt: skip
SIDES = ("a", "b")


def layout(desk: Desk) -> Content:
    return welcome(desk) or html.Div(
        [
            slot(PATH, "title", kind="bare title"),
            slot(PATH, "choice", kind="bare", height=86),
            html.Div([slot(PATH, "numbers", height=420)], className="grid"),
            html.Div([slot(PATH, "records", kind="card optional")], className="grid"),
            html.Div([slot(PATH, "instruments", height=560)], className="grid"),
            html.Div([slot(PATH, "facilities", height=320)], className="grid"),
            html.Div([slot(PATH, "others", height=220)], className="grid"),
            html.Div(
                [slot(PATH, name, kind="card optional") for name in ("publications", "proposals")],
                className="grid two",
            ),
        ],
        className="wide",
    )


def title(desk: Desk) -> Content:
    return heading(desk, PATH, "Compare", "Two side by side, under the same rules; and who shares publications.")


def cut(desk: Desk) -> str:
    """What is compared: the dimension chosen."""
    return desk.state.one("cut") if desk.state.one("cut") in CUTS else CUTS[0]


def sides(desk: Desk) -> list[str]:
    """The two values chosen, as far as they are and exist."""
    known = {one["value"] for one in choices(desk, cut(desk))}
    return [desk.state.one(side) for side in SIDES if desk.state.one(side) in known]


def choice(desk: Desk) -> Content:
    slug = cut(desk)
    known: Sequence[dict[str, str]] = choices(desk, slug)
    parts: list[Component] = [
        html.Div(
            widgets.Select(
                id=control_id("cut"),
                label="Compare",
                value=slug,
                allowDeselect=False,
                data=[{"value": one, "label": f"{DIMENSIONS[one].label}s".replace("ys", "ies")} for one in CUTS],
            ),
            className="control",
        )
    ]
    for side in SIDES:
        value = desk.state.one(side)
        chooser = widgets.Select(
            id=control_id(side),
            label=f"{DIMENSIONS[slug].label} {side.upper()}",
            value=value if any(one["value"] == value for one in known) else None,
            data=known,
            placeholder="choose one",
            searchable=True,
            clearable=True,
            limit=200,
        )
        parts.append(html.Div(chooser, className="control"))
    parts += [html.Div(one, className="control year") for one in year_pair(desk, years_known(desk))]
    parts.append(dcc.Store(id={"type": "standing", "of": "controls"}, data=desk.state.query()))
    return html.Div([html.Div(parts, className="controls"), chips(desk)], className="filters")


def numbers(desk: Desk) -> Content:
    """One row per measure, one column per side; each number leads to its records."""
    slug, chosen = cut(desk), sides(desk)
    if not chosen:
        return nothing(
            "comparison yet",
            f"Choose two of the {DIMENSIONS[slug].label.lower()} values above; one alone works as well.",
        )
    rows = []
    for measure in MEASURES:
        one = metric(measure)
        if slug not in {dimension.slug for dimension in one.dimensions} or not desk.viewer.at_least(one.role):
            continue
        cells = [Cell(f"{one.label} ({one.unit})" if one.unit.casefold() not in one.label.casefold() else one.label)]
        for value in chosen:
            answer = desk.ask(measure, filters={slug: (value,)}).answer
            href = behind(measure, desk.state.without("cut", *SIDES).put(slug, value))
            shown = answer.total if answer.total is None or not pd.isna(answer.total) else None
            cells.append(Cell(amount(shown, one.unit), -1.0 if shown is None else shown, href, one.rule()))
        rows.append(cells)
    names = [label(desk, slug, value) for value in chosen]
    columns = [Column("Measure"), *(Column(name, True) for name in names)]
    head = f"{' and '.join(names)}, number by number"
    frame = pd.DataFrame([[cell.shown for cell in row] for row in rows], columns=["measure", *names])
    csv = html.A("CSV", href=csv_of(frame), download="compare.csv", className="act")
    return html.Div(
        [
            html.Div([html.H2(head), html.Div(csv, className="actions")], className="card-head"),
            data_table(head, columns, rows),
            html.P(
                f"{desk.state.policy.capitalize()} link policy. Each number's rule appears when it is pointed at, and "
                "stands on the list that it leads to.",
                className="footnote",
            ),
        ],
        className="card-body",
    )


def by_year(desk: Desk, name: str, words: str, slug: str) -> Content:
    """One line per side, in colours that stay with the side."""
    chosen = sides(desk)
    if not chosen:
        return None  # what to choose is said once, above
    figure, tables = go.Figure(), []
    one = metric(slug)
    for place, value in enumerate(chosen):
        question = Question(slug, ("year",), {cut(desk): (value,)}, desk.state.policy)
        table = desk.installation.ask(desk.viewer, question).table
        table = table[table["year"].notna() & table["value"].notna()].sort_values("year")
        shown = label(desk, cut(desk), value)
        tables.append(len(table))
        figure.add_scatter(
            x=[int(year) for year in table["year"]], y=table["value"], name=shown, mode="lines+markers",
            line={"width": 2.5, "color": SERIES[desk.scheme][place], "dash": ("solid", "dash")[place]},
            marker={"size": 8, "symbol": ("circle", "diamond")[place]},
            hovertext=[
                f"<b>{shown}, {int(year)}</b><br>{counted(float(number), one.unit)}"
                for year, number in zip(table["year"], table["value"], strict=True)
            ],
            hovertemplate="%{hovertext}<extra></extra>",
        )  # fmt: skip
    if not any(tables):
        return nothing(one.unit, "Neither of the two has any in any year.")
    figure.update_layout(template=template(desk.scheme), showlegend=True)
    figure.update_xaxes(tickformat="d")
    figure.update_yaxes(rangemode="tozero", title_text=one.unit)
    acts = [*pictures_of(name, words), embed_box(desk, name, words, 300, role=one.role)]
    return html.Div(
        [
            html.Div([html.H2(words), html.Div(acts, className="actions")], className="card-head"),
            picture(name, figure, 300, f"{words}: {len(chosen)} lines. The numbers are in the table above."),
            html.P(f"{one.rule()} {desk.state.policy.capitalize()} link policy.", className="footnote"),
        ],
        className="card-body chart",
    )


PAGE = Page(
    path=PATH,
    title="Compare",
    layout=layout,
    panels={
        "title": title,
        "choice": choice,
        "numbers": numbers,
        "records": records,
        "instruments": lambda desk: together(desk, "instrument"),
        "facilities": lambda desk: together(desk, "facility"),
        "others": others,
        "publications": lambda desk: by_year(desk, "publications", "Publications per year", "publications"),
        "proposals": lambda desk: by_year(desk, "proposals", "Proposals per year of their call", "proposals"),
    },
    menu="Dashboards",
    tab="Compare",
    order=17,
    help="Two instruments, countries or institutions side by side; who shares publications with whom.",
)
