"""Keeping what one found: add it to a collection, give it a keyword, save the search, copy a short link to it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlencode

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing import widgets
from dashboards.drawing.words import amount, counted, day
from dashboards.frame.acts import act, entry, kept
from dashboards.frame.state import State
from dashboards.page import Act, Content, Desk, Done
from puma import keeping
from puma.decisions.keywords import TAGGED
from puma.errors import WrongUsage
from puma.keeping import CollectionView
from puma.listing import RecordView, given_keywords
from puma.search.asked import Asked, instant_of
from puma.search.documents import keyword_value

SEARCH = "/search"
VIEW = ("view", "table", "log", "page", "at")
"""Keys of the address that say how something is looked at, not what."""
COUNTED = 25  # collections whose share of a result is counted; the others are on their own page
SHARED = {"private": "only you", "internal": "everybody with an account", "public": "everybody, without signing in"}


def link_to(one: CollectionView) -> str:
    """The page of a collection."""
    return f"/collections/{one.id}"


def mine(desk: Desk) -> list[CollectionView]:
    """The collections that the viewer may change."""
    return [one for one in keeping.collections(desk.installation.storage, desk.viewer) if one.may_change]


# -- what others hang into the search page


def chips(desk: Desk) -> list[tuple[str, str, str]]:
    """The filters of ours as chips: (label, value, query without it)."""
    chosen = desk.state.many("collection")
    titles = (
        {str(one.id): one.title for one in keeping.collections(desk.installation.storage, desk.viewer)}
        if chosen
        else {}
    )
    found = [
        ("Collection", titles.get(value, "not shown to you"), desk.state.toggled("collection", value).query())
        for value in chosen
    ]
    since = instant_of(desk.state.one("since"))
    if since is not None:
        found.append(("New since", f"{since:%-d %B %Y %H:%M} UTC", desk.state.without("since").query()))
    return found


def facet(desk: Desk, what: Asked) -> Component | None:
    """How much of a result is in each collection; counted without the collections that are chosen."""
    known = keeping.collections(desk.installation.storage, desk.viewer)
    on = desk.state.many("collection")
    newest = sorted(known, key=lambda one: (str(one.id) not in on, -one.changed_at.timestamp()))[:COUNTED]
    counts = [
        (one, desk.installation.count(desk.viewer, replace(what, collections=(str(one.id),))) if one.count else 0)
        for one in newest
    ]
    shown = [(one, count) for one, count in counts if count or str(one.id) in on]
    if not shown:
        return None
    links = [
        html.Li(
            html.A(
                [
                    html.Span(one.title, className="facet-word"),
                    " ",
                    html.Span(amount(count), className="facet-count"),
                    html.unseen(
                        " results: remove the filter Collection"
                        if str(one.id) in on
                        else " results: set a filter Collection"
                    ),
                ],
                href=desk.state.toggled("collection", str(one.id)).query(),
                className="go on" if str(one.id) in on else "go",
            )
        )
        for one, count in sorted(shown, key=lambda pair: (-pair[1], pair[0].title.casefold()))
    ]
    more = len(known) > COUNTED
    said = html.P(f"The {COUNTED} that changed last are counted.", className="footnote") if more else None
    return html.Div([html.H3("Collection"), html.Ul(links), said], className="facet", **{"data-facet": "collection"})


def search_acts(desk: Desk, total: int) -> list[Component]:
    """What can be kept of a result: all its documents, the search itself, a link to it. Nothing for who may not."""
    if not desk.viewer.at_least("viewer"):
        return []
    found = counted(total, "documents")
    own = mine(desk)
    add = _box(
        f"Add {amount(total)} to …",
        f"Add {found} to a collection",
        [*_target(own), act(f"Add {found}", "collect-found", look="small primary")],
    )
    feed = "What is new in it since your last visit is counted on the page Collections."
    save = _box(
        "Save search",
        "Save this search",
        [
            widgets.TextInput(id=entry("search-name"), label="Name", value=_named(desk.state)),
            html.P(feed, className="footnote"),
            act("Save", "save-search", look="small primary"),
        ],
    )
    return [add, save, act("Short link", "short-link", look="small", title="A short address for what you see")]


def _box(words: str, title: str, parts: Sequence[Component]) -> Component:
    return html.Details(
        [html.Summary(words, className="button small", title=title), html.Div(parts, className="rule keep-box")],
        className="rule-box",
    )


def _target(own: Sequence[CollectionView]) -> list[Component]:
    """Pick a collection, or name a new one."""
    pick = widgets.Select(
        id=entry("target"), label="Collection", placeholder="Which one?", value=None, searchable=True, clearable=True,
        data=[{"value": str(one.id), "label": one.title} for one in own], limit=100,
        nothingFoundMessage="Nothing of that name", comboboxProps={"withinPortal": False},
    )  # fmt: skip
    new = widgets.TextInput(
        id=entry("new-title"), label="Or a new one" if own else "A new collection", value="",
        placeholder="Its title", **kept(f"new/{len(own)}"),
    )  # fmt: skip
    return [*([pick] if own else []), new]


def _named(state: State) -> str:
    """A name for a search: its words, else its filters."""
    words = [state.one("q"), *(value for key in state.filters for value in state.many(key))]
    return ", ".join(word for word in words if word)[:120]


# -- what others hang into the record page


def kept_words(desk: Desk, one: RecordView) -> Content:
    """The keywords of a record by namespace, and the collections that it is in, each with the way to add."""
    given = {word.value: word for word in given_keywords(desk.installation.storage, desk.viewer, one.id)}
    told = {each.value: each.origin for each in one.told if each.part == "keywords"}
    tags = []
    for space, value in one.keywords:
        own = given.get(value) if space == "USER" else None
        whole = keyword_value(space, value)
        note = f"added by {own.added_by} on {day(own.added_at)}" if own and own.added_by else told.get(whole)
        link = html.A(
            [html.Span(f"{space}: ", className="chip-key") if space else "", value],
            href=f"{SEARCH}?{urlencode({'keyword': whole})}",
            className="chip go",
            title=note or None,
        )
        tags.append(link)
        if own and own.removable:
            tags[-1] = html.Span(
                [link, act("×", "untag", f"{one.id}/{value}", look="plain small off-chip",
                           **{"aria-label": f"Remove the keyword {value}"})],
                className="chip-pair",
            )  # fmt: skip
    may = one.kind in TAGGED and desk.viewer.at_least("viewer")
    keyword = html.Div(
        [
            widgets.TextInput(
                id=entry("keyword"), value="", placeholder="Add a keyword", **kept(f"{one.id}/{len(tags)}"),
                **{"aria-label": "Keyword to add to this record"},
            ),
            act("Add", "tag", str(one.id), look="small"),
        ],
        className="one-row",
    )  # fmt: skip
    parts: list[Component | None] = [
        html.Div(html.H2("Keywords"), className="card-head"),
        html.Div(tags, className="chips") if tags else html.P("None yet.", className="quiet"),
        keyword if may else None,
        _included(desk, one, may=may) if one.kind in TAGGED else None,
    ]
    return html.Div(parts, className="card-body")


def _included(desk: Desk, one: RecordView, *, may: bool) -> Component:
    """The collections that a record is in, and a way to put it into another."""
    there = keeping.collections(desk.installation.storage, desk.viewer, record=one.id)
    rows = [
        html.Li(
            [
                html.A(c.title, href=link_to(c), className="go"),
                html.Span(counted(c.count, "documents"), className="quiet"),
                act("Take out", "uncollect", f"{c.id}/{one.id}", look="small plain",
                    **{"aria-label": f"Take this record out of {c.title}"}) if c.may_change else None,
            ]
        )
        for c in there
    ]  # fmt: skip
    held = {c.id for c in there}
    others = [c for c in mine(desk) if c.id not in held] if may else []
    add = _box("Add to …", "Add this record to a collection",
               [*_target(others), act("Add", "collect-record", str(one.id), look="small primary")])  # fmt: skip
    return html.Div(
        [
            html.Div([html.H2("Included in collections"), add if may else None], className="card-head included"),
            html.Ul(rows, className="rows") if rows else html.P("In none that is shown to you.", className="quiet"),
        ]
    )


# -- acts


def collect_found(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Add everything that the search finds to the picked or a new collection."""
    numbers = desk.installation.found_by(desk.viewer, desk.state.query())
    return _collected(desk, numbers, form)


def collect_record(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Add one record to the picked or a new collection. on: its number."""
    return _collected(desk, [_number(on)], form)


def _collected(desk: Desk, numbers: Sequence[int], form: Mapping[str, str]) -> Done:
    house, title, picked = desk.installation, form.get("new-title", "").strip(), form.get("target", "")
    if not title and not picked:
        raise WrongUsage("Pick a collection, or give a new one a title.")
    number = house.keep(lambda storage: keeping.make(storage, desk.viewer, title)) if title else _number(picked)
    added = house.keep(lambda storage: keeping.add(storage, desk.viewer, number, numbers))
    name = keeping.collection(house.storage, desk.viewer, number).title
    there = f", {amount(added.there)} were there already" if added.there else ""
    words = f"{counted(added.new, 'documents')} added to {name}{there}."
    return Done(words, back=("drop", str(number)) if title else ("unkeep", str(added.change)))


def uncollect(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Take a record out of a collection. on: the numbers of both."""
    number, _, record = on.partition("/")
    house = desk.installation
    done = house.keep(lambda storage: keeping.remove(storage, desk.viewer, _number(number), [_number(record)]))
    return Done("Taken out of the collection.", back=("unkeep", str(done.change)))


def unkeep(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Take a change of a collection back. on: its number."""
    desk.installation.keep(lambda storage: keeping.undo(storage, desk.viewer, _number(on)))
    return Done("Undone: it is as it was before.")


def drop(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Delete a collection. on: its number."""
    change = desk.installation.keep(lambda storage: keeping.delete(storage, desk.viewer, _number(on)))
    return Done("The collection is deleted; its documents stay as they are.", back=("unkeep", str(change)))


def tag(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Give a record a keyword. on: its number."""
    number = desk.installation.tag(desk.viewer, _number(on), form.get("keyword", ""))
    return Done("The keyword is added, and found at once.", number)


def untag(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Take a keyword away. on: the number of the record and the keyword."""
    number, _, keyword = on.partition("/")
    return Done("The keyword is removed.", desk.installation.untag(desk.viewer, _number(number), keyword))


def save_search(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Save the search of the page."""
    query = desk.state.without(*VIEW).query()
    number = desk.installation.save_search(desk.viewer, form.get("search-name", ""), query)
    return Done("Saved. The page Collections says what is new in it.", back=("forget-search", str(number)))


def forget_search(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Delete a saved search. on: its number."""
    keeping.forget_search(desk.installation.storage, desk.viewer, _number(on))
    return Done("The saved search is deleted.", back=("restore-search", on))


def restore_search(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Bring a saved search back. on: its number."""
    keeping.restore_search(desk.installation.storage, desk.viewer, _number(on))
    return Done("The saved search is there again.")


def short_link(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """A short address for the search as it is looked at."""
    name = keeping.short_link(desk.installation.storage, desk.viewer, SEARCH, desk.state.query())
    return Done(["Short link ", html.A(f"/p/{name}", href=f"/p/{name}"), " ", copy_button(f"/p/{name}")])


def copy_button(path: str, words: str = "Copy") -> Component:
    """A button that copies the whole address of a path of these pages."""
    return html.Button(words, className="button small", **{"data-copy": path, "data-address": path})


def _number(words: str) -> int:
    if not (words.isascii() and words.isdigit() and len(words) < 16):
        raise WrongUsage("This is no number of a record or collection.")
    return int(words)


ACTS: Mapping[str, Act] = {
    "collect-found": collect_found, "collect-record": collect_record, "uncollect": uncollect, "unkeep": unkeep,
    "drop": drop, "tag": tag, "untag": untag, "save-search": save_search, "forget-search": forget_search,
    "restore-search": restore_search, "short-link": short_link,
}  # fmt: skip
"""What these buttons do, on every page that shows some of them."""
