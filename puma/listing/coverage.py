"""Which content is there: of each kind of searched record the sources it came from and the years they span."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from puma.access import Viewer
from puma.entities import Dataset, HarvestSource, Proposal, Publication, Record, StoredClaim
from puma.storage import Storage
from puma.visibility import exists_for


@dataclass(frozen=True, slots=True)
class Coverage:
    """Records of one kind that one source told of. first, last: years, None where no record has one."""

    kind: str
    source: str
    first: int | None
    last: int | None
    records: int

    @property
    def words(self) -> str:
        """``user_office 1992–2020``; one year once."""
        if self.first is None:
            return self.source
        return f"{self.source} {self.first}" + (f"–{self.last}" if self.last != self.first else "")


_YEARS: dict[str, tuple[Any, Any]] = {
    "proposal": (
        Proposal.id,
        func.coalesce(Proposal.operation_year, func.extract("year", Proposal.deposited_on)),
    ),
    "publication": (Publication.id, Publication.year),
    "dataset": (Dataset.id, Dataset.year),
}


def coverage(storage: Storage, viewer: Viewer) -> list[Coverage]:
    """What the viewer can find, by kind and source, the source with most records first. A walk over all claims."""
    found = []
    with storage.reading() as session:
        for kind, (number, year) in _YEARS.items():
            told = select(StoredClaim.record_id, StoredClaim.source_id).distinct().subquery()
            records = func.count(number)
            query = (
                select(HarvestSource.name, func.min(year), func.max(year), records)
                .join(told, told.c.source_id == HarvestSource.id)
                .join(Record, Record.id == told.c.record_id)
                .join(number.class_, number == Record.id)
                .where(Record.kind == kind, exists_for(viewer))
                .group_by(HarvestSource.name)
                .order_by(records.desc(), HarvestSource.name)
            )
            for source, first, last, count in session.execute(query):
                years = [int(one) if one is not None else None for one in (first, last)]
                found.append(Coverage(kind, source, years[0], years[1], count))
    return found
