"""Persons who may be one, and why two publications may be

Revision: 0005, after 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Pairs of persons with their probability and points; the same of suspected duplicates."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    points = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    op.create_table(
        "person_pair",
        sa.Column("id", number, nullable=False),
        sa.Column("left_id", number, nullable=False),
        sa.Column("right_id", number, nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("evidence", points, nullable=False),
        sa.ForeignKeyConstraint(
            ["left_id"], ["person.id"], name=op.f("fk_person_pair_left_id_person"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["right_id"], ["person.id"], name=op.f("fk_person_pair_right_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_pair")),
        sa.UniqueConstraint("left_id", "right_id", name=op.f("uq_person_pair_left_id_right_id")),
    )
    op.create_index(op.f("ix_person_pair_left_id"), "person_pair", ["left_id"])
    op.create_index(op.f("ix_person_pair_right_id"), "person_pair", ["right_id"])
    op.add_column("publication_version", sa.Column("probability", sa.Float(), nullable=True))
    op.add_column("publication_version", sa.Column("evidence", points, nullable=True))


def downgrade() -> None:
    """Without them."""
    op.drop_column("publication_version", "evidence")
    op.drop_column("publication_version", "probability")
    op.drop_table("person_pair")
