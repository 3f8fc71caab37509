"""Reports that people keep: recipes to make one again, and frozen ones with every number and what it was made of."""

from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from puma.entities.record import Entity, Number, number
from puma.fields import field, json_type


class ReportRecipe(Entity):
    """A named way of making a report: its subject, filters, policy and counting. It holds no data."""

    __tablename__ = "report_recipe"

    id: Mapped[int] = number()
    name: Mapped[str] = field("label", "Name", index=True)
    asked: Mapped[dict[str, Any]] = mapped_column(json_type())
    made_by: Mapped[str] = field("label", "Made by", personal=True)
    account: Mapped[int] = mapped_column(Number, default=0, server_default="0")  # of who made it; names are not unique
    made_at: Mapped[datetime] = field("moment", "Made on")
    deleted_at: Mapped[datetime | None] = field("moment", "Deleted", "it can be brought back")


class FrozenReport(Entity):
    """A report as it was: its files byte for byte, and for each number the records and rows that it was made of."""

    __tablename__ = "frozen_report"

    id: Mapped[int] = number()
    title: Mapped[str] = field("title", "Title")
    note: Mapped[str] = field("text", "Note", "what it was frozen for", default="")
    asked: Mapped[dict[str, Any]] = mapped_column(json_type())
    sees: Mapped[list[str]] = field("json", "Sees", "the visibilities that its figures count")
    as_role: Mapped[str] = field("choice", "As seen by", "the role whose figures they are")
    facts_version: Mapped[int] = field("count", "Version of the facts")
    facts_print: Mapped[str] = field("code", "Print of the facts", "of the definitions of their tables")
    as_of: Mapped[datetime] = field("moment", "As of", "when the facts were written")
    program: Mapped[str] = field("label", "Program", "version that made it")
    publications: Mapped[int] = field("count", "Publications")
    made_by: Mapped[str] = field("label", "Frozen by", personal=True)
    account: Mapped[int] = mapped_column(Number, default=0, server_default="0")
    made_at: Mapped[datetime] = field("moment", "Frozen on")
    deleted_at: Mapped[datetime | None] = field("moment", "Deleted", "it can be brought back")
    size_bytes: Mapped[int] = field("count", "Size", unit="byte")
    sha256: Mapped[str] = field("code", "SHA-256", "of the body")
    body: Mapped[bytes] = mapped_column(LargeBinary)
