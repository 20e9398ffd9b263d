"""Pauses that far sides asked for, noted with the messages they refused: who has just started, or
cannot hear the others, keeps to them as well."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.messages import RetryAt
from bot.pipeline.parts import Pipeline
from bot.pipeline.preparing import Job, recipient_of
from storage import underway, urns

PAUSED, ALL_PAUSED = "paused: ", "all paused: "
"""Begin the error of a message that is to wait for as long as others to its address, or to all
whom its sender serves."""


def mark(job: Job, result: RetryAt) -> str:
    """What the error of an attempt begins with that is to be made again; nothing where nothing
    else has to wait."""
    if not result.pauses:
        return ""
    paces = job.channel.paces(job.recipient)
    common = any(pace.shared and pace.bucket in result.pauses for pace in paces)
    return ALL_PAUSED if common else PAUSED


async def recall(db: AsyncConnection, pipeline: Pipeline, name: str, now: datetime) -> None:
    """Keep to the pauses of a channel that the database knows of."""
    channel = pipeline.channels[name]
    rows = await underway.held_off(db, name, (PAUSED, ALL_PAUSED), now)
    addresses = await urns.by_ids(db, {row.urn_id for row in rows}) if rows else {}
    for row in rows:
        common = (row.error or "").startswith(ALL_PAUSED)
        for pace in channel.paces(recipient_of(addresses[row.urn_id], row)):
            if common or not pace.shared:
                left = row.due_at - pipeline.clock()
                await pipeline.coordination.pause(pace.bucket, left.total_seconds())
