"""Words about proposals that owe a paper: who reminded of it and when, and which owe none

Revision: 0016, after 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "owed_word",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("proposal_id", NUMBER, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("said_by", sa.String(300), nullable=False),
        sa.Column("said_by_id", NUMBER, nullable=True),
        sa.Column("said_at", moment, nullable=False),
        sa.Column("ended_at", moment, nullable=True),
        sa.CheckConstraint("kind in ('reminded','excused')", name=op.f("ck_owed_word_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_owed_word")),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposal.id"], name=op.f("fk_owed_word_proposal_id_proposal"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["said_by_id"], ["account.id"], name=op.f("fk_owed_word_said_by_id_account"), ondelete="SET NULL"
        ),
    )
    for column in ("proposal_id", "said_by_id"):
        op.create_index(op.f(f"ix_owed_word_{column}"), "owed_word", [column])


def downgrade() -> None:
    op.drop_table("owed_word")
