"""Timers: what is to happen at a time. One that has been overtaken does nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, func, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from flows.light import fields_of, light
from storage import ids
from storage.among import among, is_sqlite
from storage.conflicts import inserting_new
from storage.direct import Write, write
from storage.tables import timers

_WAITING = timers.c.state == literal_column("'waiting'")
_WHOSE = timers.c.data["contact_id"].as_string()
_IN_ORDER = (timers.c.due_at, timers.c.id)
_LOOK = 8  # timers looked at for each contact that is wanted


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
    rows = [{**fields_of(timer), "id": ids.new(now)} for timer in new]
    return inserting_new(timers, rows, {"state": "waiting", "created_at": now})


async def claim(db: AsyncConnection, now: datetime, limit: int = 64) -> list[Timer]:
    """The timers that are due for so many contacts, all of each one's, earliest first; this
    transaction's until it ends. Meanwhile nobody else is given any of these contacts'. There may
    be more than are given, but not where none is."""
    for look in (limit * _LOOK, None):
        heads = (await db.execute(_heads(now, limit, look))).all()
        if heads:
            break
    else:
        return []
    mine = timers.c.id.in_([head.id for head in heads])
    theirs = _WHOSE.in_({head.whose for head in heads})
    query = select(timers).where(_WAITING, timers.c.due_at <= now, or_(mine, theirs))
    query = query.order_by(*_IN_ORDER).with_for_update(skip_locked=True)
    return [Timer(**row._mapping) for row in (await db.execute(query)).all()]


def _heads(now: datetime, limit: int, look: int | None) -> Select[Any]:
    """The first timer of each contact, of the first `look` that are due: whoever holds it holds
    all of theirs."""
    due = (_WAITING, timers.c.due_at <= now)
    first = select(*_IN_ORDER, _WHOSE.label("whose")).where(*due).order_by(*_IN_ORDER).limit(look)
    window = first.subquery("due")
    place = func.row_number().over(
        partition_by=window.c.whose, order_by=(window.c.due_at, window.c.id)
    )
    placed = select(window.c.id, window.c.whose, place.label("place")).subquery("placed")
    return (
        select(timers.c.id, placed.c.whose)
        .join(placed, placed.c.id == timers.c.id)
        .where(placed.c.place == 1, *due)
        .order_by(*_IN_ORDER)
        .limit(limit)
        .with_for_update(of=timers, skip_locked=True)
    )


async def done(db: AsyncConnection, timer_ids: Collection[UUID]) -> None:
    """Mark timers as over, in the transaction of what they caused."""
    over = update(timers).where(among(timers.c.id, "over", is_sqlite(db))).values(state="done")
    await db.execute(over, {"over": list(timer_ids)})


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
