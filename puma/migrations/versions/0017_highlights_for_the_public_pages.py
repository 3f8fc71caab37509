"""Summaries and pictures of publications for the public pages

Revision: 0017, after 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """A table that only grows."""
    op.create_table(
        "highlight",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("record_id", NUMBER, nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("picture", sa.LargeBinary(), nullable=True),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("written_by", sa.String(300), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account", NUMBER, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_highlight")),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name=op.f("fk_highlight_record_id_record"), ondelete="CASCADE"
        ),
    )
    op.create_index(op.f("ix_highlight_record_id"), "highlight", ["record_id"])


def downgrade() -> None:
    op.drop_table("highlight")
