"""Further institutions of an affiliation

Revision: 0006, after 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The institutions that an affiliation names besides its first one."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "affiliation_institution",
        sa.Column("id", number, nullable=False),
        sa.Column("affiliation_id", number, nullable=False),
        sa.Column("institution_id", number, nullable=False),
        sa.ForeignKeyConstraint(
            ["affiliation_id"], ["affiliation.id"],
            name=op.f("fk_affiliation_institution_affiliation_id_affiliation"), ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"],
            name=op.f("fk_affiliation_institution_institution_id_institution"), ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_affiliation_institution")),
        sa.UniqueConstraint(
            "affiliation_id", "institution_id", name=op.f("uq_affiliation_institution_affiliation_id_institution_id")
        ),
    )  # fmt: skip
    for column in ("affiliation_id", "institution_id"):
        op.create_index(op.f(f"ix_affiliation_institution_{column}"), "affiliation_institution", [column])


def downgrade() -> None:
    """Without them."""
    op.drop_table("affiliation_institution")
