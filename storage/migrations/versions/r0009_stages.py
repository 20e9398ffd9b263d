"""What a coordinator changed of the stages' settings by chat."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stage_settings",
        sa.Column("stage", sa.String(14), nullable=False),
        sa.Column("settings", sa.JSON, nullable=False),
        sa.Column("by", sa.Uuid, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("stage", name="pk_stage_settings"),
    )


def downgrade() -> None:
    op.drop_table("stage_settings")
