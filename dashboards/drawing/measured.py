"""A card for figures that are no metrics: its title, picture or table, rule, CSV, and what the numbers were made of."""

import csv
from collections.abc import Sequence
from io import StringIO
from urllib.parse import quote

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing.markup import with_code
from dashboards.drawing.saving import embed_box, save_menu
from dashboards.drawing.tables import FORMULA, Cell, Column, data_table
from dashboards.drawing.words import THIN, amount
from dashboards.page import Content, Desk
from puma.evaluation import Share

HEIGHT = 420
"""Of an embedded card in pixels, without what stands around it; a longer table scrolls."""
WILSON = "The interval is Wilson's, 95 %."


def measured(
    desk: Desk,
    name: str,
    title: str,
    rules: Sequence[str],
    columns: Sequence[Column] = (),
    rows: Sequence[Sequence[Cell]] = (),
    *,
    foot: Sequence[Cell] = (),
    shown: Content = None,
    below: Content = None,
    remark: str = "",
    role: str = "anonymous",
    acts: Sequence[Component | None] = (),
    cards: bool = False,
) -> Component:
    """A card. foot: the last row of its table. shown: in place of the table until that is asked for. below: under both.
    rules: how it is counted. role: who may know its numbers. acts: further ways to show it. cards: as of
    ``data_table``."""
    as_table = bool(rows) and (shown is None or name in desk.state.many("table"))
    table = data_table(title, columns, rows, foot, cards=cards) if as_table else None
    drawn = not as_table and "picture" in getattr(shown, "className", "").split()
    ways = _actions(desk, name, title, rules, columns, rows, acts, turns=shown is not None, drawn=drawn, role=role)
    heading = html.Div([html.H2(title), ways], className="card-head")
    said = html.P(remark, className="footnote") if remark else None
    rule = html.P(with_code(rules[0]), className="footnote definition") if rules and rows else None
    return html.Div([heading, table if as_table else shown, below, said, rule], className="card-body chart measured")


def _actions(
    desk: Desk,
    name: str,
    title: str,
    rules: Sequence[str],
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    more: Sequence[Component | None],
    *,
    turns: bool,
    drawn: bool,
    role: str,
) -> Component:
    as_table = name in desk.state.many("table")
    turn = html.A(
        ["Chart" if as_table else "Table", html.unseen(f" of {title}")],
        href=desk.state.toggled("table", name).query(),
        className="act go",
    )
    frame = embed_box(desk, name, title, HEIGHT, role=role) if rows else None
    numbers = "data:text/csv;charset=utf-8," + quote(as_csv(columns, rows)) if rows else ""
    save = save_menu(title, numbers, f"puma-{name}.csv", pictures=name if drawn else "", frame=frame)
    shown = [turn if rows and turns else None, *more, save if rows or drawn else None, rule_of(title, rules)]
    return html.Div(shown, className="actions")


def rule_of(title: str, rules: Sequence[str]) -> Component | None:
    """How the numbers of a card are counted, behind its "i"."""
    if not rules:
        return None
    summary = html.Summary(["i", html.unseen(f"nformation: the rule of {title}")], className="act info")
    said = html.Ul([html.Li(with_code(one)) for one in rules])
    return html.Details([summary, html.Div(said, className="rule")], className="rule-box")


def as_csv(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> str:
    """The rows as CSV: numbers as they are sorted, words as they are shown, what begins a formula made inert; what is
    not there stays empty."""
    file = StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([column.head for column in columns])
    for row in rows:
        values = [
            "" if one.shown == "–" else one.sort if isinstance(one.sort, int | float) else one.shown for one in row
        ]
        writer.writerow([f"'{v}" if isinstance(v, str) and v.startswith(FORMULA) else v for v in values])
    return file.getvalue()


def per_cent(share: Share) -> str:
    """``96.5 %``; an en dash when nothing was counted."""
    return amount(share.value, "share")


def interval(share: Share) -> str:
    """``93.0–98.3 %``, Wilson's interval; empty when nothing was counted."""
    if share.interval is None:
        return ""
    low, high = share.interval
    return f"{low * 100:.1f}–{high * 100:.1f}{THIN}%"


def of(share: Share) -> str:
    """``193 of 200``."""
    return f"{amount(share.right)} of {amount(share.of)}"
