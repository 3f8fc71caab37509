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
    sqlite = connection.dialect.name == "sqlite"
    driver = connection.connection.driver_connection
    if sqlite:  # it changes a table by making it anew; dropping the old one would take along what hangs on its rows
        driver.execute("PRAGMA foreign_keys=OFF")  # heeded outside of transactions only
    context.configure(
        connection=connection,
        target_metadata=Entity.metadata,
        render_as_batch=sqlite,
        render_item=render,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    if sqlite:
        lost = driver.execute("PRAGMA foreign_key_check").fetchall()
        driver.execute("PRAGMA foreign_keys=ON")
        if lost:
            raise RuntimeError(f"{len(lost)} references lead nowhere after the migration, the first in {lost[0][0]}.")
