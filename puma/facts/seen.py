"""What the tables copied from the database share: only records that stand, each with who may see it."""

from typing import Any

from sqlalchemy import Select, select

from puma.entities import Record


def live(*columns: Any) -> Select[*tuple[Any, ...]]:
    """Select from records that stand: not withdrawn, not merged into another."""
    return select(*columns).where(Record.deleted_at.is_(None), Record.merged_into_id.is_(None))


SEEN = (Record.visibility + Record.opened_to).label("visibility")
"""public, internal, restricted, or ``restricted,12,15,`` for what could be opened to the scientists of instruments."""
