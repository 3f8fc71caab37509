"""The full text of a record: its files and what became of each, search within their pages, and the way to a page."""

from collections.abc import Sequence

from dash import dcc
from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing import widgets
from dashboards.drawing.markup import shown_markup
from dashboards.drawing.words import counted, day
from dashboards.frame.controls import control_id
from dashboards.page import Content, Desk
from puma.listing import FileView, page_texts, texts_of_files
from puma.search import QueryError
from puma.search.within import FoundPage, Within, within

BADGES = {
    "text": ("has text", "good"),
    "no text": ("no text", "warn"),
    "encrypted": ("encrypted", "warn"),
    "broken": ("broken", "bad"),
    "too large": ("too large", "warn"),
    "timed out": ("timed out", "warn"),
    "not read": ("not read yet", "quiet"),
}
ABOUT = (("title", "Title"), ("author", "Author"), ("subject", "Subject"), ("keywords", "Keywords"),
         ("creator", "Written with"), ("producer", "PDF made by"))  # fmt: skip


def fulltext(desk: Desk, record_id: int) -> Content:
    """The card: a box that looks into the text when there is one, what it found, then the files."""
    house = desk.installation
    files = texts_of_files(house.storage, desk.viewer, record_id)
    heading = html.Div(html.H2("Full text"), className="card-head")
    if not files:
        may = desk.viewer.at_least("viewer")
        known = "No file of this record is known." if may else "Sign in to see whether it has files."
        return html.Div([heading, html.P(known, className="quiet")], className="card-body")
    parts: list[Component | None] = [heading]
    if any(file.read_pages and file.state != "no text" for file in files):
        parts += [_box(desk), _found(desk, record_id, files)]
    to_all = house.settings.access.open_texts
    parts.append(html.Ul([_file(file, readers(file, to_all=to_all)) for file in files], className="rows files-of"))
    return html.Div(parts, className="card-body")


def _box(desk: Desk) -> Component:
    """The box; Enter or leaving it puts its words into the address."""
    return html.Div(
        [
            widgets.TextInput(
                id=control_id("text"),
                label="Search within this text",
                value=desk.state.one("text"),
                placeholder='Words, "a phrase", a proposal code …',
                debounce=True,
            ),
            dcc.Store(id={"type": "standing", "of": "text"}, data=desk.state.query()),
        ],
        className="text-box",
        role="search",
    )


def _found(desk: Desk, record_id: int, files: Sequence[FileView]) -> Component | None:
    asked = desk.state.one("text")
    if not asked:
        return None
    try:
        found = within(page_texts(desk.installation.storage, desk.viewer, record_id), asked)
    except QueryError as error:
        words = [html.B("Not understood, "), f"at letter {error.position + 1}: ", error.hint]
        return html.P(words, className="wrong", role="alert")
    by_number = {file.id: file for file in files}
    several = len({page.file_id for page in found.pages}) > 1
    items = [_page(page, by_number[page.file_id], name=several) for page in found.pages if page.file_id in by_number]
    return html.Div(
        [
            html.P([_total(found, asked), " ", _forget(desk)], className="result-head", role="status"),
            html.Ol(items, className="found-pages", tabIndex="0", **{"aria-label": "Pages found"}) if items else None,
        ]
    )


def _total(found: Within, asked: str) -> str:
    """How many pages hold what was asked, in a sentence."""
    if not found.total:
        return f"Nothing in this text has “{asked}”."
    pages = counted(found.total, "pages")
    shown = f" The first {len(found.pages)} are shown." if found.total > len(found.pages) else ""
    if not found.all_words:
        return f"No page has all of “{asked}”; {pages} {'has' if found.total == 1 else 'have'} a part of it.{shown}"
    return f"“{asked}” is on {pages}.{shown}"


def _forget(desk: Desk) -> Component:
    return html.A("Clear", href=desk.state.without("text").query(), className="go")


def _page(found: FoundPage, file: FileView, *, name: bool) -> Component:
    where = f"page {found.page}" + (f" of {file.name}" if name else "")
    pieces = [html.P(shown_markup(piece), className="snippet") for piece in found.pieces[:2]]
    address = f"{file.url}#page={found.page}" if file.url else ""
    return html.Li([page_link(address, where), *pieces])


def page_link(address: str, words: str) -> Component:
    """A link that opens a file at a page; the words alone where it opens nowhere."""
    if not address:
        return html.Span(words, className="where")
    return html.A(words, href=address, className="where", target="_blank", rel="noopener noreferrer")


def readers(file: FileView, *, to_all: bool) -> str:
    """Who reads a file here, and why. to_all: whether the facility opens what its publication opens."""
    if file.visibility == "public":
        return "Everybody reads it."
    if file.opened_by and to_all:
        return f"Everybody reads it: {file.opened_by}."
    if file.visibility == "internal":
        return "People with an account read it."
    return "User office and administrators read it."


def _file(file: FileView, who: str) -> Component:
    badge, tone = BADGES.get(file.state, (file.state, "warn"))
    name: Component = html.B(file.name)
    if file.url:
        name = html.A(file.name, href=file.url, target="_blank", rel="noopener noreferrer")
    facts = [
        counted(file.pages, "pages") if file.pages else "",
        counted(file.size_bytes, "byte") if file.size_bytes else "",
        f"from {', '.join(file.sources)}" if file.sources else "",
    ]
    return html.Li(
        [
            html.Div([name, html.Span(badge, className=f"badge {tone}")], className="file-head"),
            html.P(" · ".join(fact for fact in facts if fact), className="quiet"),
            html.P([said(file), " ", who], className="file-said"),
            html.P(_ways(file), className="file-ways") if file.url else None,
            _about(file),
        ]
    )


def said(file: FileView) -> str:
    """What became of a file, in a sentence for whoever wonders why a word is not found in it."""
    first = f"the first {file.read_pages} of {file.pages} pages" if file.pages else f"the first {file.read_pages} pages"
    cut = f" Only {first} can be searched." if file.read_pages else " Nothing in it can be searched."
    match file.state:
        case "text":
            missing = f" {_sentence(file.reason)}" if file.reason else ""
            return f"The text of {counted(file.read_pages, 'pages')} can be searched.{missing}"
        case "no text":
            return "It holds pictures of pages and no text, as scans do: nothing in it can be searched."
        case "encrypted":
            return "It opens only with a password: nothing in it can be searched."
        case "broken":
            return f"It cannot be read: {file.reason or 'it is damaged'}.{cut if file.read_pages else ''}"
        case "too large":
            return f"{_sentence(f'it {file.reason}' if file.reason.startswith('has') else file.reason)}{cut}"
        case "timed out":
            return f"Reading it takes too long.{cut}"
    if file.held:
        return "It has not been read yet: the next harvest does that."
    return "Only its address is known: it was not fetched, so nothing in it can be searched."


def _sentence(words: str) -> str:
    words = words.strip().rstrip(".")
    return f"{words[0].upper()}{words[1:]}." if words else "No reason is known."


def _ways(file: FileView) -> list[Component | str]:
    if not file.held:
        return [html.A("Open at its source", href=file.url, target="_blank", rel="noopener noreferrer")]
    ways: list[Component | str] = [html.A("Download", href=file.url, download=file.name)]
    if file.address:
        there = html.A("At its source", href=file.address, target="_blank", rel="noopener noreferrer")
        ways += [" ", there]
    return ways


def _about(file: FileView) -> Component | None:
    """What the file says of itself, folded away: it is often the name of a template."""
    about = file.about
    if about is None:
        return None
    rows = [(label, str(getattr(about, name))) for name, label in ABOUT if getattr(about, name)]
    rows += [(label, day(at)) for label, at in (("Made on", about.created), ("Changed on", about.modified)) if at]
    if not rows:
        return None
    if file.extractor:
        rows.append(("Read by", file.extractor))
    cells = [cell for label, value in rows for cell in (html.Dt(label), html.Dd(value))]
    own = html.Dl(cells, className="facts-of")
    return html.Details([html.Summary("What it says of itself"), own], className="more")
