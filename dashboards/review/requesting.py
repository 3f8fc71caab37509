"""Asking somebody about a pair: the box beside it, who was asked already, and how a question and its pair are shown."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing import widgets
from dashboards.drawing.words import day
from dashboards.frame.acts import act, entry, kept
from dashboards.page import Act, Content, Desk, Done
from puma import requests
from puma.errors import WrongUsage
from puma.requests import Colleague, End, PairView, RequestView

PATH = "/requests"
STATES = {"open": "accent", "answered": "good", "expired": "quiet", "withdrawn": "quiet"}
"""The look of each state."""
ANSWERS = {"accept": "yes", "reject": "no", "do not know": "does not know"}


def at_once() -> datetime:
    """The present instant."""
    return datetime.now(UTC)


def ask_boxes(desk: Desk, links: Sequence[int]) -> dict[int, Component]:
    """For each pair a button that opens a form, and who was asked already; nothing for who may not ask."""
    if not desk.viewer.at_least(requests.TO_ASK):
        return {}
    storage = desk.installation.storage
    people = requests.colleagues(storage, desk.viewer)
    asked = requests.about_each(storage, desk.viewer, links, at=at_once())
    return {number: _ask_box(number, people, asked.get(number, [])) for number in links}


def _ask_box(link_id: int, people: Sequence[Colleague], asked: Sequence[RequestView]) -> Component:
    stays = kept(f"asked/{len(asked)}")
    pick = widgets.Select(
        id=entry(f"ask-account-{link_id}"), label="Somebody with an account", placeholder="Who?", value=None,
        searchable=True, clearable=True, data=[{"value": str(one.id), "label": one.name} for one in people], limit=100,
        nothingFoundMessage="Nobody of that name", comboboxProps={"withinPortal": False}, **stays,
    )  # fmt: skip
    parts: list[Component | None] = [
        pick if people else None,
        widgets.TextInput(id=entry(f"ask-name-{link_id}"), label="Or anybody: name" if people else "Name", value="",
                          **stays),
        widgets.TextInput(
            id=entry(f"ask-email-{link_id}"), label="E-mail (not needed if you pass the link on yourself)", value="",
            **stays,
        ),
        widgets.Textarea(
            id=entry(f"ask-message-{link_id}"), label="What you want to know (if you like)", value="", minRows=2,
            autosize=True, **stays,
        ),
        act("Ask", "ask-somebody", str(link_id), look="primary"),
        html.P("Nothing is sent yet: you read the letter first.", className="footnote"),
    ]  # fmt: skip
    return html.Div(
        [
            html.Details(
                [html.Summary("Ask somebody", className="button"), html.Div(parts, className="ask-form")],
                className="rule-box ask",
            ),
            html.Ul([_about(one) for one in asked], className="asked-about") if asked else None,
        ],
        className="ask-somebody",
    )


def _about(one: RequestView) -> Component:
    answer = f": {ANSWERS[one.answer]}" if one.answer else ""
    words = f" {one.asked_of} was asked by {one.asked_by} on {day(one.created_at)}{answer}"
    return html.Li(
        [state_badge(one), words, html.Span(f" “{one.comment}”", className="quiet") if one.comment else None]
    )


def state_badge(one: RequestView) -> Component:
    """The state of a question."""
    return html.Span(one.state, className=f"badge {STATES[one.state]}")


def pair_shown(pair: PairView) -> Component:
    """A pair as whoever is asked sees it."""
    evidence = [
        html.Li(
            [html.Span("For" if for_it else "Against", className="sign"), html.Span(words)],
            className="speaks-for" if for_it else "speaks-against",
        )
        for for_it, words in pair.evidence
    ]
    return html.Div(
        [
            html.Div([_end(pair.left), _end(pair.right)], className="asked-ends"),
            html.Ul(evidence, className="asked-evidence", **{"aria-label": "What was found"}) if evidence else None,
        ],
        className="asked-page",
    )


def _end(end: End) -> Component:
    people = ", ".join(end.people[:8]) + (" and others" if len(end.people) > 8 else "")
    facts = [html.P(words) for words in (people, end.code, end.where, end.when) if words]
    return html.Section([html.H4(end.kind.capitalize()), html.P(end.title, className="asked-title"), *facts])


# -- acts


def ask_somebody(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Ask about a pair. on: the number of its link."""
    house = desk.installation
    number = requests.ask(
        house.storage, house.settings.requests, desk.viewer, number_of(on), name=form.get(f"ask-name-{on}", ""),
        email=form.get(f"ask-email-{on}", ""), account=number_of(form.get(f"ask-account-{on}") or "0"),
        message=form.get(f"ask-message-{on}", ""), at=at_once(),
    )  # fmt: skip
    one = requests.one_asked(house.storage, desk.viewer, number, at=at_once())
    letter = html.A("Read, copy or send the letter", href=f"{PATH}?view=mine&of={number}", className="go")
    words: Content = [f"{one.asked_of} is asked. ", letter, "."]
    return Done(words, back=("withdraw-request", str(number)))


def withdraw_request(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Take a question back. on: its number."""
    requests.withdraw(desk.installation.storage, desk.viewer, number_of(on), at=at_once())
    return Done("The question is taken back; its link says so.", back=("reopen-request", on))


def reopen_request(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Undo taking a question back. on: its number."""
    requests.reopen(desk.installation.storage, desk.viewer, number_of(on), at=at_once())
    return Done("The question stands again; the same link works.")


def number_of(words: str) -> int:
    """A number as it stands in a button. Raises WrongUsage for what is none."""
    if not (words.isascii() and words.isdigit() and len(words) < 16):
        raise WrongUsage("This is no number.")
    return int(words)


ACTS: Mapping[str, Act] = {
    "ask-somebody": ask_somebody, "withdraw-request": withdraw_request, "reopen-request": reopen_request,
}  # fmt: skip
"""What these buttons do, on every page that shows some of them."""
