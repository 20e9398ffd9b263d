"""What channels say became of what was sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import metrics
from bot.messages import Receipt
from bot.pipeline import returned
from bot.pipeline.parts import Pipeline
from storage import receipts, sends, underway


async def accept(pipeline: Pipeline, said: Sequence[Receipt], now: datetime) -> None:
    """Keep receipts and move what they are about forward, never back; once this returns they are
    safe. One about a message not known yet is joined to it later. What could not be delivered is
    dealt with at once."""
    if not said:
        return
    if await pipeline.together(_write).put(_Said(pipeline, said, now)):
        await pipeline.coordination.wake("outbox")
    for receipt in said:
        metrics.RECEIPTS.labels(receipt.state).inc()


async def join_left(pipeline: Pipeline, since: datetime) -> None:
    """Join what came in the very moment in which what it is about was noted, so that neither saw
    the other; what could not be delivered is dealt with now."""
    now = pipeline.clock()
    async with pipeline.database.read() as db:
        left = await receipts.unjoined(db, since)
    if not left:
        return
    async with pipeline.database.begin() as db:
        await receipts.join_each(db, left)
        for channel, name in left:
            await underway.arrived(db, channel, [name], now)
            ids = await sends.by_external_ids(db, channel, [name])
            await returned.judge(db, pipeline, ids, now)
    await pipeline.coordination.wake("outbox")


@dataclass(frozen=True)
class _Said:
    pipeline: Pipeline
    receipts: Sequence[Receipt]
    now: datetime


async def _write(db: AsyncConnection, said: Sequence[_Said]) -> list[bool]:
    """Keep what came at once; of each whether something may be sent now: what was not delivered,
    or what waited for a picture to arrive."""
    now = said[0].now
    await receipts.put(db, [_arrival(receipt) for one in said for receipt in one.receipts], now)
    freed = await _arrived(db, said, now)
    return [await _judged(db, one, now) or freed for one in said]


async def _arrived(db: AsyncConnection, said: Sequence[_Said], now: datetime) -> bool:
    shown: dict[str, list[str]] = {}
    for receipt in (receipt for one in said for receipt in one.receipts):
        if receipt.state in ("delivered", "read", "failed"):
            shown.setdefault(receipt.channel, []).append(receipt.external_id)
    freed = 0
    for channel, names in shown.items():
        freed += await underway.arrived(db, channel, names, now)
    return freed > 0


async def _judged(db: AsyncConnection, said: _Said, now: datetime) -> bool:
    failed = [receipt for receipt in said.receipts if receipt.state == "failed" and receipt.error]
    for receipt in failed:
        ids = await sends.by_external_ids(db, receipt.channel, [receipt.external_id])
        await returned.judge(db, said.pipeline, ids, now)
    return bool(failed)


def _arrival(receipt: Receipt) -> receipts.Arrival:
    return receipts.Arrival(
        channel=receipt.channel,
        external_id=receipt.external_id,
        state=receipt.state,
        outbox_id=_uuid(receipt.outbox_id),
        error=receipt.error,
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
