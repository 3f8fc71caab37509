"""What publications are looked at before: codes, instruments and datasets, which only a full matching takes anew."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from puma.entities import Experiment, Record
from puma.linking.data import Data, gather_data
from puma.linking.naming import grammars
from puma.linking.world import Names
from puma.matching.miner.mine import Miner


@dataclass(frozen=True, slots=True)
class Backdrop:
    """What words of the sources mean, and whose data is whose. namesakes, with_sessions: as `World` has them.

    It hangs on proposals, experiments, instruments, facilities, datasets and their parts alone: while none of them
    changes, few publications are gathered before the same one again and again.
    """

    names: Names
    miner: Miner
    namesakes: dict[int, frozenset[int]]
    data: Data
    with_sessions: frozenset[int]

    @classmethod
    def of(cls, session: Session) -> "Backdrop":
        """As the database has it now."""
        names = Names()
        miner = Miner(grammars(session, names))
        namesakes = {
            number: frozenset(several - {number})
            for several in names.instruments.values()
            for number in several
            if len(several) > 1
        }
        held = session.scalars(
            select(Experiment.facility_id)
            .join(Record, Record.id == Experiment.id)
            .where(Experiment.proposal_id.is_not(None), Record.deleted_at.is_(None), Record.merged_into_id.is_(None))
            .distinct()
        )
        return cls(names, miner, namesakes, gather_data(session, names, miner), frozenset(filter(None, held)))
