"""One pair to review as a whole: its group, the buttons with their keys, both sides, the passage, evidence and past."""

from dash import dcc
from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing.words import amount, counted
from dashboards.page import Desk
from dashboards.review.pairs import evidence_of, past_of, side_of, snippet_of
from puma.listing import AboutPair, Candidate

REASONS = (
    "Measured elsewhere",
    "Other people of the same name",
    "Another proposal of the same team",
    "The string is no proposal code",
    "Nothing in common",
)
"""Quick reasons of a rejection, by the keys 1 to 5."""

KEYS = (
    ("a", "accept this pair"),
    ("x", "reject this pair"),
    ("A, X", "accept or reject all pairs that rest on the same code"),
    ("1 to 5", "reject with a reason"),
    ("c", "write a comment; Enter or Esc leaves it"),
    ("Space, j", "skip to the next pair"),
    ("k", "the pair before"),
    ("Backspace", "undo the last decision"),
    ("?", "this help"),
)


def _help() -> Component:
    lines = [part for keys, words in KEYS for part in (html.Dt(_keys(keys)), html.Dd(words))]
    return html.Dialog(
        [
            html.H2("Keys", id="review-keys"),
            html.Dl(lines, className="facts keys"),
            html.Button("Close", className="button", **{"data-close": "help"}),
        ],
        id="review-help",
        className="ended",
        **{"aria-labelledby": "review-keys"},
    )


def _keys(keys: str) -> list[Component | str]:
    parts: list[Component | str] = []
    for word in keys.split(" "):
        parts += [word, " "] if word == "to" else [html.Kbd(word.rstrip(",")), " "]
    return parts


HELP = _help()


def pair_of(
    desk: Desk, one: Candidate, about: AboutPair, *, asking: Component | None, at: int, total: int, latest: int,
    behind: int,
) -> Component:  # fmt: skip
    """A pair with everything that a reviewer needs. behind: how many stand before it, it is shown when they are gone.

    asking: the way to ask somebody about it. at, total: its place in the queue and the length of that; latest: the
    decision that Undo takes back, 0 for none.
    """
    numbers = {"data-link": str(one.link_id), "data-state": one.state, "data-others": str(len(about.settles))}
    return html.Article(
        [
            _group(one),
            _bar(desk, one, at, total, latest),
            _second(one, desk.viewer.name or desk.viewer.role),
            _with_it(one, about),
            _reasons(one),
            _drawn(one) if one.drawn else None,
            html.Div([side_of(one.left, one.right), side_of(one.right, one.left)], className="grid two sides"),
            html.Div([html.H2("In the full text"), snippet_of(one, about)], className="panel card card-body evidence"),
            evidence_of(one),
            past_of(about.history),
            html.Div(asking, id={"type": "pair-more", "link": one.link_id}, className="pair-more"),
        ],
        key=str(one.link_id),  # a part that is drawn anew keeps what is typed into the comment
        className="pair behind" if behind else "pair",
        **numbers,
    )


def _group(one: Candidate) -> Component | None:
    return html.P(one.group, className="kicker group") if one.group else None


def _bar(desk: Desk, one: Candidate, at: int, total: int, latest: int) -> Component:
    """The buttons, each with its key."""
    forth = desk.state.put("at", str(at + 1)).query() if at + 1 < total else ""
    back = desk.state.put("at", str(at - 1) if at > 1 else "").query() if at else ""
    undoing = {"data-undo": str(latest), "data-key": "Backspace", "aria-keyshortcuts": "Backspace"}
    return html.Div(
        [
            html.Div(
                [
                    decide(one, "accept", "Accept", "a", off=one.state == "validated"),
                    decide(one, "reject", "Reject", "x", off=one.state == "rejected"),
                    _step("Skip", "Space", forth, " to the next pair"),
                    html.Button(
                        ["Undo", html.Kbd("⌫", **{"aria-hidden": "true"})], className="button", disabled=not latest,
                        **undoing,
                    ),
                ],
                className="verdicts",
            ),
            html.Div(
                [
                    _step("‹", "k", back, " previous pair"),
                    html.Span(f"{amount(at + 1)} of {amount(total)}", className="quiet"),
                    _step("›", "j", forth, " next pair"),
                    html.Button(
                        ["Keys", html.Kbd("?", **{"aria-hidden": "true"})], className="button",
                        **{"data-key": "?", "data-open": "help", "aria-keyshortcuts": "?"},
                    ),
                ],
                className="steps",
            ),
        ],
        className="action-bar",
    )  # fmt: skip


def decide(
    one: Candidate, verdict: str, words: str, key: str, *, off: bool = False, others: int = 0, reason: str = "",
    look: str = "",
) -> Component:  # fmt: skip
    """A button that decides the pair. others: with so many others; reason: for this one."""
    told = {"data-verdict": verdict, "data-key": key, "aria-keyshortcuts": "Shift+" + key if key in "AX" else key}
    told |= {"data-all": str(others)} if others else {}
    told |= {"data-reason": reason} if reason else {"aria-describedby": f"sum-{one.link_id}"}
    return html.Button(
        [words, html.Kbd(key, **{"aria-hidden": "true"})],
        className=f"button {look or verdict}",
        disabled=off,
        **told,
    )


def _step(words: str, key: str, query: str, more: str) -> Component:
    shown = [words, html.unseen(more), html.Kbd(key, **{"aria-hidden": "true"})]
    if not query:
        return html.Span(shown, className="button off", **{"aria-disabled": "true"})
    return html.A(shown, href=query, className="button go", **{"data-key": key, "aria-keyshortcuts": key})


def _with_it(one: Candidate, about: AboutPair) -> Component | None:
    """What the code of this pair decides too, and the buttons that do."""
    count = len(about.settles)
    if not count or one.state not in ("candidate", "auto"):
        return None
    codes = " and ".join(about.codes)
    words = (
        f"{counted(count, 'other pairs')} of this proposal rest on the code {codes} as well. "
        "If it is this proposal's code, all are right; if it is no code, none is."
    )
    return html.Div(
        [
            html.P(words),
            html.Div(
                [
                    decide(one, "accept", f"Accept all {count + 1}", "A", others=count, look="small"),
                    decide(one, "reject", f"Reject all {count + 1}", "X", others=count, look="small"),
                ],
                className="own",
            ),
        ],
        className="confirm settles",
    )


def _second(one: Candidate, me: str) -> Component | None:
    """What another person said, where two decide."""
    if not one.said:
        return None
    if one.said == "both":
        words = "Two persons disagree about this pair. What a third person says counts."
    elif one.said_by == me:
        words = "Your word is kept. It counts once a second person says the same."
    elif one.said == "accept":
        words = f"{one.said_by} says that they belong together. It counts once a second person says the same."
    else:
        words = f"{one.said_by} says that they do not belong together. It counts once a second person says the same."
    return html.P(
        [html.Span("One of two", className="badge accent"), html.Span(words)], className="spaced small second"
    )


def _reasons(one: Candidate) -> Component:
    """Rejecting with a reason, and a comment that goes along with whatever is decided."""
    quick = [
        decide(one, "reject", words, str(place), reason=words, off=one.state == "rejected", look="small plain")
        for place, words in enumerate(REASONS, 1)
    ]
    comment = dcc.Input(
        id={"type": "comment", "link": one.link_id}, placeholder="Comment or reason (c)", maxLength=500,
        className="input comment", autoComplete="off", type="text",
    )  # fmt: skip
    labelled = html.Label([html.Span("Comment", className="unseen"), comment])
    return html.Div(
        [html.Span("Reject because", className="quiet small"), html.Div(quick, className="quick"), labelled],
        className="reasons",
        role="group", **{"aria-label": "Reasons and comment"},
    )  # fmt: skip


def _drawn(one: Candidate) -> Component:
    """Why this pair is asked about though the model may be sure of it."""
    none = "No model learns from what you decide here."
    counts = "It counts already, and no model learns from what you decide here."
    return html.P(
        [
            html.Span("Chosen at random to measure quality", className="badge accent"),
            html.Span(counts if one.state == "auto" else none, className="quiet"),
            " ",
            html.A("What it is for", href="/quality", className="go"),
        ],
        className="spaced small drawn",
    )
