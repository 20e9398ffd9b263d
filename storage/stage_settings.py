"""What coordinators changed of the stages' settings: by stage, who did so and when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.conflicts import insert_all
from storage.tables import stage_settings


async def of(db: AsyncConnection, stage: str) -> Mapping[str, Any]:
    """What is different from the programme's policy in a stage; nothing where nothing is."""
    query = select(stage_settings.c.settings).where(stage_settings.c.stage == stage)
    return (await db.execute(query)).scalar() or {}


async def put(
    db: AsyncConnection, stage: str, settings: Mapping[str, Any], by: UUID, now: datetime
) -> None:
    """Put these settings in the place of what was changed before; none: it is as at first."""
    await db.execute(delete(stage_settings).where(stage_settings.c.stage == stage))
    if settings:
        row = {"stage": stage, "settings": dict(settings), "by": by, "at": now}
        await insert_all(db, stage_settings, [row])
