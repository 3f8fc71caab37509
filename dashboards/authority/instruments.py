"""Instruments edited by hand: names, group, predecessor and periods, with the picture of what is about to be set."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from anyio import to_thread
from dash import ALL, Input, Output, State, dcc
from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing import widgets
from dashboards.drawing.chart import picture
from dashboards.drawing.figures import timeline
from dashboards.drawing.words import amount, counted, day, moment
from dashboards.frame.acts import act, entry, undo
from dashboards.page import Act, Content, Desk, DeskOf, Done
from dashboards.panel import notice
from puma.decisions import Named, Period, checked
from puma.errors import NotHere, PumaError
from puma.listing import InstrumentEdited, PeriodView, instrument_edited, sessions_in

PATH = "/instrument"
OFFICE = "user_office"
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


def _card(title: str, *parts: Content, beside: Component | None = None) -> Component:
    heading = html.Div([html.H2(title), beside], className="card-head")
    return html.Div([heading, *[part for part in parts if part is not None]], className="card-body")


def way(desk: Desk) -> Component | None:
    """The link to the form, for who may edit."""
    if not desk.rest or not desk.viewer.at_least(OFFICE):
        return None
    return html.A("Edit", href=desk.state.put("hand", "edit").query(), className="button small go")


def form(desk: Desk) -> Content:
    """The form for an instrument's names and periods, with the picture of what they come to."""
    if desk.state.one("hand") != "edit" or not desk.viewer.at_least(OFFICE):
        return None
    one = edited(desk)
    close = html.A(["Close", html.unseen(" the form")], href=desk.state.without("hand").query(), className="act go")
    others = [
        {"value": str(other.record_id), "label": f"{other.name} ({other.detail})" if other.detail else other.name}
        for other in one.others
    ]
    words = html.Div(
        [
            widgets.TextInput(id=entry("name"), label="Name", value=one.name),
            widgets.TextInput(id=entry("label"), label="Long name", value=one.label),
            widgets.TextInput(id=entry("group"), label="Group", value=one.group),
            widgets.TextInput(id=entry("pid"), label="Persistent identifier", value=one.pid),
            widgets.Select(id=entry("successor_of"), label="Successor of", data=others, searchable=True, clearable=True,
                           value=str(one.followed.record_id) if one.followed else None, placeholder="of none"),
        ],
        className="authority-words",
    )  # fmt: skip
    groups = f"Groups so far: {', '.join(one.groups)}." if one.groups else "There is no group yet."
    rows: list[Period | None] = [*one.periods, *[None] * SPARE]
    return _card(
        f"Edit {one.name}",
        words,
        html.P(f"The name is that of the proposal form; the one so far still leads here. {groups}",
               className="quiet small"),
        html.H3("Periods"),
        html.P("A period begins with the official opening, commissioning excluded; its closing day is the first one "
               "that is no longer in it. Empty rows are left out.", className="quiet small"),
        html.Div([_row(place, period) for place, period in enumerate(rows)], className="authority-periods"),
        html.Div(_preview(desk, one, [p.said for p in one.periods]), id="instrument-preview",
                 **{"aria-live": "polite"}),
        dcc.Input(id=entry("periods"), type="hidden", value=json.dumps([p.said for p in one.periods])),
        html.Div(
            [
                widgets.TextInput(id=entry("reason"), label="Reason (kept with the decision)", value=""),
                act("Save", "edit", str(one.id), look="primary"),
            ],
            className="person-say",
        ),
        _said(one),
        beside=html.Div(close, className="actions"),
    )  # fmt: skip


def _row(place: int, period: Period | None) -> Component:
    said = period.said if period else {}
    fields = [
        widgets.TextInput(
            id={"type": "period", "row": place, "part": part}, label=label, value=said.get(part) or "",
            placeholder=hint, debounce=400, **{"aria-label": f"{label} of period {place + 1}"},
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
    lines = [
        html.Li(
            [
                html.Span(f"{each.by} {each.words}"),
                html.Span(f"{moment(each.at)}{f': {each.reason}' if each.reason else ''}", className="quiet"),
                undo(each.decision, "Take back", place="history", spoken=f"Take back: {each.words}")
                if each.decision
                else None,
            ]
        )
        for each in one.history
    ]
    if not listed and not lines:
        return None
    return _card(
        "Names, and what people decided",
        html.Dl(listed, className="facts") if listed else None,
        html.Ul(lines, className="rows decided") if lines else None,
    )


def _named(one: Any) -> Component | None:
    return html.A(one.name, href=f"{PATH}/{one.record_id}", className="go") if one else None


def edit(desk: Desk, on: str, form_said: Mapping[str, str]) -> Done:
    """Set what the form says of an instrument. on: its number."""
    held = edited(desk)
    periods = [Period.read(one) for one in json.loads(form_said.get("periods") or "[]")]
    followed = form_said.get("successor_of", "")
    given = Named(
        **{name: form_said.get(name) for name in ("name", "label", "pid", "group")},
        successor_of=int(followed) if followed.isdigit() else None,
        periods=periods if periods or held.periods else None,
    )
    number = desk.installation.edit_instrument(desk.viewer, int(on), given, form_said.get("reason", ""))
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
        prevent_initial_call=True,
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
