"""What a firm that joins a group shows to the others of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("proposal_firms") as table:
        table.add_column(sa.Column("shows", sa.String(6)))


def downgrade() -> None:
    with op.batch_alter_table("proposal_firms") as table:
        table.drop_column("shows")
