"""What stands beside a person or an institution: the instruments used."""

from collections.abc import Sequence

from dashboards.authority.by_hand import card
from dashboards.drawing import tags as html
from dashboards.drawing.markup import AsIs
from dashboards.drawing.words import amount
from dashboards.page import Content
from puma.listing import Named


def used(machines: Sequence[tuple[Named, int]]) -> Content:
    """Instruments, each with on how many documents it was used; nothing without any."""
    if not machines:
        return None
    chips = [
        html.A([AsIs(machine.name), html.Span(amount(count), className="tab-count")],
               href=f"/instrument/{machine.record_id}", className="chip go", title=machine.detail or None)
        for machine, count in machines
    ]  # fmt: skip
    return card("Instruments, with the number of documents", html.Div(chips, className="chips"))
