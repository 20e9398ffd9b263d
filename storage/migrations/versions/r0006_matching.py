"""What matching learned and what attention costs, frozen by the week."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "match_versions",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("lesson", sa.JSON),
        sa.Column("answered", sa.Integer, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_match_versions"),
        sa.UniqueConstraint("name", name="uq_match_versions_name"),
    )
    op.create_table(
        "match_standings",
        sa.Column("version_id", sa.Uuid, nullable=False),
        sa.Column("enterprise_id", sa.Uuid, nullable=False),
        sa.Column("price", sa.Float, nullable=False),
        sa.Column("open", sa.Float, nullable=False),
        sa.Column("appeal", sa.Float, nullable=False),
        sa.Column("cares", sa.JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["match_versions.id"], name="fk_match_standings_version_id"
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name="fk_match_standings_enterprise_id"
        ),
        sa.UniqueConstraint(
            "version_id", "enterprise_id", name="uq_match_standings_version_id_enterprise_id"
        ),
    )


def downgrade() -> None:
    op.drop_table("match_standings")
    op.drop_table("match_versions")
