"""Timers: what is to happen at a time. One that has been overtaken does nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from flows.light import light
from storage import ids
from storage.conflicts import inserting_new
from storage.direct import Write, write
from storage.tables import timers

_WAITING = timers.c.state == literal_column("'waiting'")


@light(frozen=True)
class New:
    """A timer not yet kept. `data` holds ids and names of ours, never anybody's words."""

    kind: str
    subject_id: UUID
    due_at: datetime
    data: Mapping[str, Any]


@light(frozen=True)
class Timer:
    id: UUID
    kind: str
    subject_id: UUID
    data: dict[str, Any]
    state: str
    due_at: datetime
    created_at: datetime


async def put(db: AsyncConnection, new: Sequence[New], now: datetime) -> int:
    """Set timers; one of the same kind, subject and time is set once. Gives how many were new."""
    return sum(await write(db, [putting(new, now)]))


def putting(new: Sequence[New], now: datetime) -> Write | None:
    """`put`, to be written with other things."""
    rows = [{**vars(timer), "id": ids.new(now)} for timer in new]
    return inserting_new(timers, rows, {"state": "waiting", "created_at": now})


async def claim(db: AsyncConnection, now: datetime, limit: int = 64) -> list[Timer]:
    """The timers that are due, earliest first; this transaction's until it ends."""
    query = (
        select(timers)
        .where(_WAITING, timers.c.due_at <= now)
        .order_by(timers.c.due_at, timers.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [Timer(**row._mapping) for row in (await db.execute(query)).all()]


async def done(db: AsyncConnection, timer_ids: Collection[UUID]) -> None:
    """Mark timers as over, in the transaction of what they caused."""
    await db.execute(update(timers).where(timers.c.id.in_(timer_ids)).values(state="done"))


async def postpone_each(db: AsyncConnection, later: Sequence[tuple[UUID, datetime]]) -> None:
    """Have timers go off later, each at its time."""
    if not later:
        return
    moved = update(timers).where(timers.c.id == bindparam("which"), _WAITING)
    moved = moved.values(due_at=bindparam("at"))
    await db.execute(moved, [{"which": id, "at": at} for id, at in later])


async def cancel(db: AsyncConnection, subject_id: UUID, *kinds: str) -> int:
    """Give up the timers about a subject, of these kinds or of all. Gives how many."""
    waiting = update(timers).where(timers.c.subject_id == subject_id, _WAITING)
    if kinds:
        waiting = waiting.where(timers.c.kind.in_(kinds))
    return (await db.execute(waiting.values(state="done"))).rowcount


async def next_due(db: AsyncConnection) -> datetime | None:
    """When the earliest timer is due; None where none waits."""
    due: datetime | None = (
        await db.execute(select(func.min(timers.c.due_at)).where(_WAITING))
    ).scalar()
    return due
