"""A paper that came out before its beam time: both days, the likelihood of the link, and the way to take it away."""

from collections.abc import Mapping

from dashboards.drawing import tags as html
from dashboards.drawing.words import amount
from dashboards.frame.acts import act
from dashboards.page import Content, Desk, Done
from puma.errors import Conflict
from puma.listing import Doubt, doubts

WHY = "The paper came out before the beam time."


def early(desk: Desk, doubt: Doubt) -> Content:
    """The paper, the proposal that it is linked to, and the two answers."""
    option = doubt.options[0]
    days = [part for name, value in option.values for part in (html.Dt(name), html.Dd(value))]
    sure = f"{amount(doubt.probability, 'share')} likely" if doubt.probability is not None else ""
    about = [doubt.detail, *doubt.evidence, sure]
    to = f"/record/{option.record_id}"
    return [
        html.P(html.A(doubt.title, href=f"/record/{doubt.about_id}", className="go"), className="doubt-title"),
        html.P(html.A(option.label, href=to, className="go"), className="small"),
        html.P([html.Span(words, className="chip-flat") for words in about if words], className="doubt-evidence"),
        html.Dl(days, className="facts small"),
        html.Div(
            [
                act(
                    ["Take the link away", html.unseen(f" – {doubt.title}")], "unlink", doubt.key, look="small primary"
                ),
                act(["The link is right", html.unseen(f" – {doubt.title}")], "dismiss", doubt.key, look="small"),
            ],
            className="own",
        ),
    ]


def unlink(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Reject the link of a paper that is too early. on: key of the doubt. Raises Conflict when it is settled."""
    waiting = doubts(desk.installation.storage, desk.viewer, "lags", limit=1_000_000).items
    found = next((doubt for doubt in waiting if doubt.key == on), None)
    if found is None:
        raise Conflict("Somebody settled this meanwhile. Nothing was changed.")
    link, state = int(found.key.partition("/")[2]), found.options[0].said_by
    number = desk.installation.decide(desk.viewer, link, "reject", reason=WHY, expected_state=state)
    return Done("The link is taken away; it counts no more.", number)
