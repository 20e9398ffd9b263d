"""A network's plan. The states of an activity stand in networks.activities."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from networks.activities import ACTIVITY, Dated, in_order
from networks.machine import Refused
from storage import ids
from storage.conflicts import insert_all
from storage.tables import activities


@dataclass(frozen=True)
class Activity:
    """One line of a plan; `owner_id` an enterprise, `number` counts within the network."""

    id: UUID
    network_id: UUID
    number: int
    what: str = field(repr=False)
    owner_id: UUID | None
    due: date | None
    resources: str | None = field(repr=False)
    indicator: str | None = field(repr=False)
    payer: str | None = field(repr=False)
    state: str
    created_at: datetime
    changed_at: datetime
    done_at: datetime | None


async def add(
    db: AsyncConnection,
    network_id: UUID,
    what: str,
    now: datetime,
    *,
    owner_id: UUID | None = None,
    due: date | None = None,
    resources: str | None = None,
    indicator: str | None = None,
    payer: str | None = None,
) -> Activity:
    """Add an activity to the plan of a locked network; it gets the next number."""
    last = select(func.max(activities.c.number)).where(activities.c.network_id == network_id)
    number = int((await db.execute(last)).scalar() or 0) + 1
    made = Activity(
        ids.new(now), network_id, number, what, owner_id, due, resources, indicator, payer,
        ACTIVITY.first, now, now, None,
    )  # fmt: skip
    await insert_all(db, activities, [vars(made)])
    return made


async def by_id(db: AsyncConnection, activity_id: UUID) -> Activity | None:
    query = select(activities).where(activities.c.id == activity_id)
    return next(iter(await _read(db, query)), None)


async def of(db: AsyncConnection, network_id: UUID) -> list[Activity]:
    """A network's plan as it is read: what is open first, by its day; what was dropped is not."""
    query = select(activities).where(activities.c.network_id == network_id)
    found = {one.number: one for one in await _read(db, query) if one.state != "dropped"}
    dated = (Dated(one.number, one.due, one.state) for one in found.values())
    return [found[one.number] for one in in_order(dated)]


async def do(
    db: AsyncConnection, one: Activity, deed: str, now: datetime, **columns: Any
) -> str | Refused:
    """Do a deed of networks.activities.ACTIVITY in a locked network; its state then."""
    state = ACTIVITY.after(one.state, deed)
    if isinstance(state, Refused):
        return state
    done_at = now if state == "done" else None
    changing = update(activities).where(activities.c.id == one.id)
    await db.execute(changing.values(state=state, changed_at=now, done_at=done_at, **columns))
    return state


async def _read(db: AsyncConnection, query: Select[Any]) -> list[Activity]:
    rows = (await db.execute(query.order_by(activities.c.number))).all()
    return [Activity(**row._mapping) for row in rows]
