"""What an institution is a part of, and its parts, each with its numbers as named and with everything below it."""

from dash.development.base_component import Component

from dashboards.authority.institutions import PATH
from dashboards.drawing import tags as html
from dashboards.drawing import widgets
from dashboards.drawing.blocks import behind
from dashboards.drawing.measured import measured
from dashboards.drawing.tables import Cell, Column
from dashboards.drawing.words import amount
from dashboards.frame.controls import control_id
from dashboards.page import Content, Desk
from puma.dimensions import DIMENSIONS
from puma.listing import InstitutionView, Named
from puma.measuring import metric

KEY, WITH_PARTS = "counted", "parts"
"""Of the state: whether the numbers of the page are of the institution with its parts."""
COUNTED = ("publications", "proposals")
CUTS = ("institution", "organisation")
"""As named, and with what is below."""
FEW = 40  # parts in the table; those with the most publications


def parts_control(desk: Desk) -> Component:
    """Whether the page counts the institution as it is named, or with its parts."""
    return widgets.Select(
        id=control_id(KEY),
        label="Counted",
        value=WITH_PARTS if desk.state.one(KEY) == WITH_PARTS else "named",
        allowDeselect=False,
        data=[{"value": "named", "label": "As named"}, {"value": WITH_PARTS, "label": "With all its parts"}],
    )


def tree(desk: Desk, one: InstitutionView) -> Content:
    """The table of the tree; nothing for an institution that stands by itself."""
    if not one.parents and not one.parts:
        return None
    slugs = [slug for slug in COUNTED if desk.installation.snapshot() and desk.viewer.at_least(metric(slug).role)]
    below = _below(desk, one, slugs)
    own = Named(one.name, one.id)
    line = [(part, deep) for deep, part in enumerate([*one.parents, own])]
    parts = [part for part, _ in one.parts]
    parts.sort(key=lambda part: -below.get(("publications", "organisation", part.record_id or 0), 0.0))
    line += [(part, len(one.parents) + 1) for part in parts[:FEW]]
    rows = []
    for part, deep in line:
        number = part.record_id or 0
        name = html.B(part.name) if number == one.id else html.A(part.name, href=f"{PATH}/{number}", className="go")
        row = [Cell(html.Span(name, style={"--deep": str(deep)}, className="branch"), part.name)]
        for slug in slugs:
            for cut in CUTS:
                above = deep < len(one.parents)
                value = _total(desk, slug, cut, number) if above else below.get((slug, cut, number), 0.0)
                href = behind(slug, desk.state.without(KEY).put(cut, str(number))) if value else ""
                row.append(Cell(amount(value), value, href))
        rows.append(row)
    columns = [Column("Institution")]
    for slug in slugs:
        columns += [Column(metric(slug).label, True), Column(f"{metric(slug).label}, with parts", True)]
    rules = [f"{DIMENSIONS[cut].label}: {DIMENSIONS[cut].help}" for cut in CUTS]
    rules += [f"{metric(slug).label}: {metric(slug).rule()}" for slug in slugs]
    remark = "What several parts share counts in each of them, and once in what they are part of."
    if len(parts) > FEW:
        remark = f"The {FEW} parts with the most publications of {len(parts)}. {remark}"
    return measured(desk, "tree", "Part of, and its parts", rules, columns, rows, remark=remark)


def _below(desk: Desk, one: InstitutionView, slugs: list[str]) -> dict[tuple[str, str, int], float]:
    """The counts of the institution and of all below it, which are among the records of it and its parts."""
    found: dict[tuple[str, str, int], float] = {}
    for slug in slugs:
        for cut in CUTS:
            table = desk.ask(slug, cut, filters={"organisation": (str(one.id),)}).answer.table
            for number, value in zip(table[f"{cut}_id"], table["value"], strict=True):
                found[slug, cut, int(number)] = float(value)
    return found


def _total(desk: Desk, slug: str, cut: str, number: int) -> float:
    return desk.ask(slug, filters={cut: (str(number),)}).answer.total or 0.0
