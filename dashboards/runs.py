"""Runs as people read them: state, counters, progress while they go on, and the buttons that start and stop them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing.words import amount, lasted
from dashboards.frame.acts import act
from dashboards.page import Act, Content, Desk, Done
from dashboards.panel import pulse
from puma.listing import RunView, Waiting
from puma.runs.wanted import Kind

TONE = {
    "done": "good", "running": "accent", "skipped some": "warn", "stopped": "bad", "failed": "bad", "refused": "bad",
}  # fmt: skip
ORDER = ("seen", "added", "changed", "unchanged", "deleted", "skipped", "failed")
KINDS = {
    "harvest": "Harvest", "full harvest": "Harvest of everything", "reread": "Reading again", "match": "Matching",
    "index": "Indexing", "files": "Reading of PDFs", "facts": "Counting",
    "learn": "Learning from decisions", "model": "Choice of a model",
}  # fmt: skip
SECONDS = 2  # between two looks at what runs
PATIENCE_S = 10  # between two looks at what waits for a worker; and after so long it is said how to start one


def badge(state: str) -> Component:
    """A state as a word in a colour; the word is enough."""
    return html.Span(state or "never run", className=f"badge {TONE.get(state, 'quiet')}")


def state_of(run: RunView) -> str:
    """The state of a run; one that says it runs but whose worker is dead was cut off."""
    return "cut off" if run.state == "running" and not run.alive else run.state


def counters(found: Mapping[str, int], *, but: tuple[str, ...] = ()) -> Component:
    """The counts of a run that are not zero, in their usual order."""
    names = [name for name in ORDER if name in found] + sorted(set(found) - set(ORDER))
    shown = [
        html.Span([html.B(amount(found[name])), f" {name}"], className="count")
        for name in names
        if found[name] and name not in but
    ]
    return html.Span(shown or "nothing", className="counts")


def ago(at: datetime | None) -> str:
    """``12 s ago``."""
    return f"{lasted(at, datetime.now(UTC))} ago" if at else ""


def progress(run: RunView) -> Content:
    """How far a run has come: a bar where its source said how much there is, and the same numbers as in the log."""
    return [_progress(run), pulse(SECONDS)]


def _progress(run: RunView) -> Component:
    seen = run.counters.get("seen", 0)
    share = min(seen / run.total, 1.0) if run.total else None
    words = f"{amount(seen)} of {amount(run.total)} seen" if run.total else f"{amount(seen)} seen"
    spoken = {"aria-label": f"{KINDS.get(run.kind, run.kind)} of {run.source or 'everything'}", "aria-valuetext": words}
    if share is not None:
        spoken |= {"aria-valuenow": str(round(share * 100)), "aria-valuemin": "0", "aria-valuemax": "100"}
    fill = html.Span(className="fill" if share is not None else "fill unknown",
                     style={"width": f"{share * 100:.1f}%"} if share is not None else {})  # fmt: skip
    stopping = f" · {run.stop_asked_by} asked it to stop: it ends after this page" if run.stop_asked_by else ""
    facts = [
        html.B(words),
        f" · {share * 100:.0f}\u202f% · " if share is not None else " · ",
        counters(run.counters, but=("seen",)) if any(v for k, v in run.counters.items() if k != "seen") else "",
        f" · running for {lasted(run.started_at, datetime.now(UTC))}, last sign of life {ago(run.heartbeat_at)}",
        stopping,
    ]
    return html.Div(
        [html.Div(fill, className="bar-track", role="progressbar", **spoken), html.P(facts, className="small quiet")],
        className="run-progress",
    )


def waits(waiting: Sequence[Waiting]) -> Content:
    """What waits for a worker, and how to start one when none takes it."""
    return [*map(_waits, waiting), pulse(PATIENCE_S)] if waiting else None


def _waits(one: Waiting) -> Component:
    since = (datetime.now(UTC) - one.asked_at).total_seconds()
    how = [" No worker has taken it yet: start one with ", html.Code("puma worker"), ", or serve the pages with ",
           html.Code("puma serve"), ", which has one of its own."]  # fmt: skip
    return html.P(
        [html.B(f"{KINDS.get(one.kind, one.kind)} waits for a worker."),
         f" Asked by {one.asked_by} {ago(one.asked_at)}.", *(how if since > PATIENCE_S else [])],
        className="small waits" if since > PATIENCE_S else "small quiet", role="status",
    )  # fmt: skip


def stop(run: RunView, place: str) -> Component:
    """The button that stops a run."""
    return act(
        ["Stop", html.unseen(f" {KINDS.get(run.kind, run.kind).lower()} of {run.source}")],
        "stop",
        str(run.id),
        look="small reject",
        place=place,
        disabled=bool(run.stop_asked_by),
    )


def starting(kind: Kind) -> Act:
    """What the button that asks for this kind of run does."""

    def start(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
        desk.installation.want_run(desk.viewer, on, kind)
        return Done(f"{KINDS[kind]} of {on} is asked for.")

    return start


def stopping(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Ask a run to stop. on: its number."""
    desk.installation.stop_run(desk.viewer, int(on))
    return Done(f"Run {on} stops after its page; what it stored stays.")


ACTS: Mapping[str, Act] = {
    "harvest": starting("harvest"),
    "full harvest": starting("full harvest"),
    "reread": starting("reread"),
    "stop": stopping,
}
"""The acts of every page that shows runs."""
