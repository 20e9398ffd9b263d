"""What follows when a far side says, after it took a message, that it could not deliver it.

The same table decides as for a call that is refused at once: it is tried again, waits for the
person's next word, goes another way, or the address is no good any more. A reply that came back
stands in nobody's way: it goes again only if nothing newer was said, and soon enough to be worth
hearing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.base import VALID, Judging
from bot.messages import Gone, NeedsTemplate, Result, RetryAt, Uncertain
from bot.pipeline import detours
from bot.pipeline.parts import Pipeline
from bot.turn import REPLY
from storage import outbox, overtaken, sends
from storage.outbox import Row
from storage.sends import Attempt, Send

log = structlog.get_logger()

MOST = 6
"""Times a part of a message is handed over in all; where it is worth one more try, 2."""

HANDED_OVER = ("sent", "delivered", "read")


async def judge(
    db: AsyncConnection, pipeline: Pipeline, message_ids: Collection[UUID], now: datetime
) -> None:
    """Do what the codes of failed parts ask for, once for each code that came."""
    if not message_ids:
        return
    rows = await outbox.by_ids(db, message_ids)
    attempts = await sends.of(db, list(rows))
    for row in rows.values():
        if row.state == "sending":
            continue  # whoever is sending it looks again when it is noted
        for send in attempts[row.id]:
            if send.result == "failed" and (send.error or "").isdigit():
                await _judge(db, pipeline, row, send, attempts[row.id], now)


async def judge_early(
    db: AsyncConnection, pipeline: Pipeline, attempt: Attempt, now: datetime
) -> None:
    """The far side may have said so before we had noted that it took the message."""
    if await sends.has_failed(db, attempt.id):
        await judge(db, pipeline, [attempt.message_id], now)


async def _judge(
    db: AsyncConnection,
    pipeline: Pipeline,
    row: Row,
    failed: Send,
    attempts: Sequence[Send],
    now: datetime,
) -> None:
    channel: object = pipeline.channels.get(failed.channel)
    if not isinstance(channel, Judging):
        return
    result = channel.judge(failed.error or "", now)
    await sends.explain(db, failed.id, _why(result), now)
    log.info("send.returned", outbox=str(row.id), part=failed.part, result=type(result).__name__)
    if failed.channel != row.channel:
        return  # it has gone another way since
    attempts = sends.by(row.channel, attempts)
    later = any(one.part > failed.part and one.result in HANDED_OVER for one in attempts)
    tried = sum(one.part == failed.part and one.result == "failed" for one in attempts)
    again = not later and tried < MOST
    match result:
        case RetryAt(at=at, why=why, once=once) if again and not (once and tried > 1):
            if row.rank != REPLY:
                await outbox.again(db, row.id, "queued", at, why)
            elif at - attempts[0].at < VALID and not await overtaken.is_overtaken(db, row):
                await outbox.again(db, row.id, "waiting", at, outbox.RETURNED)
        case NeedsTemplate() if not later:
            await outbox.again(db, row.id, "queued", now, detours.closed(result))
        case Uncertain(why=why):
            await outbox.again(db, row.id, "uncertain", row.due_at, why)
        case Gone():
            mine = row.id if not later and failed.part == 0 else None
            await detours.leave(db, pipeline, row.urn_id, result, mine, now)


async def try_again(pipeline: Pipeline) -> int:
    """Let the replies go that came back and whose time has come. Gives how many."""
    async with pipeline.database.begin() as db:
        count = await overtaken.release_returned(db, pipeline.clock())
    if count:
        await pipeline.coordination.wake("outbox")
    return count


def _why(result: Result) -> str:
    why = getattr(result, "why", "")
    return detours.CLOSED + why if isinstance(result, NeedsTemplate) else why
