"""Broadcasts: announcements, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import ids
from storage.tables import broadcasts, outbox, receipts


@dataclass(frozen=True)
class Broadcast:
    """An announcement. `audience` as `storage.audiences` reads it; `texts` by language, "" for
    everybody else; `state` draft, queued, done or dropped; `reach` how many it was queued for."""

    id: UUID
    coordinator_id: UUID
    audience: dict[str, Any]
    texts: dict[str, str] = field(repr=False)
    state: str
    reach: int
    created_at: datetime
    done_at: datetime | None


@dataclass(frozen=True)
class Report:
    """What became of a broadcast's messages. Who is counted in `delivered` or `read` is not in
    `sent`; `unreported` were handed over and their channel has said nothing since (part of
    `sent`); `waiting` wait until the person writes."""

    reach: int
    queued: int
    waiting: int
    sent: int
    delivered: int
    read: int
    failed: int
    uncertain: int
    dropped: int
    unreported: int


async def draft(
    db: AsyncConnection, coordinator_id: UUID, audience: Mapping[str, Any], now: datetime
) -> Broadcast:
    """Begin an announcement."""
    begun = Broadcast(ids.new(now), coordinator_id, dict(audience), {}, "draft", 0, now, None)
    await db.execute(insert(broadcasts).values(**vars(begun)))
    return begun


async def by_id(db: AsyncConnection, broadcast_id: UUID, lock: bool = False) -> Broadcast | None:
    """The broadcast with this id. `lock` keeps it for this transaction."""
    query = select(broadcasts).where(broadcasts.c.id == broadcast_id)
    row = (await db.execute(query.with_for_update() if lock else query)).first()
    return Broadcast(**row._mapping) if row else None


async def change(db: AsyncConnection, broadcast_id: UUID, **columns: Any) -> None:
    """Change columns of a broadcast."""
    await db.execute(update(broadcasts).where(broadcasts.c.id == broadcast_id).values(**columns))


async def add_text(db: AsyncConnection, broadcast_id: UUID, language: str, words: str) -> None:
    """Set a draft's text for a language; "" is for everybody who has none of their own."""
    found = await by_id(db, broadcast_id, lock=True)
    if found is not None and found.state == "draft":
        await change(db, broadcast_id, texts={**found.texts, language: words})


async def begin(db: AsyncConnection, broadcast_id: UUID, reach: int) -> bool:
    """Mark a draft as queued for so many. False where that has been done: queue nothing then."""
    mine = update(broadcasts).where(broadcasts.c.id == broadcast_id, broadcasts.c.state == "draft")
    return (await db.execute(mine.values(state="queued", reach=reach))).rowcount == 1


async def latest(
    db: AsyncConnection, coordinator_id: UUID | None = None, limit: int = 5
) -> list[Broadcast]:
    """The announcements sent last, newest first."""
    query = select(broadcasts).where(broadcasts.c.state.in_(("queued", "done")))
    if coordinator_id is not None:
        query = query.where(broadcasts.c.coordinator_id == coordinator_id)
    rows = (await db.execute(query.order_by(broadcasts.c.id.desc()).limit(limit))).all()
    return [Broadcast(**row._mapping) for row in rows]


async def report(db: AsyncConnection, broadcast_id: UUID) -> Report:
    """What became of it so far."""
    mine = outbox.c.broadcast_id == broadcast_id
    query = select(outbox.c.state, func.count()).where(mine).group_by(outbox.c.state)
    counts = {str(state): int(count) for state, count in (await db.execute(query)).all()}
    heard = select(receipts.c.id).where(receipts.c.outbox_id == outbox.c.id)
    silent = select(func.count()).where(mine, outbox.c.state == "sent", ~heard.exists())
    reach = select(broadcasts.c.reach).where(broadcasts.c.id == broadcast_id)
    return Report(
        reach=int((await db.execute(reach)).scalar() or 0),
        queued=counts.get("queued", 0) + counts.get("sending", 0),
        waiting=counts.get("waiting", 0),
        sent=counts.get("sent", 0),
        delivered=counts.get("delivered", 0),
        read=counts.get("read", 0),
        failed=counts.get("failed", 0),
        uncertain=counts.get("uncertain", 0),
        dropped=counts.get("dropped", 0),
        unreported=int((await db.execute(silent)).scalar_one()),
    )


async def finish(db: AsyncConnection, now: datetime) -> list[Broadcast]:
    """Mark the broadcasts of which nothing is left to send as done, and give them: it is time to
    report."""
    open_ = ("queued", "sending")
    left = select(outbox.c.seq).where(
        outbox.c.broadcast_id == broadcasts.c.id, outbox.c.state.in_(open_)
    )
    done = (
        update(broadcasts)
        .where(broadcasts.c.state == "queued", ~left.exists())
        .values(state="done", done_at=now)
        .returning(broadcasts)
    )
    return [Broadcast(**row._mapping) for row in (await db.execute(done)).all()]
