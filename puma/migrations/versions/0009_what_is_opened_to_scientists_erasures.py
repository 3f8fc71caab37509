"""To which instruments' scientists a confidential record may be opened; who asked to be forgotten

Revision: 0009, after 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """The column is filled with the next harvest or matching; until then nothing is opened to anybody."""
    op.add_column("record", sa.Column("opened_to", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.create_table(
        "erasure",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("person_id", NUMBER, nullable=False),
        sa.Column("digest", sa.String(500), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
        sa.UniqueConstraint("digest", name=op.f("uq_erasure_digest")),
    )
    op.create_index(op.f("ix_erasure_person_id"), "erasure", ["person_id"])


def downgrade() -> None:
    """Without them. Who was erased stays erased until a source tells of them again."""
    op.drop_table("erasure")
    op.drop_column("record", "opened_to")
