"""A report as slides for whoever presents it: key figures, a chart for each section, the tables behind, definitions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from puma.languages import Tongue
from puma.measuring import Answer
from puma.reports.charts import Drawn, chart, drawn
from puma.reports.content import FURTHER, ROWS, Report, Section, not_followed, notes_of
from puma.reports.deck import (
    ACROSS,
    BODY,
    BOTTOM,
    CARD,
    CELL,
    FOOT,
    MARGIN,
    NOTE,
    SMALL,
    TOP,
    Box,
    Deck,
    Line,
    high,
    rows_high,
)
from puma.reports.in_words import cells_of, head_of, named_unit, number, parts_of, valued
from puma.reports.page import OVERLAP, PAIRS
from puma.reports.typeface import cut, largest, lines, pieces, width

NOTE_LINES = 8  # of a footnote; what is longer stands whole among the definitions
GAP, APART = 8.0, 32.0  # points between cards, and above a footnote; between tables side by side
NAME, NUMBER = (90.0, 420.0), (72.0, 190.0)  # points that a column of a table has at least and at most
CARD_HIGH = 84.0  # points of a card at the most
SPREAD = 1.7  # times as wide as it must be a table is where there is room
NAME_LINES = 4  # of a name in a table; the workbook has the whole
MEASURE = 190.0  # points of the first column of the definitions
DEFINED = 14  # lines of a definition in one row
SOURCES = 11, 3  # lines and columns of sources on the first slide; the definitions have all


@dataclass(frozen=True, slots=True)
class _Table:
    """A table as it is read. words: how many of its columns are text; total: its last row, without one empty; across:
    whether the total stands under all its numbers."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: str
    words: int = 1
    total: Sequence[str] = ()
    across: bool = False


def slides(report: Report) -> bytes:
    """The bytes of the presentation; its numbers are those of the page, its charts can be edited."""
    say = report.tongue
    title = f"{report.titled(say)}, {say(report.span)}"
    facility = [] if report.titled(say) == report.facility else [report.facility]
    foot = cut(" · ".join([title, *facility, say.day(report.as_of)]), FOOT, NOTE, 1)
    deck = Deck(title, report.facility, report.as_of, foot, say.code)
    long: list[tuple[str, str]] = _opening(say, deck, report)
    _figures(say, deck, report)
    charts: list[Any] = []
    for section in report.sections:
        what = drawn(say, section)
        charts.append(_chart(say, deck, report, section, what, long) if what else None)
    for section, drawing in zip(report.sections, charts, strict=True):
        first = _tabled(deck, _table_of(say, section), long)
        if drawing is not None:
            deck.link(drawing, say("Table"), first)
            deck.link(first, say("Chart"), drawing)
    if not report.together.empty:
        _tabled(deck, _pairs(say, report), long)
    _definitions(say, deck, report, long)
    return deck.bytes()


def _about(say: Tongue, report: Report) -> list[str]:
    """Which links count, and of when the facts are."""
    return [say("{} link policy", say(report.policy)), say("as of {} UTC", say.moment(report.as_of)),
            say("facts version {}", report.version)]  # fmt: skip


def _opening(say: Tongue, deck: Deck, report: Report) -> list[tuple[str, str]]:
    """The title, what it is about, and how fresh the sources are. Returns the filters when there is no room for all."""
    title, chosen = report.titled(say), " · ".join(report.chosen)
    below = [say(report.span)] if title == report.facility else [report.facility, say(report.span)]
    slide = deck.opening(title, cut(" · ".join(below), ACROSS, 18, 1))
    said = [Line(cut(chosen, ACROSS, 14, 2), 14, after=6)] if chosen else []
    said.append(Line(" · ".join(_about(say, report)), 14))
    deck.text(slide, Box(MARGIN, 216, ACROSS, high(said, ACROSS)), said)
    most, columns = SOURCES
    room = (ACROSS - (columns - 1) * GAP) / columns
    fresh = [f"{name}: {say.day(at) if at else say('never harvested')}" for name, at in report.sources.items()]
    if fresh:
        heading = [Line(say("Where the numbers come from"), BODY, bold=True)]
        deck.text(slide, Box(MARGIN, 300, ACROSS, 16), heading)
        each = min(ceil(len(fresh) / columns), most)
        for place in range(columns):
            some = [Line(cut(one, room, BODY, 1), quiet=True) for one in fresh[place * each : (place + 1) * each]]
            if some:
                deck.text(slide, Box(MARGIN + place * (room + GAP), 320, room, high(some, room)), some)
    return [(say("Filters"), chosen)] if chosen and lines(chosen, ACROSS, 14) > 2 else []


def _figures(say: Tongue, deck: Deck, report: Report) -> None:
    """The numbers at the head of the report, a card for each."""
    columns = 5 if len(report.numbers) > 12 else 4
    across = (ACROSS - (columns - 1) * GAP) / columns
    room = across - 2 * CARD[0]
    told = [_card(say, one, report.aside.get(one.metric.slug, ()), room) for one in report.numbers]
    rule = say("The rule of each number stands on the last slides.")
    note = f"{' · '.join([*report.chosen, *_about(say, report)])}. {rule}"
    tall = max((high(one, room) for one in told), default=0) + 2 * CARD[1]
    note = cut(note, ACROSS, NOTE, 2)
    room = BOTTOM - 2 * NOTE * 1.2 - TOP
    rows = max(int(room // (tall + GAP)), 1)
    tall = max(tall, min(room / max(min(rows, ceil(len(told) / columns)), 1) - GAP, CARD_HIGH))
    slide_of = [told[at : at + rows * columns] for at in range(0, len(told), rows * columns)] or [[]]
    for page, cards in enumerate(slide_of, start=1):
        slide = deck.slide(_paged(say("Key figures"), page, len(slide_of)))
        for place, paragraphs in enumerate(cards):
            row, column = divmod(place, columns)
            at = Box(MARGIN + column * (across + GAP), TOP + row * (tall + GAP), across, tall)
            deck.card(slide, at, paragraphs)
        if not cards:
            deck.text(slide, Box(MARGIN, TOP, ACROSS, 20), [Line(say("None is counted under these rules."), 14)])
        deck.note(slide, note)


def _card(say: Tongue, answer: Answer, aside: Sequence[str], room: float) -> list[Line]:
    one, unit = answer.metric, named_unit(say, answer)
    value = number(say, answer.total, one.unit) + (f" {unit}" if unit else "")
    size = largest(value, room, (20, 17, 14), 1, bold=True)
    small = [text for text in (parts_of(say, answer), " ".join(not_followed(aside, say))) if text]
    return [Line(cut(say(one.label), room, BODY, 3), quiet=True), Line(value, size, bold=True),
            *(Line(cut(text, room, SMALL, 2), SMALL, quiet=True) for text in small)]  # fmt: skip


def _chart(say: Tongue, deck: Deck, report: Report, section: Section, what: Drawn, long: list[tuple[str, str]]) -> Any:
    """A slide of one chart. Returns it."""
    title, count = say(section.title), len(what.names)
    more = [say(FURTHER, count, count + what.rest)] if what.rest else []
    slide = deck.slide(title)
    top = deck.note(slide, _footnote(title, " ".join(section.notes(say) + more), long))
    box = Box(MARGIN, TOP, ACROSS, top - GAP - TOP)
    chart(slide, box, what, f"{title}. {report.titled(say)}, {say(report.span)}", say, report.as_of)
    return slide


def _footnote(title: str, text: str, long: list[tuple[str, str]]) -> str:
    """A footnote that leaves room for what it is about. What is cut is kept for the definitions."""
    short = cut(text, ACROSS, NOTE, NOTE_LINES)
    if short != text and (title, text) not in long:
        long.append((title, text))
    return short


def _table_of(say: Tongue, section: Section) -> _Table:
    """The table of a section as it is on paper."""
    answer = section.answer
    table, more = section.shown(say)
    heads = [head_of(say, answer, place, str(name)) for place, name in enumerate(table.columns)]
    rows = [cells_of(say, answer, row) for row in table.itertuples(index=False)]
    total = (say("All, each once"), number(say, answer.total, answer.metric.unit))
    across = len(answer.question.by) == 2
    return _Table(say(section.title), heads, rows, " ".join(section.notes(say) + more), total=total, across=across)


def _pairs(say: Tongue, report: Report) -> _Table:
    """Countries of the first authors against those of the others."""
    heads = [say(head) for head in ("First author", "Other authors", "Publications")]
    rows = [
        (valued(say, "country", first), valued(say, "country", other), number(say, value))
        for first, other, value in report.together.head(ROWS).itertuples(index=False)
    ]
    count = len(report.together)
    more = [say(FURTHER, ROWS, count)] if count > ROWS else []
    return _Table(say(PAIRS), heads, rows, " ".join(report.pairs_notes(say) + more), words=2)


def _tabled(deck: Deck, table: _Table, long: list[tuple[str, str]]) -> Any:
    """The slides of a table: as many rows and columns on each as there is room for. Returns the first."""
    note = _footnote(table.title, table.notes, long)
    room = BOTTOM - high([Line(note, NOTE)], ACROSS) - GAP - TOP
    made = [page for columns in _columns(table) for page in _pages(table, columns, room)]
    beside = [made[at : at + 2] for at in range(0, len(made), 2)]
    if any(sum(widths) > (ACROSS - APART) / 2 for _, widths, _ in made):
        beside = [[one] for one in made]
    shown = []
    for place, pages in enumerate(beside, start=1):
        slide, left = deck.slide(_paged(table.title, place, len(beside))), float(MARGIN)
        for rows, natural, ends in pages:
            widths = _spread(natural, (ACROSS - APART) / 2 if len(beside[0]) > 1 else ACROSS)
            deck.table(slide, rows, widths, left=left, words=table.words, foot=ends and bool(table.total),
                       across=table.across, name=table.title)  # fmt: skip
            left += sum(widths) + APART
        deck.note(slide, note)
        shown.append(slide)
    return shown[0]


def _spread(widths: Sequence[float], room: float) -> list[float]:
    """Columns as wide as there is room for, up to a limit from which an eye would lose its row."""
    more = max(min(room / sum(widths), SPREAD), 1)
    return [one * more for one in widths]


def _columns(table: _Table) -> Iterator[tuple[list[int], list[float]]]:
    """Which columns stand together on a slide, and how wide: those of text on each, of the others as many as fit."""
    natural = []
    for place, head in enumerate(table.heads):
        own = [row[place] for row in table.rows] + list(table.total[place : place + 1])
        text = place < table.words
        least, most = NAME if text else NUMBER
        wide = max(width(word, BODY, bold=True) for word in [*own, *([head] if text else head.split())])
        natural.append(min(max(wide + 2 * CELL[0] + 2, least), most))
    names, rest = list(range(table.words)), list(range(table.words, len(table.heads)))
    least = NAME[0] * table.words
    while True:
        some: list[int] = []
        while rest and least + sum(natural[place] for place in [*some, rest[0]]) <= ACROSS:
            some.append(rest.pop(0))
        left = (ACROSS - sum(natural[place] for place in some)) / table.words
        yield names + some, [min(natural[place], left) for place in names] + [natural[place] for place in some]
        if not rest:
            return


def _pages(
    table: _Table, columns: tuple[list[int], list[float]], room: float
) -> Iterator[tuple[list[list[str]], list[float], bool]]:
    """The rows of each slide with their head, the widths, and whether the table ends there."""
    places, widths = columns
    head = [table.heads[place] for place in places]
    inner = [width_ - 2 * CELL[0] for width_ in widths]
    rows = [
        [cut(row[place], across, BODY, NAME_LINES) for place, across in zip(places, inner, strict=True)]
        for row in table.rows
    ]
    total = [[*table.total, *[""] * (len(places) - len(table.total))]] if table.total else []
    left = room - sum(rows_high([head, *total], widths, BODY, bold=True))
    tall = rows_high(rows, widths, BODY)
    done = _split(tall, left)
    for page, (start, end) in enumerate(done, start=1):
        ends = page == len(done)
        yield [head, *rows[start:end], *(total if ends else [])], widths, ends


def _split(heights: Sequence[float], room: float) -> list[tuple[int, int]]:
    """From where to where rows stand on one slide; of a row that is higher than a slide, that row alone."""
    found, start, used = [], 0, 0.0
    for place, one in enumerate(heights):
        if place > start and used + one > room:
            found.append((start, place))
            start, used = place, 0.0
        used += one
    return [*found, (start, len(heights))]


def _definitions(say: Tongue, deck: Deck, report: Report, long: Sequence[tuple[str, str]]) -> None:
    """What each number counts, which notes were too long for their slide, and how fresh the sources are."""
    told = [
        (say(one.metric.label), " ".join(notes_of(one, report.aside.get(one.metric.slug, ()), say)))
        for one in report.numbers
    ]
    told += long
    told += [
        (say("Source {}", name), say("fresh as of {} UTC", say.moment(at)) if at else say("never harvested"))
        for name, at in report.sources.items()
    ]
    widths = [MEASURE, ACROSS - MEASURE]
    rows = []
    for what, rule in told:
        for place, part in enumerate(pieces(rule, widths[1] - 2 * CELL[0], SMALL, DEFINED)):
            rows.append([cut(what, MEASURE - 2 * CELL[0], SMALL, NAME_LINES) if place == 0 else "…", part])
    head = [say("Measure"), say("Rule")]
    where = say("The publications are listed on the page, in the PDF and in the workbook of this report.")
    note = f"{say(OVERLAP)} {where}"
    room = BOTTOM - high([Line(note, NOTE)], ACROSS) - GAP - TOP - rows_high([head], widths, SMALL, bold=True)[0]
    done = _split(rows_high(rows, widths, SMALL), room)
    for page, (start, end) in enumerate(done, start=1):
        slide = deck.slide(_paged(say("Definitions"), page, len(done)))
        deck.table(slide, [head, *rows[start:end]], widths, words=2, size=SMALL, name=say("Definitions"))
        deck.note(slide, note)


def _paged(title: str, page: int, pages: int) -> str:
    return f"{title} ({page}/{pages})" if pages > 1 else title
