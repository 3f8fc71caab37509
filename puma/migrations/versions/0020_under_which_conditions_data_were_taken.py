"""Under which conditions data were taken: formula, wavelength, energy, temperature

Revision: 0020, after 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

CONDITIONS = ("wavelength", "energy", "temperature")


def upgrade() -> None:
    """Columns that stay empty until a source is harvested or read again."""
    op.add_column("dataset", sa.Column("formula", sa.String(300), nullable=True))
    for name in CONDITIONS:
        op.add_column("dataset", sa.Column(name, sa.Float(), nullable=True))


def downgrade() -> None:
    for name in (*CONDITIONS, "formula"):
        op.drop_column("dataset", name)
