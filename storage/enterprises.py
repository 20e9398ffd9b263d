"""Enterprises: the artisans' businesses, and what matching may know of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select, Update, and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from flows.light import fields_of, light
from storage import ids
from storage.among import among, is_sqlite
from storage.conflicts import inserting, putting_anew
from storage.direct import Direct, Write, write
from storage.tables import contact_enterprises, enterprises

PRECISION = 2  # decimals of a pin: about 1 km


@light(frozen=True)
class Enterprise:
    """An artisan's business. `craft` is an option id of the question "what do you make?",
    `craft_words` their own words where none fits; `region` an ISO 3166-2 code; `since` the year
    work began; `willing` yes, known or no; `profile` the answers of the second layer."""

    id: UUID
    pseudonym: UUID
    name: str | None = None
    craft: str | None = None
    craft_words: str | None = None
    products: str | None = None
    country: str | None = None
    region: str | None = None
    place: str | None = None
    place_words: str | None = None
    lat: float | None = None
    lon: float | None = None
    since: int | None = None
    workers: int | None = None
    willing: str | None = None
    profile: Mapping[str, Any] = field(default_factory=dict)
    languages: tuple[str, ...] = ()
    demo: bool = False
    joined_at: datetime | None = None
    changed_at: datetime | None = None
    erased_at: datetime | None = None


COLUMNS = tuple(enterprises.c)


def enterprise_of(row: RowMapping) -> Enterprise:
    """The enterprise in a row that has all columns of `enterprises`."""
    values = {column.name: row[column] for column in COLUMNS}
    return Enterprise(**{**values, "languages": tuple(values["languages"])})


def made(now: datetime, **columns: Any) -> Enterprise:
    """A new enterprise, not yet kept. A pin is rounded to about 1 km."""
    return Enterprise(
        id=ids.new(now),
        pseudonym=ids.pseudonym(),
        joined_at=now,
        changed_at=now,
        **_rounded(columns),
    )


async def register(
    db: AsyncConnection, contact_id: UUID, now: datetime, **columns: Any
) -> Enterprise:
    """Make a contact's enterprise: its current one. A pin is rounded to about 1 km."""
    new = made(now, **columns)
    await write(db, registering([(contact_id, new)], now))
    return new


def registering(new: Sequence[tuple[UUID, Enterprise]], now: datetime) -> list[Write | None]:
    """Keep new enterprises, each the current one of its contact."""
    if not new:
        return []
    theirs = [contact_id for contact_id, _ in new]
    links = [
        {"contact_id": contact_id, "enterprise_id": one.id, "current": True, "since_at": now}
        for contact_id, one in new
    ]
    return [
        inserting(enterprises, [_row(fields_of(one)) for _, one in new]),
        Write(_NO_LONGER_CURRENT, same={"contact_ids": theirs}),
        putting_anew(contact_enterprises, links, ["contact_id", "enterprise_id"]),
    ]


def _no_longer_current(sqlite: bool) -> Update:
    theirs = among(contact_enterprises.c.contact_id, "contact_ids", sqlite)
    return update(contact_enterprises).where(theirs).values(current=False)


_NO_LONGER_CURRENT = Direct(_no_longer_current)


async def change(db: AsyncConnection, enterprise_id: UUID, now: datetime, **columns: Any) -> None:
    """Change columns of an enterprise. A pin is rounded to about 1 km."""
    changed = update(enterprises).where(enterprises.c.id == enterprise_id)
    await db.execute(changed.values(changed_at=now, **_row(_rounded(columns))))


def _rounded(columns: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: round(value, PRECISION) if name in ("lat", "lon") and value is not None else value
        for name, value in columns.items()
    }


def _row(columns: Mapping[str, Any]) -> dict[str, Any]:
    plain = {"languages": list, "profile": dict}
    return {name: plain.get(name, lambda v: v)(value) for name, value in columns.items()}


async def of_contact(db: AsyncConnection, contact_id: UUID) -> Enterprise | None:
    """The enterprise a contact speaks for now."""
    return (await of_contacts(db, [contact_id])).get(contact_id)


async def of_contacts(db: AsyncConnection, contact_ids: Collection[UUID]) -> dict[UUID, Enterprise]:
    """The enterprises these contacts speak for now."""
    query = _of_contacts(is_sqlite(db))
    rows = (await db.execute(query, {"contact_ids": list(contact_ids)})).all()
    return {row.contact_id: enterprise_of(row._mapping) for row in rows}


@lru_cache
def _of_contacts(sqlite: bool) -> Select[Any]:
    return (
        select(*COLUMNS, contact_enterprises.c.contact_id)
        .join(contact_enterprises, contact_enterprises.c.enterprise_id == enterprises.c.id)
        .where(among(contact_enterprises.c.contact_id, "contact_ids", sqlite))
        .where(contact_enterprises.c.current, enterprises.c.erased_at.is_(None))
        .order_by(contact_enterprises.c.since_at)
    )


async def by_id(db: AsyncConnection, enterprise_id: UUID) -> Enterprise | None:
    """The enterprise with this id."""
    return (await by_ids(db, [enterprise_id])).get(enterprise_id)


async def by_ids(db: AsyncConnection, enterprise_ids: Collection[UUID]) -> dict[UUID, Enterprise]:
    """The enterprises with these ids."""
    query = select(*COLUMNS).where(enterprises.c.id.in_(enterprise_ids))
    rows = (await db.execute(query)).all()
    return {row.id: enterprise_of(row._mapping) for row in rows}


async def speaker(db: AsyncConnection, enterprise_id: UUID) -> UUID | None:
    """The contact who speaks for an enterprise now."""
    return (await speakers(db, [enterprise_id])).get(enterprise_id)


async def speakers(db: AsyncConnection, enterprise_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The contacts who speak for these enterprises now: by enterprise, the longest."""
    query = (
        select(contact_enterprises.c.enterprise_id, contact_enterprises.c.contact_id)
        .where(contact_enterprises.c.enterprise_id.in_(enterprise_ids))
        .where(contact_enterprises.c.current)
        .order_by(contact_enterprises.c.since_at.desc())
    )
    return {row.enterprise_id: row.contact_id for row in (await db.execute(query)).all()}


async def of_craft_near(db: AsyncConnection, one: Enterprise) -> dict[str, int]:
    """How many living enterprises of its craft share its place, its region and its country."""
    same_country = enterprises.c.country == one.country
    same_region = and_(same_country, enterprises.c.region == one.region)
    same_place = and_(same_region, enterprises.c.place == one.place)
    query = select(
        *(func.count().filter(where) for where in (same_place, same_region, same_country))
    ).where(enterprises.c.craft == one.craft, enterprises.c.erased_at.is_(None))
    row = (await db.execute(query)).one()
    return dict(zip(("place", "region", "country"), map(int, row), strict=True))
