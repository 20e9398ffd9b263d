"""What channels say became of what was sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from bot import metrics
from bot.messages import Receipt
from bot.pipeline import returned
from bot.pipeline.parts import Pipeline
from storage import receipts, sends


async def accept(pipeline: Pipeline, said: Sequence[Receipt], now: datetime) -> None:
    """Keep receipts and move what they are about forward, never back; once this returns they are
    safe. One about a message not known yet is joined to it later. What could not be delivered is
    dealt with at once."""
    if not said:
        return
    failed = [receipt for receipt in said if receipt.state == "failed" and receipt.error]
    async with pipeline.database.begin() as db:
        await receipts.put(db, [_arrival(receipt) for receipt in said], now)
        for receipt in failed:
            ids = await sends.by_external_ids(db, receipt.channel, [receipt.external_id])
            await returned.judge(db, pipeline, ids, now)
    if failed:
        await pipeline.coordination.wake("outbox")
    for receipt in said:
        metrics.RECEIPTS.labels(receipt.state).inc()


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
