"""Matches as lists: the best proposed ones with their reasons, the validated ones, and many accepted at once."""

from collections.abc import Mapping
from urllib.parse import urlencode

from dash import dcc
from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing import widgets
from dashboards.drawing.tables import Cell, Column, data_table
from dashboards.drawing.words import THIN, amount, counted, shortly
from dashboards.frame.acts import act, entry
from dashboards.frame.controls import control_id
from dashboards.page import Content, Desk, Done
from dashboards.panel import nothing
from dashboards.review.pairs import kind_words
from puma.errors import Conflict, WrongUsage
from puma.exports import LARGE
from puma.listing import Candidate, CandidatePage, Heap, candidates, heaps
from puma.listing.reviewing import STEPS

AT_ONCE = 50
REASONS = 3  # that a line of the list of top candidates gives
ASKED_FROM = 100  # pairs; above, the number is to be typed
LEAST, MOST = 50, 99  # percent that can be chosen


def chosen_instrument(desk: Desk) -> int | None:
    """The instrument in the URL."""
    return desk.state.number("instrument") or None


def top(desk: Desk) -> Content:
    """Proposed matches by their probability, each with what speaks most for and against it."""
    page = _page(desk, "candidate")
    columns = [Column("Publication"), Column("Proposal"), Column("Probability", True), Column("Reasons"), Column("")]
    rows = [
        [
            Cell(one.left.title, href=f"/record/{one.left.record_id}"),
            Cell(one.right.code_or_doi, href=f"/record/{one.right.record_id}", note=one.right.title),
            Cell(f"{one.probability * 100:.0f}{THIN}%", one.probability),
            Cell(reasons(one)),
            Cell("Look", href=f"?{urlencode({'link': one.link_id})}"),
        ]
        for one in page.items
    ]
    return _list(desk, "Top candidates", page.total, columns, rows, "Nothing is proposed for this choice.")


def reasons(one: Candidate) -> str:
    """The strongest pieces of evidence in words."""
    lines = [line for line in one.evidence if line.get("kind") != "prior"]
    strongest = sorted(lines, key=lambda line: -abs(float(line.get("points", 0))))[:REASONS]
    told = (f"{kind_words(str(line['kind']))} {float(line['points']):+.1f}".replace("-", "−") for line in strongest)
    return ", ".join(told)


def validated(desk: Desk) -> Content:
    """Validated matches only, each with who and when; the newest first."""
    page = _page(desk, "validated")
    columns = [Column("Publication"), Column("Published"), Column("Proposal"), Column("Instruments"),
               Column("Validated by"), Column("On"), Column("")]  # fmt: skip
    rows = [
        [
            Cell(one.left.title, href=f"/record/{one.left.record_id}"),
            Cell(one.left.date),
            Cell(one.right.code_or_doi, href=f"/record/{one.right.record_id}", note=one.right.title),
            Cell(", ".join(dict.fromkeys(one.right.instruments))),
            Cell(one.decided_by),
            Cell(shortly(one.decided_at), one.decided_at.timestamp() if one.decided_at else 0.0),
            Cell("Look", href=f"?{urlencode({'state': 'validated', 'link': one.link_id})}"),
        ]
        for one in page.items
    ]
    first, last = desk.state.years
    asked = {"instrument": chosen_instrument(desk), "first": first, "last": last}
    query = urlencode({key: value for key, value in asked.items() if value})
    at_once = {"download": ""} if page.total < LARGE else {}  # else the link leads to the page of what is being made
    files = [
        html.A(word, href=f"/api/v1/review/validated.{name}?{query}", className="act", **at_once)
        for name, word in (("csv", "CSV"), ("xlsx", "Excel"))
    ]
    return _list(desk, "Validated matches", page.total, columns, rows, "No match is validated for this choice.", files)


def _page(desk: Desk, state: str) -> CandidatePage:
    return candidates(
        desk.installation.storage, desk.viewer, state=state, instrument=chosen_instrument(desk),
        years=desk.state.years, relations=("publication-proposal",),
        order="newest" if state == "validated" else "score",
        offset=AT_ONCE * max(desk.state.number("page", 1) - 1, 0), limit=AT_ONCE,
    )  # fmt: skip


def _list(
    desk: Desk, title: str, total: int, columns: list[Column], rows: list[list[Cell]], none: str,
    actions: list[Component] | None = None,
) -> Component:  # fmt: skip
    if not rows:
        back = html.A("Back to what is to decide", href="?", className="go")
        return nothing(title.lower(), none, back)
    page, last = max(desk.state.number("page", 1), 1), -(-total // AT_ONCE)
    steps = [
        html.A(words, href=desk.state.put("page", str(to)).query(), className="button small go")
        for words, to in (("‹ Before", page - 1), ("Further ›", page + 1))
        if 1 <= to <= last
    ]
    first = (page - 1) * AT_ONCE + 1
    shown = f"{amount(first)} to {amount(first + len(rows) - 1)} of {amount(total)}"
    head = [html.H2(title), html.Div([html.Span(shown, className="quiet small"), *(actions or [])], className="own")]
    return html.Div(
        [html.Div(head, className="card-head"), data_table(title, columns, rows), html.Div(steps, className="own")],
        className="panel card card-body matches",
    )


# --- many at once -----------------------------------------------------------------------------------------------------


def many(desk: Desk) -> Content:
    """Accept all pairs from a probability on: how many, some of them to look at, and the error to expect."""
    wanted = over(desk)
    found = heaps(
        desk.installation.storage, desk.viewer, instrument=chosen_instrument(desk), years=desk.state.years,
        steps=(*STEPS, *((wanted,) if wanted and wanted not in STEPS else ())),
    )  # fmt: skip
    if not any(one.links for one in found):
        return nothing("pairs to accept together", "No undecided pair of proposals is likely enough.",
                       html.A("Back to what is to decide", href="?", className="go"))  # fmt: skip
    chosen = chosen_heap(wanted, found)
    count, percent = len(chosen.links), round(chosen.least * 100)
    label = "Accept all pairs that are at least so probable"
    slider = widgets.Slider(
        id=control_id("over"), value=percent, min=LEAST, max=MOST, step=1, updatemode="mouseup", thumbLabel=label,
        label=None, marks=[{"value": mark, "label": f"{mark}"} for mark in (50, 60, 70, 80, 90, 99)],
    )  # fmt: skip
    form: list[Component | None] = []
    if count > ASKED_FROM:
        typed = widgets.TextInput(id=entry("typed"), label=f"More than {ASKED_FROM}: type {count}", value="")
        form.append(html.Div(typed, className="control"))
    form.append(
        act(f"Accept {counted(count, 'pairs')}", "accept_many", f"{chosen.least:g}/{count}", look="accept",
            disabled=not count)
    )  # fmt: skip
    return html.Div(
        [
            html.Div(html.H2("Accept many"), className="card-head"),
            html.P([label, ": ", html.B(f"{percent}{THIN}%")], className="bulk-least"),
            html.Div(slider, className="bulk-slider"),
            html.P([html.B(counted(count, "pairs")), ". ", error_words(chosen)], role="status"),
            _steps(desk, [one for one in found if one.least in STEPS], chosen),
            _sample(desk, chosen),
            html.Div(form, className="own"),
            html.P(
                "Pairs of the random audit are left out: they are decided one by one, or they would measure nothing. "
                "All is one act with one undo.",
                className="footnote",
            ),
            dcc.Store(id={"type": "standing", "of": "heap"}, data=desk.state.put("over", str(percent)).query()),
        ],
        className="panel card card-body bulk",
    )


def error_words(heap: Heap) -> str:
    """The error to expect, by the model's own word and by what people found in the random audit; pure."""
    if heap.promised is None:
        return "No pair is so probable."
    wrong = heap.promised * len(heap.links)
    among = amount(len(heap.links))
    words = f"The model expects {wrong:.1f} wrong ones among {among} ({heap.promised * 100:.1f}{THIN}%)"
    share, interval = heap.measured.value, heap.measured.interval
    if share is None or interval is None:
        return f"{words}. No pair of the random audit that is so probable is decided yet."
    return (
        f"{words}. In the random audit {amount(heap.measured.of - heap.measured.right)} of {amount(heap.measured.of)} "
        f"so probable pairs were wrong: {(1 - share) * 100:.1f}{THIN}%, "
        f"between {(1 - interval[1]) * 100:.1f} and {(1 - interval[0]) * 100:.1f}{THIN}%."
    )


def over(desk: Desk) -> float | None:
    """The probability in the URL, as 0.95 or as 95 percent; None for none that can be chosen."""
    try:
        given = float(desk.state.one("over") or "nan")
    except ValueError:
        return None
    percent = given if given > 1 else given * 100
    return round(percent) / 100 if LEAST <= percent <= MOST else None


def chosen_heap(wanted: float | None, found: list[Heap]) -> Heap:
    """The wanted heap, else the strictest one that holds anything; pure."""
    named = next((one for one in found if one.least == wanted), None)
    return named or next((one for one in found if one.links), found[-1])


def _steps(desk: Desk, found: list[Heap], chosen: Heap) -> Component:
    """What each of some probabilities would accept, beside each other; a click chooses one."""
    links = [
        html.A(
            [
                html.B(f"{one.least * 100:.0f}{THIN}%"),
                html.Span(counted(len(one.links), "pairs")),
                html.Span("–" if one.promised is None else f"{one.promised * len(one.links):.1f} wrong"),
            ],
            href=desk.state.put("over", str(round(one.least * 100))).query(), className="bulk-step go",
            **({"aria-current": "true"} if one.least == chosen.least else {}),
        )
        for one in found
    ]  # fmt: skip
    return html.Nav(links, className="bulk-steps", **{"aria-label": "Pairs and expected errors"})


def _sample(desk: Desk, heap: Heap) -> Component | None:
    shown = candidates(
        desk.installation.storage, desk.viewer, links_of=heap.sample, limit=len(heap.sample)
    ).items  # fmt: skip
    if not shown:
        return None
    columns = [Column("Publication"), Column("Proposal"), Column("Probability", True), Column("Reasons"), Column("")]
    rows = [
        [
            Cell(one.left.title),
            Cell(f"{one.right.code_or_doi}: {one.right.title}"),
            Cell(f"{one.probability * 100:.0f}{THIN}%", one.probability),
            Cell(reasons(one)),
            Cell("Look", href=f"?{urlencode({'link': one.link_id})}"),
        ]
        for one in shown
    ]
    words = f"{counted(len(rows), 'pairs')} drawn by lot from them"
    return html.Div([html.H3(words), data_table(words, columns, rows)])


def accept_many(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Accept all pairs from a probability on. on: the probability and how many pairs the person saw."""
    least, _, seen = on.partition("/")
    try:
        step = float(least)
    except ValueError:
        raise WrongUsage("Choose a probability first.") from None
    found = heaps(
        desk.installation.storage, desk.viewer, instrument=chosen_instrument(desk), years=desk.state.years,
        steps=(step,),
    )[0]  # fmt: skip
    count = len(found.links)
    if str(count) != seen:
        raise Conflict(f"{count} pairs are so probable by now; you saw {seen or 'none'}. Nothing was changed.")
    if count > ASKED_FROM and form.get("typed", "").strip() != seen:
        raise WrongUsage(f"Type {count} to accept so many pairs at once.")
    done = desk.installation.decide_many(desk.viewer, found.links, "accept", f"together, from {step:g} on")
    if not done.decisions:
        raise Conflict("All of them were decided by others meanwhile. Nothing was changed.")
    passed = f" {counted(done.passed, 'pairs')} had been decided by others and stayed." if done.passed else ""
    second = f" {counted(done.waiting, 'pairs')} count once a second person says the same." if done.waiting else ""
    words = f"Accepted {counted(len(done.decisions), 'pairs')}.{second + passed}"
    return Done(words, back=("undo_act", str(done.decisions[0])))


def undo_act(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Take back everything that was decided by one act. on: one of its decisions."""
    done = desk.installation.undo_together(desk.viewer, int(on) if on.isdigit() else 0)
    passed = f" {amount(done.passed)} had been changed since and stayed." if done.passed else ""
    return Done(f"Undone: {counted(len(done.decisions), 'decisions')} taken back.{passed}")
