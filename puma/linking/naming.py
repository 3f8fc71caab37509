"""What the database calls things: codes and instruments for the miner, keywords for comparing texts."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from puma.entities import Facility, Instrument, InstrumentPeriod, Keyword, Proposal, TechniqueUse
from puma.identifiers import fold_code
from puma.linking.prepared import Among, Prepared
from puma.linking.world import Names
from puma.matching.miner.mine import FacilityGrammar
from puma.resolve import aliases
from puma.storage import CHUNK


def among(column: ColumnElement[int] | InstrumentedAttribute[Any], some: Collection[int] | None) -> ColumnElement[bool]:
    """Whether a column has one of these values; of more than a query takes, and of None, everything is let through."""
    return true() if some is None or len(some) > CHUNK else column.in_(sorted(some))


def words_of_records(session: Session, some: Collection[int] | None = None) -> dict[int, str]:
    """Keywords and techniques of every record, or at least of some, as one text."""
    found: dict[int, list[str]] = defaultdict(list)
    for words in (_keywords, _techniques):
        for record, value in words(session, some):
            found[record].append(value)
    return {record: " . ".join(several) for record, several in found.items()}


@Prepared
def _keywords(among: Among) -> Select[int, str]:
    return select(Keyword.record_id, Keyword.value).where(among(Keyword.record_id)).order_by(Keyword.id)


@Prepared
def _techniques(among: Among) -> Select[int, str]:
    wide = select(TechniqueUse.record_id, TechniqueUse.name).where(among(TechniqueUse.record_id))
    return wide.order_by(TechniqueUse.id)


def grammars(session: Session, names: Names) -> list[FacilityGrammar]:
    """What the miner is to look for; ``names`` is filled with what each word means."""
    codes: dict[int | None, list[str]] = defaultdict(list)
    for number, facility, code in session.execute(select(Proposal.id, Proposal.facility_id, Proposal.code)):
        if folded := fold_code(code):
            codes[facility].append(code)
            names.codes[folded].add(number)
    instruments: dict[int | None, list[str]] = defaultdict(list)
    for number, facility, name in session.execute(select(Instrument.id, Instrument.facility_id, Instrument.name)):
        if folded := fold_code(name):
            instruments[facility].append(name)
            names.instruments[folded].add(number)
    for number, label in session.execute(select(Instrument.id, Instrument.label).where(Instrument.label.is_not(None))):
        if label and (folded := fold_code(label)):
            names.instruments[folded].add(number)
    for told, known in (("proposal", names.codes), ("instrument", names.instruments)):
        for value, number in aliases(session, told).items():
            known[fold_code(value.partition("/")[2])].add(number)
    for number, start, end in session.execute(
        select(InstrumentPeriod.instrument_id, InstrumentPeriod.starts_on, InstrumentPeriod.ends_on)
    ):
        names.open_in[number].append((start, end))
    facilities = session.execute(select(Facility.id, Facility.code, Facility.name).order_by(Facility.id)).all()
    return [
        FacilityGrammar(row.code, row.name, tuple(sorted(codes[row.id])), tuple(sorted(set(instruments[row.id]))))
        for row in facilities
    ]
