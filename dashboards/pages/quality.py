"""Match quality: how sure the links are, measured: by random audit, by promises kept, by year, by model."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import ceil

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing.chart import picture
from dashboards.drawing.lists import record_list
from dashboards.drawing.measured import WILSON, interval, measured, of, per_cent
from dashboards.drawing.tables import Cell, Column
from dashboards.drawing.words import amount
from dashboards.page import Content, Desk, Page
from dashboards.panel import nothing, slot
from dashboards.quality.complete import completeness
from dashboards.quality.evaluated import evaluation
from dashboards.quality.figures import SAYS, decided_by_week, kept_promises, linked_by_year
from dashboards.quality.judges import models, use
from puma.evaluation import Audit, Share, audit
from puma.listing import quality as found
from puma.listing.quality import QUOTABLE, STATES, Week

PATH = "/quality"
BEST = "A publication counts once, by its best link with a proposal: validated, else automatic, else to review."
SEEN = "Publications and proposals that you may not know of are left out."
DRAWN = "One pair in five is drawn at random by its numbers. No model learns from these; people are asked about all."
LISTS = {
    **{state: f"Publications by their best link: {words.lower()}" for state, words in SAYS.items()},
    "counted": "Publications with a link that counts, validated or automatic",
    "no_institution": "Publications with an author whose affiliation nobody could place",
    "silent": "Publications with an author who states no affiliation",
    "no_person": "Publications with an author who is no known person",
}
"""What can be listed below, and under which heading."""


def layout(desk: Desk) -> Content:
    return html.Div(
        [
            html.Div(
                [
                    html.H1("Match quality"),
                    html.P("How many publications are linked to proposals, and how far to trust it.", className="lead"),
                ],
                className="title",
            ),
            slot(PATH, "tiles", kind="bare", height=120),
            html.Div([slot(PATH, "records", kind="card optional")], className="grid"),
            html.Div([slot(PATH, "years", height=380)], className="grid"),
            html.Div([slot(PATH, "audit", height=380), slot(PATH, "promises", height=380)], className="grid two"),
            html.Div([slot(PATH, "complete", height=420)], className="grid"),
            html.Div([slot(PATH, "models", height=300)], className="grid"),
            html.Div([slot(PATH, "weeks", height=320), slot(PATH, "unsettled", height=320)], className="grid two"),
            html.Div([slot(PATH, "evaluation", height=260)], className="grid"),
        ],
        className="wide",
    )


def review(desk: Desk, words: Content, query: str = "") -> Component:
    """A way to the review queue, for who may go there."""
    if not desk.viewer.at_least("scientist"):
        return html.Span(words)
    return html.A(words, href=f"/review{query}", className="go")


def listed(desk: Desk, state: str, year: str = "") -> str:
    """The address of the publications behind a number; away from it again when they are listed already."""
    here = desk.state.one("show") == state and desk.state.one("year") == year
    return desk.state.put("show", "" if here else state).put("year", "" if here else year).query()


def tiles(desk: Desk) -> Content:
    years = found.linked_years(desk.installation.storage, desk.viewer)
    everything = sum(one.total for one in years)
    if not everything:
        return nothing(
            "publications", "Nothing has been harvested and matched yet.",
            "`puma harvest` brings the sources in, `puma match` looks for links, and `puma demo` makes a sample. ",
            html.A("See the sources", href="/sources", className="go"),
        )  # fmt: skip
    linked = Share(sum(one.counts["validated"] + one.counts["auto"] for one in years), everything)
    judged = audit(desk.installation.storage, desk.viewer)
    age = found.queue_age(desk.installation.storage, desk.viewer, datetime.now(UTC))
    kept_word = found.promise(desk.installation.storage, desk.viewer, audited=True)
    return html.Div(
        [
            _tile(
                "Publications with a link that counts",
                html.A(per_cent(linked), href=listed(desk, "counted"), className="go"),
                f"{of(linked)}: validated or automatic",
                BEST,
            ),
            _tile("Automatic links that are right", *_precision(desk, judged), f"{DRAWN} {WILSON}"),
            _tile("Links to decide", review(desk, amount(age.open)), _ages(age), "Since the link was first proposed."),
            _tile(
                "Calibration error",
                html.Span(f"{kept_word.ece:.3f}" if kept_word.ece is not None else "–"),
                f"of {amount(kept_word.decisions)} decided pairs of the random audit",
                "Mean distance between promised and true, over ten bins of probability.",
            ),
        ],
        className="tiles of-4",
    )  # fmt: skip


def _tile(label: str, number: Component, remark: Content, rule: str) -> Component:
    return html.Div(
        [
            html.P(label, className="tile-label"),
            html.Div(html.Span(number, className="number"), className="tile-row"),
            html.P(remark, className="tile-change"),
        ],
        className="tile",
        title=rule,
    )


def _precision(desk: Desk, judged: Audit) -> tuple[Component, Content]:
    """The precision that may be quoted, or how many are missing until it may."""
    share = judged.precision
    if share.of >= QUOTABLE:
        return review(desk, per_cent(share), "?audit=1&state=validated"), f"{interval(share)}, {of(share)}"
    words = f"{of(share)} right so far, {interval(share)}" if share.of else "nobody decided any of the sample yet"
    return html.Span("too few", className="quiet"), f"{amount(share.of)} of {QUOTABLE} audited; {words}"


def _ages(age: found.QueueAge) -> str:
    if age.p50_days is None or age.p90_days is None:
        return "nobody has to wait"
    return f"half wait up to {_days(age.p50_days)}, nine in ten up to {_days(age.p90_days)}"


def _days(days: float) -> str:
    whole = max(ceil(days), 1)
    return f"{whole} days" if whole > 1 else "a day"


def years(desk: Desk) -> Content:
    title = "Publications per year, by their best link with a proposal"
    some = found.linked_years(desk.installation.storage, desk.viewer)
    rules = (
        BEST, "To review: a proposed link waits for a person. Only rejected: people rejected all that was proposed.",
        SEEN, "A click on a part lists its publications.",
    )  # fmt: skip
    if not some:
        return measured(desk, "years", title, rules, shown=nothing("publications", "None is known yet."))
    columns = [Column("Year", True), Column("Publications", True)]
    columns += [Column(head, True) for state in STATES for head in (SAYS[state], "Share")]
    rows = []
    for one in some:
        label = str(one.year) if one.year else "no year"
        row = [Cell(label, one.year or 0), Cell(amount(one.total), one.total)]
        for state in STATES:
            count, href = one.counts[state], listed(desk, state, str(one.year or ""))
            row += [Cell(amount(count), count, href if count and one.year else ""),
                    Cell(amount(count / one.total, "share"), count / one.total)]  # fmt: skip
        rows.append(row)
    totals = {state: sum(one.counts[state] for one in some) for state in STATES}
    everything = sum(totals.values())
    figure = linked_by_year(some, desk.scheme, lambda state, year: listed(desk, state, year))
    said = ", ".join(f"{SAYS[state].lower()} {amount(totals[state] / everything, 'share')}" for state in STATES)
    chips = [
        html.A(
            f"{SAYS[state]} {amount(totals[state])} ({amount(totals[state] / everything, 'share')})",
            href=listed(desk, state), className="chip go",
        )
        for state in STATES
    ]  # fmt: skip
    undated = sum(one.total for one in some if one.year is None)
    remark = f"n = {amount(everything)} publications" + (f", {amount(undated)} without a year" if undated else "")
    return measured(
        desk, "years", title, rules, columns, rows,
        shown=picture("years", figure, 300, f"{title}: {said}. The table lists all years."),
        below=html.Div(chips, className="chips", role="group", **{"aria-label": "All years, by best link"}),
        remark=remark,
    )  # fmt: skip


def records(desk: Desk) -> Content:
    """The publications behind the number that was clicked."""
    what, year = desk.state.one("show"), desk.state.number("year")
    if what not in LISTS:
        return None
    storage = desk.installation.storage
    if what in (*STATES, "counted"):
        states = ("validated", "auto") if what == "counted" else (what,)
        ids = found.publications_linked(storage, desk.viewer, states, year or None)
    else:
        ids = found.publications_unsettled(storage, desk.viewer, what)
    title = LISTS[what] + (f", {year}" if year else "")
    away = html.A("Close the list", href=desk.state.without("show", "year", "page").query(), className="go")
    heading = html.Div([html.H2(title), away], className="card-head")
    return html.Div([heading, record_list(desk, "publication", ids, title)], className="card-body")


def audited(desk: Desk) -> Content:
    title = "Random audit"
    one = audit(desk.installation.storage, desk.viewer)
    rules = (
        DRAWN,
        "Automatic: links that counted before anybody looked; precision is the share that people accepted (K18).",
        "Proposed: the same of links that people were asked about.",
        "Recall: of all true pairs that were found at all, the share that is automatic.",
        f"{WILSON} From {QUOTABLE} audited automatic links on the precision may be quoted.",
        SEEN,
    )
    if not one.precision.of and not one.asked.of and not one.open:
        why = "There are no links yet of which some could be drawn."
        return measured(desk, "audit", title, rules, shown=nothing("sample", why, "`puma match` looks for links."))
    enough = one.precision.of >= QUOTABLE
    columns = [Column("Links"), Column("Right", True), Column("Wilson 95 %", True), Column("Audited", True)]
    rows = [
        [
            Cell(name), Cell(per_cent(share), share.value or 0.0, note="" if share.of else "nothing decided"),
            Cell(interval(share) or "–", (share.interval or (0.0, 0.0))[0]), Cell(of(share), share.of),
        ]
        for name, share in (("Automatic", one.precision), ("Proposed", one.asked))
    ]  # fmt: skip
    if one.recall is not None and one.recall_interval is not None:
        low, high = one.recall_interval
        rows.append([Cell("Recall of the automatic ones"), Cell(amount(one.recall, "share"), one.recall),
                     Cell(f"{low * 100:.1f}–{high * 100:.1f} %", low), Cell("–", 0)])  # fmt: skip
    verdict = (
        html.P([html.B("The precision may be quoted: "), f"{per_cent(one.precision)}, {interval(one.precision)}."])
        if enough
        else html.P([html.B(f"Too few: {amount(one.precision.of)} of {QUOTABLE} "), "automatic links are audited."])
    )
    more = html.A("Audit more", href="/review?audit=1", className="button small primary go")
    waits = f"{amount(one.open)} pairs of the sample wait for a person" if one.open else "All of the sample is decided"
    decided, waiting = one.promised
    unfair = decided is not None and waiting is not None and abs(decided - waiting) > 0.1
    return measured(
        desk, "audit", title, rules, columns, rows,
        below=html.Div([
            verdict,
            html.P(
                f"The decided proposed pairs promised {decided:.2f} on average, the waiting ones {waiting:.2f}: their "
                "share and the recall are not fair before more are decided.", className="quiet small",
            ) if unfair else None,
            html.Div([
                more if one.open and desk.viewer.at_least("scientist") else None,
                html.Span(f"{waits}.", className="quiet small"),
                review(desk, "Accepted ones", "?audit=1&state=validated"),
                review(desk, "Rejected ones", "?audit=1&state=rejected"),
            ], className="spaced"),
        ], className="verdict"),
    )  # fmt: skip


def promises(desk: Desk) -> Content:
    title = "Are the probabilities true?"
    both = [
        (words, found.promise(desk.installation.storage, desk.viewer, audited=drawn))
        for words, drawn in (("All decisions", False), ("Random audit", True))
    ]
    rules = (
        "Each decided pair counts with the probability that was shown to who decided, in ten bins.",
        "On the dotted line a promise is kept: of pairs promised with 80 %, eight of ten are accepted.",
        "Expected calibration error (ECE): the mean distance from that line, weighed by decisions.",
        "All decisions lean to what people chose to look at; the random audit does not.", WILSON, SEEN,
    )  # fmt: skip
    if not both[0][1].decisions:
        why = "Promises are compared with decisions, and nobody has decided on a link yet."
        return measured(desk, "promises", title, rules, shown=nothing("decisions", why, _to_review(desk)))
    columns = [Column("Of"), Column("Promised", True), Column("Accepted", True), Column("Wilson 95 %", True),
               Column("Decisions", True)]  # fmt: skip
    rows = [
        [
            Cell(words), Cell(amount(one.promised, "share"), one.promised),
            Cell(per_cent(one.true), one.true.value or 0.0), Cell(interval(one.true), (one.true.interval or (0, 0))[0]),
            Cell(amount(one.true.of), one.true.of),
        ]
        for words, some in both for one in some.bins
    ]  # fmt: skip
    said = " · ".join(
        f"{words.lower()}: ECE {some.ece:.3f}, n = {amount(some.decisions)}"
        for words, some in both
        if some.ece is not None
    )
    shown = picture("promises", kept_promises(both, desk.scheme), 290, f"{title} {said}. The table has every bin.")
    return measured(desk, "promises", title, rules, columns, rows, shown=shown, remark=said)


def _to_review(desk: Desk) -> Component:
    return review(desk, "Review the proposed links")


def weeks(desk: Desk) -> Content:
    title = "Decisions on links per week"
    some = found.weeks(desk.installation.storage, desk.viewer, datetime.now(UTC).date())
    rules = ("Each decision on a link with a proposal counts in the week it was made, from Monday, UTC.",
             "Undone: somebody took it back later.", "Who decided how much is told to the user office only.",
             SEEN)  # fmt: skip
    if not any(week.accepted + week.rejected + week.undone for week in some):
        why = f"Nobody decided on a link in the last {found.WEEKS} weeks."
        return measured(desk, "weeks", title, rules, shown=nothing("decisions", why, _to_review(desk)))
    columns = [Column("Week from"), Column("Accepted", True), Column("Rejected", True), Column("Undone", True)]
    people = _people(some)
    columns += [Column(name, True) for name in people]
    rows = [
        [
            Cell(f"{week.monday:%-d %b %Y}", week.monday.isoformat()),
            *(Cell(amount(n), n) for n in (week.accepted, week.rejected, week.undone)),
            *(Cell(amount(week.by.get(name, 0)), week.by.get(name, 0)) for name in people),
        ]
        for week in some
    ]
    everything = sum(week.accepted + week.rejected + week.undone for week in some)
    shown = picture(
        "weeks", decided_by_week(some, desk.scheme), 240, f"{title}: {amount(everything)} in {found.WEEKS} weeks."
    )
    whole = html.A("All decided links as CSV", href="/api/v1/exports/links.csv", className="small")
    below = whole if desk.viewer.at_least("scientist") else None
    remark = f"n = {amount(everything)} decisions in {found.WEEKS} weeks"
    return measured(desk, "weeks", title, rules, columns, rows, shown=shown, below=below, remark=remark)


def _people(some: Sequence[Week]) -> list[str]:
    return sorted({name for week in some for name in week.by})


def unsettled(desk: Desk) -> Content:
    title = "What nobody could place"
    one = found.unsettled(desk.installation.storage, desk.viewer)
    rules = (
        "Affiliations: each text as written counts once, on publications, proposals and data alike.",
        "Authorships: each author of each publication counts once.", SEEN,
    )  # fmt: skip
    if not one.affiliations.of and not one.silent.of:
        why = "No source has brought authors or affiliations yet."
        return measured(desk, "unsettled", title, rules, shown=nothing("authors", why))
    office = "/integration?queue=affiliations" if desk.viewer.at_least("user_office") else ""
    lines: Mapping[str, tuple[Share, str]] = {
        "Affiliations without an institution": (one.affiliations, office),
        "Authorships whose affiliation has no institution": (one.no_institution, listed(desk, "no_institution")),
        "Authorships that state no affiliation": (one.silent, listed(desk, "silent")),
        "Authorships without a person": (one.no_person, listed(desk, "no_person")),
    }
    columns = [Column("What"), Column("Share", True), Column("Counted", True)]
    rows = [
        [Cell(words, None, href), Cell(per_cent(share), share.value or 0.0), Cell(of(share), share.right)]
        for words, (share, href) in lines.items()
    ]
    return measured(desk, "unsettled", title, rules, columns, rows)


PAGE = Page(
    path=PATH,
    title="Match quality",
    layout=layout,
    panels={
        "tiles": tiles,
        "records": records,
        "years": years,
        "audit": audited,
        "promises": promises,
        "complete": completeness,
        "models": models,
        "weeks": weeks,
        "unsettled": unsettled,
        "evaluation": evaluation,
    },
    acts={"use": use},
    menu="Match",
    tab="Quality",
    order=43,
    role="viewer",
    help="How many publications are linked, how sure the links are, what waits, and which model judges.",
)
