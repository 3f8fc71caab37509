"""Links between entities with their evidence, and the decisions of people about them."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from puma.entities.record import Entity, number, ref
from puma.fields import field

STATES = ("candidate", "auto", "validated", "rejected")
TIERS = ("auto", "review", "low")
SAID = ("accept", "reject", "both")
VERDICTS = ("accept", "reject", "for", "against", "undo", "correct", "merge", "distinct", "alias", "resolve", "dismiss",
            "join", "split", "tag", "untag", "edit")  # fmt: skip
"""for, against: what one of two persons said; accept, reject: what decided the pair."""


class Link(Entity):
    """A proposed or decided link between two records: publication left; experiment, proposal ... right."""

    __tablename__ = "link"

    id: Mapped[int] = number()
    left_id: Mapped[int] = ref("record", nullable=False, cascade=True)
    right_id: Mapped[int] = ref("record", nullable=False, cascade=True)
    relation: Mapped[str] = field("choice", "Relation", "publication-proposal, publication-dataset ...")
    state: Mapped[str] = field("choice", "State", choices=STATES)
    tier: Mapped[str] = field("choice", "Tier", choices=TIERS)
    channel: Mapped[str] = field("choice", "Channel", "what found it first: identifier, metadata, text, team, person")
    score: Mapped[float] = field("number", "Score", "sum of the points of the evidence, log-odds")
    probability: Mapped[float] = field("number", "Probability")
    evidence: Mapped[list[dict[str, Any]]] = field("json", "Evidence", "list of {kind, points, detail}")
    evidence_digest: Mapped[str] = field(
        "code", "Digest of the evidence", "a rejected pair is asked again only when it changed"
    )
    model: Mapped[str] = field("label", "Model", "version of the rules or weights that scored it")
    found_at: Mapped[datetime] = field("moment", "Found on")
    decided_by: Mapped[str | None] = field("label", "Decided by", personal=True)
    decided_at: Mapped[datetime | None] = field("moment", "Decided on")
    said: Mapped[str | None] = field(
        "choice", "Said by one of two", "where two persons decide: what one said; both: they disagree", choices=SAID
    )
    said_by: Mapped[str | None] = field("label", "First of two", personal=True)

    __table_args__ = (
        UniqueConstraint("left_id", "right_id"),
        Index("ix_link_decided_at", "decided_at"),
        Index("ix_link_said", "said", sqlite_where=text("said IS NOT NULL"), postgresql_where=text("said IS NOT NULL")),
        CheckConstraint("state in ('candidate','auto','validated','rejected')", name="state"),
    )


class Decision(Entity):
    """What somebody decided, in order; nothing here is ever changed or removed, an undo is a further row."""

    __tablename__ = "decision"

    id: Mapped[int] = number()
    verdict: Mapped[str] = field("choice", "Verdict", choices=VERDICTS)
    left_id: Mapped[int] = ref("record", nullable=False)
    right_id: Mapped[int | None] = ref("record")
    undoes_id: Mapped[int | None] = ref("decision")
    value: Mapped[list[dict[str, Any]]] = field(
        "json", "What was decided", "for a correction: field, new value and the claim that says it"
    )
    reason: Mapped[str] = field("text", "Reason", default="")
    state_before: Mapped[str | None] = field("choice", "State before", choices=STATES)
    probability: Mapped[float | None] = field("number", "Probability shown")
    decided_by: Mapped[str] = field("label", "Decided by", personal=True)
    decided_at: Mapped[datetime] = field("moment", "Decided on")

    __table_args__ = (Index("ix_decision_decided_at", "decided_at"),)
