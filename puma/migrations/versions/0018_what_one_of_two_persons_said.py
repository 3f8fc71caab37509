"""What one of two persons said about a link, where two decide

Revision: 0018, after 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two columns that are empty wherever one person decides."""
    op.add_column("link", sa.Column("said", sa.String(40), nullable=True))
    op.add_column("link", sa.Column("said_by", sa.String(300), nullable=True))
    some = sa.text("said IS NOT NULL")
    op.create_index(op.f("ix_link_said"), "link", ["said"], sqlite_where=some, postgresql_where=some)


def downgrade() -> None:
    op.drop_index(op.f("ix_link_said"), "link")
    op.drop_column("link", "said_by")
    op.drop_column("link", "said")
