"""Datasets: whose proposal's and session's each is, and which publications it supplements or is cited by."""

from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from puma.entities import Dataset, Identifier, Record, Relation
from puma.linking.prepared import Among, Prepared
from puma.linking.world import Names, World
from puma.matching.miner.mine import Miner

SUPPLEMENT = frozenset({"IsSupplementedBy", "IsSupplementTo"})
CITING = frozenset({"Cites", "IsCitedBy", "References", "IsReferencedBy"})
DOCUMENTING = frozenset({"IsDocumentedBy", "Documents", "IsSourceOf"})
"""Relation types that say publication and data belong together, which leads to the proposal, but not that one is cited;
version, part and continuation relations say neither."""


@dataclass(slots=True)
class Data:
    """The proposals (0: unknown) and sessions of the datasets that are there, and which DOI is whose."""

    proposal: dict[int, int] = field(default_factory=dict)
    session: dict[int, int] = field(default_factory=dict)
    by_doi: dict[str, int] = field(default_factory=dict)


def uses_of_data(session: Session, world: World, publications: Collection[int]) -> None:
    """Which of these publications are supplemented by, cite or document which datasets, by relations in either way."""
    for one, target, kind in _relations(session, publications):
        other = target or 0
        if one in world.dataset_proposal and other in publications:
            one, other = other, one
        if one in publications and other in world.dataset_proposal:
            world.uses(one, other, "supplement" if kind in SUPPLEMENT else "cited" if kind in CITING else "documented")


@Prepared
def _relations(among: Among) -> Select[int, int | None, str]:
    return (
        select(Relation.record_id, Relation.target_id, Relation.type)
        .where(Relation.target_id.is_not(None), Relation.type.in_(SUPPLEMENT | CITING | DOCUMENTING))
        .where(or_(among(Relation.record_id), among(Relation.target_id)))
        .order_by(Relation.id)
    )


def gather_data(session: Session, names: Names, miner: Miner) -> Data:
    """The proposal and session of each dataset: as its source says, those of its parts, as its DOI or title says."""
    found = Data(by_doi={doi: number for number, doi in session.execute(select(Dataset.id, Dataset.doi)) if doi})
    unknown: dict[int, tuple[str, str]] = {}
    for row in session.execute(
        select(Dataset.id, Dataset.proposal_id, Dataset.experiment_id, Dataset.doi, Dataset.title)
        .join(Record, Record.id == Dataset.id)
        .where(Record.deleted_at.is_(None), Record.merged_into_id.is_(None))
        .order_by(Dataset.id)
    ):
        found.proposal[row.id] = row.proposal_id or 0
        if row.experiment_id:
            found.session[row.id] = row.experiment_id
        if not row.proposal_id:
            unknown[row.id] = (row.doi or "", row.title)
    pids = {
        value.partition(":")[2].casefold(): number
        for number, value in session.execute(
            select(Identifier.record_id, Identifier.value).where(
                Identifier.kind == "dataset", Identifier.scheme == "source"
            )
        )
    }
    parts = session.execute(
        select(Relation.record_id, Relation.value)
        .where(Relation.type.in_(("HasPart", "IsPartOf")), Relation.scheme != "doi")
        .order_by(Relation.id)
    ).all()
    for number, pid in parts:
        part = pids.get(pid.casefold(), 0)
        if number in unknown and found.proposal.get(part):
            found.proposal[number] = found.proposal[part]
            if part in found.session:
                found.session.setdefault(number, found.session[part])
    for number, (doi, title) in unknown.items():
        if not found.proposal[number]:
            codes = miner.codes_in(doi) or {hit.value for hit in miner.mine([(0, title)]) if hit.kind == "proposal"}
            several = {proposal for code in codes for proposal in names.codes.get(code, ())}
            if len(several) == 1:
                found.proposal[number] = several.pop()
    return found
