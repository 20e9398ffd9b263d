"""The code by which people who know each other find each other here."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "handshakes",
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name="fk_handshakes_enterprise_id"
        ),
        sa.UniqueConstraint("enterprise_id", name="uq_handshakes_enterprise_id"),
        sa.UniqueConstraint("code", name="uq_handshakes_code"),
    )


def downgrade() -> None:
    op.drop_table("handshakes")
