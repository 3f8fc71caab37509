"""Requests to validate, and who stands in for whom

Revision: 0008, after 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
REFERENCES = {
    "request": {"link_id": "link", "asked_by_id": "account", "asked_of_id": "account", "decision_id": "decision"},
    "stand_in": {"absent_id": "account", "stands_in_id": "account"},
    "digest_wish": {"account_id": "account"},
}
"""References of each new table: optional ones of a request, rows of the others go with their account."""


def upgrade() -> None:
    """Requests, stand-ins, and who wants the digest."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "request",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("link_id", NUMBER, nullable=True),
        sa.Column("asked_by", sa.String(300), nullable=False),
        sa.Column("asked_by_id", NUMBER, nullable=True),
        sa.Column("asked_role", sa.String(40), nullable=False),
        sa.Column("asked_of", sa.String(300), nullable=False),
        sa.Column("asked_of_id", NUMBER, nullable=True),
        sa.Column("email", sa.String(320), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("answer", sa.String(40), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.String(300), nullable=False),
        sa.Column("decision_id", NUMBER, nullable=True),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.Column("sent_at", moment, nullable=True),
        sa.Column("answered_at", moment, nullable=True),
        sa.Column("digest", sa.String(500), nullable=True),
        sa.CheckConstraint("state in ('open','answered','expired','withdrawn')", name=op.f("ck_request_state")),
        sa.CheckConstraint("answer in ('accept','reject','do not know')", name=op.f("ck_request_answer")),
        sa.UniqueConstraint("digest", name=op.f("uq_request_digest")),
        *_keys("request", "SET NULL"),
    )
    op.create_table(
        "stand_in",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("absent_id", NUMBER, nullable=False),
        sa.Column("stands_in_id", NUMBER, nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("named_at", moment, nullable=False),
        *_keys("stand_in", "CASCADE"),
    )
    op.create_table(
        "digest_wish",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("account_id", NUMBER, nullable=False),
        sa.Column("email", sa.String(320), nullable=False),
        sa.Column("stop", sa.String(500), nullable=False),
        sa.Column("wanted_at", moment, nullable=False),
        sa.Column("sent_at", moment, nullable=True),
        sa.UniqueConstraint("stop", name=op.f("uq_digest_wish_stop")),
        *_keys("digest_wish", "CASCADE"),
    )
    for table, references in REFERENCES.items():
        for column in references:
            op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def downgrade() -> None:
    """Without them."""
    for table in reversed(REFERENCES):
        op.drop_table(table)


def _keys(table: str, rule: str) -> list[sa.Constraint]:
    return [
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        *(
            sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"), ondelete=rule)
            for column, other in REFERENCES[table].items()
        ),
    ]
