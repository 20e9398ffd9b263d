"""What was put off is found by whom it is for, and a picture on its way by where it goes, so that
whoever claims need not look for them among all that was ever said there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

PUT_OFF = sa.text("state = 'queued' AND error IS NOT NULL")
ARRIVING = sa.text("error = 'a picture is on its way'")


def upgrade() -> None:
    _partial("ix_outbox_put_off", ["contact_id", "urn_id"], PUT_OFF)
    _partial("ix_outbox_arriving", ["urn_id"], ARRIVING)


def downgrade() -> None:
    op.drop_index("ix_outbox_arriving", "outbox")
    op.drop_index("ix_outbox_put_off", "outbox")


def _partial(name: str, columns: list[str], where: sa.TextClause) -> None:
    op.create_index(name, "outbox", columns, sqlite_where=where, postgresql_where=where)
