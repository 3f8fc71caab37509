"""What a PDF says of itself

Revision: 0007, after 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What a file's own information dictionary says: title, author, programs, dates."""
    with op.batch_alter_table("file") as table:
        table.add_column(sa.Column("about", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("file") as table:
        table.drop_column("about")
