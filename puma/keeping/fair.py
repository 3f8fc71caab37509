"""The FAIR self-assessment: its questions, the answers of a year, and their history. Nothing is ever overwritten."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from puma.access import Viewer
from puma.entities import FairAnswer, Record
from puma.entities.fair import FAIR_ANSWERS
from puma.errors import Conflict, NotHere, WrongUsage
from puma.keeping.ownership import owner_of
from puma.storage import Storage, now
from puma.text import clean_text
from puma.visibility import exists_for

TO_SEE = "viewer"
TO_ANSWER = "user_office"
PRINCIPLES = {"F": "Findable", "A": "Accessible", "I": "Interoperable", "R": "Reusable"}
POINTS = {"yes": 1.0, "partly": 0.5, "no": 0.0}
ANSWERS = FAIR_ANSWERS
LONGEST = 1000  # letters of a comment
FIRST_YEAR, LAST_YEAR = 1990, 2100


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the self-assessment; its code begins with the letter of its principle."""

    code: str
    words: str

    @property
    def principle(self) -> str:
        """Findable, accessible, interoperable or reusable."""
        return PRINCIPLES[self.code[0]]


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as it was given; answer: None when it was taken back. answered_by: empty for who may not know."""

    id: int
    question: str
    answer: str | None
    comment: str
    answered_by: str
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class Score:
    """What the answers come to. points: of the applicable questions; open: questions without an answer."""

    points: float
    applicable: int
    not_applicable: int
    open: int

    @property
    def value(self) -> float | None:
        """Points over applicable questions; None before the first."""
        return self.points / self.applicable if self.applicable else None


@cache
def questions() -> tuple[Question, ...]:
    """The 27 questions in order. Their wording is this program's own, after the FAIR principles F1 to R1.3."""
    with (Path(__file__).parent / "fair_questions.csv").open(encoding="utf-8", newline="") as file:
        return tuple(Question(row["code"], row["question"]) for row in csv.DictReader(file))


def standing(storage: Storage, viewer: Viewer, record_id: int, year: int) -> dict[str, Given]:
    """The newest answer to each question of that year, by the question's code; those taken back are not among them."""
    answers = {one.question: one for one in reversed(history(storage, viewer, record_id, year))}
    return {code: one for code, one in answers.items() if one.answer is not None}


def history(storage: Storage, viewer: Viewer, record_id: int, year: int | None = None) -> list[Given]:
    """All answers about a facility or instrument, the newest first. Raises Refused below viewer."""
    viewer.must_be(TO_SEE, "The FAIR self-assessment")
    query = (
        select(FairAnswer)
        .join(Record, Record.id == FairAnswer.record_id)
        .where(FairAnswer.record_id == record_id, exists_for(viewer))
        .order_by(FairAnswer.id.desc())
    )
    if year is not None:
        query = query.where(FairAnswer.year == year)
    knows = viewer.at_least(TO_ANSWER)
    with storage.reading() as session:
        return [
            Given(one.id, one.question, one.answer, one.comment, one.answered_by if knows else "", one.answered_at)
            for one in session.scalars(query)
        ]


def score(answers: Mapping[str, Given]) -> Score:
    """What standing answers come to; pure."""
    given = [answers[one.code].answer for one in questions() if one.code in answers]
    apply = [POINTS[answer] for answer in given if answer in POINTS]
    return Score(sum(apply), len(apply), len(given) - len(apply), len(questions()) - len(given))


def answer_questions(
    storage: Storage,
    viewer: Viewer,
    record_id: int,
    year: int,
    answers: Mapping[str, tuple[str, str]],
    *,
    seen: int,
) -> list[int]:
    """Answer questions: code to (answer, comment); an empty answer takes one back. What is as before is not kept twice.

    seen: the newest answer that the person saw, 0 for none. Returns the numbers of the new answers. Raises Conflict
    when somebody answered meanwhile, WrongUsage for an answer that is none, NotHere for what is no facility and no
    instrument.
    """
    viewer.must_be(TO_ANSWER, "Answering the FAIR self-assessment")
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise WrongUsage(f"An assessment is for a year from {FIRST_YEAR} to {LAST_YEAR}, not {year}.")
    known = {one.code for one in questions()}
    for code, (answer, comment) in answers.items():
        if code not in known:
            raise NotHere(f"There is no question {code!r}.")
        if answer and answer not in ANSWERS:
            raise WrongUsage(f"An answer is one of {', '.join(ANSWERS)}, not {answer!r}.")
        if len(comment) > LONGEST:
            raise WrongUsage(f"A comment has at most {LONGEST} letters; the one on {code} has {len(comment)}.")
    before = standing(storage, viewer, record_id, year)
    with storage.writing() as session:
        _assessable(session, viewer, record_id)
        newest = select(func.max(FairAnswer.id)).where(FairAnswer.record_id == record_id, FairAnswer.year == year)
        if (session.scalar(newest) or 0) != seen:
            raise Conflict("Somebody else answered meanwhile: look at the answers again. Nothing was changed.")
        rows = []
        for code, (answer, written) in answers.items():
            comment, old = clean_text(written), before.get(code)
            if (old.answer, old.comment) == (answer, comment) if old else not answer:
                continue
            rows.append({
                "record_id": record_id, "year": year, "question": code, "answer": answer or None, "comment": comment,
                "answered_by": owner_of(viewer), "answered_at": now(), "account": viewer.account,
            })  # fmt: skip
        return [session.execute(insert(FairAnswer).values(**row).returning(FairAnswer.id)).scalar_one() for row in rows]


def take_back(storage: Storage, viewer: Viewer, numbers: Sequence[int]) -> list[int]:
    """Put back what stood before these answers, as further answers. Raises Conflict when they stand no more."""
    viewer.must_be(TO_ANSWER, "Answering the FAIR self-assessment")
    with storage.reading() as session:
        some = session.scalars(select(FairAnswer).where(FairAnswer.id.in_(numbers))).all()
    if not some or len({(one.record_id, one.year) for one in some}) != 1:
        raise NotHere("There are no such answers.")
    record_id, year = some[0].record_id, some[0].year
    told = history(storage, viewer, record_id, year)
    stands = {one.question: one.id for one in reversed(told)}
    if any(stands[one.question] != one.id for one in some):
        raise Conflict("Somebody answered one of these questions since. Nothing was changed.")
    earlier = {one.question: one for one in reversed(told) if one.id not in numbers}
    back = {
        one.question: (was.answer or "", was.comment) if (was := earlier.get(one.question)) else ("", "")
        for one in some
    }
    return answer_questions(storage, viewer, record_id, year, back, seen=max(one.id for one in told))


def _assessable(session: Session, viewer: Viewer, record_id: int) -> None:
    which = (Record.id == record_id, Record.kind.in_(("facility", "instrument")), exists_for(viewer))
    if session.scalar(select(Record.id).where(*which, Record.deleted_at.is_(None))) is None:
        raise NotHere("There is no such facility or instrument.")
