"""A list of many: the first ones, the others behind "n more", and where all are for those that no page can hold."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing.markup import AsIs
from dashboards.drawing.words import amount, counted
from puma.listing import Named

AT_MOST = 300  # of one list that are put into a page
FIRST = 24  # people of a person or an institution that are listed before "more"
OF_A_HIT = 100  # people of one of the hits of a search

One = TypeVar("One")


def crowd(of: Sequence[One], item: Callable[[One], Component], first: int, whole: str, look: str) -> list[Component]:
    """The first ones as a list, and the others where one opens them. whole: address of all, once they are more than
    a page holds; look: class of the lists."""
    shown = [html.Ul([item(one) for one in of[:first]], className=look)]
    if len(of) > first:
        opened = html.Ul([item(one) for one in of[first:AT_MOST]], className=look)
        rest = html.Summary(f"{amount(len(of) - first)} more")
        shown.append(html.Details([rest, opened, beyond(len(of), AT_MOST, whole)], className="more"))
    return shown


def beyond(count: int, most: int, whole: str) -> Component | None:
    """What is said beneath the first of a list that is too long for a page; nothing of a shorter one."""
    if count <= most:
        return None
    link = html.A(f"all {amount(count)} as JSON", href=whole, target="_blank", rel="noopener")
    return html.P([f"The first {amount(most)} are listed here; ", link], className="quiet small")


def somebody(who: tuple[Named, int]) -> Component:
    """A person, and on how many records."""
    one, count = who
    written = AsIs(one.name)
    name = html.A(written, href=f"/person/{one.record_id}", className="go") if one.record_id else html.Span(written)
    return html.Li([name, html.Span(counted(count, "records"), className="quiet")])


def in_line(names: Sequence[str], first: int, whole: str) -> Component:
    """Names one after the other; what follows the first ones opens in its place."""
    if len(names) <= first:
        return html.P(AsIs("; ".join(names)), className="hit-people")
    rest = html.Summary(f"and {amount(len(names) - first)} more")
    opened = html.P(AsIs("; ".join(names[first:OF_A_HIT])))
    more = html.Details([rest, opened, beyond(len(names), OF_A_HIT, whole)], className="more")
    return html.Div([AsIs("; ".join(names[:first])), more], className="hit-people")
