"""Events: what happened, for matching and for reports. Only pseudonyms stand in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, get_args
from uuid import UUID

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from flows.light import fields_of, light
from matching.heeding import NO_TIME, REST
from matching.records import Event, EventKind, Rating
from storage import ids
from storage.conflicts import inserting
from storage.direct import Write, write
from storage.tables import enterprises, events, providers

_KINDS: tuple[EventKind, ...] = get_args(EventKind)
_one, _other = enterprises.alias("one"), enterprises.alias("other")


@light(frozen=True)
class New:
    """What happened: `who` acted (or was shown `whom`), both pseudonyms of enterprises, or of
    contacts where no enterprise acts. `data` holds ids, reasons and numbers."""

    kind: str
    who: UUID | None
    whom: UUID | None
    data: Mapping[str, Any]


async def put(db: AsyncConnection, new: Sequence[New], now: datetime) -> None:
    """Note what happened."""
    await write(db, [putting(new, now)])


def putting(new: Sequence[New], now: datetime) -> Write | None:
    """`put`, to be written with other things."""
    return inserting(
        events, [{**fields_of(event), "id": ids.new(now)} for event in new], {"at": now}
    )


async def explain(db: AsyncConnection, who: UUID, whom: UUID, why: str) -> None:
    """Add why to the last no somebody said to another."""
    last = (
        select(events.c.id, events.c.data)
        .where(events.c.kind == "declined", events.c.who == who, events.c.whom == whom)
        .order_by(events.c.at.desc(), events.c.id.desc())
        .limit(1)
    )
    row = (await db.execute(last)).first()
    if row is not None:
        told = update(events).where(events.c.id == row.id)
        await db.execute(told.values(data={**row.data, "reason": why}))


async def resting(db: AsyncConnection, now: datetime) -> frozenset[UUID]:
    """The enterprises that lately said no because they had no time."""
    had_none = events.c.data["reason"].as_string().in_(sorted(NO_TIME))
    query = (
        select(_one.c.id)
        .join(events, events.c.who == _one.c.pseudonym)
        .where(events.c.kind == "declined", events.c.at > now - REST, had_none)
    )
    return frozenset((await db.execute(query)).scalars())


async def ratings(db: AsyncConnection) -> Mapping[UUID, Rating]:
    """What each provider was given by those it helped, of each its last rating."""
    query = (
        select(events.c.who, events.c.whom, events.c.data)
        .where(events.c.kind == "rated")
        .order_by(events.c.at, events.c.id)
    )
    given: dict[UUID, dict[UUID, int]] = {}
    for row in (await db.execute(query)).all():
        given.setdefault(row.whom, {})[row.who] = int(row.data["rating"])
    return {
        provider: Rating(len(known), sum(known.values()) / len(known))
        for provider, known in given.items()
    }


async def count(db: AsyncConnection, kind: str, whom: UUID, since: datetime) -> int:
    """How often something happened to somebody since a time."""
    query = select(func.count()).where(events.c.kind == kind, events.c.whom == whom)
    return int((await db.execute(query.where(events.c.at >= since))).scalar_one())


async def past(db: AsyncConnection, enterprise_id: UUID) -> tuple[Event, ...]:
    """What happened between this enterprise and others, for matching: by ids of enterprises."""
    mine = select(enterprises.c.pseudonym).where(enterprises.c.id == enterprise_id)
    pseudonym = (await db.execute(mine)).scalar()
    if pseudonym is None:
        return ()
    between = _between().where(or_(events.c.who == pseudonym, events.c.whom == pseudonym))
    return await _read(db, between)


async def all_past(db: AsyncConnection) -> tuple[Event, ...]:
    """What happened between any two enterprises, for matching."""
    return await _read(db, _between())


async def with_providers(db: AsyncConnection, today: date) -> tuple[Event, ...]:
    """What happened between enterprises and providers in the last year, for matching: a provider
    is named by its id, since it is an organisation and nobody's pseudonym."""
    since = datetime.combine(today - A_YEAR, time(), UTC)
    query = (
        select(events.c.at, events.c.kind, events.c.data, _one.c.id, providers.c.id.label("to_id"))
        .join(_one, _one.c.pseudonym == events.c.who)
        .join(providers, providers.c.id == events.c.whom)
        .where(events.c.kind.in_(_DONE), events.c.at >= since)
        .order_by(events.c.id)
    )
    return await _read(db, query)


_DONE: tuple[EventKind, ...] = ("asked", "accepted", "declined", "connected", "useful")
A_YEAR = timedelta(days=365)


def _between() -> Select[Any]:
    return (
        select(events.c.at, events.c.kind, events.c.data, _one.c.id, _other.c.id.label("to_id"))
        .join(_one, _one.c.pseudonym == events.c.who)
        .join(_other, _other.c.pseudonym == events.c.whom)
        .where(events.c.kind.in_(_KINDS))
        .order_by(events.c.id)
    )


async def _read(db: AsyncConnection, query: Select[Any]) -> tuple[Event, ...]:
    return tuple(
        Event(
            at=row.at.date(),
            kind=row.kind,
            from_=str(row.id),
            to=str(row.to_id),
            position=row.data.get("position"),
            reason=row.data.get("reason"),
        )
        for row in (await db.execute(query)).all()
    )
