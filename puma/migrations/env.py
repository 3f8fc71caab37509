"""Migrations: how alembic reaches the database; `Storage.migrate` runs them."""

from typing import Any, Literal

from alembic import context
from sqlalchemy.types import JSON

from puma.entities import Entity
from puma.fields import Moment


def render(kind: str, item: Any, _autogenerate: Any) -> str | Literal[False]:
    """Our own column types in words that a migration understands without this program."""
    if kind == "type" and isinstance(item, Moment):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, JSON):
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


with context.config.attributes["engine"].connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Entity.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=render,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
