"""Tasks: what somebody is promised by a day (HELP, a question nobody understands, a report)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import ids
from storage.areas import Area
from storage.tables import tasks


@dataclass(frozen=True)
class Task:
    """Something to do for a contact by `promised_for`. `kind` help, call, review, complaint,
    report, provider (to be put in touch with it), or assisted: `holder_id` speaks for somebody
    without a phone, in the state `kept`; `about` the flow and step they stand at; `subject_id` whom
    or what it is about: the reported contact, an introduction, a provider; `holder_id` the contact
    who has it."""

    id: UUID
    kind: str
    contact_id: UUID
    subject_id: UUID | None
    about: str | None
    words: str | None = field(repr=False)
    country: str | None
    region: str | None
    holder_id: UUID | None
    state: str
    snoozed_until: datetime | None
    promised_for: datetime
    created_at: datetime
    done_at: datetime | None


async def add(
    db: AsyncConnection,
    kind: str,
    contact_id: UUID,
    now: datetime,
    promised_for: datetime,
    *,
    about: str | None = None,
    words: str | None = None,
    subject_id: UUID | None = None,
    country: str | None = None,
    region: str | None = None,
    holder_id: UUID | None = None,
) -> Task:
    """Write a task down."""
    task = Task(
        id=ids.new(now),
        kind=kind,
        contact_id=contact_id,
        subject_id=subject_id,
        about=about,
        words=words,
        country=country,
        region=region,
        holder_id=holder_id,
        state="open",
        snoozed_until=None,
        promised_for=promised_for,
        created_at=now,
        done_at=None,
    )
    await db.execute(insert(tasks).values(**vars(task)))
    return task


async def assist(
    db: AsyncConnection, contact_id: UUID, holder_id: UUID, now: datetime, country: str | None
) -> None:
    """Note who speaks for somebody without a phone."""
    made = await add(db, "assisted", contact_id, now, now, country=country, holder_id=holder_id)
    await change(db, made.id, state="kept")


async def assisted(db: AsyncConnection, contact_id: UUID) -> Task | None:
    """Who speaks for a contact, where somebody does."""
    query = select(tasks).where(tasks.c.contact_id == contact_id, tasks.c.kind == "assisted")
    return next(iter(await _read(db, query.where(tasks.c.state == "kept"))), None)


async def assisted_by(db: AsyncConnection, holder_id: UUID) -> list[Task]:
    """Those for whom somebody speaks."""
    query = select(tasks).where(tasks.c.holder_id == holder_id, tasks.c.kind == "assisted")
    return await _read(db, query.where(tasks.c.state == "kept"))


async def by_id(db: AsyncConnection, task_id: UUID, lock: bool = False) -> Task | None:
    """The task with this id. `lock` keeps it for this transaction."""
    query = select(tasks).where(tasks.c.id == task_id)
    return next(iter(await _read(db, query.with_for_update() if lock else query)), None)


async def change(db: AsyncConnection, task_id: UUID, **columns: Any) -> None:
    """Change columns of a task: who holds it, when it is promised for, until when it sleeps."""
    await db.execute(update(tasks).where(tasks.c.id == task_id).values(**columns))


async def done(db: AsyncConnection, task_id: UUID, now: datetime) -> bool:
    """Mark a task as done. False where it was done before."""
    mine = update(tasks).where(tasks.c.id == task_id, tasks.c.state == "open")
    return (await db.execute(mine.values(state="done", done_at=now))).rowcount == 1


async def open_of(db: AsyncConnection, contact_id: UUID) -> list[Task]:
    """What a contact was promised and still waits for, oldest first."""
    query = select(tasks).where(tasks.c.contact_id == contact_id, tasks.c.state == "open")
    return await _read(db, query)


async def held_by(db: AsyncConnection, holder_id: UUID) -> list[Task]:
    """The open tasks somebody holds, oldest first, snoozed ones too."""
    query = select(tasks).where(tasks.c.holder_id == holder_id, tasks.c.state == "open")
    return await _read(db, query)


async def about(db: AsyncConnection, kind: str, subject_id: UUID) -> list[Task]:
    """The open tasks of a kind about somebody or something."""
    query = select(tasks).where(tasks.c.kind == kind, tasks.c.subject_id == subject_id)
    return await _read(db, query.where(tasks.c.state == "open"))


async def open_about(
    db: AsyncConnection, contact_id: UUID, kind: str, about: str | None
) -> Task | None:
    """The open task of a contact about the same thing, so that it is not made twice."""
    query = select(tasks).where(
        tasks.c.contact_id == contact_id,
        tasks.c.state == "open",
        tasks.c.kind == kind,
        tasks.c.about == about,
    )
    return next(iter(await _read(db, query)), None)


async def queue(
    db: AsyncConnection,
    area: Area,
    now: datetime,
    holder_id: UUID | None = None,
    *kinds: str,
) -> list[Task]:
    """What waits for whoever answers for an area: open tasks held by `holder_id`, or there and
    held by nobody; the first promised first, snoozed ones left out."""
    free = and_(tasks.c.holder_id.is_(None), area.condition(tasks.c.country, tasks.c.region))
    mine = or_(tasks.c.holder_id == holder_id, free) if holder_id else free
    query = select(tasks).where(tasks.c.state == "open", mine, _awake(now))
    if kinds:
        query = query.where(tasks.c.kind.in_(kinds))
    return await _read(db, query.order_by(tasks.c.promised_for))


async def overdue(db: AsyncConnection, now: datetime) -> list[Task]:
    """The open tasks whose day is over, the oldest promise first."""
    query = select(tasks).where(tasks.c.state == "open", tasks.c.promised_for < now)
    return await _read(db, query.order_by(tasks.c.promised_for))


def _awake(now: datetime) -> ColumnElement[bool]:
    return or_(tasks.c.snoozed_until.is_(None), tasks.c.snoozed_until <= now)


async def _read(db: AsyncConnection, query: Select[Any]) -> list[Task]:
    rows = (await db.execute(query.order_by(tasks.c.id))).all()
    return [Task(**row._mapping) for row in rows]
