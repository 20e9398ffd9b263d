"""Alerts: what brokers and coordinators are to look at, once each. Their states and what is worth
how much stand in networks.workload."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from networks.machine import Refused
from networks.workload import ALERT
from storage import ids
from storage.areas import Area
from storage.conflicts import insert_new
from storage.tables import alerts


@dataclass(frozen=True)
class Alert:
    """`kind` and `subject_id` say what it is about, `holder_id` who has it; `score` from 0 to 1
    parts those of one kind; `passed_on` counts how often it went to somebody else."""

    id: UUID
    kind: str
    subject_id: UUID
    holder_id: UUID | None
    agency: str | None
    country: str | None
    region: str | None
    score: float
    state: str
    passed_on: int
    snoozed_until: datetime | None
    created_at: datetime
    asked_at: datetime | None
    done_at: datetime | None


_OPEN = alerts.c.state.in_(sorted(ALERT.open))


async def put(
    db: AsyncConnection,
    kind: str,
    subject_id: UUID,
    now: datetime,
    *,
    holder_id: UUID | None = None,
    score: float = 0.0,
    agency: str | None = None,
    country: str | None = None,
    region: str | None = None,
) -> Alert | None:
    """Have something looked at. None where it is asked already: never twice for the same."""
    made = Alert(
        ids.new(now), kind, subject_id, holder_id, agency, country, region, score,
        ALERT.first, 0, None, now, None, None,
    )  # fmt: skip
    return made if await insert_new(db, alerts, [vars(made)]) else None


async def by_id(db: AsyncConnection, alert_id: UUID, lock: bool = False) -> Alert | None:
    """The alert with this id. `lock` keeps it for this transaction."""
    query = select(alerts).where(alerts.c.id == alert_id)
    return next(iter(await _read(db, query.with_for_update() if lock else query)), None)


async def about(
    db: AsyncConnection, kind: str, subject_id: UUID, lock: bool = False
) -> Alert | None:
    """The open alert about something."""
    query = select(alerts).where(alerts.c.kind == kind, alerts.c.subject_id == subject_id, _OPEN)
    return next(iter(await _read(db, query.with_for_update() if lock else query)), None)


async def do(
    db: AsyncConnection, alert: Alert, deed: str, now: datetime, **columns: Any
) -> str | Refused:
    """Do a deed of networks.workload.ALERT to a locked alert; gives its state then, or Refused."""
    state = ALERT.after(alert.state, deed)
    if isinstance(state, Refused):
        return state
    if state not in ALERT.open:
        columns["done_at"] = now
    if deed == "ask":
        columns["asked_at"] = now
    if deed == "pass_on":
        columns |= {"passed_on": alert.passed_on + 1, "asked_at": None, "snoozed_until": None}
    changed = update(alerts).where(alerts.c.id == alert.id)
    await db.execute(changed.values(state=state, **columns))
    return state


async def held_by(
    db: AsyncConnection, holder_id: UUID, now: datetime, area: Area | None = None
) -> list[Alert]:
    """What waits for somebody, oldest first: theirs, and with `area` what is there and nobody's.
    Snoozed ones are left out."""
    mine: ColumnElement[bool] = alerts.c.holder_id == holder_id
    if area is not None:
        there = area.condition(alerts.c.country, alerts.c.region)
        mine = or_(mine, and_(alerts.c.holder_id.is_(None), there))
    awake = or_(alerts.c.snoozed_until.is_(None), alerts.c.snoozed_until <= now)
    return await _read(db, select(alerts).where(mine, _OPEN, awake))


async def all_of(db: AsyncConnection, holder_id: UUID) -> list[Alert]:
    """What waits for somebody, snoozed ones too, oldest first."""
    return await _read(db, select(alerts).where(alerts.c.holder_id == holder_id, _OPEN))


async def asked_since(db: AsyncConnection, holder_id: UUID, since: datetime) -> int:
    """How many somebody was asked one by one since a moment."""
    query = select(func.count()).where(alerts.c.holder_id == holder_id, alerts.c.asked_at >= since)
    return int((await db.execute(query)).scalar_one())


async def holders(
    db: AsyncConnection, kind: str, subject_ids: Collection[UUID]
) -> dict[UUID, UUID]:
    """Who has the open alerts about these, by what they are about; nobody's are left out."""
    query = select(alerts.c.subject_id, alerts.c.holder_id).where(
        alerts.c.kind == kind, alerts.c.subject_id.in_(subject_ids), _OPEN
    )
    rows = (await db.execute(query.where(alerts.c.holder_id.is_not(None)))).all()
    return {row.subject_id: row.holder_id for row in rows}


async def loads(db: AsyncConnection, holder_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many open alerts each holds."""
    query = (
        select(alerts.c.holder_id, func.count())
        .where(alerts.c.holder_id.in_(holder_ids), _OPEN)
        .group_by(alerts.c.holder_id)
    )
    counts = {holder: int(count) for holder, count in (await db.execute(query)).all()}
    return {one: counts.get(one, 0) for one in holder_ids}


async def untaken(db: AsyncConnection, before: datetime, limit: int = 100) -> list[Alert]:
    """The open alerts nobody has answered that were made, or asked, before a moment."""
    stale = func.coalesce(alerts.c.snoozed_until, alerts.c.asked_at, alerts.c.created_at) < before
    return await _read(db, select(alerts).where(_OPEN, stale).limit(limit))


async def _read(db: AsyncConnection, query: Select[Any]) -> list[Alert]:
    rows = (await db.execute(query.order_by(alerts.c.id))).all()
    return [Alert(**row._mapping) for row in rows]
