"""Who must never be brought together (NOT WITH, for ever and silent), and who knows whom."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.conflicts import insert_new
from storage.tables import blocks, knowings


async def block(db: AsyncConnection, enterprise_id: UUID, other_id: UUID, now: datetime) -> None:
    """Never suggest these two to each other again. The other is not told."""
    row = {"enterprise_id": enterprise_id, "other_id": other_id, "at": now}
    await insert_new(db, blocks, [row])


async def between(db: AsyncConnection, one: UUID, other: UUID) -> bool:
    """Whether either of two enterprises wants nothing with the other."""
    pair = or_(
        and_(blocks.c.enterprise_id == one, blocks.c.other_id == other),
        and_(blocks.c.enterprise_id == other, blocks.c.other_id == one),
    )
    return (await db.execute(select(blocks.c.other_id).where(pair))).first() is not None


async def know(db: AsyncConnection, one: UUID, other: UUID, now: datetime) -> None:
    """Two enterprises know each other: they were connected, or said so."""
    rows = [
        {"enterprise_id": one, "other_id": other, "at": now},
        {"enterprise_id": other, "other_id": one, "at": now},
    ]
    await insert_new(db, knowings, rows)


async def known_to(db: AsyncConnection, enterprise_id: UUID) -> list[UUID]:
    """The enterprises this one knows, longest first."""
    query = (
        select(knowings.c.other_id)
        .where(knowings.c.enterprise_id == enterprise_id)
        .order_by(knowings.c.at, knowings.c.other_id)
    )
    return list((await db.execute(query)).scalars().all())
