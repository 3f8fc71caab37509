"""When people decided: what somebody did today is found without a look at all decisions

Revision: 0015, after 0014
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_decision_decided_at", "decision", ["decided_at"])


def downgrade() -> None:
    op.drop_index("ix_decision_decided_at", "decision")
