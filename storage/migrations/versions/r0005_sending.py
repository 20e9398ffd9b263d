"""What is sent by one channel is found without looking at the others; what is asked about, waits or
remains uncertain is found without looking at what is done."""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

NEW = {
    "ix_outbox_waiting": ("outbox", ["urn_id"], "state = 'waiting'"),
    "ix_outbox_asking": ("outbox", ["due_at"], "state = 'asking'"),
    "ix_outbox_uncertain": ("outbox", ["seq"], "state = 'uncertain'"),
    "ix_receipts_unjoined": ("receipts", ["at"], "joined IS FALSE"),
}
QUEUED = ["rank", "seq", "urn_id", "due_at", "attempts"]


def upgrade() -> None:
    op.drop_index("ix_outbox_queued", "outbox")
    _made("ix_outbox_queued", "outbox", ["channel", *QUEUED], "state = 'queued'")
    for name, index in NEW.items():
        _made(name, *index)


def downgrade() -> None:
    for name, (table, _, _) in NEW.items():
        op.drop_index(name, table)
    op.drop_index("ix_outbox_queued", "outbox")
    _made("ix_outbox_queued", "outbox", [*QUEUED, "channel"], "state = 'queued'")


def _made(name: str, table: str, columns: list[str], where: str) -> None:
    condition = text(where)
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)
