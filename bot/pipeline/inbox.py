"""Taking messages in: kept before they are acknowledged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.messages import Incoming, incoming_json
from bot.pipeline.coordination import Coordination
from storage import inbox
from storage.database import Database


async def accept(
    database: Database, coordination: Coordination, incomings: Sequence[Incoming], now: datetime
) -> int:
    """Keep messages; once this returns they are safe. Gives how many were new."""
    async with database.begin() as db:
        new = await put(db, incomings, now)
    if new:
        await coordination.wake("inbox")
    return new


async def put(db: AsyncConnection, incomings: Sequence[Incoming], now: datetime) -> int:
    """Keep messages within a transaction of the caller. Gives how many were new."""
    return await inbox.put(
        db,
        [
            inbox.Arrival(
                channel=incoming.channel,
                external_id=incoming.external_id,
                urn=incoming.urns[0],
                body=incoming_json(incoming),
                received_at=now,
                due_at=now,
            )
            for incoming in incomings
        ],
    )
