"""When records changed and links were decided: what follows one decision is found without a look at all of them

Revision: 0014, after 0013
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_record_changed_at", "record", ["changed_at"])
    op.create_index("ix_link_decided_at", "link", ["decided_at"])


def downgrade() -> None:
    op.drop_index("ix_link_decided_at", "link")
    op.drop_index("ix_record_changed_at", "record")
