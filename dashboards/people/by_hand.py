"""Persons put together or apart by hand: the forms, what would come of it, who may be the same, what was done."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from anyio import to_thread
from dash import Input, Output, State, dcc, no_update
from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing import widgets
from dashboards.drawing.words import KINDS, amount, counted, moment
from dashboards.frame.acts import act, entry, undo
from dashboards.page import Act, Content, Desk, DeskOf, Done
from dashboards.panel import notice
from dashboards.people.pairs import points, side
from puma.errors import NotHere, PumaError, WrongUsage
from puma.listing import Named, PersonView, alike, documents, find_persons, person, together

PATH = "/person"
OFFICE = "user_office"


def shown(desk: Desk) -> PersonView:
    """The person of the path. Raises NotHere when there is none for this viewer."""
    number = int(desk.rest) if desk.rest.isdigit() and len(desk.rest) < 16 else 0
    found = person(desk.installation.storage, desk.viewer, number)
    if found is None:
        raise NotHere("There is no person of that number, or nothing of theirs is for your role.")
    return found


def card(title: str, *parts: Content, beside: Component | None = None) -> Component:
    """A card with a heading and what stands beside it."""
    heading = html.Div([html.H2(title), beside], className="card-head")
    return html.Div([heading, *[part for part in parts if part is not None]], className="card-body")


def alike_listed(desk: Desk) -> Content:
    """Persons who may be this one, with why; for who may decide."""
    one = shown(desk)
    if not desk.viewer.at_least(OFFICE):
        return None
    found = alike(desk.installation.storage, desk.viewer, one.id)
    if not found:
        return None
    items = [
        html.Li(
            [
                html.P(
                    [
                        html.A(other.person.name, href=f"/person/{other.person.record_id}", className="go"),
                        html.Span(other.person.detail, className="quiet"),
                        html.Span(counted(other.records, "records"), className="quiet"),
                    ],
                    className="spaced",
                ),
                points(other.probability, other.evidence),
                html.Div(
                    [
                        html.A(
                            ["Put together", html.unseen(f" with {other.person.name}")],
                            href=desk.state.put("hand", "join").put("with", str(other.person.record_id)).query(),
                            className="button small go",
                        ),
                        act(["Not the same", html.unseen(f" as {other.person.name}")], "apart",
                            f"{one.id}/{other.person.record_id}", look="small plain"),
                    ],
                    className="own",
                ),
            ]
        )
        for other in found[:8]
    ]  # fmt: skip
    return card("Perhaps the same person", html.Ul(items, className="rows person-alike"))


def history(desk: Desk) -> Content:
    one = shown(desk)
    if not one.history:
        return None
    lines = [
        html.Li(
            [
                html.Span(f"{one_act.by} {one_act.words}"),
                html.Span(f"{moment(one_act.at)}{f': {one_act.reason}' if one_act.reason else ''}", className="quiet"),
                html.A("See it", href=f"/person/{one_act.other}", className="go") if one_act.other else None,
                undo(one_act.decision, "Take back", place="history", spoken=f"Take back: {one_act.words}")
                if one_act.decision
                else None,
            ]
        )
        for one_act in one.history
    ]
    return card("Put together and apart", html.Ul(lines, className="rows decided"))


# --- by hand ----------------------------------------------------------------------------------------------------------


def hand(desk: Desk) -> Content:
    """The form for putting persons together or taking one apart, with what would come of it."""
    which = desk.state.one("hand")
    if which not in ("join", "split") or not desk.viewer.at_least(OFFICE):
        return None
    one = shown(desk)
    close = html.A(["Close", html.unseen(" the form")], href=desk.state.without("hand", "with").query(),
                   className="act go")  # fmt: skip
    head = "Put together with another person" if which == "join" else "Take this person apart"
    body = _join(desk, one) if which == "join" else _split(desk, one)
    return card(head, *body, beside=html.Div(close, className="actions"))


def _join(desk: Desk, one: PersonView) -> list[Content]:
    picked = desk.state.one("with")
    first = find_persons(desk.installation.storage, desk.viewer, one.name.split(",")[0])
    data = _choices([other for other in first if other.record_id != one.id])
    storage, number = desk.installation.storage, int(picked) if picked.isdigit() and len(picked) < 16 else 0
    both = together(storage, desk.viewer, one.id, number) if number else None
    if both is not None and picked not in {choice["value"] for choice in data}:
        other = both.other if both.keep.record_id == one.id else both.keep
        data = [*data, {"value": picked, "label": other.name}]
    parts: list[Content] = [
        html.Div(
            [
                widgets.Select(
                    id={"type": "control", "key": "with"}, label="The other person", data=data,
                    value=picked if both is not None else None, searchable=True, limit=30,
                    placeholder="Type a family name", nothingFoundMessage="Nobody of that name",
                    filter={"function": "anything"},
                ),
                dcc.Store(id={"type": "standing", "of": "with"}, data=desk.state.query()),
            ],
            className="person-pick",
        )
    ]  # fmt: skip
    if both is None:
        return [*parts, html.P("What would come of it is shown before anything is changed.", className="footnote")]
    whole = both.keep_records + both.other_records - both.shared
    total = f"{counted(whole, 'records')} will be of one person"
    said = [f"{total}: {amount(both.keep_records)} of {both.keep.name} and {amount(both.other_records)} of "
            f"{both.other.name}, whose page will lead there."]  # fmt: skip
    warnings = []
    if both.orcids:
        warnings.append(
            f"They have different ORCID iDs, {' and '.join(both.orcids)}. Two iDs are two persons unless one of them "
            "is wrong: say in the reason why they are one."
        )
    if both.shared:
        warnings.append(f"{counted(both.shared, 'records')} name both of them side by side, as two people.")
    parts += [
        html.Div([side(both.keep, both.keep_records, "stays"), side(both.other, both.other_records, "joins it")],
                 className="doubt-sides"),
        html.P(said, className="person-outcome"),
        *[notice("Look twice", words, tone="warn") for words in warnings],
        html.Div(
            [
                widgets.TextInput(id=entry("reason"), label="Reason (kept with the decision)", value=""),
                act("Put together", "join", f"{both.keep.record_id}/{both.other.record_id}", look="primary"),
            ],
            className="person-say",
        ),
    ]  # fmt: skip
    return parts


def _split(desk: Desk, one: PersonView) -> list[Content]:
    found = documents(desk.installation.storage, desk.viewer, one.id)
    if len(found) < 2:
        return [html.P("There is only one record, so there is nothing to take apart.", className="quiet")]
    options = [
        {
            "value": str(each.record_id),
            "label": html.Span(
                [
                    html.Span(str(each.year or "–"), className="person-span"),
                    html.Span(
                        [
                            html.Span(without_markup(each.title) or f"{KINDS[each.kind]} {each.record_id}"),
                            html.Span(
                                f"as {each.name}{f', {each.place}' if each.place else ''}", className="quiet small"
                            ),
                        ],
                        className="person-doc",
                    ),
                ],
                className="person-option",
            ),
        }
        for each in found
    ]
    return [
        html.P("Tick what is another person's. It goes to a new person, also when it is harvested again.",
               className="quiet small"),
        html.Fieldset(
            [html.Legend("Records of another person", className="unseen"),
             dcc.Checklist(id=entry("records"), options=options, value=[], className="person-checks")],
        ),
        html.P(f"Nothing is ticked yet: all {counted(len(found), 'records')} stay.", id="split-said",
               className="person-outcome", **{"aria-live": "polite"}),
        html.Div(
            [
                widgets.TextInput(id=entry("reason"), label="Reason (kept with the decision)", value=""),
                act("Take apart", "split", str(one.id), look="primary"),
            ],
            className="person-say",
        ),
    ]  # fmt: skip


def without_markup(text: str) -> str:
    """A title without its sub- and superscript marks."""
    return re.sub(r"</?(?:sub|sup|i|b|em|strong)>", "", text)


def _choices(found: list[Named]) -> list[dict[str, str]]:
    return [{"value": str(one.record_id), "label": f"{one.name} ({one.detail})"} for one in found]


def join(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Put two persons together. on: their numbers."""
    keep, _, other = on.partition("/")
    number = desk.installation.join(desk.viewer, int(keep), int(other), form.get("reason", ""))
    return Done("They are one person now.", number, ("hand", "with"))


def split(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Take a person apart. on: its number; the form holds the records that go."""
    records = [int(number) for number in re.findall(r"\d{1,15}", form.get("records", ""))]
    if not records:
        raise WrongUsage("Tick at least one record that is another person's.")
    number = desk.installation.split(desk.viewer, int(on), records, form.get("reason", ""))
    return Done(f"{counted(len(records), 'records')} went to a new person.", number, ("hand",))


def apart(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Say that two persons are two. on: their numbers."""
    left, _, right = on.partition("/")
    number = desk.installation.apart(desk.viewer, int(left), int(right), form.get("reason", ""))
    return Done("They are two persons, and are not asked about again.", number)


ACTS: Mapping[str, Act] = {"join": join, "split": split, "apart": apart}


def wire(app: Any, desk_of: DeskOf) -> None:
    """The picker asks for what is typed into it; the sentence under the list says what would come of it."""

    async def look(words: str, shown_now: list[dict[str, str]], pathname: str) -> Any:
        if not str(words or "").strip() or any(choice.get("label") == words for choice in shown_now or ()):
            return no_update
        return await to_thread.run_sync(partial(_look, desk_of, str(pathname or ""), str(words)[:200]))

    app.callback(
        Output({"type": "control", "key": "with"}, "data"),
        Input({"type": "control", "key": "with"}, "searchValue"),
        State({"type": "control", "key": "with"}, "data"),
        State("url", "pathname"),
        prevent_initial_call=True,
    )(look)

    async def say(ticked: list[str], options: list[Any]) -> str:
        total, going = len(options or ()), len(ticked or ())
        if not going:
            return f"Nothing is ticked yet: all {counted(total, 'records')} stay."
        return f"{counted(going, 'records')} of {amount(total)} will be of a new person; {amount(total - going)} stay."

    app.callback(
        Output("split-said", "children"),
        Input(entry("records"), "value"),
        State(entry("records"), "options"),
        prevent_initial_call=True,
    )(say)


def _look(desk_of: DeskOf, pathname: str, words: str) -> Any:
    desk = desk_of(pathname, "", "light")
    try:
        found = find_persons(desk.installation.storage, desk.viewer, words)
    except PumaError:
        return no_update
    return _choices([one for one in found if str(one.record_id) != desk.rest])
