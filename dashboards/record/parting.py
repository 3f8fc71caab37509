"""A publication put together or apart by hand: who tells what, what each half would be, and what was done."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from anyio import to_thread
from dash import Input, Output, State
from dash.development.base_component import Component

from dashboards.authority.by_hand import OFFICE, decided, form, say, ticked, ticks
from dashboards.drawing import tags as html
from dashboards.drawing.markup import AsIs
from dashboards.drawing.words import KINDS, counted, word
from dashboards.frame.acts import entry
from dashboards.page import Act, Content, Desk, DeskOf, Done
from dashboards.panel import notice
from dashboards.record import joining
from dashboards.record.halves import half
from puma.errors import NotHere, PumaError, WrongUsage
from puma.listing import RecordView, Telling, Tellings, parted, tellings

NOTHING_YET = "Nothing is ticked yet: all stays one publication."


def ways(desk: Desk, one: RecordView) -> list[Component]:
    """The links to the forms, for who may decide on publications."""
    if one.kind != "publication" or not desk.viewer.at_least(OFFICE):
        return []
    words = {"join": "Join with another publication …", "split": "Take apart …"}
    return [
        html.A(word, href=desk.state.put("hand", which).query(), className="button small go")
        for which, word in words.items()
    ]


def hand(desk: Desk) -> Content:
    """The form that was asked for, with what would come of it; and what was put together and apart."""
    if not desk.viewer.at_least(OFFICE) or not desk.number:
        return None
    found = tellings(desk.installation.storage, desk.viewer, desk.number)
    if found is None:
        return None  # another kind of record, or one that was merged
    which, opened = desk.state.one("hand"), None
    if which == "split":
        opened = form(desk, "Take this publication apart", *_form(found))
    if which == "join":
        body = joining.body(desk, found.record_id)
        opened = form(desk, "Join with another publication", *body, leaving=[joining.OTHER.key])
    done = decided("Put together and apart", found.acts, "/record", place="parting")
    return html.Div([opened, done], className="parting") if opened or done else None  # an empty panel takes no room


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
        ticks("told", "Source records of another publication", told),
        ticks("taking", "Identifiers that several of them name: tick those of the other publication", shared),
        ticks("links", "Links of the other publication", links),
        html.Div(html.P(NOTHING_YET, className="person-outcome"), id="parting-said", **{"aria-live": "polite"}),
        say("Take apart", "separate", str(found.record_id), about=f"split/{found.record_id}/{len(told)}"),
        html.P("Files and references follow the identifiers; corrections, keywords and collections stay here.",
               className="footnote"),
    ]  # fmt: skip


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


def separate(desk: Desk, on: str, sent: Mapping[str, str]) -> Done:
    """Take a publication apart. on: its number; the form holds the source records, identifiers and links that go."""
    going = ticked(sent.get("told", ""))
    if not going:
        raise WrongUsage("Tick at least one source record that tells of another publication.")
    found = tellings(desk.installation.storage, desk.viewer, int(on))
    if found is None:
        raise NotHere("There is no such publication; perhaps it was merged meanwhile.")
    taking = [name for name in found.shared if repr(f"{name[0]}:{name[1]}") in sent.get("taking", "")]
    links = ticked(sent.get("links", ""))
    number = desk.installation.separate(
        desk.viewer, int(on), going, taking=taking, links=links, reason=sent.get("reason", "")
    )
    return Done("They are two publications now, and are not made one again.", number, ("hand",))


ACTS: Mapping[str, Act] = {"separate": separate, **joining.ACTS}


def wire(app: Any, desk_of: DeskOf) -> None:
    """Under the ticks stands what each half would be; the picker asks for what is typed into it."""
    joining.OTHER.wire(app, desk_of)

    async def would(told: list[str], taking: list[str], links: list[str], pathname: str) -> Any:
        return await to_thread.run_sync(
            partial(_say, desk_of, str(pathname or ""), told or [], taking or [], len(links or ()))
        )

    app.callback(
        Output("parting-said", "children"),
        Input(entry("told"), "value"),
        Input(entry("taking"), "value"),
        Input(entry("links"), "value"),
        State("url", "pathname"),
    )(would)


def _say(desk_of: DeskOf, pathname: str, told: list[str], taking: list[str], links: int) -> Any:
    going = [int(one) for one in told if one.isdigit()]
    if not going:
        return html.P(NOTHING_YET, className="person-outcome")
    desk = desk_of(pathname, "", "light")
    pairs = [(scheme, value) for scheme, _, value in (one.partition(":") for one in taking)]
    try:
        stays, goes = parted(desk.installation.storage, desk.viewer, desk.number, going, pairs)
    except PumaError as reason:
        return notice(reason.title, str(reason), tone="warn")
    if not stays.sources:
        return notice("Nothing would be left", "Leave at least one source record with this publication.", tone="warn")
    total = counted(links if goes.sources else 0, "links")
    sides = [half(stays, goes, "stays", None, "all others"), half(goes, stays, "becomes new", None, total)]
    return html.Div(sides, className="doubt-sides")
