"""Compare: two instruments, groups, countries, institutions or years, number by number and year by year."""

from collections.abc import Sequence

import pandas as pd
from dash import dcc
from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing import widgets
from dashboards.drawing.blocks import behind
from dashboards.drawing.chart import label
from dashboards.drawing.markup import AsIs
from dashboards.drawing.peers import others
from dashboards.drawing.saving import save_menu
from dashboards.drawing.sides import by_instrument, by_year
from dashboards.drawing.tables import Cell, Column, csv_of, data_table
from dashboards.drawing.together import records, together
from dashboards.drawing.words import amount
from dashboards.frame.controls import chips, choices, control_id, year_pair, years_known
from dashboards.frame.sections import heading
from dashboards.page import Content, Desk, Page
from dashboards.panel import nothing, slot, welcome
from puma.dimensions import DIMENSIONS
from puma.measuring import metric

PATH = "/compare"
CUTS = {
    "instrument": "Instruments", "group": "Instrument groups", "country": "Countries", "institution": "Institutions",
    "year": "Years",
}  # fmt: skip
"""What can be compared."""
TITLES = {"publications": "Publications per year", "proposals": "Proposals per year of their call"}
MEASURES = (
    "publications", "citations", "open_access_share", "international_share", "proposals", "acceptance_rate",
    "allocated_hours", "yield_3_years", "time_to_publication", "experiments", "users",
)  # fmt: skip
SIDES = ("a", "b")
LEFT_OUT = "Left out: none such is known here, or none open to you."
LONGEST = 80  # letters of a value that nobody knows, when it is named


def layout(desk: Desk) -> Content:
    return welcome(desk) or html.Div(
        [
            slot(PATH, "title", kind="bare title"),
            slot(PATH, "choice", kind="bare", height=86),
            html.Div([slot(PATH, "numbers", height=420)], className="grid"),
            html.Div([slot(PATH, name, kind="card optional") for name in TITLES], className="grid two"),
            html.Div([slot(PATH, "records", kind="card optional")], className="grid"),
            html.Div([slot(PATH, "instruments", height=560)], className="grid"),
            html.Div([slot(PATH, "facilities", height=320)], className="grid"),
            html.Div([slot(PATH, "others", height=220)], className="grid"),
        ],
        className="wide",
    )


def title(desk: Desk) -> Content:
    return heading(desk, PATH, "Compare", "Two side by side, under the same rules; and who shares publications.")


def cut(desk: Desk) -> str:
    """What is compared: the dimension chosen."""
    return desk.state.one("cut") if desk.state.one("cut") in CUTS else "instrument"


def known(desk: Desk) -> Sequence[dict[str, str]]:
    """What can be chosen on either side."""
    if cut(desk) == "year":
        return [{"value": str(year), "label": str(year)} for year in reversed(years_known(desk))]
    return [one for one in choices(desk, cut(desk)) if one["value"] != "unknown"]


def sides(desk: Desk) -> list[str]:
    """The two values chosen, as far as they are and exist; one where both are the same."""
    there = {one["value"] for one in known(desk)}
    return list(dict.fromkeys(desk.state.one(side) for side in SIDES if desk.state.one(side) in there))


def left_out(desk: Desk) -> list[Component]:
    """A sentence for each value of the address that is not compared, because the viewer knows none such."""
    there, name = {"", *(one["value"] for one in known(desk))}, DIMENSIONS[cut(desk)].label
    gone = dict.fromkeys(desk.state.one(side) for side in SIDES if desk.state.one(side) not in there)
    return [
        html.P(
            [html.B([html.Span(name), ": ", AsIs(one[:LONGEST])]), " ", html.Span(LEFT_OUT)],
            className="aside", role="status",
        )
        for one in gone
    ]  # fmt: skip


def choice(desk: Desk) -> Content:
    slug = cut(desk)
    there = known(desk)
    parts: list[Component] = [
        html.Div(
            widgets.Select(
                id=control_id("cut"),
                label="Compare",
                value=slug,
                allowDeselect=False,
                data=[{"value": one, "label": words} for one, words in CUTS.items()],
            ),
            className="control",
        )
    ]
    for side in SIDES:
        value = desk.state.one(side)
        chooser = widgets.Select(
            id=control_id(side),
            label=f"{DIMENSIONS[slug].label} {side.upper()}",
            value=value if any(one["value"] == value for one in there) else None,
            data=there,
            placeholder="choose one",
            searchable=True,
            clearable=True,
            limit=200,
        )
        parts.append(html.Div(chooser, className="control"))
    parts += swap(desk)
    if slug != "year":
        parts += [html.Div(one, className="control year") for one in year_pair(desk, years_known(desk))]
    parts.append(dcc.Store(id={"type": "standing", "of": "controls"}, data=desk.state.query()))
    return html.Div([html.Div(parts, className="controls"), *left_out(desk), chips(desk)], className="filters")


def swap(desk: Desk) -> list[Component]:
    """The way to the same two with their sides changed; nothing before there are two."""
    one, other = (desk.state.one(side) for side in SIDES)
    if len(sides(desk)) < 2:
        return []
    arrows = html.Span("⇄ ", **{"aria-hidden": "true"})
    href = desk.state.put("a", other).put("b", one).query()
    return [html.Div(html.A([arrows, "Swap A and B"], href=href, className="button small go"), className="swap")]


def numbers(desk: Desk) -> Content:
    """One row per measure, one column per side; each number leads to its records."""
    slug, chosen = cut(desk), sides(desk)
    if not chosen:
        return nothing(
            "comparison yet",
            "Choose one on either side above: two are set beside each other; one alone works as well.",
        )
    rows = []
    for measure in MEASURES:
        one = metric(measure)
        if slug not in {dimension.slug for dimension in one.dimensions} or not desk.viewer.at_least(one.role):
            continue
        unit = "%" if one.unit == "share" else one.unit
        cells = [Cell(f"{one.label} ({unit})" if unit.casefold() not in one.label.casefold() else one.label)]
        for value in chosen:
            answer = desk.ask(measure, filters={slug: (value,)}).answer
            href = behind(measure, desk.state.without("cut", *SIDES).put(slug, value))
            shown = answer.total if answer.total is None or not pd.isna(answer.total) else None
            sort, way = (-1.0, "") if shown is None else (shown, href)
            cells.append(Cell(amount(shown, one.unit), sort, way, one.rule()))
        rows.append(cells)
    names = [label(desk, slug, value) for value in chosen]
    columns = [Column("Measure"), *(Column(name, True) for name in names)]
    head = f"{' and '.join(names)}, number by number"
    frame = pd.DataFrame([[cell.shown for cell in row] for row in rows], columns=["measure", *names])
    save = save_menu(head, csv_of(frame), "compare.csv")
    return html.Div(
        [
            html.Div([html.H2(head), html.Div(save, className="actions")], className="card-head"),
            data_table(head, columns, rows),
            html.P(
                f"{desk.state.policy.capitalize()} link policy. Each number's rule appears when it is pointed at, and "
                "stands on the list that it leads to.",
                className="footnote",
            ),
        ],
        className="card-body",
    )


def chart(desk: Desk, name: str, slug: str) -> Content:
    """The two through the years, in colours that stay with them; two years over the instruments."""
    words, chosen = TITLES[name], sides(desk)
    if not chosen or cut(desk) not in {dimension.slug for dimension in metric(slug).dimensions}:
        return None  # what to choose is said once, above
    if cut(desk) == "year":
        return by_instrument(desk, name, f"{metric(slug).label} by instrument", slug, "year", chosen)
    return by_year(desk, name, words, slug, cut(desk), chosen)


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
        "publications": lambda desk: chart(desk, "publications", "publications"),
        "proposals": lambda desk: chart(desk, "proposals", "proposals"),
    },
    menu="Dashboards",
    tab="Compare",
    order=18,
    help="Two instruments, groups, countries, institutions or years side by side; who shares publications with whom.",
)
