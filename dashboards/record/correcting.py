"""Correcting a record by hand: the form, what was corrected and what the sources say, and the way back."""

from collections.abc import Mapping

from dash import dcc
from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing import widgets
from dashboards.drawing.markup import shown_markup
from dashboards.drawing.words import day, word
from dashboards.frame.acts import act, entry, kept, undo
from dashboards.frame.controls import control_id
from dashboards.page import Content, Desk, Done
from dashboards.panel import notice
from puma.errors import NotHere
from puma.listing import Correctable, Correction, correctable, record

ANY = "any"  # the form is open, and the field not yet picked
HINTS = {
    "day": "a day, like 2026-03-02", "moment": "an instant, like 2026-03-02T09:30+01:00", "year": "a year, like 2026",
    "country": "two letters, like FR", "count": "a whole number", "number": "a number",
    "doi": "a DOI, like 10.1000/182", "orcid": "an ORCID iD", "ror": "a ROR id", "issn": "an ISSN",
}  # fmt: skip


def correct_any(desk: Desk) -> Component:
    """The way into the form, before a field is picked."""
    return html.A("Correct a value", href=desk.state.put("correct", ANY).query(), className="act go")


def correct_link(desk: Desk, name: str, label: str) -> Component:
    """The way into the form for one field."""
    query = desk.state.put("correct", name).query()
    return html.A(["Correct", html.unseen(f" {label}")], href=query, className="go one-line")


def origin(source: str, correction: Correction | None) -> Component | str:
    """Where a value came from; of a corrected one also what the sources say."""
    if correction is None:
        return source or "–"
    words = f"corrected by {correction.by} on {day(correction.at)}"
    said = correction.said or "no source says anything"
    return html.Span([html.B(words), html.Br(), html.Span(said, className="quiet")])


def form(desk: Desk) -> Content:
    """The form: a field, its new value, the reason."""
    name = desk.state.one("correct")
    if not name or not desk.viewer.at_least("user_office"):
        return None  # an empty panel takes no room
    can = correctable(desk.installation.storage, desk.viewer, _number(desk))
    close = html.A(["Close", html.unseen(" the form")], href=desk.state.without("correct").query(), className="act go")
    heading = html.Div([html.H2("Correct a value"), html.Div(close, className="actions")], className="card-head")
    if not can:
        words = "No source tells of this record: it was made from what others say of it, so correct those."
        return html.Div([heading, notice("Nothing to correct here", words)], className="card-body")
    one = next((field for field in can if field.name == name), None)
    which = widgets.Select(
        id=control_id("correct"), label="Field", value=one.name if one else None, searchable=True, allowDeselect=False,
        data=[{"value": field.name, "label": field.label} for field in can], placeholder="Which one?",
    )  # fmt: skip
    standing_query = dcc.Store(id={"type": "standing", "of": "correct"}, data=desk.state.query())
    parts: list[Component | None] = [which, standing_query]
    if one is not None:
        about = f"{desk.rest}/{one.name}/{one.value}"
        parts += [
            _input(one, about),
            widgets.TextInput(id=entry("reason"), label="Reason (kept with the correction)", value="", **kept(about)),
            act("Save the correction", "correct", one.name, look="primary"),
        ]
    note = (
        "It wins over every source, also after the next harvest, until somebody takes it back. "
        "An empty value says nothing, so a value cannot be emptied."
    )
    return html.Div(
        [heading, html.Div(parts, className="correct-form"), html.P(note, className="footnote")], className="card-body"
    )


def _input(one: Correctable, about: str) -> Component:
    """An input that fits the field."""
    label = f"New value{f' ({one.unit})' if one.unit else ''}"
    hint = one.help or HINTS.get(one.kind, "")
    if one.choices or one.kind == "flag":
        data = [{"value": value, "label": word("type", value)} for value in one.choices or ("yes", "no")]
        value = one.value if one.value in [choice["value"] for choice in data] else None
        return widgets.Select(id=entry("value"), label=label, description=hint, data=data, value=value, **kept(about))
    hint = HINTS.get(one.kind) or one.help
    if one.kind in ("text", "title"):
        return widgets.Textarea(
            id=entry("value"), label=label, description=hint, value=one.value, autosize=True, minRows=1, maxRows=12,
            **kept(about),
        )  # fmt: skip
    return widgets.TextInput(id=entry("value"), label=label, description=hint, value=one.value, **kept(about))


def save(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Keep a correction. on: name of the field."""
    number = desk.installation.correct(desk.viewer, _number(desk), {on: form.get("value", "")}, form.get("reason", ""))
    return Done("Corrected: your value wins over all sources.", number, ("correct",))


def standing(desk: Desk) -> Content:
    """The corrections that stand, each with what the sources say and the way back."""
    one = record(desk.installation.storage, desk.viewer, _number(desk))
    if one is None or not one.corrections:
        return None  # an empty panel takes no room
    office = desk.viewer.at_least("user_office")
    items = [
        html.Li(
            [
                html.B(c.label),
                html.Span(shown_markup(word(c.field, c.value)) if len(c.value) < 300 else f"{c.value[:300]} …"),
                html.Span(
                    f"corrected by {c.by} on {day(c.at)}{f': {c.reason}' if c.reason else ''} · "
                    f"{c.said or 'no source says anything'}",
                    className="quiet",
                ),
                undo(c.decision, "Take back", place="corrections", spoken=f"Take the correction of {c.label} back")
                if office
                else None,
            ]
        )
        for c in one.corrections
    ]
    heading = html.Div(html.H2("Corrected by hand"), className="card-head")
    return html.Div([heading, html.Ul(items, className="rows decided")], className="card-body")


def _number(desk: Desk) -> int:
    found = record(desk.installation.storage, desk.viewer, desk.number)
    if found is None:
        raise NotHere("There is no record of that number.")
    return found.id
