"""What other installations credit: publications by DOI, with the facility there

Revision: 0013, after 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "peer_credit",
        sa.Column("id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("doi", sa.String(400), nullable=False),
        sa.Column("facility_code", sa.String(500), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["record.id"], name=op.f("fk_peer_credit_id_record"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_peer_credit")),
    )


def downgrade() -> None:
    op.drop_table("peer_credit")
