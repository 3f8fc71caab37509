"""Collections, keywords of users, saved searches, short links

Revision: 0003, after 0002

No table is made anew here: on SQLite that would take along the rows that refer to the old one.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("collection", sa.Column("visibility", sa.String(40), nullable=False, server_default="private"))
    op.add_column("collection", sa.Column("deleted_at", MOMENT, nullable=True))
    op.add_column("collection", sa.Column("account", NUMBER, nullable=False, server_default="0"))
    op.add_column("collection_item", sa.Column("change_id", NUMBER, nullable=True))
    op.create_index(op.f("ix_collection_item_change_id"), "collection_item", ["change_id"])
    op.create_table(
        "collection_change",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("collection_id", NUMBER, nullable=False),
        sa.Column("what", sa.String(40), nullable=False),
        sa.Column("before", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.String(300), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("undone_at", MOMENT, nullable=True),
        sa.Column("account", NUMBER, nullable=False, server_default="0"),
        sa.ForeignKeyConstraint(
            ["collection_id"], ["collection.id"],
            name=op.f("fk_collection_change_collection_id_collection"), ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collection_change")),
    )  # fmt: skip
    op.create_index(op.f("ix_collection_change_collection_id"), "collection_change", ["collection_id"])
    op.create_table(
        "collection_removed",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("change_id", NUMBER, nullable=False),
        sa.Column("record_id", NUMBER, nullable=False),
        sa.Column("added_by", sa.String(300), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("added_in", NUMBER, nullable=True),
        sa.ForeignKeyConstraint(
            ["change_id"], ["collection_change.id"],
            name=op.f("fk_collection_removed_change_id_collection_change"), ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name=op.f("fk_collection_removed_record_id_record"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collection_removed")),
    )  # fmt: skip
    op.create_index(op.f("ix_collection_removed_change_id"), "collection_removed", ["change_id"])
    op.create_index(op.f("ix_collection_removed_record_id"), "collection_removed", ["record_id"])
    op.create_table(
        "saved_search",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("owner", sa.String(300), nullable=False),
        sa.Column("account", NUMBER, nullable=False, server_default="0"),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("feed", sa.String(500), nullable=False),
        sa.Column("deleted_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_search")),
        sa.UniqueConstraint("feed", name=op.f("uq_saved_search_feed")),
    )
    op.create_index(op.f("ix_saved_search_owner"), "saved_search", ["owner"])
    op.create_table(
        "short_link",
        sa.Column("id", sa.String(43), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_short_link")),
    )


def downgrade() -> None:
    op.drop_table("short_link")
    op.drop_table("saved_search")
    op.drop_table("collection_removed")
    op.drop_table("collection_change")
    op.execute("DELETE FROM collection WHERE deleted_at IS NOT NULL")  # nothing would tell that they are deleted
    op.drop_index(op.f("ix_collection_item_change_id"), table_name="collection_item")
    op.execute("ALTER TABLE collection_item DROP COLUMN change_id")
    for column in ("account", "deleted_at", "visibility"):
        op.execute(f"ALTER TABLE collection DROP COLUMN {column}")
