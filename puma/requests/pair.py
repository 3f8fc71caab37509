"""One pair as somebody sees it who is asked about it: both ends and the evidence in sentences, and nothing else."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from puma.access import Viewer
from puma.decisions.links import in_scope
from puma.entities import Authorship, Dataset, Experiment, Link, ProposalTime, Publication, Record
from puma.listing.record import names_of
from puma.text import clean_text
from puma.visibility import exists_for

MOST_AUTHORS = 30
LEAST_POINTS = 0.1  # evidence that moves the odds by less is left out of what somebody is shown
UNDECIDED = ("candidate", "auto")
QUESTIONS = {
    "proposal": "Does this publication come from this proposal?",
    "experiment": "Does this publication come from this experiment?",
    "dataset": "Does this publication rest on this dataset?",
    "instrument": "Does this publication come from this instrument?",
}
"""What is asked, by the kind of the right end."""


@dataclass(frozen=True, slots=True)
class End:
    """One end of a pair. code: code or DOI. people: authors of a publication only. when: its year. where: journal or
    instruments."""

    record_id: int
    kind: str
    title: str
    code: str
    people: tuple[str, ...]
    when: str
    where: str


@dataclass(frozen=True, slots=True)
class PairView:
    """A pair. evidence: (whether it speaks for it, sentence). confidential: the records that are so."""

    link_id: int
    state: str
    left: End
    right: End
    evidence: tuple[tuple[bool, str], ...]
    confidential: tuple[int, ...]

    @property
    def question(self) -> str:
        """What is asked about it."""
        return QUESTIONS.get(self.right.kind, "Do these two belong together?")

    @property
    def is_open(self) -> bool:
        """Whether nobody decided it yet."""
        return self.state in UNDECIDED


def pair_of(session: Session, viewer: Viewer, link_id: int | None) -> PairView | None:
    """A pair; None when it does not exist for the viewer, or is not theirs to judge and so to ask about."""
    left, right = aliased(Record), aliased(Record)
    query = (
        select(Link, left.kind, right.kind, left.visibility, right.visibility)
        .join(left, left.id == Link.left_id)
        .join(right, right.id == Link.right_id)
        .where(Link.id == link_id, exists_for(viewer, left), exists_for(viewer, right), in_scope(viewer))
    )
    found = session.execute(query).first()
    if found is None:
        return None
    link, one, other, left_seen, right_seen = found
    seen = {link.left_id: left_seen, link.right_id: right_seen}
    return PairView(
        link.id,
        link.state,
        _end(session, one, link.left_id),
        _end(session, other, link.right_id),
        _sentences(link.evidence),
        tuple(number for number, visibility in seen.items() if visibility == "restricted"),
    )


@dataclass(frozen=True, slots=True)
class Head:
    """What the two ends of a pair are called. right: the record of the right end."""

    title: str
    code: str
    right: int = 0


def heads(session: Session, viewer: Viewer, links: Collection[int]) -> dict[int, Head]:
    """How pairs are called, as far as they exist for the viewer; by number of the link."""
    left, right = aliased(Record), aliased(Record)
    query = (
        select(Link.id, left.kind, left.id, right.kind, right.id)
        .join(left, left.id == Link.left_id)
        .join(right, right.id == Link.right_id)
        .where(Link.id.in_(links), exists_for(viewer, left), exists_for(viewer, right))
    )
    rows = session.execute(query).all()
    wanted = {(kind, number) for _, one, a, other, b in rows for kind, number in ((one, a), (other, b))}
    names = names_of(session, sorted(wanted))
    return {
        link: Head(clean_text(names[a][0]) or f"publication {a}", names[b][1] or clean_text(names[b][0]), b)
        for link, _, a, _, b in rows
    }


def _end(session: Session, kind: str, number: int) -> End:
    title, code = names_of(session, [(kind, number)])[number]
    people: tuple[str, ...] = ()
    when = where = ""
    if kind == "publication":
        names = session.scalars(
            select(Authorship.name)
            .where(Authorship.record_id == number)
            .order_by(Authorship.position)
            .limit(MOST_AUTHORS + 1)
        ).all()
        people = tuple(clean_text(name) for name in names[:MOST_AUTHORS])
        people += ("and others",) if len(names) > MOST_AUTHORS else ()
        paper = session.get_one(Publication, number)
        when, where = str(paper.year or ""), clean_text(paper.journal or "")
    else:
        columns: dict[str, tuple[Any, Any]] = {
            "proposal": (ProposalTime.proposal_id, ProposalTime.instrument_name),
            "experiment": (Experiment.id, Experiment.instrument_name),
            "dataset": (Dataset.id, Dataset.instrument_name),
        }
        if kind in columns:
            key, name = columns[kind]
            where = ", ".join(sorted({one for one in session.scalars(select(name).where(key == number)) if one}))
    return End(number, kind, clean_text(title), code, people, when, clean_text(where))


def _sentences(evidence: list[dict[str, Any]]) -> tuple[tuple[bool, str], ...]:
    """What speaks for the pair, then what speaks against it, the weightiest first, without what hardly matters."""
    told = [
        (float(one.get("points", 0)), clean_text(str(one.get("detail") or one.get("kind", "")).replace("_", " ")))
        for one in evidence
        if one.get("kind") != "prior"
    ]
    weighty = sorted((one for one in told if abs(one[0]) >= LEAST_POINTS), key=lambda one: (one[0] < 0, -abs(one[0])))
    return tuple((points > 0, words) for points, words in weighty)
