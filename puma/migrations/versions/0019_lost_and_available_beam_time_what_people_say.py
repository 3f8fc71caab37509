"""What beam time was lost to, how much there is of it, and what people say of themselves

Revision: 0019, after 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
REASONS = ("machine", "instrument", "user", "cancellation")
REFERENCES = {"facility_id": "facility", "call_id": "call", "instrument_id": "instrument"}


def upgrade() -> None:
    """Columns and a table that stay empty where no source tells."""
    for reason in REASONS:
        op.add_column("experiment", sa.Column(f"lost_to_{reason}", sa.Float(), nullable=True))
    for name in ("gender", "career_stage"):
        op.add_column("experiment_participant", sa.Column(name, sa.String(40), nullable=True))
    op.create_table(
        "operation",
        sa.Column("id", NUMBER, autoincrement=False, nullable=False),
        *(sa.Column(name, NUMBER, nullable=True) for name in REFERENCES),
        sa.Column("instrument_name", sa.Text(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("call_code", sa.String(500), nullable=True),
        sa.Column("hours_for", sa.String(40), nullable=False),
        sa.Column("amount", sa.Float(), nullable=False),
        sa.Column("unit", sa.String(40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operation")),
        sa.ForeignKeyConstraint(["id"], ["record.id"], name=op.f("fk_operation_id_record"), ondelete="CASCADE"),
        *(
            sa.ForeignKeyConstraint(
                [name], [f"{table}.id"], name=op.f(f"fk_operation_{name}_{table}"), ondelete="SET NULL"
            )
            for name, table in REFERENCES.items()
        ),
    )
    for name in REFERENCES:
        op.create_index(op.f(f"ix_operation_{name}"), "operation", [name])


def downgrade() -> None:
    op.drop_table("operation")
    for name in ("career_stage", "gender"):
        op.drop_column("experiment_participant", name)
    for reason in reversed(REASONS):
        op.drop_column("experiment", f"lost_to_{reason}")
