"""Institutions put together, taken apart or renamed by hand: the forms, what would move, who may be the same."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from anyio import to_thread
from dash import Input, Output, State, dcc, no_update
from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing import widgets
from dashboards.drawing.words import amount, counted, moment
from dashboards.frame.acts import act, entry, undo
from dashboards.page import Act, Content, Desk, DeskOf, Done
from dashboards.panel import notice
from dashboards.people.pairs import points
from puma.errors import NotHere, PumaError, WrongUsage
from puma.listing import (
    Bulk,
    InstitutionView,
    Named,
    Standing,
    alike_institutions,
    bulk_of,
    find_records,
    institution,
    institution_acts,
    one_institution,
)

PATH = "/institution"
OFFICE = "user_office"
FORMS = {"join": "Put together with another institution", "split": "Take this institution apart",
         "name": "Preferred name"}  # fmt: skip
OTHER = {"type": "control", "key": "beside"}


def shown(desk: Desk) -> InstitutionView:
    """The institution of the path. Raises NotHere when there is none for this viewer."""
    number = int(desk.rest) if desk.rest.isdigit() and len(desk.rest) < 16 else 0
    found = institution(desk.installation.storage, desk.viewer, number)
    if found is None:
        raise NotHere("There is no institution of that number.")
    return found


def card(title: str, *parts: Content, beside: Component | None = None) -> Component:
    """A card with a heading and what stands beside it."""
    heading = html.Div([html.H2(title), beside], className="card-head")
    return html.Div([heading, *[part for part in parts if part is not None]], className="card-body")


def ways(desk: Desk) -> list[Component]:
    """Links to the forms, for who may decide."""
    if not desk.viewer.at_least(OFFICE):
        return []
    here = desk.state.one("hand")
    words = {"join": "Put together", "split": "Take apart", "name": "Rename"}
    return [
        html.A(word, href=desk.state.put("hand", which).query(), className="button small go",
               **({"aria-current": "true"} if which == here else {}))
        for which, word in words.items()
    ]  # fmt: skip


def moved(bulk: Bulk) -> str:
    """``42 affiliations, 17 publications and 3 proposals``."""
    publications, proposals = counted(bulk.publications, "publications"), counted(bulk.proposals, "proposals")
    return f"{counted(bulk.affiliations, 'affiliations')}, {publications} and {proposals}"


def alike_listed(desk: Desk) -> Content:
    """Institutions that may be this one, with why; for who may decide."""
    if not desk.viewer.at_least(OFFICE):
        return None
    one = shown(desk)
    found = alike_institutions(desk.installation.storage, desk.viewer, one.id)
    if not found:
        return None
    items = [
        html.Li(
            [
                html.P(
                    [
                        html.A(other.institution.name, href=f"{PATH}/{other.institution.record_id}", className="go"),
                        html.Span(other.institution.detail, className="quiet"),
                        html.Span(moved(other.bulk), className="quiet"),
                    ],
                    className="spaced",
                ),
                points(other.probability, other.evidence),
                html.Div(
                    [
                        html.A(
                            ["Put together", html.unseen(f" with {other.institution.name}")],
                            href=desk.state.put("hand", "join").put("beside", str(other.institution.record_id)).query(),
                            className="button small go",
                        ),
                        act(["Not the same", html.unseen(f" as {other.institution.name}")], "apart",
                            f"{one.id}/{other.institution.record_id}", look="small plain"),
                    ],
                    className="own",
                ),
            ]
        )
        for other in found[:8]
    ]  # fmt: skip
    return card("Perhaps the same institution", html.Ul(items, className="rows person-alike"))


def history(desk: Desk) -> Content:
    """What people decided on it, and the way back."""
    one = shown(desk)
    lines = [
        html.Li(
            [
                html.Span(f"{one_act.by} {one_act.words}", className="authority-said"),
                html.Span(f"{moment(one_act.at)}{f': {one_act.reason}' if one_act.reason else ''}", className="quiet"),
                html.A("See it", href=f"{PATH}/{one_act.other}", className="go") if one_act.other else None,
                undo(one_act.decision, "Take back", place="history", spoken=f"Take back: {one_act.words}")
                if one_act.decision
                else None,
            ]
        )
        for one_act in institution_acts(desk.installation.storage, desk.viewer, one.id)
    ]
    return card("Decided by people", html.Ul(lines, className="rows decided")) if lines else None


# --- forms ------------------------------------------------------------------------------------------------------------


def hand(desk: Desk) -> Content:
    """The form that was asked for, with what would come of it."""
    which = desk.state.one("hand")
    if which not in FORMS or not desk.viewer.at_least(OFFICE):
        return None
    one = shown(desk)
    close = html.A(["Close", html.unseen(" the form")], href=desk.state.without("hand", "beside").query(),
                   className="act go")  # fmt: skip
    body = {"join": _join, "split": _split, "name": _name}[which](desk, one)
    return card(FORMS[which], *body, beside=html.Div(close, className="actions"))


def _reason() -> Component:
    return widgets.TextInput(id=entry("reason"), label="Reason (kept with the decision)", value="")


def _join(desk: Desk, one: InstitutionView) -> list[Content]:
    storage, picked = desk.installation.storage, desk.state.one("beside")
    number = int(picked) if picked.isdigit() and len(picked) < 16 else 0
    both = one_institution(storage, desk.viewer, one.id, number) if number else None
    first = find_records(storage, desk.viewer, "institution", one.name)
    data = choices([other for other in first if other.record_id != one.id])
    if both is not None and picked not in {choice["value"] for choice in data}:
        other = both.other if both.keep.institution.record_id == one.id else both.keep
        data = [*data, *choices([other.institution])]
    parts: list[Content] = [
        html.Div(
            [
                widgets.Select(
                    id=OTHER, label="The other institution", data=data, value=picked if both is not None else None,
                    searchable=True, limit=30, placeholder="Type a name or a city",
                    nothingFoundMessage="None of that name", filter={"function": "anything"},
                ),
                dcc.Store(id={"type": "standing", "of": "beside"}, data=desk.state.query()),
            ],
            className="person-pick",
        )
    ]  # fmt: skip
    if both is None:
        return [*parts, html.P("What would move is shown before anything is changed.", className="footnote")]
    keep, other = both.keep, both.other
    warnings = []
    if keep.ror and other.ror:
        warnings.append(
            f"The registry knows them as two, {keep.ror} and {other.ror}: say in the reason why they count as one here."
        )
    if keep.country and other.country and keep.country != other.country:
        warnings.append(
            f"They are in different countries, {keep.country} and {other.country}: all would count for {keep.country}."
        )
    return [
        *parts,
        html.Div([_side(keep, "stays"), _side(other, "joins it")], className="doubt-sides"),
        html.P(f"{moved(other.bulk)} would move to {keep.institution.name}, which then has {moved(both.both)}.",
               className="person-outcome"),
        *[notice("Look twice", words, tone="warn") for words in warnings],
        html.Div(
            [
                _reason(),
                act("Put together", "join", f"{keep.institution.record_id}/{other.institution.record_id}",
                    look="primary"),
            ],
            className="person-say",
        ),
    ]  # fmt: skip


def _side(one: Standing, what: str) -> Component:
    rows = [("ROR", one.ror), ("City", one.city), ("Country", one.country), ("Has", moved(one.bulk))]
    told = [part for name, value in rows if value for part in (html.Dt(name), html.Dd(value))]
    head = [html.A(one.institution.name, href=f"{PATH}/{one.institution.record_id}", className="go"),
            html.Span(f"from {one.said_by}", className="quiet"), html.Span(what, className="badge quiet")]  # fmt: skip
    return html.Div([html.P(head, className="spaced small"), html.Dl(told, className="facts small")])


def _split(desk: Desk, one: InstitutionView) -> list[Content]:
    written = [each for each in one.written if each.text]
    if not written:
        return [html.P("Nobody wrote an affiliation that means it, so there is nothing to take apart.",
                       className="quiet")]  # fmt: skip
    options = [
        {
            "value": str(each.affiliation_id),
            "label": html.Span(
                [html.Span(each.text), html.Span(counted(each.records, "records"), className="quiet small")],
                className="person-doc",
            ),
        }
        for each in written[:400]
    ]
    return [
        html.P("Tick what is another institution's. It goes to a new one, also for whoever writes it so later.",
               className="quiet small"),
        html.Fieldset(
            [html.Legend("Affiliations of another institution", className="unseen"),
             dcc.Checklist(id=entry("affiliations"), options=options, value=[], className="person-checks")],
        ),
        html.P("Nothing is ticked yet: nothing would move.", id="authority-said", className="person-outcome",
               **{"aria-live": "polite"}),
        html.Div(
            [
                widgets.TextInput(id=entry("name"), label="Name of the new institution", value=""),
                widgets.TextInput(id=entry("city"), label="City", value=one.city),
                widgets.TextInput(id=entry("country"), label="Country (two letters)", value=one.country),
                _reason(),
                act("Take apart", "split", str(one.id), look="primary"),
            ],
            className="person-say",
        ),
    ]  # fmt: skip


def _name(desk: Desk, one: InstitutionView) -> list[Content]:
    return [
        html.P("It is shown on every page, in every search and export. The name so far is still understood in "
               "affiliations.", className="quiet small"),
        html.Div(
            [
                widgets.TextInput(id=entry("name"), label="Preferred name", value=one.name),
                _reason(),
                act("Use this name", "name", str(one.id), look="primary"),
            ],
            className="person-say",
        ),
    ]  # fmt: skip


def choices(found: list[Named]) -> list[dict[str, str]]:
    """Institutions as a picker offers them."""
    return [
        {"value": str(one.record_id), "label": f"{one.name} ({one.detail})" if one.detail else one.name}
        for one in found
    ]


# --- acts -------------------------------------------------------------------------------------------------------------


def join(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Put two institutions together. on: their numbers."""
    keep, _, other = on.partition("/")
    number = desk.installation.join(desk.viewer, int(keep), int(other), form.get("reason", ""))
    return Done("They are one institution now.", number, ("hand", "beside"))


def apart(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Say that two institutions are two. on: their numbers."""
    left, _, right = on.partition("/")
    number = desk.installation.apart(desk.viewer, int(left), int(right), form.get("reason", ""))
    return Done("They are two institutions, and are not asked about again.", number)


def split(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Take an institution apart. on: its number; the form holds the affiliations that go and the new name."""
    going = [int(number) for number in re.findall(r"\d{1,15}", form.get("affiliations", ""))]
    name = form.get("name", "").strip()
    if not going:
        raise WrongUsage("Tick at least one affiliation that is another institution's.")
    if not name:
        raise WrongUsage("Give the new institution a name.")
    more = {word: form.get(word, "") for word in ("city", "country", "reason")}
    number = desk.installation.split_off(desk.viewer, int(on), going, name, **more)
    return Done(f"{counted(len(going), 'affiliations')} mean {name} now.", number, ("hand",))


def rename(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Give an institution its preferred name. on: its number."""
    name = form.get("name", "").strip()
    if name == shown(desk).name:
        raise WrongUsage("It is called so already.")
    number = desk.installation.correct(desk.viewer, int(on), {"name": name}, form.get("reason", ""))
    return Done(f"It is called {name} from now on.", number, ("hand",))


ACTS: Mapping[str, Act] = {"join": join, "apart": apart, "split": split, "name": rename}


def wire(app: Any, desk_of: DeskOf) -> None:
    """The picker asks for what is typed into it; the sentence under the list says what would move."""

    async def look(words: str, now: list[dict[str, str]], pathname: str) -> Any:
        if not str(words or "").strip() or any(choice.get("label") == words for choice in now or ()):
            return no_update
        return await to_thread.run_sync(partial(_look, desk_of, str(pathname or ""), str(words)[:200]))

    app.callback(
        Output(OTHER, "data"), Input(OTHER, "searchValue"), State(OTHER, "data"), State("url", "pathname"),
        prevent_initial_call=True,
    )(look)  # fmt: skip

    async def say(ticked: list[str], options: list[Any], pathname: str) -> Any:
        return await to_thread.run_sync(partial(_say, desk_of, str(pathname or ""), ticked or [], len(options or ())))

    app.callback(
        Output("authority-said", "children"),
        Input(entry("affiliations"), "value"),
        State(entry("affiliations"), "options"),
        State("url", "pathname"),
        prevent_initial_call=True,
    )(say)


def _look(desk_of: DeskOf, pathname: str, words: str) -> Any:
    desk = desk_of(pathname, "", "light")
    try:
        found = find_records(desk.installation.storage, desk.viewer, "institution", words)
    except PumaError:
        return no_update
    return choices([one for one in found if str(one.record_id) != desk.rest])


def _say(desk_of: DeskOf, pathname: str, ticked: list[str], total: int) -> Any:
    if not ticked:
        return "Nothing is ticked yet: nothing would move."
    desk = desk_of(pathname, "", "light")
    try:
        bulk = bulk_of(desk.installation.storage, desk.viewer, [int(one) for one in ticked if one.isdigit()])
    except PumaError:
        return no_update
    return f"{moved(bulk)} would move to the new institution; {amount(total - len(ticked))} affiliations stay."
