"""Datasets: whose proposal's and session's each is, and which publications it supplements or is cited by."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from puma.entities import Dataset, Identifier, Publication, Relation
from puma.linking.world import Names, World
from puma.matching.miner.mine import Miner

SUPPLEMENT = frozenset({"IsSupplementedBy", "IsSupplementTo"})
CITING = frozenset({"Cites", "IsCitedBy", "References", "IsReferencedBy", "IsDocumentedBy", "Documents", "IsSourceOf"})
"""Relation types that say a publication uses data; version, part and continuation relations do not."""


def gather_data(session: Session, world: World, names: Names, miner: Miner, gone: set[int]) -> None:
    """Which publications are supplemented by, or cite, which datasets; both directions of the relation."""
    _datasets(session, world, names, miner, gone)
    publications = set(session.scalars(select(Publication.id))) - gone
    for row in session.execute(
        select(Relation.record_id, Relation.target_id, Relation.type)
        .where(Relation.target_id.is_not(None), Relation.type.in_(SUPPLEMENT | CITING))
        .order_by(Relation.id)
    ):
        one, other = row.record_id, row.target_id
        if one in world.dataset_proposal and other in publications:
            one, other = other, one
        if one in publications and other in world.dataset_proposal:
            how = "supplement" if row.type in SUPPLEMENT else "cited"
            if world.data_of[one].get(other) != "supplement":
                world.data_of[one][other] = how


def _datasets(session: Session, world: World, names: Names, miner: Miner, gone: set[int]) -> None:
    """The proposal and session of each dataset: as its source says, those of its parts, as its DOI or title says."""
    unknown: dict[int, tuple[str, str]] = {}
    for row in session.execute(
        select(Dataset.id, Dataset.proposal_id, Dataset.experiment_id, Dataset.doi, Dataset.title).order_by(Dataset.id)
    ):
        if row.id in gone:
            continue
        world.dataset_proposal[row.id] = row.proposal_id or 0
        if row.experiment_id:
            world.dataset_session[row.id] = row.experiment_id
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
        if number in unknown and world.dataset_proposal.get(part):
            world.dataset_proposal[number] = world.dataset_proposal[part]
            if part in world.dataset_session:
                world.dataset_session.setdefault(number, world.dataset_session[part])
    for number, (doi, title) in unknown.items():
        if not world.dataset_proposal[number]:
            codes = miner.codes_in(doi) or {hit.value for hit in miner.mine([(0, title)]) if hit.kind == "proposal"}
            found = {proposal for code in codes for proposal in names.codes.get(code, ())}
            if len(found) == 1:
                world.dataset_proposal[number] = found.pop()
