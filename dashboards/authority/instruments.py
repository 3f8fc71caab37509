"""Instruments edited by hand: names, group, predecessor and periods, with the picture of what is about to be set."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from anyio import to_thread
from dash import ALL, Input, Output, State, dcc
from dash.development.base_component import Component

from dashboards.authority.by_hand import OFFICE, acts_listed, card, choices, form, say
from dashboards.drawing import tags as html
from dashboards.drawing import widgets
from dashboards.drawing.chart import picture
from dashboards.drawing.timeline import timeline
from dashboards.drawing.words import amount, counted, day
from dashboards.frame.acts import entry, kept
from dashboards.page import Act, Content, Desk, DeskOf, Done
from dashboards.panel import notice
from puma.decisions import Named, Period, checked
from puma.errors import NotHere, PumaError
from puma.listing import InstrumentEdited, PeriodView, instrument_edited, sessions_in

PATH = "/instrument"
PARTS = (
    ("label", "Label", ""), ("starts_on", "Opened", "2014-12-01"), ("ends_on", "Closed", "open"),
    ("commissioning_until", "Commissioning until", ""),
)  # fmt: skip
SPARE = 2
"""Empty rows for further periods."""


def edited(desk: Desk) -> InstrumentEdited:
    """The instrument of the path. Raises NotHere when there is none for this viewer."""
    number = int(desk.rest) if desk.rest.isdigit() and len(desk.rest) < 16 else 0
    found = instrument_edited(desk.installation.storage, desk.viewer, number)
    if found is None:
        raise NotHere("There is no instrument of that number: choose one from the list.")
    return found


def way(desk: Desk) -> Component | None:
    """The link to the form, for who may edit."""
    if not desk.rest or not desk.viewer.at_least(OFFICE):
        return None
    return html.A("Edit", href=desk.state.put("hand", "edit").query(), className="button small go")


def hand(desk: Desk) -> Content:
    """The form for an instrument's names and periods, with the picture of what they come to."""
    if desk.state.one("hand") != "edit" or not desk.viewer.at_least(OFFICE):
        return None
    one = edited(desk)
    rows: list[Period | None] = [*one.periods, *[None] * SPARE]
    about = f"edit/{one.id}/{len(one.history)}"
    words = html.Div(
        [
            widgets.TextInput(id=entry("name"), label="Name", value=one.name, **kept(about)),
            widgets.TextInput(id=entry("label"), label="Long name", value=one.label, **kept(about)),
            widgets.TextInput(id=entry("group"), label="Group", value=one.group, **kept(about)),
            widgets.TextInput(id=entry("pid"), label="Persistent identifier", value=one.pid, **kept(about)),
            widgets.Select(id=entry("successor_of"), label="Successor of", data=choices(one.others), searchable=True,
                           value=str(one.followed.record_id) if one.followed else None, clearable=True,
                           placeholder="of none", **kept(about)),
        ],
        className="authority-words",
    )  # fmt: skip
    groups = f"Groups so far: {', '.join(one.groups)}." if one.groups else "There is no group yet."
    return form(
        desk,
        f"Edit {one.name}",
        words,
        html.P(f"The name is that of the proposal form; the one so far still leads here. {groups}",
               className="quiet small"),
        html.H3("Periods"),
        html.P("A period begins with the official opening, commissioning excluded; its closing day is the first one "
               "that is no longer in it. Empty rows are left out.", className="quiet small"),
        html.Div([_row(place, period, about) for place, period in enumerate(rows)], className="authority-periods"),
        html.Div(_preview(desk, one, [p.said for p in one.periods]), id="instrument-preview",
                 **{"aria-live": "polite"}),
        dcc.Input(id=entry("periods"), type="hidden", value=json.dumps([p.said for p in one.periods])),
        say("Save", "edit", str(one.id), about=about),
        _said(one),
    )  # fmt: skip


def _row(place: int, period: Period | None, about: str) -> Component:
    said = period.said if period else {}
    fields = [
        widgets.TextInput(
            id={"type": "period", "row": place, "part": part}, label=label, value=said.get(part) or "",
            placeholder=hint, debounce=400, **{"aria-label": f"{label} of period {place + 1}"}, **kept(about),
        )
        for part, label, hint in PARTS
    ]  # fmt: skip
    legend = html.Legend(f"Period {place + 1}", className="unseen")
    return html.Fieldset([legend, *fields], className="authority-period")


def _said(one: InstrumentEdited) -> Component | None:
    """What each source, and each person, says of the periods; who wins first."""
    if not one.said:
        return None
    lines = [
        html.Li(
            [
                html.B(each.said_by),
                html.Span("; ".join(f"{p.label} {day(p.starts_on) or '?'} – {day(p.ends_on) or 'open'}"
                                    for p in each.periods)),
            ]
        )
        for each in one.said
    ]  # fmt: skip
    return html.Details(
        [html.Summary(f"What each source says ({len(lines)})"), html.Ul(lines, className="rows authority-sources")],
        className="more",
    )


def _preview(desk: Desk, one: InstrumentEdited, said: Sequence[Mapping[str, Any]]) -> list[Content]:
    """The picture of these periods, and how many sessions fall into each; or what is wrong with them."""
    try:
        periods = checked([Period.read(each) for each in said])
    except PumaError as reason:
        return [notice("These periods cannot be", str(reason), tone="warn")]
    counts, outside = sessions_in(desk.installation.storage, desk.viewer, one.id, periods)
    views = [
        (one.name, PeriodView(p.label or one.name, p.starts_on, p.ends_on, p.commissioning_until)) for p in periods
    ]
    told = [f"{amount(count)} in {p.label or one.name} from {day(p.starts_on)}"
            for p, count in zip(periods, counts, strict=True)]  # fmt: skip
    trying = f" Commissioning until {', '.join(day(p.commissioning_until) for p in periods if p.commissioning_until)}."
    words = f"{counted(sum(counts) + outside, 'sessions')}: {', '.join(told)}; {amount(outside)} outside these periods."
    words += trying if any(p.commissioning_until for p in periods) else ""
    figure = timeline(views, desk.scheme, date.today())
    return [picture("instrument-preview", figure, 96, f"Periods of {one.name} as they would be"),
            html.P(words, className="person-outcome")]  # fmt: skip


def history(desk: Desk) -> Content:
    """What people decided on the instrument, its other names, and the way back."""
    if not desk.rest:
        return None
    one = edited(desk)
    facts = [
        ("Other names", ", ".join(one.aliases)),
        ("Successor of", _named(one.followed)),
        ("Followed by", [part for other in one.followers for part in (_named(other), " ")]),
    ]
    listed = [part for name, value in facts if value for part in (html.Dt(name), html.Dd(value))]
    names, done = html.Dl(listed, className="facts") if listed else None, acts_listed(one.history)
    return card("Names, and what people decided", names, done) if names or done else None


def _named(one: Any) -> Component | None:
    if one is None:
        return None
    said = f"{one.name} ({one.detail})" if one.detail else one.name
    return html.A(said, href=f"{PATH}/{one.record_id}", className="go")


def edit(desk: Desk, on: str, sent: Mapping[str, str]) -> Done:
    """Set what the form says of an instrument. on: its number."""
    held = edited(desk)
    periods = [Period.read(one) for one in json.loads(sent.get("periods") or "[]")]
    followed = sent.get("successor_of", "")
    given = Named(
        **{name: sent.get(name) for name in ("name", "label", "pid", "group")},
        successor_of=int(followed) if followed.isdigit() else None,
        periods=periods if periods or held.periods else None,
    )
    number = desk.installation.edit_instrument(desk.viewer, int(on), given, sent.get("reason", ""))
    return Done("The instrument is as you say, now and after every harvest.", number, ("hand",))


ACTS: Mapping[str, Act] = {"edit": edit}


def wire(app: Any, desk_of: DeskOf) -> None:
    """The picture follows what is typed, and what it shows is what is saved."""

    async def draw(values: list[Any], names: list[dict[str, Any]], pathname: str, scheme: str) -> Any:
        return await to_thread.run_sync(partial(_draw, desk_of, values, names, str(pathname or ""), str(scheme or "")))

    app.callback(
        Output("instrument-preview", "children"),
        Output(entry("periods"), "value"),
        Input({"type": "period", "row": ALL, "part": ALL}, "value"),
        State({"type": "period", "row": ALL, "part": ALL}, "id"),
        State("url", "pathname"),
        State("scheme", "data"),
    )(draw)


def _draw(desk_of: DeskOf, values: list[Any], names: list[dict[str, Any]], pathname: str, scheme: str) -> Any:
    rows: dict[int, dict[str, str]] = {}
    for key, value in zip(names, values, strict=True):
        rows.setdefault(int(key["row"]), {})[str(key["part"])] = str(value or "").strip()
    said = [row for _, row in sorted(rows.items()) if any(row.values())]
    desk = desk_of(pathname, "", "dark" if scheme == "dark" else "light")
    try:
        return _preview(desk, edited(desk), said), json.dumps(said)
    except PumaError as reason:
        return notice(reason.title, str(reason), tone="bad"), json.dumps(said)
