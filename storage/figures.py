"""The numbers of the week, for coordinators: counts only, nobody's name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import (
    broadcasts,
    enterprises,
    events,
    inbox,
    introductions,
    needs,
    providers,
    tasks,
)

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Week:
    """`registered` and `needs` (by category) are new within the week, as are `broadcasts` and
    `messages` (received); `introductions` counts by state what changed within the week;
    `refusals` counts the reasons given for a no, `enquiries` (asked, connected, useful) what came
    of asking for providers; `enterprises` is all there are; `tasks_open` and `tasks_overdue` are
    of now."""

    since: datetime
    registered: int
    enterprises: int
    needs: dict[str, int]
    introductions: dict[str, int]
    refusals: dict[str, int]
    enquiries: dict[str, int]
    tasks_open: int
    tasks_overdue: int
    tasks_done: int
    broadcasts: int
    messages: int


async def of_week(db: AsyncConnection, now: datetime) -> Week:
    """The numbers of the seven days before `now`."""
    since = now - WEEK
    alive = enterprises.c.erased_at.is_(None)
    open_ = tasks.c.state == "open"
    sent = broadcasts.c.state.in_(("queued", "done"))
    return Week(
        since=since,
        registered=await _count(db, alive, enterprises.c.joined_at > since),
        enterprises=await _count(db, alive),
        needs=await _by(db, needs.c.category, needs.c.created_at > since),
        introductions=await _by(db, introductions.c.state, introductions.c.changed_at > since),
        refusals=await _refusals(db, since),
        enquiries=await _by(
            db, events.c.kind, events.c.at > since, events.c.whom.in_(select(providers.c.id))
        ),
        tasks_open=await _count(db, open_),
        tasks_overdue=await _count(db, open_, tasks.c.promised_for < now),
        tasks_done=await _count(db, tasks.c.done_at > since),
        broadcasts=await _count(db, sent, broadcasts.c.created_at > since),
        messages=await _count(db, inbox.c.channel != "house", inbox.c.received_at > since),
    )


async def _count(db: AsyncConnection, *conditions: ColumnElement[bool]) -> int:
    return int((await db.execute(select(func.count()).where(*conditions))).scalar_one())


async def _refusals(db: AsyncConnection, since: datetime) -> dict[str, int]:
    reason = events.c.data["reason"].as_string()
    said = (events.c.kind == "declined", events.c.at > since, reason.is_not(None))
    why = select(reason.label("why")).where(*said).subquery()
    query = select(why.c.why, func.count()).group_by(why.c.why).order_by(why.c.why)
    return {str(name): int(count) for name, count in (await db.execute(query)).all()}


async def _by(
    db: AsyncConnection, column: ColumnElement[Any], *conditions: ColumnElement[bool]
) -> dict[str, int]:
    query = select(column, func.count()).where(*conditions).group_by(column)
    return {str(value): int(count) for value, count in (await db.execute(query)).all()}


@dataclass(frozen=True)
class Queue:
    """How much waits for somebody, and since when the oldest of it does."""

    count: int
    since: datetime


async def waiting_per_broker(db: AsyncConnection) -> dict[UUID, Queue]:
    """What each broker holds and has not answered yet: tasks and introductions."""
    found: dict[UUID, Queue] = {}
    proposed = introductions.c.state == "proposed"
    for holder, since, condition in (
        (tasks.c.holder_id, tasks.c.created_at, tasks.c.state == "open"),
        (introductions.c.broker_id, introductions.c.created_at, proposed),
    ):
        query = select(holder, func.count(), func.min(since)).where(condition, holder.is_not(None))
        for one, count, oldest in (await db.execute(query.group_by(holder))).all():
            before = found.get(one)
            first = min(oldest, before.since) if before else oldest
            found[one] = Queue(int(count) + (before.count if before else 0), first)
    return found


async def refused_per_broker(db: AsyncConnection, since: datetime) -> dict[UUID, int]:
    """How many introductions each broker refused since a moment."""
    query = (
        select(introductions.c.broker_id, func.count())
        .where(introductions.c.state == "refused", introductions.c.changed_at > since)
        .where(introductions.c.broker_id.is_not(None))
        .group_by(introductions.c.broker_id)
    )
    return {row[0]: int(row[1]) for row in (await db.execute(query)).all()}
