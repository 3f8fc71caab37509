"""To whom more than its visibility says a record could be opened: scientists of instruments, readers of open texts."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, aliased

from puma.access import CONFIDENTIAL
from puma.entities import (
    Dataset,
    Experiment,
    ExperimentParticipant,
    File,
    Participant,
    Person,
    ProposalTime,
    Publication,
    Record,
    Transfer,
)
from puma.openness import opened_by
from puma.storage import now, update_rows
from puma.visibility import OPEN_MARK

Opened = Mapping[int, frozenset[int]]
NOBODY: frozenset[int] = frozenset()


def set_opened(session: Session) -> None:
    """Write beside each confidential record the instruments of its proposals, and a mark beside each internal file of a
    publication that opens its text; whatever else is not confidential has nothing.

    A proposal is of the instruments on which it asks for beam time or had some; an experiment, a dataset, a transfer
    and a file are of what they belong to; a person known by confidential proposals alone is of those of all of them.
    """
    before = {
        number: (kind, visibility, opened)
        for number, kind, visibility, opened in session.execute(
            select(Record.id, Record.kind, Record.visibility, Record.opened_to).where(
                or_(Record.visibility == CONFIDENTIAL, Record.opened_to != "")
            )
        )
    }
    hidden: dict[str, set[int]] = defaultdict(set)
    for number, (kind, visibility, _) in before.items():
        if visibility == CONFIDENTIAL:
            hidden[kind].add(number)
    right = {number: written(instruments) for number, instruments in _opened(session, hidden).items()}
    right |= dict.fromkeys(_open_texts(session), OPEN_MARK)
    was = {number: opened for number, (_, _, opened) in before.items()}
    at = now()
    wrong = [
        {"id": number, "opened_to": right.get(number, ""), "changed_at": at}
        for number in sorted(right.keys() | was.keys())
        if right.get(number, "") != was.get(number, "")
    ]
    update_rows(session, Record, wrong)


def _open_texts(session: Session) -> list[int]:
    """The files that their publication opens. One that is restricted stays so, whatever its publication says."""
    owner = aliased(Record)
    query = (
        select(File.id, Publication.license, Publication.open_access)
        .join(Record, Record.id == File.id)
        .join(Publication, Publication.id == File.of_id)
        .join(owner, owner.id == Publication.id)
        .where(Record.visibility == "internal", owner.visibility == "public")
    )
    return [number for number, license, status in session.execute(query) if opened_by(license, status)]


def written(instruments: Iterable[int]) -> str:
    """Instruments as a record keeps them: ``,12,15,``; empty for none."""
    numbers = ",".join(map(str, sorted(instruments)))
    return f",{numbers}," if numbers else ""


def _opened(session: Session, hidden: Mapping[str, set[int]]) -> Opened:
    found: dict[int, set[int]] = defaultdict(set)
    proposals = hidden.get("proposal", set())
    for query in (
        select(ProposalTime.proposal_id, ProposalTime.instrument_id).where(ProposalTime.instrument_id.is_not(None)),
        select(Experiment.proposal_id, Experiment.instrument_id).where(
            Experiment.proposal_id.is_not(None), Experiment.instrument_id.is_not(None)
        ),
    ):
        for proposal, instrument in session.execute(query.distinct()):
            if proposal in proposals:
                found[proposal].add(instrument or 0)
    _follow(session, found, hidden.get("experiment"), select(Experiment.id, Experiment.proposal_id))
    _follow(session, found, hidden.get("dataset"), select(Dataset.id, Dataset.proposal_id))
    _follow(session, found, hidden.get("dataset"), select(Dataset.id, Dataset.experiment_id))
    _follow(session, found, hidden.get("transfer"), select(Transfer.id, Transfer.proposal_id))
    people = select(Participant.person_id, Participant.proposal_id).join(Person, Person.id == Participant.person_id)
    guests = select(ExperimentParticipant.person_id, ExperimentParticipant.experiment_id)
    _follow(session, found, hidden.get("person"), people)
    _follow(session, found, hidden.get("person"), guests)
    _follow(session, found, hidden.get("file"), select(File.id, File.of_id))
    return {number: frozenset(instruments) for number, instruments in found.items()}


def _follow(
    session: Session, found: dict[int, set[int]], wanted: set[int] | None, pairs: Select[int | None, int | None]
) -> None:
    """Give each wanted record what is found for those it comes from. pairs: (record, what it comes from)."""
    if not wanted:
        return
    for number, origin in session.execute(pairs):
        if number in wanted and origin in found:
            found[number or 0] |= found[origin]
