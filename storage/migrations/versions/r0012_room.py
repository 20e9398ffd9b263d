"""Room in the pages of what changes with nearly every message; and no entry in the index of
broadcasts for what is none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

CHANGING = ("contacts", "urns", "sessions")


def upgrade() -> None:
    _broadcasts(only=sa.text("broadcast_id IS NOT NULL"))
    if op.get_bind().dialect.name == "postgresql":
        for table in CHANGING:
            op.execute(f"ALTER TABLE {table} SET (fillfactor = 50)")


def downgrade() -> None:
    _broadcasts(only=None)
    if op.get_bind().dialect.name == "postgresql":
        for table in CHANGING:
            op.execute(f"ALTER TABLE {table} RESET (fillfactor)")


def _broadcasts(only: sa.TextClause | None) -> None:
    op.drop_index("ix_outbox_broadcast", "outbox")
    columns = ["broadcast_id", "state"]
    op.create_index(
        "ix_outbox_broadcast", "outbox", columns, sqlite_where=only, postgresql_where=only
    )
