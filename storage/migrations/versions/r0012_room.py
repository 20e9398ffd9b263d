"""Room in the pages of what changes with nearly every message; no entry in the index of broadcasts
for what is none, and short ones in that of what is ready, for who claims passes all that was ready
since the server last tidied up. And it tidies up when that is worth it, however much is kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

CHANGING = ("contacts", "urns", "sessions")
QUEUES = ("inbox", "outbox")
TIDYING = ("autovacuum_vacuum_scale_factor", "autovacuum_vacuum_threshold")


def upgrade() -> None:
    _broadcasts(only=sa.text("broadcast_id IS NOT NULL"))
    _ready(sa.text("(seq + 0)"))
    if op.get_bind().dialect.name == "postgresql":
        for table in CHANGING:
            op.execute(f"ALTER TABLE {table} SET (fillfactor = 50)")
        for table in QUEUES:
            factor, threshold = TIDYING
            op.execute(f"ALTER TABLE {table} SET ({factor} = 0, {threshold} = 10000)")


def downgrade() -> None:
    _broadcasts(only=None)
    _ready(sa.text("(seq + 0)"), "seq", "urn_digest")
    if op.get_bind().dialect.name == "postgresql":
        for table in CHANGING:
            op.execute(f"ALTER TABLE {table} RESET (fillfactor)")
        for table in QUEUES:
            op.execute(f"ALTER TABLE {table} RESET ({', '.join(TIDYING)})")


def _broadcasts(only: sa.TextClause | None) -> None:
    op.drop_index("ix_outbox_broadcast", "outbox")
    columns = ["broadcast_id", "state"]
    op.create_index(
        "ix_outbox_broadcast", "outbox", columns, sqlite_where=only, postgresql_where=only
    )


def _ready(*columns: str | sa.TextClause) -> None:
    op.drop_index("ix_inbox_ready", "inbox")
    ready = sa.text("state = 'ready'")
    op.create_index("ix_inbox_ready", "inbox", columns, sqlite_where=ready, postgresql_where=ready)
