"""The menu that exports a list: every format that can hold it, with what each is for; and the files that are made."""

from collections.abc import Callable, Sequence
from datetime import datetime
from urllib.parse import urlencode, urlsplit

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing.words import amount, counted, moment
from puma.exports import LARGE, exports
from puma.listing import KINDS as LISTS
from puma.measuring import Question
from puma.reports import Job

PATH = "/exports"
CUT = {
    "gone on": "cut off, went on where it was",
    "changed": "cut off, began again, since records had changed",
    "begun again": "cut off, began again: this form is made in one go",
}
"""What became of a file after the program was stopped while it was made."""
STATES = {"waiting": "waits", "running": "is being made", "done": "ready", "failed": "failed"}


def export_menu(
    address: str, total: int, what: str, *, order: str = "", more: Sequence[Component] = ()
) -> Component | None:
    """Formats as links. address: path and query, to whose path the format's name is put. what: a list that can be
    exported, or ``search`` for records of several kinds; order: what is said of theirs; more: what stands below.

    Large lists are made in the background: their links lead to the page of what is made. Nothing when there are no
    records, or none can be exported.
    """
    if not total or what not in (*LISTS, "search"):
        return None
    parts = urlsplit(address)
    query = f"?{parts.query}" if parts.query else ""
    large = total >= LARGE
    files = [
        html.Li(
            [
                html.A(name.upper(), href=f"{parts.path}.{name}{query}", **({} if large else {"download": ""})),
                f" {one.help}",
            ]
        )
        for name, one in exports().items()
        if (not one.only or what in one.only) and (not one.most or total <= one.most)
    ]
    named = counted(total, "documents" if what == "search" else what)
    later = "So many are made in the background: you see how far they are, and fetch them when they are ready."
    box = [
        html.P(f"All {named}{order}:"),
        html.Ul(files, className="formats"),
        html.P(later, className="footnote") if large else None,
        *more,
    ]
    return html.Details(
        [
            html.Summary(["Export", html.unseen(f" {named}")], className="button small"),
            html.Div([part for part in box if part is not None], className="rule"),
        ],
        className="rule-box",
    )


def export_of(question: Question, part: str) -> str:
    """Where the records behind a number are exported: what else the address of a page holds means nothing there."""
    filters = [(slug, value) for slug, values in question.filters.items() for value in values]
    asked = urlencode([("metric", question.slug), *filters, ("policy", question.policy), ("part", part)])
    return f"/api/v1/exports/behind?{asked}"


def made_list(found: Sequence[Job], until: Callable[[Job], datetime]) -> Component:
    """How far files are that are made in the background; those that are ready as links. until: when
    the file of one is deleted."""
    return html.Ul([html.Li(made(one, until(one))) for one in found], className="rows made")


def made(one: Job, until: datetime, size: int = 0) -> list[Component | str]:
    """How far one file is. until: when it is deleted; size: its bytes, where they are known."""
    title, form = (
        html.Span(one.order.title, className="name"),
        html.Span(one.order.form.upper(), className="badge quiet"),
    )
    course = CUT.get(one.cut, "")
    if one.state == "done":
        link = html.A(one.order.title, href=f"/api/v1/exports/jobs/{one.id}/file", className="name", download="")
        kept = f"as of {moment(one.as_of)} UTC, kept until {moment(until)} UTC"
        return [link, form, html.Span("ready", className="badge good"), _said(_size(size), kept, course)]
    if one.state == "failed":
        return [title, form, html.Span("failed", className="badge bad"), html.Span(one.words, className="bad-words")]
    share = min(100 * one.done // one.total, 100)
    bar = html.Div(html.Span(className="fill", style={"width": f"{share}%"}), className="bar-track")
    far = f"{amount(one.done)} of {amount(one.total)} rows" if one.words == "rows" else one.words
    words = f"{STATES[one.state]}: {far}, {share} %" if far else STATES[one.state]
    return [title, form, _said(words, course), bar]


def _said(*parts: str) -> Component:
    """What is said of a file, part by part; each is turned by itself into the language of the page."""
    return html.Span([html.Span(part) for part in parts if part], className="quiet said")


def _size(count: int) -> str:
    """Bytes as people read them: 1.4 MB."""
    if count < 1000:
        return f"{count} bytes" if count else ""
    unit = "GB" if count >= 1e9 else "MB" if count >= 1e6 else "kB"
    return f"{count / {'kB': 1e3, 'MB': 1e6, 'GB': 1e9}[unit]:.3g} {unit}"
