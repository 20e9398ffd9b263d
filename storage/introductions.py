"""Introductions: what is asked of two enterprises and their broker. Their states and what may
follow what stand in networks.introductions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from networks.introductions import OPEN
from storage import ids
from storage.areas import Area
from storage.conflicts import insert_new
from storage.tables import enterprises, introductions


@dataclass(frozen=True)
class Introduction:
    """One enterprise (`from_id`) asks to be introduced to another; `from_answer` and `to_answer`
    are yes, no or None; `snoozed_until` hides it from the broker's queue."""

    id: UUID
    from_id: UUID
    to_id: UUID
    state: str
    reasons: tuple[str, ...]
    score: float | None
    broker_id: UUID | None
    from_answer: str | None
    to_answer: str | None
    declined_why: str | None = field(repr=False)
    snoozed_until: datetime | None
    created_at: datetime
    changed_at: datetime
    lapses_at: datetime | None


_OPEN = introductions.c.state.in_(sorted(OPEN))


async def propose(
    db: AsyncConnection,
    from_id: UUID,
    to_id: UUID,
    now: datetime,
    *,
    reasons: Sequence[str] = (),
    score: float | None = None,
    broker_id: UUID | None = None,
    lapses_at: datetime | None = None,
) -> Introduction | None:
    """Write a proposal down. None where the same two have an open one, whoever asked, or are
    connected."""
    if await between(db, from_id, to_id):
        return None
    made = Introduction(
        id=ids.new(now),
        from_id=from_id,
        to_id=to_id,
        state="proposed",
        reasons=tuple(reasons),
        score=score,
        broker_id=broker_id,
        from_answer=None,
        to_answer=None,
        declined_why=None,
        snoozed_until=None,
        created_at=now,
        changed_at=now,
        lapses_at=lapses_at,
    )
    new = await insert_new(db, introductions, [{**vars(made), "reasons": list(reasons)}])
    return made if new else None


async def between(db: AsyncConnection, one: UUID, other: UUID) -> Introduction | None:
    """The introduction of two enterprises that is open or has connected them, whoever asked."""
    pair = or_(
        and_(introductions.c.from_id == one, introductions.c.to_id == other),
        and_(introductions.c.from_id == other, introductions.c.to_id == one),
    )
    query = select(introductions).where(pair, or_(_OPEN, introductions.c.state == "connected"))
    return next(iter(await _read(db, query.order_by(introductions.c.id.desc()))), None)


async def by_id(
    db: AsyncConnection, introduction_id: UUID, lock: bool = False
) -> Introduction | None:
    """The introduction with this id. `lock` keeps it for this transaction."""
    query = select(introductions).where(introductions.c.id == introduction_id)
    return next(iter(await _read(db, query.with_for_update() if lock else query)), None)


async def change(db: AsyncConnection, introduction_id: UUID, now: datetime, **columns: Any) -> None:
    """Change columns of an introduction."""
    changed = update(introductions).where(introductions.c.id == introduction_id)
    await db.execute(changed.values(changed_at=now, **columns))


async def of_enterprise(db: AsyncConnection, enterprise_id: UUID) -> list[Introduction]:
    """All introductions an enterprise asked for or was asked for, oldest first."""
    return await _read(db, select(introductions).where(_of(enterprise_id)))


async def held_by(db: AsyncConnection, broker_id: UUID) -> list[Introduction]:
    """The open introductions a broker approved or holds, oldest first."""
    return await _read(
        db, select(introductions).where(introductions.c.broker_id == broker_id, _OPEN)
    )


async def connected_to(db: AsyncConnection, enterprise_id: UUID) -> list[UUID]:
    """The enterprises this one was connected with, in the order it happened."""
    query = select(introductions).where(_of(enterprise_id), introductions.c.state == "connected")
    found = await _read(db, query.order_by(introductions.c.changed_at))
    return [i.to_id if i.from_id == enterprise_id else i.from_id for i in found]


async def queue(
    db: AsyncConnection, area: Area, now: datetime, holder_id: UUID | None = None
) -> list[Introduction]:
    """What waits for whoever answers for an area: proposals whose asker works there or that were
    handed to `holder_id`, and are not held by another; oldest first, snoozed ones left out."""
    there = area.condition(enterprises.c.country, enterprises.c.region)
    mine = introductions.c.broker_id == holder_id
    free = and_(introductions.c.broker_id.is_(None), there)
    query = (
        select(introductions)
        .join(enterprises, enterprises.c.id == introductions.c.from_id)
        .where(introductions.c.state == "proposed", or_(mine, free) if holder_id else there)
        .where(_awake(now))
    )
    return await _read(db, query)


def _awake(now: datetime) -> ColumnElement[bool]:
    return or_(introductions.c.snoozed_until.is_(None), introductions.c.snoozed_until <= now)


async def lapsing(db: AsyncConnection, now: datetime) -> list[Introduction]:
    """The open introductions whose time is over."""
    query = select(introductions).where(_OPEN, introductions.c.lapses_at <= now)
    return await _read(db, query)


async def much_asked(
    db: AsyncConnection, since: datetime, most: int, of: Collection[UUID] | None = None
) -> frozenset[UUID]:
    """The enterprises that others asked to meet so often since a moment; `of` these only."""
    query = select(introductions.c.to_id).where(
        introductions.c.created_at >= since, introductions.c.state != "withdrawn"
    )
    if of is not None:
        query = query.where(introductions.c.to_id.in_(of))
    often = query.group_by(introductions.c.to_id).having(func.count() >= most)
    return frozenset((await db.execute(often)).scalars())


async def proposals_by_person(db: AsyncConnection, enterprise_id: UUID, since: datetime) -> int:
    """How many introductions an enterprise asked for since a moment."""
    query = select(func.count()).where(
        introductions.c.from_id == enterprise_id, introductions.c.created_at >= since
    )
    return int((await db.execute(query)).scalar_one())


def _of(enterprise_id: UUID) -> ColumnElement[bool]:
    return or_(introductions.c.from_id == enterprise_id, introductions.c.to_id == enterprise_id)


async def _read(db: AsyncConnection, query: Select[Any]) -> list[Introduction]:
    rows = (await db.execute(query.order_by(introductions.c.id))).all()
    return [Introduction(**{**dict(row._mapping), "reasons": tuple(row.reasons)}) for row in rows]
