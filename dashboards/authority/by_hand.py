"""What the forms share by which records are put right by hand: the other one, ticks, a reason, what was done."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from zlib import crc32

from anyio import to_thread
from dash import ClientsideFunction, Input, Output, State, dcc, no_update
from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing import widgets
from dashboards.drawing.words import moment
from dashboards.frame.acts import act, entry, kept, undo
from dashboards.frame.controls import control_id
from dashboards.page import Content, Desk, DeskOf
from dashboards.panel import notice
from dashboards.people.pairs import points
from puma.errors import PumaError
from puma.listing import Act, Named

OFFICE = "user_office"
"""Who puts records right."""
REASON = "Reason (kept with the decision)"


def card(title: str, *parts: Content, beside: Component | None = None) -> Component:
    """A card with a heading and what stands beside it."""
    heading = html.Div([html.H2(title), beside], className="card-head")
    return html.Div([heading, *[part for part in parts if part is not None]], className="card-body")


def form(desk: Desk, title: str, *parts: Content, leaving: Sequence[str] = ()) -> Component:
    """A card with a form and the way out of it. leaving: what else goes from the query when it is closed."""
    away = desk.state.without("hand", *leaving).query()
    close = html.A(["Close", html.unseen(" the form")], href=away, className="act go")
    return card(title, *parts, beside=html.Div(close, className="actions"))


def say(words: str, do: str, on: str, *fields: Component, about: str) -> Component:
    """The fields of a form, the reason, and the button that acts. about: as for ``kept``."""
    reason = widgets.TextInput(id=entry("reason"), label=REASON, value="", **kept(about))
    return html.Div([*fields, reason, act(words, do, on, look="primary")], className="person-say")


def ticks(name: str, legend: str, options: Sequence[Any], *, seen: bool = True) -> Component:
    """A list to tick, with its legend; an empty one takes no room. What is ticked stays as long as the list does."""
    of = crc32(" ".join(option["value"] for option in options).encode())
    box = dcc.Checklist(id=entry(name), options=list(options), value=[], className="person-checks", **kept(str(of)))
    return html.Fieldset([html.Legend(legend, className="" if seen else "unseen"), box], hidden=not options)


def ticked(words: str) -> list[int]:
    """The numbers among what was ticked, as a form sends them."""
    return [int(number) for number in re.findall(r"\d{1,15}", words)]


def two(on: str) -> tuple[int, int]:
    """The two numbers that an act on a pair is done to."""
    one, _, other = on.partition("/")
    return int(one), int(other)


def preview(sides: Sequence[Component], outcome: str, warnings: Iterable[str], button: Component) -> list[Content]:
    """What would come of making two one: both, the sentence, what to look at twice, and the button."""
    return [
        html.Div(list(sides), className="doubt-sides"),
        html.P(outcome, className="person-outcome"),
        *[notice("Look twice", words, tone="warn") for words in warnings],
        button,
    ]


def fact_list(rows: Iterable[tuple[str, Content, bool]], look: str = "facts small") -> Component:
    """Names and values; those without a value are left out, those that differ from the other side are marked."""
    lines = [
        part
        for name, value, differs in rows
        if value
        for part in (html.Dt(name), html.Dd(value, className="differs" if differs else ""))
    ]
    return html.Dl(lines, className=look)


# --- the other one ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Picker:
    """The box in which the other one is picked of two that are to be one.

    key: of the query, which holds its number. find: what is offered for what is typed.
    """

    key: str
    label: str
    hint: str
    none: str
    find: Callable[[Desk, str], Sequence[Named]]

    def way(self, desk: Desk, other: int, words: Content) -> Component:
        """The link to the form for this pair."""
        query = desk.state.put("hand", "join").put(self.key, str(other)).query()
        return html.A(words, href=query, className="button small go")

    def box(self, desk: Desk, own: int, typed: str, picked: Named | None) -> Component:
        """The box; typed: what is looked for at first. Under it is told what comes next until one is picked."""
        data = choices(one for one in self.find(desk, typed) if one.record_id != own)
        value = str(picked.record_id) if picked else None
        if picked and value not in {choice["value"] for choice in data}:
            data += choices([picked])
        pick = widgets.Select(
            id=control_id(self.key), label=self.label, data=data, value=value, searchable=True, limit=30,
            placeholder=self.hint, nothingFoundMessage=self.none, filter={"function": "anything"},
        )  # fmt: skip
        next_words = "What would come of it is shown before anything is changed."
        return html.Div(
            [
                pick,
                dcc.Store(id={"type": "standing", "of": self.key}, data=desk.state.query()),
                None if picked else html.P(next_words, className="footnote"),
            ],
            className="person-pick",
        )

    def wire(self, app: Any, desk_of: DeskOf) -> None:
        """Let the box ask for what is typed into it."""

        def others(desk: Desk, words: str) -> list[Named]:
            return [one for one in self.find(desk, words) if str(one.record_id) != desk.rest]

        look_up(app, desk_of, control_id(self.key), others)


def choices(found: Iterable[Named]) -> list[dict[str, str]]:
    """Records as a picker offers them."""
    return [
        {"value": str(one.record_id), "label": f"{one.name} ({one.detail})" if one.detail else one.name}
        for one in found
    ]


def look_up(
    app: Any,
    desk_of: DeskOf,
    of: dict[str, str],
    find: Callable[[Desk, str], Sequence[Any]],
    *,
    offered: Callable[[Sequence[Any]], list[dict[str, str]]] = choices,
) -> None:
    """Let the picker of this id ask for what is typed into it, and keep the words of what was picked. offered: what was
    found, as the picker shows it."""

    async def look(words: str, now: list[dict[str, str]], pathname: str, search: str) -> Any:
        if not str(words or "").strip() or any(choice.get("label") == words for choice in now or ()):
            return no_update  # nothing is typed, or one was picked and its label stands there now
        asked = (desk_of, str(pathname or ""), str(search or ""))
        found = partial(_found, *asked, lambda desk, typed: offered(find(desk, typed)), str(words)[:200])
        return await to_thread.run_sync(found)

    app.callback(
        Output(of, "data"), Input(of, "searchValue"), State(of, "data"), State("url", "pathname"),
        State("url", "search"), prevent_initial_call=True,
    )(look)  # fmt: skip
    app.clientside_callback(
        ClientsideFunction("pickers", "keep"), Output(of, "data", allow_duplicate=True), Input(of, "value"),
        Input(of, "data"), prevent_initial_call="initial_duplicate",
    )  # fmt: skip


def _found(
    desk_of: DeskOf, path: str, search: str, find: Callable[[Desk, str], list[dict[str, str]]], words: str
) -> Any:
    try:
        return find(desk_of(path, search, "light"), words)
    except PumaError:
        return no_update


@dataclass(frozen=True, slots=True)
class Suspect:
    """One that may be the same. told: what is said beside its name."""

    one: Named
    path: str
    told: tuple[str, ...]
    probability: float | None
    evidence: Sequence[tuple[str, float]]


def suspects(desk: Desk, title: str, own: int, picker: Picker, found: Iterable[Suspect]) -> Component | None:
    """Those that may be the same one, with why, and both answers; nothing where there are none."""
    items = [
        html.Li(
            [
                html.P(
                    [
                        html.A(other.one.name, href=f"{other.path}/{other.one.record_id}", className="go"),
                        *(html.Span(words, className="quiet") for words in other.told),
                    ],
                    className="spaced",
                ),
                points(other.probability, other.evidence),
                html.Div(
                    [
                        picker.way(desk, other.one.record_id or 0,
                                   ["Put together", html.unseen(f" with {other.one.name}")]),
                        act(["Not the same", html.unseen(f" as {other.one.name}")], "apart",
                            f"{own}/{other.one.record_id}", look="small plain"),
                    ],
                    className="own",
                ),
            ]
        )
        for other in found
    ]  # fmt: skip
    return card(title, html.Ul(items, className="rows person-alike")) if items else None


# --- what was done ----------------------------------------------------------------------------------------------------


def decided(title: str, acts: Iterable[Act], path: str = "", *, place: str = "history") -> Component | None:
    """A card with what people decided; nothing where they did nothing. See ``acts_listed``."""
    found = acts_listed(acts, path, place=place)
    return card(title, found) if found else None


def acts_listed(acts: Iterable[Act], path: str = "", *, place: str = "history") -> Component | None:
    """What people decided, each with who, when and why, and the way back.

    path: of the page of the other one. place: where the ways back stand.
    """
    lines = [
        html.Li(
            [
                html.Span(f"{one.by} {one.words}", className="authority-said"),
                html.Span(f"{moment(one.at)}{f': {one.reason}' if one.reason else ''}", className="quiet"),
                html.A("See it", href=f"{path}/{one.other}", className="go") if one.other and path else None,
                undo(one.decision, "Take back", place=place, spoken=f"Take back: {one.words}")
                if one.decision
                else None,
            ]
        )
        for one in acts
    ]
    return html.Ul(lines, className="rows decided") if lines else None
