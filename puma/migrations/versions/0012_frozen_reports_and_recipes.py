"""Frozen reports, and recipes of reports

Revision: 0012, after 0011
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "report_recipe",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("asked", JSON, nullable=False),
        sa.Column("made_by", sa.String(300), nullable=False),
        sa.Column("account", NUMBER, nullable=False, server_default="0"),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("deleted_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_recipe")),
    )
    op.create_index(op.f("ix_report_recipe_name"), "report_recipe", ["name"])
    op.create_table(
        "frozen_report",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("asked", JSON, nullable=False),
        sa.Column("sees", JSON, nullable=False),
        sa.Column("as_role", sa.String(40), nullable=False),
        sa.Column("facts_version", sa.BigInteger(), nullable=False),
        sa.Column("facts_print", sa.String(500), nullable=False),
        sa.Column("as_of", MOMENT, nullable=False),
        sa.Column("program", sa.String(300), nullable=False),
        sa.Column("publications", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String(300), nullable=False),
        sa.Column("account", NUMBER, nullable=False, server_default="0"),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("deleted_at", MOMENT, nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(500), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frozen_report")),
    )


def downgrade() -> None:
    op.drop_table("frozen_report")
    op.drop_table("report_recipe")
