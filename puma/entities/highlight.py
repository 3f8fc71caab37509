"""What a facility says of a publication to everybody: a summary in plain language and a picture."""

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from puma.entities.record import Entity, Number, number, ref
from puma.fields import field


class Highlight(Entity):
    """Words and a picture for the public pages. Nothing here is ever changed: the newest of a publication stands."""

    __tablename__ = "highlight"

    id: Mapped[int] = number()
    record_id: Mapped[int] = ref("record", nullable=False, cascade=True)
    summary: Mapped[str] = field("text", "Summary", "in plain language; empty when it was taken back")
    picture: Mapped[bytes | None] = mapped_column(LargeBinary)  # JPEG
    seen: Mapped[str] = field("text", "Picture shows", "for who cannot see it")
    written_by: Mapped[str] = field("label", "Written by", personal=True)
    written_at: Mapped[datetime] = field("moment", "Written on")
    account: Mapped[int] = mapped_column(Number, default=0, server_default="0")  # of who wrote
