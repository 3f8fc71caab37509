"""A proposed link as a reviewer reads it: both ends with what they share marked, and the ledger of the evidence."""

from collections.abc import Sequence
from re import findall
from typing import Any

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing.lists import joined
from dashboards.drawing.markup import marked
from dashboards.drawing.words import KINDS, THIN, moment
from puma.listing import AboutPair, Candidate, Past, Side

STATES = {"candidate": "To decide", "auto": "Automatic", "validated": "Validated", "rejected": "Rejected"}
EVIDENCE = {
    "prior": "Starting point", "code_stated": "Code named by the source",
    "code_in_acknowledgement": "Code in the acknowledgements", "code_in_text": "Code in the full text",
    "data_supplement": "Its data is a supplement", "data_cited": "Its data is cited",
    "data_of_others": "Reuse of open data", "data_of_few": "Reuse of open data",
    "other_code": "Other proposals named", "too_early": "Too early", "team_share": "Team who signs",
    "author_share": "Authors from the team", "no_shared_author": "Shared people", "only_here": "Authors explained",
    "orcid": "ORCID iD", "local_contact": "Local contact", "all_text": "Words in common",
    "institutions": "Institutions", "instrument": "Instrument", "facility": "Facility named",
    "elsewhere": "Measured elsewhere", "lag": "Time since the beam time", "no_beam": "Beam time",
    "rivals": "Other proposals that fit", "other_works": "Other publications that fit",
    "dataset_cited": "Data cited", "dataset_supplement": "Data as a supplement", "own_data": "Own data",
    "reuse": "Reuse by others", "through_proposal": "Through the proposal",
    "instrument_in_text": "Instrument in the text", "instrument_in_raw_data_table": "Instrument in the raw data table",
    "instrument_stated": "Instrument named by the source", "another_instrument_named": "Another instrument named",
    "data_of_the_session": "Data of the session",
}  # fmt: skip
"""Kinds of evidence in words."""
TONES = {"accept": "good", "reject": "bad", "undo": "quiet", "for": "good", "against": "bad"}
VERDICTS = {"accept": "Accepted", "reject": "Rejected", "undo": "Taken back", "for": "Accepts, one of two",
            "against": "Rejects, one of two"}  # fmt: skip
COMMON = frozenset(
    ("from", "into", "near", "over", "seen", "situ", "study", "that", "their", "this", "under", "upon", "using", "with")
)
"""Longer words that say nothing when they stand on both sides."""


def side_of(side: Side, other: Side) -> Component:
    """One end of the pair; what it has in common with the other is marked."""
    people, titles = shared_people(side.people, other.people), shared_words(side.title, other.title)
    instruments_too = [i for i in side.instruments if i in other.instruments]
    facts = [
        ("Code" if side.kind != "publication" else "DOI", side.code_or_doi),
        ("Date", side.date),
        ("Instruments", marked(", ".join(side.instruments), instruments_too) if side.instruments else ""),
        ("", side.extra),
    ]
    return html.Article(
        [
            html.P(
                [
                    html.Span(KINDS.get(side.kind, side.kind), className="badge accent"),
                    html.A("Open the record", href=f"/record/{side.record_id}", className="go", target="_blank"),
                ],
                className="kicker spaced",
            ),
            html.H2(marked(side.title, titles), className="side-title"),
            html.Dl(
                [part for name, value in facts if value for part in (html.Dt(name), html.Dd(value))], className="facts"
            ),
            html.H3("People"),
            html.P(marked(joined(side.people, 14), people) or "Nobody is named.", className="prose"),
            html.H3("Abstract"),
            html.P(
                marked(side.abstract, shared_words(side.abstract, f"{other.title} {other.abstract}"))
                if side.abstract
                else "No abstract available.",
                className="prose clamp",
                tabIndex=0,
                role="region",
                **{"aria-label": f"Abstract of the {KINDS.get(side.kind, side.kind).lower()}"},
            ),
        ],
        className="panel card card-body end",
    )


def shared_words(one: str, other: str) -> list[str]:
    """The longer words that stand in both texts, whatever their case."""
    there = {w.casefold() for w in findall(r"\w{4,}", other)}
    return sorted({w for w in findall(r"\w{4,}", one) if w.casefold() in there and w.casefold() not in COMMON})


def shared_people(ours: Sequence[str], theirs: Sequence[str]) -> list[str]:
    """Family names (before the comma, or last) that stand on both sides."""

    def family(name: str) -> str:
        return name.split(",")[0].strip() if "," in name else name.split(" ")[-1]

    there = {family(name).casefold() for name in theirs}
    return sorted({family(name) for name in ours if family(name).casefold() in there})


def evidence_of(one: Candidate) -> Component:
    """The ledger: every item with its points as a bar to the left or right, and their sum."""
    largest = max((abs(float(item.get("points", 0))) for item in one.evidence), default=1.0) or 1.0
    rows = [_item(item, largest) for item in sorted(one.evidence, key=lambda item: -float(item.get("points", 0)))]
    total = sum(float(item.get("points", 0)) for item in one.evidence)
    foot = html.Tr(
        [
            html.Th("Sum", scope="row"),
            html.Td(f"makes {one.probability * 100:.1f}{THIN}% probable"),
            html.Td(),
            html.Td(html.B(_points(total)), className="number"),
        ],
        id=f"sum-{one.link_id}",
    )
    table = html.Table(
        [
            html.Caption("Evidence for and against", className="unseen"),
            html.Thead(
                html.Tr([html.Th(words, scope="col") for words in ("Evidence", "Found", "Against / for", "Points")])
            ),
            html.Tbody(rows),
            html.Tfoot(foot),
        ],
        className="data ledger",
    )
    meter = html.Div(
        [
            html.Span(f"{one.probability * 100:.0f}{THIN}%", className="number"),
            html.Span("probable", className="quiet"),
        ],
        className="probability",
    )
    decided = f"{STATES[one.state]}, by {one.decided_by} on {moment(one.decided_at)} UTC" if one.decided_by else ""
    return html.Div(
        [
            html.Div([html.H2("Evidence"), meter], className="card-head"),
            html.Div(table, className="scroll", tabIndex=0, role="region", **{"aria-label": "Evidence"}),
            html.P(decided, className="footnote") if decided else None,
        ],
        className="panel card card-body evidence",
    )


def _item(item: dict[str, Any], largest: float) -> Component:
    points = float(item.get("points", 0))
    width = f"{abs(points) / largest * 50:.1f}%"
    style = {"width": width, "left": "50%"} if points >= 0 else {"width": width, "right": "50%"}
    bar = html.Span(
        html.Span(className="for" if points >= 0 else "against", style=style),
        className="scale",
        **{"aria-hidden": "true"},
    )
    return html.Tr(
        [
            html.Th(kind_words(str(item.get("kind", ""))), scope="row"),
            html.Td(str(item.get("detail", ""))),
            html.Td(bar),
            html.Td(_points(points), className="number"),
        ]
    )


def kind_words(kind: str) -> str:
    """A kind of evidence in words."""
    return EVIDENCE.get(kind) or kind.replace("_", " ").capitalize()


def snippet_of(one: Candidate, about: AboutPair) -> Component:
    """The passage of the PDF that holds the evidence, with what was found in it marked."""
    found = about.snippet
    if found is None:
        words = (
            "Its full text names neither the proposal nor its instruments."
            if about.has_text
            else "No full text of the publication is held here."
        )
        return html.P(words, className="quiet small passage")
    why = "The code stands on" if found.sure else "The instrument is named on"
    where = f"page {found.page} of the PDF"
    place = (
        html.A(where, href=f"/file/{found.file_id}.pdf#page={found.page}", target="_blank", rel="noopener")
        if found.held
        else where
    )
    return html.Div(
        [
            html.P([f"{why} ", place], className="quiet small"),
            html.Blockquote(marked(found.text, found.words), className="snippet", cite=str(found.file_id)),
        ],
        className="passage",
    )


def past_of(history: Sequence[Past]) -> Component | None:
    """What was decided about the pair so far: who, when, which way, why, and whether it was taken back."""
    if not history:
        return None
    lines = [
        html.Li(
            [
                html.Span(VERDICTS[one.verdict], className=f"badge {TONES[one.verdict]}"),
                html.Span(f"by {one.by} on {moment(one.at)} UTC"),
                html.Span(f"“{one.reason}”", className="quiet") if one.reason else None,
                html.Span("taken back since", className="quiet") if one.undone else None,
            ]
        )
        for one in history
    ]
    return html.Details(
        [html.Summary(f"History of this pair ({len(lines)})"), html.Ul(lines, className="rows")], className="more past"
    )


def _points(value: float) -> str:
    words = f"{value:+.2f}".replace("-", "−")
    return "0.00" if words in ("+0.00", "−0.00") else words
