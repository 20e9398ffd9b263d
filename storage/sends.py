"""Sends: each attempt to hand a part of a message to a channel, noted before the call, and what
it came to, noted after it. A process that dies in between leaves an attempt without a result."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import ids, receipts
from storage.outbox import Row
from storage.tables import outbox, sends


@dataclass(frozen=True)
class Attempt:
    """That a part of a message is being sent. `number` is the message's attempt it belongs to:
    who has an older one has lost the message to somebody else."""

    id: UUID
    message_id: UUID
    part: int
    number: int
    channel: str


@dataclass(frozen=True)
class Send:
    """An attempt as kept: `result` None while under way (or its process died), else sent,
    delivered, read, failed, retry, uncertain."""

    id: UUID
    outbox_id: UUID
    part: int
    channel: str
    external_id: str | None
    result: str | None
    error: str | None
    at: datetime
    done_at: datetime | None


async def begin(
    db: AsyncConnection,
    messages: Sequence[Row],
    now: datetime,
    *,
    part: int = 0,
    channel: str | None = None,
) -> list[Attempt]:
    """Note that these messages are being sent, from `part` on. Commit, then call their channels.

    Takes messages of `outbox.claim` or `outbox.unfinished`; `channel` where it is another one
    than the message's."""
    if not messages:
        return []
    wanted = [message.id for message in messages]
    taken = update(outbox).where(outbox.c.id.in_(wanted))
    attempts = outbox.c.attempts + 1
    await db.execute(taken.values(state="sending", attempts=attempts, claimed_at=now))
    begun = [
        Attempt(ids.new(now), row.id, part, row.attempts + 1, channel or row.channel)
        for row in messages
    ]
    await _note(db, begun, now)
    return begun


async def begin_part(db: AsyncConnection, before: Attempt, now: datetime) -> Attempt:
    """Note that the next part is being sent. Commit before the call."""
    following = Attempt(
        ids.new(now), before.message_id, before.part + 1, before.number, before.channel
    )
    await _note(db, [following], now)
    await db.execute(_mine(following).values(claimed_at=now))
    return following


async def _note(db: AsyncConnection, attempts: Sequence[Attempt], now: datetime) -> None:
    rows = [
        {
            "id": attempt.id,
            "outbox_id": attempt.message_id,
            "part": attempt.part,
            "channel": attempt.channel,
            "at": now,
        }
        for attempt in attempts
    ]
    await db.execute(insert(sends), rows)


def _mine(attempt: Attempt) -> Any:
    return update(outbox).where(
        outbox.c.id == attempt.message_id,
        outbox.c.state == "sending",
        outbox.c.attempts == attempt.number,
    )


async def settle(
    db: AsyncConnection,
    attempt: Attempt,
    now: datetime,
    *,
    result: str,
    external_id: str | None = None,
    error: str = "",
    state: str | None = None,
    due_at: datetime | None = None,
) -> bool:
    """Note what an attempt came to. `result`: sent, retry, failed, uncertain.

    `state` is what the message comes to with it: None where another part follows, "queued" (to be
    tried again at `due_at`), "waiting", "sent", "failed", "uncertain", "dropped". False where
    the message is no longer this attempt's: somebody took it over."""
    columns = {"result": result, "error": error[:200] or None, "done_at": now}
    if external_id:
        columns["external_id"] = external_id
    await db.execute(update(sends).where(sends.c.id == attempt.id).values(**columns))
    mine = True
    if state is not None:
        changes: dict[str, Any] = {"state": state, "error": error[:200] or None}
        if due_at is not None:
            changes["due_at"] = due_at
        if state == "sent":
            changes["sent_at"] = now
        mine = (await db.execute(_mine(attempt).values(**changes))).rowcount == 1
    if external_id:
        await receipts.join_late(db, attempt.channel, external_id)
    if state is not None:
        await receipts.roll_up(db, [attempt.message_id])
    return mine


async def explain(db: AsyncConnection, send_id: UUID, why: str) -> None:
    """Put in words what a failed attempt came to, of which only the code was known."""
    await db.execute(update(sends).where(sends.c.id == send_id).values(error=why[:200]))


async def has_failed(db: AsyncConnection, send_id: UUID) -> bool:
    """Whether a receipt has said of an attempt that it failed."""
    query = select(sends.c.id).where(sends.c.id == send_id, sends.c.result == "failed")
    return (await db.execute(query)).first() is not None


async def by_external_ids(
    db: AsyncConnection, channel: str, external_ids: Collection[str]
) -> set[UUID]:
    """The messages whose parts the far side calls by these ids."""
    query = select(sends.c.outbox_id).where(
        sends.c.channel == channel, sends.c.external_id.in_(external_ids)
    )
    return set((await db.execute(query)).scalars().all())


async def of(db: AsyncConnection, message_ids: Collection[UUID]) -> dict[UUID, list[Send]]:
    """The attempts of messages, oldest first."""
    query = select(sends).where(sends.c.outbox_id.in_(message_ids)).order_by(sends.c.id)
    found: dict[UUID, list[Send]] = {message_id: [] for message_id in message_ids}
    for row in (await db.execute(query)).all():
        found[row.outbox_id].append(Send(**row._mapping))
    return found


async def short_of(
    db: AsyncConnection, channel: str, external_ids: Collection[str], state: str
) -> list[str]:
    """Which of these parts are not known to have come as far as delivered or read. A part that
    is on a screen before its sending was noted is among them."""
    as_far = ("delivered", "read", "failed") if state == "delivered" else ("read", "failed")
    query = select(sends.c.external_id).where(
        sends.c.channel == channel,
        sends.c.external_id.in_(external_ids),
        sends.c.result.in_(as_far),
    )
    known = set((await db.execute(query)).scalars().all())
    return [id for id in external_ids if id not in known]


async def uncertain(db: AsyncConnection, since: datetime) -> int:
    """How many attempts since a moment nobody knows the end of."""
    query = select(func.count()).where(sends.c.result == "uncertain", sends.c.at >= since)
    return int((await db.execute(query)).scalar_one())


async def known(db: AsyncConnection, channel: str, external_ids: Collection[str]) -> set[str]:
    """Which of these ids of the far side are of messages we know to have sent."""
    query = select(sends.c.external_id).where(
        sends.c.channel == channel, sends.c.external_id.in_(external_ids)
    )
    return set((await db.execute(query)).scalars().all())
