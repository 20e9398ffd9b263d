"""What is ready is found by an order that only its own index has."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _replaced(sa.text("(seq + 0)"), "seq", "urn_digest")


def downgrade() -> None:
    _replaced("seq", "urn_digest")


def _replaced(*columns: str | sa.TextClause) -> None:
    op.drop_index("ix_inbox_ready", "inbox")
    ready = sa.text("state = 'ready'")
    op.create_index("ix_inbox_ready", "inbox", columns, sqlite_where=ready, postgresql_where=ready)
