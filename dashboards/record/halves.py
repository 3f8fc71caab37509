"""A publication as it would be, beside another one: what each is told to be, what differs, what hangs on it."""

from collections.abc import Sequence

from dash.development.base_component import Component

from dashboards.authority.by_hand import fact_list
from dashboards.drawing import tags as html
from dashboards.drawing.markup import AsIs
from dashboards.drawing.words import amount, counted, word
from puma.listing import Parted


def half(one: Parted, other: Parted, what: str, number: int | None, links: str = "") -> Component:
    """A publication as it would be; what differs from the other one is marked. number: of its record, if it has one."""
    facts = [
        ("Type", word("type", one.type), one.type != other.type),
        ("Year", str(one.year or ""), one.year != other.year),
        ("Journal", AsIs(one.container), one.container != other.container),
        ("DOI", AsIs(one.doi or "–"), one.doi != other.doi),
        ("Authors", AsIs(_authors(one.authors)), one.authors != other.authors),
        ("Identifiers", AsIs(", ".join(f"{scheme} {value}" for scheme, value in one.names)), False),
        ("Files", amount(one.files), False),
        ("Cited by", counted(one.cited_by, "references"), False),
        ("Links", links, False),
    ]
    name = html.A(f"Record {number}", href=f"/record/{number}", className="go") if number else None
    told = html.Span(f"from {', '.join(one.sources)}", className="quiet")
    return html.Div(
        [
            html.P([name, told, html.Span(what, className="badge quiet")], className="spaced small"),
            html.P(AsIs(one.title or "–"), className="doubt-title"),
            fact_list(facts),
        ]
    )


def _authors(names: Sequence[str]) -> str:
    more = f" +{len(names) - 6}" if len(names) > 6 else ""
    return "; ".join(names[:6]) + more
