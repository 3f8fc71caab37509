"""A pair about which two persons disagree: who said what, the way to its evidence, a third answer and its reason."""

from collections.abc import Mapping
from functools import partial

from dashboards.drawing import tags as html
from dashboards.drawing import widgets
from dashboards.drawing.markup import AsIs
from dashboards.drawing.words import amount
from dashboards.frame.acts import act, entry, kept
from dashboards.page import Act, Content, Desk, Done
from puma.errors import Conflict
from puma.listing import Doubt, doubts

LONGEST = 500  # letters of a reason, as on the page Match
WORDS = {"accept": "They belong together", "reject": "They do not"}


def disagreed(desk: Desk, doubt: Doubt) -> Content:
    """Both records, who said what about them, and the two answers."""
    option, link = doubt.options[0], doubt.key.partition("/")[2]
    said = [part for by, words in option.values for part in (html.Dt(AsIs(by)), html.Dd(words))]
    sure = f"{amount(doubt.probability, 'share')} likely" if doubt.probability is not None else ""
    answers = [
        act([words, html.unseen(f" – {doubt.title}")], verdict, doubt.key, look="small primary" if place else "small")
        for place, (verdict, words) in enumerate(reversed(WORDS.items()))
    ]
    return [
        html.P(html.A(doubt.title, href=f"/record/{doubt.about_id}", className="go"), className="doubt-title"),
        html.P(html.A(option.label, href=f"/record/{option.record_id}", className="go"), className="small"),
        html.P(html.Span(sure, className="chip-flat"), className="doubt-evidence"),
        html.Dl(said, className="facts small"),
        widgets.TextInput(id=entry(f"reason-{link}"), label="Reason (if you like)", value="", **kept(doubt.key)),
        html.Div(
            [
                *reversed(answers),
                html.A(
                    ["See the evidence", html.unseen(f" – {doubt.title}")], href=f"/review?link={link}",
                    className="button small plain go",
                ),
            ],
            className="own",
        ),
    ]  # fmt: skip


def _decide(verdict: str, desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Say what one thinks of a pair on which others disagree. on: key of the doubt."""
    waiting = doubts(desk.installation.storage, desk.viewer, "disagreements", limit=1_000_000).items
    found = next((doubt for doubt in waiting if doubt.key == on), None)
    if found is None:
        raise Conflict("Somebody settled this meanwhile. Nothing was changed.")
    link, state = int(found.key.partition("/")[2]), found.options[0].said_by
    why = form.get(f"reason-{link}", "").strip()[:LONGEST]
    number = desk.installation.decide(desk.viewer, link, verdict, reason=why, expected_state=state)
    return Done("Two persons say so now; it is decided.", number)


ACTS: Mapping[str, Act] = {verdict: partial(_decide, verdict) for verdict in WORDS}
"""What these buttons do."""
