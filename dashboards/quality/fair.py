"""The FAIR self-assessment, as panels: its questions with the answers of a year, the form, and who answered when."""

from collections.abc import Mapping
from datetime import UTC, datetime

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing import widgets
from dashboards.drawing.measured import measured
from dashboards.drawing.tables import Cell, Column
from dashboards.drawing.words import amount, day, moment
from dashboards.frame.acts import act, entry, kept
from dashboards.page import Content, Desk, Done
from dashboards.panel import nothing
from puma.errors import NotHere
from puma.keeping import fair as assessment
from puma.keeping.fair import ANSWERS, PRINCIPLES, TO_ANSWER, Given
from puma.listing import instruments, records

WHOLE = "whole facility"
RULES = (
    "27 questions about how data are handled, for the whole facility or, with one instrument chosen above, for that "
    "instrument; for the year chosen above, else the present one.",
    "Score: 1 for yes, 0.5 for partly, 0 for no, over the questions that are answered and apply.",
    "The wording is this program's own, after the FAIR principles. It is the facility's own view, not an audit.",
    "Every answer is kept with its day; a new one stands in its place from then on.",
)


def about(desk: Desk) -> tuple[int, str]:
    """What is assessed: the one instrument of the filter, else the facility of the settings; its number and name."""
    chosen = desk.state.many("instrument")
    known = {str(one.id): one for one in instruments(desk.installation.storage, desk.viewer)}
    found = [known[one] for one in chosen if one in known]
    if len(found) == 1:
        return found[0].id, found[0].name
    code = desk.installation.settings.facility.code
    rows = records(desk.installation.storage, desk.viewer, "facility", limit=100).rows
    number = next((row.id for row in rows if row.values.get("code") == code), 0)
    return number, WHOLE


def year_of(desk: Desk) -> int:
    """The year of the assessment: the one chosen, else the present one."""
    first, last = desk.state.years
    if desk.state.many("year") and last is not None and last == (first or last):
        return last
    return datetime.now(UTC).year


def questions(desk: Desk) -> Content:
    """All questions with the answers of the year, or the form."""
    number, name = about(desk)
    year = year_of(desk)
    storage = desk.installation.storage
    if not number:
        return nothing("facility", "The facility is not known yet.", "`puma init` writes it.")
    told = assessment.history(storage, desk.viewer, number, year)
    answers = assessment.standing(storage, desk.viewer, number, year)
    found = assessment.score(answers)
    title = f"FAIR self-assessment, {name}, {year}"
    remark = (
        f"score {amount(found.value, 'share')} · {amount(found.points)} of {found.applicable} points · "
        f"{found.not_applicable} do not apply · {found.open} of {len(assessment.questions())} not answered"
    )
    may = desk.viewer.at_least(TO_ANSWER)
    if may and desk.state.one("edit") == "fair":
        return _form(desk, title, answers, f"{number}/{year}/{max((one.id for one in told), default=0)}")
    change = html.A("Answer the questions", href=desk.state.put("edit", "fair").query(), className="button primary go")
    below = html.Div([html.Div(change, className="spaced") if may else None, _past(told)], className="stacked")
    columns = [Column("Code"), Column("Question"), Column("Answer"), Column("Comment"), Column("Answered")]
    rows = []
    for one in assessment.questions():
        given = answers.get(one.code)
        when = day(given.answered_at) if given else "–"
        rows.append([
            Cell(one.code), Cell(one.words), Cell(given.answer or "–" if given else "not answered"),
            Cell(given.comment if given else ""),
            Cell(f"{when}, {given.answered_by}" if given and given.answered_by else when),
        ])  # fmt: skip
    card = measured(desk, "questions", title, RULES, columns, rows, below=below, remark=remark, role="viewer")
    return html.Div(card, className="all-rows fair")  # nobody should have to guess that there are more questions


def _form(desk: Desk, title: str, answers: Mapping[str, Given], on: str) -> Component:
    parts: list[Component] = []
    for letter, principle in PRINCIPLES.items():
        parts.append(html.H3(principle))
        for one in assessment.questions():
            if one.code[0] == letter:
                given = answers.get(one.code)
                choose = widgets.Select(
                    id=entry(f"fair-{one.code}"), label=f"{one.code}. {one.words}", clearable=True,
                    value=given.answer if given else None, placeholder="not answered",
                    data=[{"value": answer, "label": answer.capitalize()} for answer in ANSWERS], **kept(on),
                )  # fmt: skip
                note = widgets.TextInput(
                    id=entry(f"note-{one.code}"),
                    value=given.comment if given else "",
                    placeholder="what it rests on",
                    **{"aria-label": f"Comment on {one.code}"},
                    **kept(on),
                )
                parts.append(html.Div([choose, note], className="fair-question"))
    away = html.A("Leave it", href=desk.state.without("edit").query(), className="button go")
    save = html.Div([act("Save the answers", "answer", on, look="primary"), away], className="spaced")
    return html.Div(
        [html.Div(html.H2(title), className="card-head"), *parts, save], className="card-body fair-form",
        role="group", **{"aria-label": title},
    )  # fmt: skip


def _past(told: list[Given]) -> Component | None:
    if not told:
        return None
    items = [
        html.Li(
            f"{moment(one.answered_at)} UTC: {one.question} {one.answer or 'taken back'}"
            + (f", by {one.answered_by}" if one.answered_by else "")
            + (f" ({one.comment})" if one.comment else "")
        )
        for one in told
    ]
    return html.Details([html.Summary(f"History: {len(told)} answers"), html.Ul(items)], className="more")


def answer(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Keep the answers of the form. on: what is assessed, the year, the newest answer that was seen."""
    number, year, seen = (int(part) for part in on.split("/"))
    given = {
        one.code: (form.get(f"fair-{one.code}", ""), form.get(f"note-{one.code}", ""))
        for one in assessment.questions()
        if f"fair-{one.code}" in form
    }
    kept = desk.installation.answer_fair(desk.viewer, number, year, given, seen=seen)
    if not kept:
        return Done("Nothing was changed.", leave=("edit",))
    words = f"{len(kept)} answer{'s' if len(kept) > 1 else ''} kept."
    return Done(words, leave=("edit",), back=("unanswer", ",".join(map(str, kept))))


def unanswer(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Put back what stood before."""
    if not all(part.isdigit() for part in on.split(",")):
        raise NotHere("There are no such answers.")
    back = desk.installation.take_back_fair(desk.viewer, [int(part) for part in on.split(",")])
    return Done("1 answer put back." if len(back) == 1 else f"{len(back)} answers put back.")
