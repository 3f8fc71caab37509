"""A publication taken apart by hand: who tells what, what each half would be while one ticks, and what was done."""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from anyio import to_thread
from dash import Input, Output, State, dcc
from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing import widgets
from dashboards.drawing.markup import AsIs
from dashboards.drawing.words import KINDS, amount, counted, moment, word
from dashboards.frame.acts import act, entry, undo
from dashboards.page import Act, Content, Desk, DeskOf, Done
from dashboards.panel import notice
from puma.errors import NotHere, PumaError, WrongUsage
from puma.listing import Parted, RecordView, Telling, Tellings, parted, tellings

OFFICE = "user_office"
NOTHING_YET = "Nothing is ticked yet: all stays one publication."


def way_in(desk: Desk, one: RecordView) -> Component | None:
    """The link to the form, for who may decide on publications."""
    if one.kind != "publication" or not desk.viewer.at_least(OFFICE):
        return None
    return html.A("Take apart …", href=desk.state.put("hand", "split").query(), className="button small go")


def form(desk: Desk) -> Content:
    """The form, with what would come of it; once it is closed what was put together and apart."""
    if not desk.viewer.at_least(OFFICE) or not desk.rest.isdigit() or len(desk.rest) > 15:
        return None
    found = tellings(desk.installation.storage, desk.viewer, int(desk.rest))
    if found is None:
        return None  # another kind of record, or one that was merged
    if desk.state.one("hand") != "split":
        return _done(found) if found.acts else None  # an empty panel takes no room
    close = html.A(["Close", html.unseen(" the form")], href=desk.state.without("hand").query(), className="act go")
    heading = html.Div([html.H2("Take this publication apart"), html.Div(close, className="actions")],
                       className="card-head")  # fmt: skip
    return html.Div([heading, *_form(found), _done(found)], className="card-body parting")


def _form(found: Tellings) -> list[Content]:
    if len({one.raw_record_id for one in found.sources}) < 2:
        words = "Only one source record tells of this publication, so there is nothing to take apart."
        return [notice("One source record", words)]
    told = [{"value": str(one.raw_record_id), "label": _told(one)} for one in found.sources]
    shared = [
        {"value": f"{scheme}:{value}", "label": html.Span([scheme, AsIs(f" {value}")])}
        for scheme, value in found.shared
    ]
    links = [
        {
            "value": str(link.link_id),
            "label": html.Span(
                [
                    html.Span([KINDS.get(link.kind, link.kind), AsIs(f" {link.name or link.detail}")]),
                    html.Span(link.state, className="quiet small"),
                ],
                className="person-doc",
            ),
        }
        for link in found.links
    ]
    return [
        html.P("Tick what tells of another publication. It becomes a record of its own, also when harvested again.",
               className="quiet small"),
        _ticks("told", "Source records of another publication", told),
        _ticks("taking", "Identifiers that several of them name: tick those of the other publication", shared),
        _ticks("links", "Links of the other publication", links),
        html.Div(html.P(NOTHING_YET, className="person-outcome"), id="parting-said", **{"aria-live": "polite"}),
        html.Div(
            [
                widgets.TextInput(id=entry("reason"), label="Reason (kept with the decision)", value=""),
                act("Take apart", "separate", str(found.record_id), look="primary"),
            ],
            className="person-say",
        ),
        html.P("Files and references follow the identifiers; corrections, keywords and collections stay here.",
               className="footnote"),
    ]  # fmt: skip


def _ticks(name: str, legend: str, options: Sequence[Any]) -> Component:
    """A list to tick, with its legend; an empty one takes no room."""
    ticks = dcc.Checklist(id=entry(name), options=list(options), value=[], className="person-checks")
    return html.Fieldset([html.Legend(legend), ticks], hidden=not options)


def _told(one: Telling) -> Component:
    who = [one.first_author, f"+{one.authors - 1}" if one.authors > 1 else ""] if one.authors else []
    about = [word("type", one.type) if one.type else "", str(one.year or ""), one.container, " ".join(who).strip()]
    return html.Span(
        [
            html.Span([html.B(one.source), AsIs(f" {one.key}")], className="quiet small"),
            html.Span(AsIs(one.title or "–")),
            html.Span(AsIs(" · ".join(part for part in about if part)), className="quiet small"),
            html.Span(AsIs(" · ".join(f"{scheme} {value}" for scheme, value in one.keys)), className="quiet small"),
        ],
        className="person-doc",
    )


def _done(found: Tellings) -> Component | None:
    """What people put together and apart here, with the way back."""
    if not found.acts:
        return None
    lines = [
        html.Li(
            [
                html.Span(f"{one.by} {one.words}"),
                html.Span(f"{moment(one.at)}{f': {one.reason}' if one.reason else ''}", className="quiet"),
                html.A("See it", href=f"/record/{one.other}", className="go") if one.there else None,
                undo(one.decision, "Take back", place="parting", spoken=f"Take back: {one.words}")
                if one.decision
                else None,
            ]
        )
        for one in found.acts
    ]
    heading = html.Div(html.H2("Put together and apart"), className="card-head")
    return html.Div([heading, html.Ul(lines, className="rows decided")], className="card-body")


def separate(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Take a publication apart. on: its number; the form holds the source records, identifiers and links that go."""
    going = _numbers(form.get("told", ""))
    if not going:
        raise WrongUsage("Tick at least one source record that tells of another publication.")
    found = tellings(desk.installation.storage, desk.viewer, int(on))
    if found is None:
        raise NotHere("There is no such publication; perhaps it was merged meanwhile.")
    taking = [name for name in found.shared if repr(f"{name[0]}:{name[1]}") in form.get("taking", "")]
    links = _numbers(form.get("links", ""))
    number = desk.installation.separate(
        desk.viewer, int(on), going, taking=taking, links=links, reason=form.get("reason", "")
    )
    return Done("They are two publications now, and are not made one again.", number, ("hand",))


def _numbers(ticked: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d{1,15}", ticked)]


ACTS: Mapping[str, Act] = {"separate": separate}


def wire(app: Any, desk_of: DeskOf) -> None:
    """Under the ticks stands what each half would be."""

    async def say(told: list[str], taking: list[str], links: list[str], pathname: str) -> Any:
        return await to_thread.run_sync(
            partial(_say, desk_of, str(pathname or ""), told or [], taking or [], len(links or ()))
        )

    app.callback(
        Output("parting-said", "children"),
        Input(entry("told"), "value"),
        Input(entry("taking"), "value"),
        Input(entry("links"), "value"),
        State("url", "pathname"),
        prevent_initial_call=True,
    )(say)


def _say(desk_of: DeskOf, pathname: str, told: list[str], taking: list[str], links: int) -> Any:
    going = [int(one) for one in told if one.isdigit()]
    if not going:
        return html.P(NOTHING_YET, className="person-outcome")
    desk = desk_of(pathname, "", "light")
    number = int(desk.rest) if desk.rest.isdigit() and len(desk.rest) < 16 else 0
    pairs = [(scheme, value) for scheme, _, value in (one.partition(":") for one in taking)]
    try:
        stays, goes = parted(desk.installation.storage, desk.viewer, number, going, pairs)
    except PumaError as reason:
        return notice(reason.title, str(reason), tone="warn")
    if not stays.sources:
        return notice("Nothing would be left", "Leave at least one source record with this publication.", tone="warn")
    total = links if goes.sources else 0
    return [
        html.Div(
            [_side(stays, goes, "stays", None), _side(goes, stays, "becomes new", total)], className="doubt-sides"
        ),
    ]


def _side(half: Parted, other: Parted, what: str, links: int | None) -> Component:
    """One half as it would be; what differs is marked."""
    facts = [
        ("Type", word("type", half.type), half.type != other.type),
        ("Year", str(half.year or ""), half.year != other.year),
        ("Journal", half.container, half.container != other.container),
        ("DOI", half.doi or "–", half.doi != other.doi),
        ("Authors", _authors(half.authors), half.authors != other.authors),
        ("Identifiers", ", ".join(f"{scheme} {value}" for scheme, value in half.names), False),
        ("Files", amount(half.files), False),
        ("Cited by", counted(half.cited_by, "references"), False),
        ("Links", "all others" if links is None else counted(links, "links"), False),
    ]
    rows = [
        part
        for name, value, differs in facts
        if value
        for part in (html.Dt(name), html.Dd(AsIs(value), className="differs" if differs else ""))
    ]
    head = [html.Span(f"from {', '.join(half.sources)}", className="quiet"), html.Span(what, className="badge quiet")]
    return html.Div(
        [
            html.P(head, className="spaced small"),
            html.P(AsIs(half.title or "–"), className="doubt-title"),
            html.Dl(rows, className="facts small"),
        ]
    )


def _authors(names: Sequence[str]) -> str:
    more = f" +{len(names) - 6}" if len(names) > 6 else ""
    return "; ".join(names[:6]) + more
