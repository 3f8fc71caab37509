"""While one is away, and once a week: who stands in for one, and the digest of one's instruments."""

from collections.abc import Mapping
from datetime import date

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing import widgets
from dashboards.drawing.words import moment
from dashboards.frame.acts import act, entry, kept
from dashboards.page import Act, Content, Desk, Done
from dashboards.panel import notice
from dashboards.review.requesting import at_once, number_of
from puma import requests
from puma.errors import WrongUsage
from puma.languages import tongue


def shown(desk: Desk) -> Content:
    """Who stands in for one, and the weekly digest; for people with an account."""
    if not desk.viewer.account:
        words = "Who stands in for whom, and where a digest goes, is kept with an account."
        return html.Div(notice("Nobody is signed in here", words), className="card-body")
    return html.Div([*_stand_ins(desk), *_digest(desk)], className="card-body")


def _stand_ins(desk: Desk) -> list[Component]:
    storage, at = desk.installation.storage, at_once()
    rows = [
        html.Li(
            [
                html.P(
                    (f"{one.stands_in} stands in for you" if one.own else f"You stand in for {one.absent}")
                    + f" from {day_of(one.first_day)} to {day_of(one.last_day)}"
                ),
                act(["End", html.unseen(f": {one.stands_in}")], "end-stand-in", str(one.id), look="small")
                if one.own
                else html.Span(),
            ],
            className="asked-row",
        )
        for one in requests.stand_ins(storage, desk.viewer, at=at)
    ]
    stays = kept(f"away/{len(rows)}")
    form = html.Div(
        [
            widgets.Select(
                id=entry("away-account"), label="Who", placeholder="A colleague", value=None, searchable=True,
                data=[{"value": str(one.id), "label": one.name} for one in requests.colleagues(storage, desk.viewer)],
                nothingFoundMessage="Nobody of that name", **stays,
            ),
            widgets.TextInput(id=entry("away-first"), label="From day (UTC)", value=f"{at.date()}", **stays),
            widgets.TextInput(id=entry("away-last"), label="To day (UTC)", placeholder="2026-12-31", value="", **stays),
            act("Let them stand in", "stand-in"),
        ],
        className="away-form",
    )  # fmt: skip
    rule = "They see and answer what you are asked, with their own name. What is confidential only if they may see it."
    return [
        _head("While you are away"),
        html.Ul(rows, className="asked-rows") if rows else html.P("Nobody stands in for you.", className="quiet"),
        form,
        html.P(rule, className="footnote"),
    ]


def stand_in(desk: Desk, _on: str, form: Mapping[str, str]) -> Done:
    """Name somebody who stands in."""
    try:
        first, last = (date.fromisoformat(form.get(name, "")) for name in ("away-first", "away-last"))
    except ValueError as error:
        raise WrongUsage("Give both days, like 2026-12-31.") from error
    account = number_of(form.get("away-account") or "0")
    number = requests.name_stand_in(desk.installation.storage, desk.viewer, account, first, last, at=at_once())
    return Done("From then on they see what you are asked.", back=("end-stand-in", str(number)))


def end_stand_in(desk: Desk, on: str, _form: Mapping[str, str]) -> Done:
    """Let somebody stand in no more. on: the number of the row."""
    requests.end_stand_in(desk.installation.storage, desk.viewer, number_of(on))
    return Done("They stand in no more.")


def _digest(desk: Desk) -> list[Component]:
    house = desk.installation
    wish = requests.wish_of(house.storage, desk.viewer)
    found = requests.digest(house.storage, desk.viewer, at=at_once())
    base = house.settings.access.public_url.rstrip("/")
    text = requests.letter_of(
        found, facility=house.settings.facility.name, base=base, say=tongue(house.settings.facility.language)
    )
    if wish:
        last = f", last on {moment(wish.sent_at)} UTC" if wish.sent_at else ""
        state = [html.P(f"It goes to {wish.email} once a week{last}."), act("Send it no more", "end-digest")]
    else:
        state = [
            html.Div(
                [widgets.TextInput(id=entry("digest-email"), label="E-mail", value=""),
                 act("Send it once a week", "wish-digest")],
                className="away-form",
            )
        ]  # fmt: skip
    mute = "" if requests.can_send(house.settings.mail) else " Nothing is sent from here yet: [mail] names no server."
    none = "You are responsible for no instrument, so it tells of what you are asked only. "
    about = f"{'' if desk.viewer.instruments else none}Only you see the address; a link in each letter ends it.{mute}"
    preview = html.Details(
        [
            html.Summary("Read this week's"),
            html.P([html.B("Subject: "), text.subject]),
            html.Pre(text.body, className="letter", tabIndex=0),
            html.Button("Copy it", className="button small", **{"data-copy": f"{text.subject}\n\n{text.body}"}),
        ]
    )
    return [_head("Weekly digest of your instruments"), *state, html.P(about, className="footnote"), preview]


def wish_digest(desk: Desk, _on: str, form: Mapping[str, str]) -> Done:
    """Have the digest sent."""
    requests.wish_digest(desk.installation.storage, desk.viewer, form.get("digest-email", ""), at=at_once())
    return Done("It comes once a week from now on.", back=("end-digest", ""))


def end_digest(desk: Desk, _on: str, _form: Mapping[str, str]) -> Done:
    """Have it sent no more."""
    requests.end_digest(desk.installation.storage, desk.viewer)
    return Done("It comes no more; the address is forgotten.")


def day_of(value: date) -> str:
    """``2 March 2026``."""
    return f"{value:%-d %B %Y}"


def _head(words: str) -> Component:
    return html.Div(html.H2(words), className="card-head")


ACTS: Mapping[str, Act] = {
    "stand-in": stand_in, "end-stand-in": end_stand_in, "wish-digest": wish_digest, "end-digest": end_digest,
}  # fmt: skip
"""What these buttons do."""
