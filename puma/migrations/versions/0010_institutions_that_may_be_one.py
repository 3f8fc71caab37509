"""Institutions that may be one

Revision: 0010, after 0009
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Pairs of institutions with their probability and points."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "institution_pair",
        sa.Column("id", number, nullable=False),
        sa.Column("left_id", number, nullable=False),
        sa.Column("right_id", number, nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("evidence", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(
            ["left_id"], ["institution.id"], name=op.f("fk_institution_pair_left_id_institution"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["right_id"], ["institution.id"], name=op.f("fk_institution_pair_right_id_institution"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institution_pair")),
        sa.UniqueConstraint("left_id", "right_id", name=op.f("uq_institution_pair_left_id_right_id")),
    )
    op.create_index(op.f("ix_institution_pair_left_id"), "institution_pair", ["left_id"])
    op.create_index(op.f("ix_institution_pair_right_id"), "institution_pair", ["right_id"])


def downgrade() -> None:
    """Without them."""
    op.drop_table("institution_pair")
