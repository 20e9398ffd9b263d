"""Messages of the outbox between their beginning and their end: being sent, asked about, waiting
for a picture to arrive."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.delays import ARRIVING
from storage.outbox import Row
from storage.receipts import ARRIVED
from storage.tables import outbox, sends

_GONE = ("sent", "delivered", "read")
_QUEUED = outbox.c.state == literal_column("'queued'")


async def unfinished(db: AsyncConnection, before: datetime, limit: int = 100) -> list[Row]:
    """Messages whose sending began before a moment and has come to nothing since: their process
    died. They are this transaction's; see `sends.of` for what it had begun."""
    query = (
        select(outbox)
        .where(outbox.c.state == literal_column("'sending'"), outbox.c.claimed_at < before)
        .order_by(outbox.c.seq)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [Row(**row._mapping) for row in (await db.execute(query)).all()]


async def last_said(
    db: AsyncConnection, urn_id: UUID, rank: int, limit: int
) -> list[dict[str, Any]]:
    """What was last said to an address with this rank, the latest first."""
    handed_over = outbox.c.state.in_(_GONE)
    query = select(outbox.c.reply).where(
        outbox.c.urn_id == urn_id, handed_over, outbox.c.rank == rank
    )
    found = await db.execute(query.order_by(outbox.c.seq.desc()).limit(limit))
    return [reply or {} for reply in found.scalars().all()]


async def to_ask(
    db: AsyncConnection, now: datetime, lease: timedelta, limit: int = 32
) -> list[Row]:
    """Messages about which the far side is to be asked now; nobody else asks for as long as the
    lease. Commit, then ask."""
    query = (
        select(outbox)
        .where(outbox.c.state == literal_column("'asking'"), outbox.c.due_at <= now)
        .order_by(outbox.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = [Row(**row._mapping) for row in (await db.execute(query)).all()]
    if rows:
        asked = update(outbox).where(outbox.c.id.in_([row.id for row in rows]))
        await db.execute(asked.values(due_at=now + lease))
    return rows


async def held_off(
    db: AsyncConnection, channel: str, why: Sequence[str], now: datetime
) -> list[Row]:
    """Messages that were tried and are to wait, their error beginning with one of these words."""
    tried = (_QUEUED, outbox.c.channel == channel, outbox.c.due_at > now, outbox.c.attempts > 0)
    query = select(outbox).where(*tried, or_(*(outbox.c.error.startswith(one) for one in why)))
    return [Row(**row._mapping) for row in (await db.execute(query)).all()]


async def lay_aside(db: AsyncConnection, message_id: UUID, why: str) -> None:
    """List a queued message as uncertain: nobody knows whether it came; it is not said again."""
    queued = update(outbox).where(outbox.c.id == message_id, _QUEUED)
    await db.execute(queued.values(state="uncertain", error=why[:200]))


async def renew(db: AsyncConnection, message_ids: Collection[UUID], now: datetime) -> None:
    """Say of messages being sent that whoever sends them is alive."""
    mine = update(outbox).where(outbox.c.id.in_(message_ids), outbox.c.state == "sending")
    await db.execute(mine.values(claimed_at=now))


async def hold_behind(db: AsyncConnection, message_id: UUID, until: datetime) -> None:
    """Let whatever is for the address of a message that has gone wait, also what is written later:
    a picture must arrive there first."""
    picture = update(outbox).where(outbox.c.id == message_id, outbox.c.state.in_(_GONE))
    await db.execute(picture.values(due_at=until, error=ARRIVING))


async def arrived(
    db: AsyncConnection, channel: str, external_ids: Collection[str], now: datetime
) -> int:
    """What waited for these parts, such as pictures, may go, where they have arrived or never will.
    Gives how many were waited for."""
    message = select(sends.c.outbox_id).where(
        sends.c.channel == channel,
        sends.c.external_id.in_(external_ids),
        sends.c.result.in_((*ARRIVED, "failed")),
    )
    picture = update(outbox).where(outbox.c.id.in_(message), outbox.c.error == ARRIVING)
    return (await db.execute(picture.values(due_at=now, error=None))).rowcount
