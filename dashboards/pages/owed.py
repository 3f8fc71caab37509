"""Owed papers: which proposals still owe a publication, who answers for them, and the letter that reminds."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing import widgets
from dashboards.drawing.chart import footnote
from dashboards.drawing.exporting import export_menu, export_of
from dashboards.drawing.lists import AT_ONCE, paging
from dashboards.drawing.markup import AsIs
from dashboards.drawing.tables import Cell, Column, data_table
from dashboards.drawing.words import amount, counted, day
from dashboards.frame.acts import act, entry, kept
from dashboards.frame.controls import filter_bar
from dashboards.page import Content, Desk, Done, Page
from dashboards.panel import notice, slot, welcome
from dashboards.review.letters import KEY, language_of, read_first
from puma.errors import WrongUsage
from puma.listing.owed import OFFICE, READERS, Owed, by_leader, excused, owed, owed_part
from puma.requests import can_send, owing

PATH = "/owed"
METRIC = "publication_debt"
VIEWS = {"proposals": "Proposals", "people": "By main proposer", "instruments": "By instrument", "excused": "Excused"}
MOST = 300  # people in the table of those who owe


def layout(desk: Desk) -> Content:
    return welcome(desk) or html.Div(
        [
            slot(PATH, "title", kind="bare title", height=110),
            slot(PATH, "filters", kind="bare", height=86),
            slot(PATH, "views", kind="bare", height=44),
            html.Div([slot(PATH, "letter", kind="bare")], className="grid"),
            html.Div([slot(PATH, "list", height=300)], className="grid"),
        ],
        className="wide requests",
    )


def title(desk: Desk) -> Content:
    asked = desk.ask(METRIC)
    lead = "Beam time of which no publication is known, and the letter that asks for one."
    return [
        html.H1("Owed papers"),
        html.P(lead, className="lead"),
        html.P(footnote(desk, asked), className="footnote"),
    ]


def filters(desk: Desk) -> Content:
    return filter_bar(desk, ("year", "instrument", "group", "country", "sector"), policy="policy")


def numbers(desk: Desk) -> Sequence[int]:
    """The numbers of the proposals that owe a paper under the filters."""
    return desk.installation.records_behind(desk.viewer, desk.ask(METRIC).answer.question, part="numerator")


def found(desk: Desk) -> list[Owed]:
    """These proposals, the oldest beam time first."""
    return owed(desk.installation.storage, desk.viewer, numbers(desk))


def view_of(desk: Desk) -> str:
    """Which part is shown."""
    return desk.state.one("view") if desk.state.one("view") in VIEWS else "proposals"


def views(desk: Desk) -> Content:
    tabs = [
        html.A(
            words,
            href=desk.state.without("of", "who").put("view", "" if name == "proposals" else name).query(),
            className="tab go",
            **({"aria-current": "page"} if name == view_of(desk) else {}),
        )
        for name, words in VIEWS.items()
    ]
    return html.Nav(tabs, className="tabs", **{"aria-label": "Owed papers"})


def shown(desk: Desk) -> Content:
    """The part that is chosen."""
    parts = {"proposals": proposals, "people": people, "instruments": instruments, "excused": excuses}
    return html.Div(parts[view_of(desk)](desk), className="card-body")


def proposals(desk: Desk) -> list[Component | None]:
    """A page of the proposals, of one main proposer where one was chosen."""
    who, last = desk.state.one("who"), max(desk.state.number("page", 1), 1) * AT_ONCE
    part = slice(last - AT_ONCE, last)
    if who:
        some = [one for one in found(desk) if _who(one) == who]
        many, page = len(some), some[part]
    else:
        many, page = owed_part(desk.installation.storage, desk.viewer, numbers(desk), part)
    if not many:
        return [notice("Nothing is owed", "Under these filters every proposal has led to a publication, or is young.")]
    words = f"{counted(many, 'proposals')}, the oldest beam time first"
    away = html.A("Those of everybody", href=desk.state.without("who").query(), className="go") if who else None
    listed = export_of(desk.ask(METRIC).answer.question, "numerator")
    columns = [Column("Proposal"), Column("Title"), Column("Main proposer"), Column("Instrument")]
    columns += [Column("First session"), Column("Pairs to judge", True), Column("Last reminder"), Column("")]
    rows = [
        [
            Cell(one.code, one.code, f"/record/{one.proposal_id}"),
            Cell(AsIs(one.title)),
            Cell(
                AsIs(one.leader) if one.leader else "–", one.leader, f"/person/{one.leader_id}" if one.leader_id else ""
            ),
            Cell(AsIs(", ".join(one.instruments) or "–")),
            Cell(day(one.first_day), str(one.first_day)),
            Cell(amount(one.pairs), one.pairs, f"/record/{one.proposal_id}" if one.pairs else ""),
            Cell(day(one.reminded_at) if one.reminded_at else "–", str(one.reminded_at or "")),
            Cell(_way(desk, one)),
        ]
        for one in page
    ]
    return [
        html.Div(
            [
                html.P([words, ". " if away else "", away], className="lead small"),
                None if away else export_menu(listed, many, "proposals"),
            ],
            className="card-head",
        ),
        data_table("Proposals that owe a publication", columns, rows, cards=True),
        paging(desk, many, AT_ONCE),
    ]


def _way(desk: Desk, one: Owed) -> Component | str:
    if not desk.viewer.at_least(OFFICE):
        return ""
    to = desk.state.put("of", str(one.proposal_id)).query()
    return html.A(["Remind", html.unseen(f" of {one.code}")], href=to, className="button small go")


def _who(one: Owed) -> str:
    return str(one.leader_id or one.leader)


def people(desk: Desk) -> list[Component | None]:
    """Who owes most."""
    listed = by_leader(found(desk))
    state = desk.state.without("view")
    rows = [
        [
            Cell(AsIs(name) if name else "nobody known", name, f"/person/{person}" if person else ""),
            Cell(amount(count), count, state.put("who", str(person or name)).query() if person or name else ""),
        ]
        for name, person, count in listed[:MOST]
    ]
    more = f"The first {MOST} of {amount(len(listed))} are listed." if len(listed) > MOST else ""
    columns = [Column("Main proposer"), Column("Proposals", True)]
    return [
        data_table("Who owes publications", columns, rows, cards=True),
        html.P(more, className="footnote") if more else None,
    ]


def instruments(desk: Desk) -> list[Component | None]:
    """How many are owed on each instrument; a proposal on two counts for both."""
    asked = desk.ask(METRIC, "instrument", without=("instrument",))
    table = asked.answer.table.sort_values(["numerator", "instrument"], ascending=[False, True])
    state = desk.state.without("view")

    def of(number: int) -> str:
        return state.put("instrument", str(number)).query()

    rows = [
        [
            Cell(AsIs(row["instrument"]), row["instrument"], f"/instrument/{int(row['instrument_id'])}"),
            Cell(amount(row["numerator"]), row["numerator"], of(row["instrument_id"])),
            Cell(amount(row["denominator"]), row["denominator"]),
            Cell(amount(row["value"], "share"), row["value"]),
        ]
        for row in table[table["instrument_id"].notna()].to_dict("records")
    ]
    columns = [Column("Instrument"), Column("Proposals that owe", True), Column("Of proposals", True)]
    listed = data_table("Owed publications by instrument", [*columns, Column("Share", True)], rows)
    return [listed, html.P(footnote(desk, asked), className="footnote")]


def excuses(desk: Desk) -> list[Component | None]:
    """The proposals that owe none after all, with the reason and the way back."""
    listed = excused(desk.installation.storage, desk.viewer)
    if not listed:
        words = "Where beam time led to nothing that can be published, the letter of a proposal has a box to say so."
        return [notice("Nothing is excused", words)]
    office = desk.viewer.at_least(OFFICE)
    columns = [Column("Proposal"), Column("Title"), Column("Reason"), Column("Said by"), Column("On"), Column("")]
    rows = [
        [
            Cell(one.code, one.code, f"/record/{one.proposal_id}"), Cell(AsIs(one.title)), Cell(AsIs(one.reason)),
            Cell(AsIs(one.said_by)), Cell(day(one.said_at), str(one.said_at)),
            Cell(act(["Take back", html.unseen(f": {one.code}")], "owed-back", str(one.word_id), look="small")
                 if office else ""),
        ]
        for one in listed
    ]  # fmt: skip
    return [data_table("Proposals that owe none", columns, rows, cards=True)]


def letter(desk: Desk) -> Content:
    """The letter about one proposal before it goes, and the other things that can be done."""
    number = desk.state.number("of")
    if not number or view_of(desk) != "proposals":
        return None
    house = desk.installation
    spoken = language_of(desk)
    one = owing.reminder(house.storage, house.settings, desk.viewer, number, language=spoken)
    can = can_send(house.settings.mail)
    why = "" if can else "Nothing is sent from here ([mail] names no server): copy the letter and send it yourself."
    stays = kept(f"owed/{number}")
    address = widgets.TextInput(id=entry("owed-email"), label="E-mail address", value=one.email, **stays)
    reason = widgets.TextInput(id=entry("owed-reason"), label="It owes none, because", value="", **stays)
    on = str(number)
    ways: Sequence[Component] = [
        act("Send it", "remind", f"{number}/{spoken}", look="primary", disabled=not can),
        html.Button("Copy the letter", className="button", **{"data-copy": f"{one.subject}\n\n{one.body}"}),
        act("Note that I sent it", "reminded", on),
        html.A("Close", href=desk.state.without("of", KEY).query(), className="button plain go"),
    ]
    return html.Div(
        [
            html.Div(html.H2(["The letter to ", html.Span(one.name or "the main proposer")]), className="card-head"),
            *read_first(desk, one),
            html.P(why, className="footnote") if why else None,
            address,
            html.Div(ways, className="letter-acts"),
            html.Div([reason, act("Excuse it", "excuse", on)], className="asked-answer"),
        ],
        className="panel card card-body",
    )


# -- acts


def remind(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Send the letter. on: the number of the proposal, and the language of the letter that was read."""
    house, (number, _, spoken) = desk.installation, on.partition("/")
    word = owing.send_reminder(
        house.storage, house.settings, desk.viewer, _number(number), form.get("owed-email", ""), at=datetime.now(UTC),
        language=spoken,
    )  # fmt: skip
    return Done("The letter is sent, and the day is kept.", leave=("of", KEY), back=("owed-back", str(word)))


def reminded(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Keep that somebody was reminded otherwise. on: the number of the proposal."""
    word = owing.note_reminded(desk.installation.storage, desk.viewer, _number(on), at=datetime.now(UTC))
    return Done("The day of the reminder is kept.", leave=("of", KEY), back=("owed-back", str(word)))


def excuse(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Say that a proposal owes no paper. on: its number."""
    word = desk.installation.excuse(desk.viewer, _number(on), form.get("owed-reason", ""))
    return Done("It owes none. The numbers follow in a moment.", leave=("of", KEY), back=("owed-back", str(word)))


def owed_back(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Take back what was said. on: its number."""
    kind = desk.installation.owes_again(desk.viewer, _number(on))
    return Done("It owes a publication again." if kind == "excused" else "The reminder is taken back.")


def _number(words: str) -> int:
    if not (words.isascii() and words.isdigit() and len(words) < 16):
        raise WrongUsage("This is no number.")
    return int(words)


PAGE = Page(
    path=PATH,
    title="Owed papers",
    layout=layout,
    panels={"title": title, "filters": filters, "views": views, "letter": letter, "list": shown},
    acts={"remind": remind, "reminded": reminded, "excuse": excuse, "owed-back": owed_back},
    menu="Match",
    tab="Owed papers",
    order=45,
    role=READERS,
    help="Proposals that still owe a publication: by instrument and main proposer, with the letter that reminds.",
)
