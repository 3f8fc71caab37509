"""Groups of instruments: which there are, and the members of each through their periods and successors."""

from dataclasses import dataclass

from sqlalchemy import select

from puma.access import Viewer
from puma.entities import Facility, InstrumentGroup
from puma.listing.records import InstrumentView, instruments
from puma.storage import Storage


@dataclass(frozen=True, slots=True)
class GroupView:
    """A group with the instruments of it that the viewer may know of, those that opened first before others.

    facility: the code of its facility, where the installation has several; else empty.
    """

    id: int
    name: str
    facility: str
    members: list[InstrumentView]


def instrument_groups(storage: Storage, viewer: Viewer) -> list[GroupView]:
    """All groups that have an instrument, by name."""
    members: dict[int, list[InstrumentView]] = {}
    for one in instruments(storage, viewer):
        if one.group_id is not None:
            members.setdefault(one.group_id, []).append(one)
    query = (
        select(InstrumentGroup.id, InstrumentGroup.name, Facility.code)
        .join(Facility, Facility.id == InstrumentGroup.facility_id)
        .order_by(InstrumentGroup.name, InstrumentGroup.id)
    )
    with storage.reading() as session:
        found = [row for row in session.execute(query).all() if row.id in members]
    several = len({row.code for row in found}) > 1
    return [GroupView(row.id, row.name, row.code if several else "", _in_order(members[row.id])) for row in found]


def _in_order(members: list[InstrumentView]) -> list[InstrumentView]:
    """By the day on which each opened; what no source dates comes last."""
    first = {one.id: min((str(p.starts_on) for p in one.periods if p.starts_on), default="9999") for one in members}
    return sorted(members, key=lambda one: (first[one.id], one.name, one.id))
