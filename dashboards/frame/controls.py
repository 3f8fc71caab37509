"""The filter bar: one control per dimension, chips for what is chosen; every change goes through the URL."""

from collections.abc import Sequence
from functools import lru_cache

from dash import dcc
from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing import widgets
from dashboards.drawing.chart import label
from dashboards.drawing.markup import Around, held
from dashboards.drawing.words import amount, word
from dashboards.frame.state import MOST, State
from dashboards.page import Desk
from puma.access import Viewer
from puma.dimensions import DIMENSIONS
from puma.installation import Installation
from puma.listing import instrument_groups, instruments
from puma.measuring import metric

Choice = dict[str, str]
FEW = 2  # controls that are never folded
CHIPS, ALL_CHIPS = 24, "chips"
"""Chips of one row, because each is as long as the address; and the key by which an address asks for all of them."""


def filter_bar(
    desk: Desk, keys: Sequence[str], *, policy: str = "policy", more: Sequence[Component] = (), remark: str = ""
) -> Component:
    """Controls for these dimensions in this order. policy: ``policy``, ``counting`` or both words, or empty.

    more: controls of the page's own. remark: which of the filters the page does not follow. Without dimensions it has
    no chips either. On a narrow window the controls are folded behind one line with the number of those that are set.
    """
    parts: list[Component] = []
    for key in keys:
        if key == "group" and not instrument_groups(desk.installation.storage, desk.viewer):
            continue
        parts += (
            [html.Div(one, className="control year") for one in year_pair(desk, years_known(desk))]
            if key == "year"
            else [html.Div(_many(desk, key), className="control")]
        )
    if "policy" in policy:
        parts.append(html.Div(_policy(desk), className="control links"))
    if "counting" in policy:
        parts.append(html.Div(_counting(desk), className="control year"))
    parts += [html.Div(one, className="control") for one in more]
    fold = _fold(_set(desk, policy)) if len(parts) > FEW else None
    parts.append(dcc.Store(id={"type": "standing", "of": "controls"}, data=desk.state.query()))
    shown = chips(desk) if keys else None
    controls = html.Div(parts, className="controls", id="controls")
    aside = html.P(remark, className="aside") if remark else None
    return html.Div([fold, controls, shown, aside], className="filters")


def _set(desk: Desk, policy: str) -> int:
    """How many filters are set, and rules that are not the usual ones."""
    rules = (
        "policy" in policy and desk.state.policy != "standard",
        "counting" in policy and desk.state.counting != "full",
    )
    return sum(1 for _ in desk.state.pairs()) + sum(rules)


def _fold(active: int) -> Component:
    """The line that opens the controls where they would fill the window."""
    count = html.Span([amount(active), html.unseen(" set")], className="badge accent") if active else None
    return html.Button(
        [html.Span("Filters"), count], type="button", className="fold",
        **{"aria-expanded": "false", "aria-controls": "controls"},
    )  # fmt: skip


def chips(desk: Desk) -> Component | None:
    """The active filters, each with a link that takes it out."""
    found = [
        (DIMENSIONS[slug].label, label(desk, slug, value), desk.state.toggled(slug, value).query())
        for slug, value in desk.state.pairs()
    ]
    return chip_row(found, desk.state.without(*DIMENSIONS, ALL_CHIPS).query(), desk.state)


def chip_row(found: Sequence[tuple[str, str, str]], clear: str, state: State) -> Component | None:
    """Chips from (label, value, query without it), and the link that takes all out; nothing when there are none. Of
    many only the first ones stand there until the others are asked for: each holds the address of all others."""
    if not found and not state.unread:
        return None
    whole = bool(state.one(ALL_CHIPS))
    links = [
        html.A(
            [html.Span([name, ": "], className="chip-key"), value, html.Span(" ×", **{"aria-hidden": "true"})],
            href=query,
            className="chip go",
            **{"aria-label": Around(f"Remove the filter {name}: {held(value)}")},
        )
        for name, value, query in (found if whole else found[:CHIPS])
    ]
    if len(found) > CHIPS:
        words = "Show fewer" if whole else f"and {amount(len(found) - CHIPS)} more"
        links.append(html.A(words, href=state.turned(ALL_CHIPS, "all").query(), className="go"))
    every = html.A("Clear all", href=clear, className="go clear")
    parts = [*links, every, html.P(cut_short(state.unread)) if state.unread else None]
    return html.Div(parts, className="chips", role="group", **{"aria-label": "Active filters"})


def cut_short(unread: int) -> str:
    """That so many values of an address were not read, because there are too many."""
    return (
        f"The address has {amount(unread + MOST)} values, of which the first {MOST} are read: what was chosen beyond "
        "them is left out."
    )


def control_id(key: str) -> dict[str, str]:
    """The id by which a change of a control finds its key in the URL."""
    return {"type": "control", "key": key}


def year_pair(desk: Desk, span: Sequence[int]) -> list[Component]:
    """From and to as drop-downs over the years of ``span``."""
    first, last = desk.state.years
    data = [{"value": str(year), "label": str(year)} for year in reversed(span)]
    return [
        widgets.Select(
            id=control_id(f"year.{side}"),
            label=words,
            value=str(value) if value in span else None,
            data=data,
            placeholder="any",
            clearable=True,
            searchable=True,
        )
        for side, words, value in (("from", "From year", first), ("to", "To year", last))
    ]


def _many(desk: Desk, key: str) -> Component:
    return widgets.MultiSelect(
        id=control_id(key),
        label=DIMENSIONS[key].label,
        value=list(desk.state.many(key)),
        data=choices(desk, key),
        placeholder="" if desk.state.many(key) else "all",
        searchable=True,
        hidePickedOptions=True,
        nothingFoundMessage="Nothing of that name",
        limit=200,
    )


def _policy(desk: Desk) -> Component:
    return widgets.Select(
        id=control_id("policy"),
        label="Links that count",
        value=desk.state.policy,
        allowDeselect=False,
        data=[
            {"value": "standard", "label": "Validated + automatic"},
            {"value": "strict", "label": "Validated only"},
            {"value": "wide", "label": "With likely candidates"},
        ],
    )


def _counting(desk: Desk) -> Component:
    return widgets.Select(
        id=control_id("counting"),
        label="Counting",
        value=desk.state.counting,
        allowDeselect=False,
        data=[{"value": "full", "label": "Full"}, {"value": "fractional", "label": "Fractional"}],
    )


def years_known(desk: Desk) -> list[int]:
    """The years for which there is anything that the viewer may know of, without gaps, rising."""
    years: set[int] = set()
    for slug in ("publications_known", "proposals", "experiments"):
        if not desk.viewer.at_least(metric(slug).role):
            continue
        years |= {int(value) for value in _values(desk, slug, "year")}
    return list(range(min(years), max(years) + 1)) if years else []


def choices(desk: Desk, key: str) -> list[Choice]:
    """What can be chosen of a dimension: its values in the facts, and whatever the URL already says."""
    storage = desk.installation.storage
    if key == "instrument":
        found = [{"value": str(i.id), "label": i.name} for i in instruments(storage, desk.viewer)]
    elif key == "group":
        groups = instrument_groups(storage, desk.viewer)
        found = [{"value": str(g.id), "label": f"{g.name} ({g.facility})" if g.facility else g.name} for g in groups]
    elif key == "sector":  # also those of people who came and have not published
        asked = [slug for slug in ("publications_known", "user_visits") if desk.viewer.at_least(metric(slug).role)]
        values = dict.fromkeys(value for slug in asked for value in _values(desk, slug, key))
        found = [{"value": value, "label": word(key, value)} for value in values]
    else:
        found = [{"value": value, "label": word(key, value)} for value in _values(desk, "publications_known", key)]
    known = {choice["value"] for choice in found}
    found += [{"value": v, "label": label(desk, key, v)} for v in desk.state.many(key) if v not in known]
    return sorted(found, key=lambda choice: choice["label"].casefold())


def _values(desk: Desk, slug: str, key: str) -> tuple[str, ...]:
    """The values of a dimension that a metric knows; none before there are facts."""
    snapshot = desk.installation.snapshot()
    return _values_of(desk.installation, snapshot.version, desk.viewer, slug, key) if snapshot else ()


@lru_cache(maxsize=256)  # the same for every filter: asked once per version of the facts, not at every click
def _values_of(installation: Installation, version: int, viewer: Viewer, slug: str, key: str) -> tuple[str, ...]:
    return tuple(installation.choices(viewer, slug, key))
