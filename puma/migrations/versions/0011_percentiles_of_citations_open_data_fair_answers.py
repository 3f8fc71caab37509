"""Percentiles of citations, data that are open, answers of the FAIR self-assessment

Revision: 0011, after 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Two columns that sources fill, and a table that only grows."""
    with op.batch_alter_table("publication") as table:
        table.add_column(sa.Column("citation_percentile", sa.Float(), nullable=True))
    with op.batch_alter_table("dataset") as table:
        table.add_column(sa.Column("open_now", sa.Boolean(), nullable=True))
    op.create_table(
        "fair_answer",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("record_id", NUMBER, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(500), nullable=False),
        sa.Column("answer", sa.String(40), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.String(300), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account", NUMBER, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fair_answer")),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name=op.f("fk_fair_answer_record_id_record"), ondelete="CASCADE"
        ),
    )
    op.create_index(op.f("ix_fair_answer_record_id"), "fair_answer", ["record_id"])
    op.create_index("ix_fair_answer_record_year", "fair_answer", ["record_id", "year"])


def downgrade() -> None:
    op.drop_table("fair_answer")
    with op.batch_alter_table("dataset") as table:
        table.drop_column("open_now")
    with op.batch_alter_table("publication") as table:
        table.drop_column("citation_percentile")
