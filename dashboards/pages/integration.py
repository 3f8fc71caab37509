"""Integration: imported records that need a person before they count, one queue per kind of doubt."""

import json
from collections.abc import Mapping
from typing import Any

from dash.development.base_component import Component

from dashboards.authority.by_hand import REASON, choices, look_up, two
from dashboards.authority.disagreed import ACTS as SAY
from dashboards.authority.disagreed import disagreed
from dashboards.authority.early import early, unlink
from dashboards.authority.queue import new_institution, preview_way, turn
from dashboards.drawing import tags as html
from dashboards.drawing import widgets
from dashboards.drawing.lists import paging
from dashboards.drawing.words import KINDS, amount, word
from dashboards.frame.acts import act, entry, kept
from dashboards.page import Act, Content, Desk, DeskOf, Done, Page
from dashboards.panel import notice, slot
from dashboards.people.pairs import points
from puma.decisions import Named as Set
from puma.decisions import Period
from puma.errors import Conflict, WrongUsage
from puma.listing import Doubt, Named, Option, doubt_counts, doubts, find_records, seen_on

PATH = "/integration"
AT_ONCE = 20
QUEUES = {
    "duplicates": ("Duplicates", "Two records that may be one publication. Counted twice until you decide."),
    "persons": ("Persons", "Two persons who may be one. Their works are told apart until you decide."),
    "institutions": ("Institutions", "Two institutions that may be one. They are counted as two until you decide."),
    "affiliations": ("Affiliations", "Nobody knows which institution these are. One answer holds for all written so."),
    "instruments": ("Instruments", "Names that no instrument bears. One answer holds for all written so."),
    "contradictions": (
        "Contradictions",
        "Sources disagree on a type or a date. Your choice wins over all of them.",
    ),
    "references": (
        "References",
        "Codes of proposals that nobody knows. One answer holds for all written so.",
    ),
    "lags": (
        "Too early",
        "Papers that came out before the beam time that they are linked to. The link counts until you take it away.",
    ),
    "disagreements": (
        "Disagreements",
        "Two persons said different things about these pairs. What a third says counts.",
    ),
}
MEANS = {
    "affiliations": ("institution", "Institution", "Type a name, an acronym or a city"),
    "instruments": ("instrument", "Instrument", "Type a name"),
    "references": ("proposal", "Proposal", "Type a code or a title"),
}
"""By queue: the kind of record that words can mean, and the label and hint of its picker."""
YES_NO = {
    "duplicates": (("One publication", "merge"), ("Two publications", "distinct")),
    "persons": (("One person", "join"), ("Two persons", "apart")),
    "institutions": (("One institution", "join"), ("Two institutions", "apart")),
}
"""By queue: the words and the act of each answer to whether two are one."""


def layout(desk: Desk) -> Content:
    return html.Div(
        [
            html.Div(
                [
                    html.H1("Integration"),
                    html.P("What was imported and needs a person before it counts rightly.", className="lead"),
                ],
                className="title",
            ),
            slot(PATH, "queues", kind="bare", height=44),
            html.Div([slot(PATH, "queue", height=420)], className="grid"),
        ],
        className="wide",
    )


def queue_of(desk: Desk) -> str:
    """Which queue is shown."""
    return desk.state.one("queue") if desk.state.one("queue") in QUEUES else "duplicates"


def queues(desk: Desk) -> Content:
    """The queues with their lengths."""
    counts, here = doubt_counts(desk.installation.storage, desk.viewer), queue_of(desk)
    tabs = [
        html.A(
            [words, html.Span(amount(counts[name]), className="tab-count")],
            href=desk.state.without("item").put("queue", "" if name == "duplicates" else name).query(),
            className="tab go",
            **({"aria-current": "page"} if name == here else {}),
        )
        for name, (words, _) in QUEUES.items()
    ]
    return html.Nav(tabs, className="tabs", **{"aria-label": "Queues"})


def queue(desk: Desk) -> Content:
    """A page of the queue; each doubt with its evidence and what can be decided."""
    here = queue_of(desk)
    number = max(desk.state.number("page", 1), 1)
    page = doubts(desk.installation.storage, desk.viewer, here, offset=(number - 1) * AT_ONCE, limit=AT_ONCE)
    name, rule = QUEUES[here]
    if not page.total:
        words = [html.P("Nothing of this kind waits for a person."),
                 html.P(html.A("See the sources", href="/sources", className="go"))]  # fmt: skip
        return html.Div(notice("All settled", words, tone="good"), className="card-body")
    heading = html.Div(
        [html.Div([html.H2(f"{name}: {amount(page.total)} to settle"), html.P(rule, className="quiet small")])],
        className="card-head",
    )
    own = {
        "contradictions": _contradiction,
        "lags": early,
        "disagreements": disagreed,
        **dict.fromkeys(YES_NO, _duplicate),
    }
    draw = own.get(here, _written)
    items = [html.Li(draw(desk, doubt), className="doubt") for doubt in page.items]
    return html.Div(
        [heading, html.Ul(items, className="doubts"), paging(desk, page.total, AT_ONCE)], className="card-body"
    )


def _duplicate(desk: Desk, doubt: Doubt) -> Content:
    keep, other = doubt.options
    pair = f"{keep.record_id}/{other.record_id}"
    yes, no = YES_NO[doubt.kind]
    return [
        html.P(doubt.title, className="doubt-title"),
        html.Div([_side(keep, other, "kept"), _side(other, keep, "joins it")], className="doubt-sides"),
        html.P([html.Span(line, className="chip-flat") for line in doubt.evidence], className="doubt-evidence")
        if doubt.evidence
        else None,
        points(doubt.probability, doubt.points),
        html.Div(
            [
                act([yes[0], html.unseen(f" – {doubt.title}")], yes[1], pair, look="small primary"),
                act([no[0], html.unseen(f" – {doubt.title}")], no[1], pair, look="small"),
                preview_way(doubt, keep, other),
            ],
            className="own",
        ),
    ]


def _side(one: Option, other: Option, what: str) -> Component:
    there = dict(other.values)
    rows = [
        part
        for name, value in one.values
        for part in (
            html.Dt(name),
            html.Dd(word("type", value), className="" if there.get(name) == value else "differs"),
        )
    ]
    way = (
        "institution"
        if "Affiliations" in dict(one.values) or "City" in dict(one.values)
        else ("person" if dict(one.values).get("Name") else "record")
    )
    head = [html.A(f"{way.capitalize()} {one.record_id}", href=f"/{way}/{one.record_id}", className="go"),
            html.Span(f"from {one.said_by}", className="quiet"), html.Span(what, className="badge quiet")]  # fmt: skip
    return html.Div([html.P(head, className="spaced small"), html.Dl(rows, className="facts small")])


def _contradiction(desk: Desk, doubt: Doubt) -> Content:
    choices = [
        html.Div(
            [
                act(
                    [_said(option.label), html.unseen(f" for {doubt.title}")],
                    "choose", f"{doubt.key}#{place}", look="small",
                ),
                html.Span(f"says {option.said_by}", className="quiet small"),
            ],
            className="choice",
        )
        for place, option in enumerate(doubt.options)
    ]  # fmt: skip
    to = f"/instrument/{doubt.about_id}?hand=edit" if "/periods/" in doubt.key else f"/record/{doubt.about_id}"
    return [
        html.P(html.A(doubt.title, href=to, className="go"), className="doubt-title"),
        html.P(doubt.detail, className="quiet small"),
        html.Div([*choices, _dismiss(doubt)], className="choices"),
    ]  # fmt: skip


def _said(label: str) -> str:
    return word("type", label) if label.isupper() else label


def _written(desk: Desk, doubt: Doubt) -> Content:
    """Words that nobody could place: what they stand on, and once opened what they mean."""
    opened = desk.state.one("item") == doubt.key
    about = [html.Span(doubt.detail), *(html.Span(line, className="quiet") for line in doubt.evidence)]
    if doubt.facility:
        about.append(html.Span(f"at {doubt.facility}", className="quiet"))
    more = {"aria-expanded": "true" if opened else "false"}
    head = html.Div(
        [
            html.Div([html.P(doubt.title, className="doubt-title"), html.P(about, className="spaced small")]),
            html.A(
                ["Close" if opened else "Settle", html.unseen(f" – {doubt.title}")],
                href=turn(desk, "" if opened else doubt.key), className="button small go", **more,
            ),
        ],
        className="doubt-head",
    )  # fmt: skip
    return [head, _opened(desk, doubt) if opened else None]


def _opened(desk: Desk, doubt: Doubt) -> Component:
    kind, label, hint = MEANS[doubt.kind]
    first = find_records(desk.installation.storage, desk.viewer, kind, doubt.title.split(",")[0])
    if not first and kind == "instrument":
        first = find_records(desk.installation.storage, desk.viewer, kind, "")
    examples = [
        html.Li([html.Span(KINDS.get(one.kind, one.kind), className="badge quiet"),
                 html.A(one.name or one.detail, href=f"/record/{one.record_id}", className="go"),
                 html.Span(one.detail, className="quiet")])
        for one in seen_on(desk.installation.storage, desk.viewer, doubt)
    ]  # fmt: skip
    return html.Div(
        [
            html.Div([html.H3("Seen on"), html.Ul(examples, className="rows")]) if examples else None,
            html.Div(
                [
                    widgets.Select(
                        id=entry("means"), label=f"{label} that is meant", placeholder=hint, searchable=True,
                        data=choices(first), value=None, nothingFoundMessage="Nothing of that name", limit=40,
                        clearable=True, filter={"function": "anything"}, **kept(doubt.key),
                    ),
                    widgets.TextInput(id=entry("reason"), label=REASON, value="", **kept(doubt.key)),
                    html.Div(
                        [act("It means this", "means", doubt.key, look="small primary"), _dismiss(doubt)],
                        className="own",
                    ),
                    new_institution(doubt) if kind == "institution" else None,
                ],
                className="settle",
            ),
        ],
        className="opened",
    )  # fmt: skip


def _dismiss(doubt: Doubt) -> Component:
    words = "Leave as it is" if doubt.kind == "contradictions" else "Needs nobody"
    return act([words, html.unseen(f" – {doubt.title}")], "dismiss", doubt.key, look="small plain")


def _doubt(desk: Desk, key: str) -> Doubt:
    """The doubt of that key, as it stands now. Raises Conflict when somebody settled it meanwhile."""
    everything = doubts(desk.installation.storage, desk.viewer, queue_of(desk), limit=1_000_000).items
    found = next((doubt for doubt in everything if doubt.key == key), None)
    if found is None:
        raise Conflict("Somebody settled this meanwhile. Nothing was changed.")
    return found


def merge(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Make two records one. on: the numbers of the kept and the other one."""
    return Done("They are one publication now.", desk.installation.merge(desk.viewer, *two(on)))


def distinct(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Say that two records are two publications. on: their numbers."""
    return Done("They stay two publications.", desk.installation.distinct(desk.viewer, *two(on)))


def join(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Make two persons, or two institutions, one. on: their numbers."""
    what = queue_of(desk).removesuffix("s")
    return Done(f"They are one {what} now.", desk.installation.join(desk.viewer, *two(on)))


def apart(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Say that two persons, or two institutions, are two. on: their numbers."""
    words = f"They are two {queue_of(desk)}, and are not asked about again."
    return Done(words, desk.installation.apart(desk.viewer, *two(on)))


def establish(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Make an institution for an affiliation that means none that is known. on: key of the doubt."""
    doubt, name = _doubt(desk, on), form.get("new-name", "").strip()
    if not name:
        raise WrongUsage("Give the new institution a name.")
    place = {"city": form.get("new-city", ""), "country": form.get("new-country", "")}
    number = desk.installation.establish(desk.viewer, doubt.title, name, **place, reason=form.get("reason", ""))
    return Done(f"{name} is known now, for {amount(doubt.records)} and all to come.", number, ("item",))


def choose(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Let one side of a contradiction win. on: key of the doubt and place of the option."""
    key, _, place = on.rpartition("#")
    doubt = _doubt(desk, key)
    option = doubt.options[int(place)]
    reason = f"sources contradicted each other; chosen as {option.said_by} says"
    said = dict(option.values)
    if "periods" in said:
        given = Set(periods=[Period.read(one) for one in json.loads(said["periods"])])
        number = desk.installation.edit_instrument(desk.viewer, doubt.about_id, given, reason)
    else:
        number = desk.installation.correct(desk.viewer, doubt.about_id, said, reason)
    return Done(f"{_said(option.label)} wins over all sources.", number)


def means(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Say what words as written mean. on: key of the doubt."""
    doubt, picked, reason = _doubt(desk, on), form.get("means", ""), form.get("reason", "")
    if not picked.isdigit():
        raise WrongUsage(f"Pick the {MEANS[doubt.kind][1].lower()} that is meant first.")
    if doubt.kind == "affiliations":
        number = desk.installation.place(desk.viewer, doubt.title, int(picked), reason)
    else:
        kind = MEANS[doubt.kind][0]
        number = desk.installation.call(desk.viewer, kind, doubt.facility, doubt.title, int(picked), reason)
    return Done(f"{doubt.title} is settled, for {amount(doubt.records)} and all to come.", number, ("item",))


def dismiss(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Take a doubt out of the queue. on: its key."""
    doubt = _doubt(desk, on)
    number = desk.installation.dismiss(desk.viewer, doubt.about_id, doubt.key, form.get("reason", ""))
    return Done("It needs nobody, and is not asked again.", number, ("item",))


ACTS: Mapping[str, Act] = {
    "merge": merge, "distinct": distinct, "join": join, "apart": apart, "establish": establish,
    "choose": choose, "means": means, "dismiss": dismiss, "unlink": unlink, **SAY,
}  # fmt: skip


def wire(app: Any, desk_of: DeskOf) -> None:
    """The picker asks for what is typed into it."""

    look_up(app, desk_of, entry("means"), _meant)


def _meant(desk: Desk, words: str) -> list[Named]:
    kind = MEANS.get(queue_of(desk), ("",))[0]
    return find_records(desk.installation.storage, desk.viewer, kind, words) if kind else []


PAGE = Page(
    path=PATH,
    title="Integration",
    layout=layout,
    panels={"queues": queues, "queue": queue},
    acts=ACTS,
    menu="Match",
    tab="Integration",
    order=44,
    role="user_office",
    help="What needs a person: duplicates, affiliations, instruments, contradictions, references, papers too early.",
    wire=wire,
)
