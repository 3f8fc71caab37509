"""What a facility says of its own data management: answers to the questions of the FAIR self-assessment."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from puma.entities.record import Entity, Number, number, ref
from puma.fields import field

FAIR_ANSWERS = ("yes", "partly", "no", "not applicable")


class FairAnswer(Entity):
    """One answer to one question for a year. Nothing here is ever changed: the newest answer is the standing one."""

    __tablename__ = "fair_answer"

    id: Mapped[int] = number()
    record_id: Mapped[int] = ref("record", nullable=False, cascade=True)  # of a facility, or of one instrument
    year: Mapped[int] = field("year", "Year")
    question: Mapped[str] = field("code", "Question", "F1 to R7, as in the list of questions")
    answer: Mapped[str | None] = field("choice", "Answer", "empty when it was taken back", choices=FAIR_ANSWERS)
    comment: Mapped[str] = field("text", "Comment", "what the answer rests on")
    answered_by: Mapped[str] = field("label", "Answered by", personal=True)
    answered_at: Mapped[datetime] = field("moment", "Answered on")
    account: Mapped[int] = mapped_column(Number, default=0, server_default="0")  # of who answered

    __table_args__ = (Index("ix_fair_answer_record_year", "record_id", "year"),)
