"""What coordinators said that words of their programme mean."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "learned_words",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("language", sa.String(8)),
        sa.Column("word", sa.LargeBinary, nullable=False),
        sa.Column("thing", sa.String(40)),
        sa.Column("by_id", sa.Uuid, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_learned_words"),
        sa.ForeignKeyConstraint(["by_id"], ["contacts.id"], name="fk_learned_words_by_id"),
    )


def downgrade() -> None:
    op.drop_table("learned_words")
