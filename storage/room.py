"""What is said in a network's room, in order."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import ids
from storage.conflicts import insert_all
from storage.tables import room_messages


@dataclass(frozen=True)
class Said:
    """One message; without `enterprise_id` the broker said it. `words` and `media_id` are both
    gone where its author was erased."""

    id: UUID
    network_id: UUID
    enterprise_id: UUID | None
    who: UUID | None
    words: str | None = field(repr=False)
    media_id: UUID | None
    at: datetime


async def say(
    db: AsyncConnection,
    network_id: UUID,
    now: datetime,
    *,
    enterprise_id: UUID | None = None,
    who: UUID | None = None,
    words: str | None = None,
    media_id: UUID | None = None,
) -> Said:
    """Keep a message in a locked network."""
    made = Said(ids.new(now), network_id, enterprise_id, who, words, media_id, now)
    await insert_all(db, room_messages, [vars(made)])
    return made


async def by_id(db: AsyncConnection, message_id: UUID) -> Said | None:
    query = select(room_messages).where(room_messages.c.id == message_id)
    return next(iter(await _read(db, query)), None)


async def since(
    db: AsyncConnection, network_id: UUID, after: datetime | None, limit: int
) -> list[Said]:
    """The latest messages after a time, oldest first, at most `limit`."""
    query = select(room_messages).where(room_messages.c.network_id == network_id)
    if after is not None:
        query = query.where(room_messages.c.at > after)
    latest = query.order_by(room_messages.c.at.desc(), room_messages.c.id.desc()).limit(limit)
    return (await _read(db, latest))[::-1]


async def latest_of(db: AsyncConnection, network_ids: Collection[UUID]) -> UUID | None:
    """The network of these in whose room something was said last."""
    query = select(room_messages.c.network_id).where(room_messages.c.network_id.in_(network_ids))
    latest = query.order_by(room_messages.c.at.desc(), room_messages.c.id.desc()).limit(1)
    found: UUID | None = (await db.execute(latest)).scalar()
    return found


async def _read(db: AsyncConnection, query: Select[Any]) -> list[Said]:
    return [Said(**row._mapping) for row in (await db.execute(query)).all()]
