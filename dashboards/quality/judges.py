"""The models that judge links, as a panel: which one does, what it was fitted on, how good, and the way back."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing.markup import with_code
from dashboards.drawing.measured import measured
from dashboards.drawing.tables import Cell, Column, data_table
from dashboards.drawing.words import amount, day, moment
from dashboards.frame.acts import act
from dashboards.page import Content, Desk, Done
from puma.errors import NotHere
from puma.listing import quality as found
from puma.matching.shelf import Card
from puma.matching.shelf import measured as shipped_figures

TITLE = "The model that judges"
RULES = (
    "A model gives the points of all evidence but identifiers, whose points are set by hand.",
    "`puma learn` fits a new one on decisions. It judges only if it is better on the decisions held back (30 %), and "
    "pairs of the random audit never teach.",
    "Log loss: lower is better; ± is half the 95 % interval of its mean. ECE: distance of promised from true. F1 at "
    "probability one half.",
    "Whichever model is chosen judges from the next matching on (`puma match`, or the worker's after a harvest); "
    "decisions of people stay as they are.",
)
FIGURES = {
    "auto precision": "Precision of automatic", "auto precision, from": "Wilson from",
    "auto coverage": "True pairs automatic", "auto + review recall": "True pairs found", "F1": "F1",
    "F1 without identifier": "F1 without identifier", "recall of none": "Lonely ones left alone", "ECE": "ECE",
}  # fmt: skip
"""Measured figures of the shipped model: heads by name."""


def models(desk: Desk) -> Content:
    """The panel."""
    cards = found.model_cards(desk.installation.settings.files_folder)
    used = next(one for one in cards if one.in_use)
    judged = found.judged_by(desk.installation.storage, desk.viewer)
    outdated = found.outdated_models(desk.installation.settings.files_folder)
    others = sum(count for version, count in judged.items() if version != used.version)
    by = ", ".join(f"{version}: {amount(count)}" for version, count in judged.items())
    facts = [
        ("In use", used.version + (", learnt here" if used.learnt else ", as shipped")),
        ("Fitted on", _fitted_on(used)),
        ("Links judged by", by or "none yet"),
    ]
    waits = html.P(
        with_code(f"{amount(others)} undecided links were judged by another model: `puma match` judges them anew."),
        className="told",
    )
    below = html.Div(
        [
            _set_aside(cards, outdated, used),
            html.Dl([part for name, words in facts for part in (html.Dt(name), html.Dd(words))], className="facts"),
            waits if others and used.version not in judged else None,
            _confirm(desk, [one for one in cards if one.version not in outdated], used),
            _history(desk, used),
            _shipped(),
        ],
        className="stacked",
    )
    columns = [Column("Model"), Column("Fitted on")]
    columns += [Column(head, True) for name in ("Log loss", "ECE", "F1") for head in (name, "before")]
    columns += [Column("Choice")]
    return measured(
        desk, "models", TITLE, RULES, columns, [_row(desk, one, outdated) for one in reversed(cards)], below=below,
        cards=True,
    )  # fmt: skip


def _set_aside(cards: Sequence[Card], outdated: Collection[str], used: Card) -> Component | None:
    """What was learnt last here, cannot judge any more, and has not been replaced; nothing otherwise."""
    last = next((one for one in reversed(cards) if one.learnt), None)
    if last is None or last.version not in outdated or used.learnt:
        return None
    words = (
        f"{last.version} was learnt here from other measures than are taken now: it does not judge, {used.version} "
        "does. Learn again from the same decisions: `puma learn`."
    )
    return html.P(with_code(words), className="told", role="status")


def _row(desk: Desk, one: Card, outdated: Collection[str]) -> list[Cell]:
    after, before = one.said.get("held back", {}), one.said.get("before", {})
    cells = [Cell(one.version, one.number), Cell(_fitted_on(one))]
    for name in ("log loss", "ECE", "F1"):
        for held in (after, before):
            value = held.get(name)
            reach = f" ± {held['log loss +-']:.3f}" if name == "log loss" and "log loss +-" in held else ""
            note = f"on {amount(held['decisions'])} held-back decisions" if held else ""
            cells.append(Cell(f"{value:.3f}{reach}" if value is not None else "–", value, note=note))
    return [*cells, Cell(_choice(desk, one, outdated), int(one.in_use))]


def _choice(desk: Desk, one: Card, outdated: Collection[str]) -> Component:
    if one.in_use:
        return html.Span("in use", className="badge good")
    if one.version in outdated:
        return html.Span("cannot judge", className="badge warn", title="It learnt from other measures.")
    if not desk.viewer.at_least("user_office"):
        return html.Span("kept", className="badge quiet")
    words = ["Use this one", html.unseen(f" {one.version}")]
    return html.A(words, href=desk.state.put("use", one.version).query(), className="button small go")


def _fitted_on(one: Card) -> str:
    said: Mapping[str, Any] = one.said
    if not one.learnt:
        return f"{said['on'].partition(':')[0]}, {amount(said['pairs'])} pairs, {amount(said['true pairs'])} true"
    taught = f"{amount(said['learnt from'])} decisions until {day(date.fromisoformat(said['until']))}"
    sides = f"{amount(said['accepted'])} accepted and {amount(said['rejected'])} rejected in all"
    return f"{taught} ({sides}), grown from {said['base']}"


def _confirm(desk: Desk, cards: list[Card], used: Card) -> Component | None:
    """The question before another model judges."""
    wanted = next((one for one in cards if one.version == desk.state.one("use") and not one.in_use), None)
    if wanted is None or not desk.viewer.at_least("user_office"):
        return None
    way = "back" if wanted.number < used.number else "forward"
    return html.Div(
        [
            html.P(html.B(f"Go {way} to {wanted.version}?")),
            html.P(
                with_code(
                    f"It judges from the next `puma match` on in place of {used.version}: probabilities change, and "
                    "some links may become automatic or stop being so. Decisions of people stay. It is written down "
                    "who chose it, and can be taken back."
                ),
                className="small",
            ),
            html.Div(
                [
                    act(f"Take {wanted.version} into use", "use", f"{wanted.version}/{used.version}", look="primary"),
                    html.A("Leave it", href=desk.state.without("use").query(), className="button go"),
                ],
                className="own",
            ),
        ],
        className="confirm",
        role="alertdialog",
        **{"aria-label": f"Take {wanted.version} into use?"},
    )


def _history(desk: Desk, used: Card) -> Component | None:
    acts = found.model_acts(desk.installation.storage, desk.viewer)
    if not acts:
        return None
    items = []
    for place, one in enumerate(acts):
        said = one.said or f"{one.version} came into use for {one.before}."
        can = place == 0 and one.version == used.version and desk.viewer.at_least("user_office")
        back = act(
            ["Undo", html.unseen(f" back to {one.before}")], "use", f"{one.before}/{one.version}", look="small",
            place="history",
        ) if can else None  # fmt: skip
        items.append(html.Li([html.Span(said), html.Span(f"{moment(one.at)} UTC", className="quiet"), back]))
    return html.Div([html.H3("Which model came when"), html.Ul(items, className="rows decided")])


def _shipped() -> Component | None:
    """The figures of the shipped model, as the benchmark measured them."""
    told = shipped_figures()
    if not told:
        return None
    columns = [Column("Difficulty"), Column("True pairs", True), *(Column(head, True) for head in FIGURES.values())]
    rows = [
        [
            Cell(level), Cell(amount(one["true pairs"]), one["true pairs"]),
            *(Cell(f"{one[name]:.3f}", one[name]) for name in FIGURES),
        ]
        for level, one in told["figures"].items()
    ]  # fmt: skip
    return html.Details(
        [
            html.Summary("How good the shipped model was found to be"),
            html.P(f"On {told['on']}. Invented facilities are not real ones: the random audit is what counts here.",
                   className="quiet small"),
            data_table("Figures of the shipped model", columns, rows),
            *_alone(told.get("alone", {})),
        ],
        className="more",
    )  # fmt: skip


def _alone(levels: Mapping[str, Any]) -> list[Component]:
    """What a policy would give that lets links without an identifier be automatic."""
    heads = ("Without an identifier", "Precision of these", "Wilson from", "Precision of automatic", "Wilson from",
             "True pairs automatic")  # fmt: skip
    names = ("precision", "precision, from", "auto precision", "auto precision, from", "auto coverage")
    rows = [
        [
            Cell(level), Cell(f"{one['from']:.2f}", one["from"]), Cell(amount(one["links"]), one["links"]),
            *(Cell(f"{one[name]:.3f}", one[name]) for name in names),
        ]
        for level, several in levels.items() for one in several
    ]  # fmt: skip
    columns = [Column("Difficulty"), Column("Automatic from", True), *(Column(head, True) for head in heads)]
    words = (
        "A facility's policy may let links be automatic without an identifier, by people and words alone; unless it "
        "says so, they never are. This is what each setting would have given on the same facilities."
    )
    table = data_table("Automatic links without an identifier", columns, rows)
    return [html.P(words, className="quiet small"), table] if rows else []


def use(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Let another model judge. on: its version, and the one that was seen in use."""
    version, _, expected = on.partition("/")
    if not version:
        raise NotHere("Choose a model first.")
    desk.installation.use_model(desk.viewer, version, expected=expected)
    words = f"{version} judges from the next matching on. Undo stands beside the models."
    return Done(words, leave=("use",))
