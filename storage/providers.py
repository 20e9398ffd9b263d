"""Providers: who serves needs, with their services. Only those somebody checked are suggested."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from babel.numbers import get_currency_precision
from sqlalchemy import Select, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from matching import records
from matching.crafts import isic
from storage import events, ids
from storage.areas import Area
from storage.tables import providers, services


@dataclass(frozen=True)
class Service:
    """What a provider offers. `crafts` are option ids, () every craft; `price` is in minor units
    of `currency`, for one enterprise; group sizes are enterprises."""

    category: str
    topic: str | None = None
    crafts: tuple[str, ...] = ()
    price: int | None = None
    currency: str | None = None
    group_min: int | None = None
    group_max: int | None = None
    id: UUID | None = None


@dataclass(frozen=True)
class Provider:
    """A provider of business development services, a service centre or a buyer. `checked_until` is
    the last moment it may be suggested; None where nobody has checked it."""

    id: UUID
    name: str
    kind: str
    agency: str | None
    contact_id: UUID | None
    phone: str | None
    address: str | None
    country: str | None
    region: str | None
    place: str | None
    lat: float | None
    lon: float | None
    radius_km: float | None
    languages: tuple[str, ...]
    month_capacity: int | None
    checked_by: UUID | None
    checked_how: str | None
    checked_at: datetime | None
    checked_until: datetime | None
    hidden_at: datetime | None
    demo: bool
    created_at: datetime
    changed_at: datetime
    services: tuple[Service, ...] = ()

    def is_checked(self, at: datetime) -> bool:
        """Whether somebody checked it, that still holds then, and it was not withdrawn."""
        holds = self.checked_until is not None and self.checked_until > at
        return self.checked_at is not None and holds and self.hidden_at is None


async def add(
    db: AsyncConnection,
    name: str,
    now: datetime,
    offers: Sequence[Service] = (),
    *,
    kind: str = "provider",
    **columns: Any,
) -> UUID:
    """Write a provider and its services down; nobody has checked it yet unless `columns` say."""
    provider_id = ids.new(now)
    row = {
        "id": provider_id,
        "name": name,
        "kind": kind,
        "languages": [],
        "created_at": now,
        "changed_at": now,
        **_row(columns),
    }
    await db.execute(insert(providers).values(**row))
    await offer(db, provider_id, offers, now)
    return provider_id


def _row(columns: dict[str, Any]) -> dict[str, Any]:
    return {n: list(value) if n == "languages" else value for n, value in columns.items()}


async def change(db: AsyncConnection, provider_id: UUID, now: datetime, **columns: Any) -> None:
    """Change columns of a provider."""
    changed = update(providers).where(providers.c.id == provider_id)
    await db.execute(changed.values(changed_at=now, **_row(columns)))


async def offer(
    db: AsyncConnection, provider_id: UUID, offers: Sequence[Service], now: datetime
) -> None:
    """Put these services in the place of those the provider had."""
    await db.execute(delete(services).where(services.c.provider_id == provider_id))
    rows = [
        {
            **vars(service),
            "id": service.id or ids.new(now),
            "provider_id": provider_id,
            "crafts": list(service.crafts),
        }
        for service in offers
    ]
    if rows:
        await db.execute(insert(services), rows)


async def check(
    db: AsyncConnection, provider_id: UUID, by: UUID, how: str, now: datetime, until: datetime
) -> None:
    """Record who checked a provider, how and until when that holds (a year at most)."""
    latest = now.replace(year=now.year + 1, day=min(now.day, 28))
    await change(
        db,
        provider_id,
        now,
        checked_by=by,
        checked_how=how[:120],
        checked_at=now,
        checked_until=min(until, latest),
        hidden_at=None,
    )


async def hide(db: AsyncConnection, provider_id: UUID, now: datetime) -> None:
    """Suggest a provider no more until it is checked again."""
    await change(db, provider_id, now, hidden_at=now)


async def by_id(db: AsyncConnection, provider_id: UUID) -> Provider | None:
    """The provider with this id."""
    return (await by_ids(db, [provider_id])).get(provider_id)


async def by_ids(db: AsyncConnection, provider_ids: Collection[UUID]) -> dict[UUID, Provider]:
    """The providers with these ids."""
    found = await _read(db, select(providers).where(providers.c.id.in_(provider_ids)))
    return {provider.id: provider for provider in found}


async def of_contact(db: AsyncConnection, contact_id: UUID) -> list[Provider]:
    """The providers somebody speaks for."""
    return await _read(db, select(providers).where(providers.c.contact_id == contact_id))


async def by_name(db: AsyncConnection, name: str, place: str | None) -> Provider | None:
    """The provider of this name in this place, as imports find it again."""
    query = select(providers).where(providers.c.name == name, providers.c.place == place)
    return next(iter(await _read(db, query)), None)


async def listed(
    db: AsyncConnection, area: Area | None = None, category: str | None = None
) -> list[Provider]:
    """The providers of an area, of a category of service, by name; hidden ones too."""
    query = select(providers)
    if area is not None:
        query = query.where(area.condition(providers.c.country, providers.c.region))
    if category is not None:
        offering = select(services.c.provider_id).where(services.c.category == category)
        query = query.where(providers.c.id.in_(offering))
    return await _read(db, query)


async def records_of(db: AsyncConnection, today: date) -> tuple[records.Provider, ...]:
    """The providers that may be suggested today: checked, the check not run out, not hidden.

    `services` stand in the order of `Provider.services`."""
    day = datetime.combine(today, time(), UTC)
    query = select(providers).where(
        providers.c.checked_at.is_not(None),
        providers.c.checked_until >= day,
        providers.c.hidden_at.is_(None),
    )
    rated = await events.ratings(db)
    found = await _read(db, query)
    return tuple(_record(one, rated.get(one.id, records.Rating())) for one in found)


def _record(provider: Provider, rating: records.Rating) -> records.Provider:
    return records.Provider(
        id=str(provider.id),
        services=tuple(
            records.Service(
                category=service.category,
                topic=service.topic,
                crafts=tuple(isic(craft) for craft in service.crafts),
                price=in_whole(service.price, service.currency),
                group_min=service.group_min,
                group_max=service.group_max,
            )
            for service in provider.services
        ),
        lat=provider.lat,
        lon=provider.lon,
        country=provider.country,
        radius_km=provider.radius_km,
        languages=frozenset(provider.languages),
        month_capacity=provider.month_capacity,
        rating=rating,
    )


def in_whole(price: int | None, currency: str | None) -> float | None:
    """Matching counts in whole money, not in minor units."""
    return None if price is None else price / 10 ** minor_digits(currency)


def minor_digits(currency: str | None) -> int:
    """How many decimals a currency's minor unit is: 2 for HNL, 0 for JPY."""
    return get_currency_precision(currency) if currency else 2


async def _read(db: AsyncConnection, query: Select[Any]) -> list[Provider]:
    rows = (await db.execute(query.order_by(providers.c.name, providers.c.id))).all()
    offered = await _services(db, [row.id for row in rows])
    return [
        Provider(
            **{
                **dict(row._mapping),
                "languages": tuple(row.languages),
                "services": offered.get(row.id, ()),
            }
        )
        for row in rows
    ]


async def _services(
    db: AsyncConnection, provider_ids: Collection[UUID]
) -> dict[UUID, tuple[Service, ...]]:
    query = select(services).where(services.c.provider_id.in_(provider_ids))
    found: dict[UUID, tuple[Service, ...]] = {}
    for row in (await db.execute(query.order_by(services.c.id))).all():
        values = {**dict(row._mapping), "crafts": tuple(row.crafts)}
        provider_id = values.pop("provider_id")
        found[provider_id] = (*found.get(provider_id, ()), Service(**values))
    return found
