"""The numbers of the week, for coordinators: counts only, nobody's name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median_low
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from networks.workload import ALERT
from storage.tables import (
    alerts,
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
    """What each broker was given to look at and has not answered yet."""
    query = select(alerts.c.holder_id, func.count(), func.min(alerts.c.created_at))
    mine = (alerts.c.state.in_(sorted(ALERT.open)), alerts.c.holder_id.is_not(None))
    found = (await db.execute(query.where(*mine).group_by(alerts.c.holder_id))).all()
    return {one: Queue(int(count), oldest) for one, count, oldest in found}


async def answered_per_broker(db: AsyncConnection, since: datetime) -> dict[UUID, timedelta]:
    """How long what each broker answered since a moment had waited for it: the median, from when it
    came, or from when they were asked where it was another's first."""
    came = case((alerts.c.passed_on > 0, alerts.c.asked_at), else_=alerts.c.created_at)
    query = select(alerts.c.holder_id, came.label("came"), alerts.c.done_at).where(
        alerts.c.state == "answered", alerts.c.done_at > since, alerts.c.holder_id.is_not(None)
    )
    waits: dict[UUID, list[timedelta]] = {}
    for one, came_at, done_at in (await db.execute(query)).all():
        waits.setdefault(one, []).append(done_at - (came_at or done_at))
    return {one: median_low(found) for one, found in waits.items()}


async def refused_per_broker(db: AsyncConnection, since: datetime) -> dict[UUID, int]:
    """How many introductions each broker refused since a moment."""
    query = (
        select(introductions.c.broker_id, func.count())
        .where(introductions.c.state == "refused", introductions.c.changed_at > since)
        .where(introductions.c.broker_id.is_not(None))
        .group_by(introductions.c.broker_id)
    )
    return {row[0]: int(row[1]) for row in (await db.execute(query)).all()}
