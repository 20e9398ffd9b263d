"""The demonstration's people in the database: put there once, and only in the demonstration."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.demonstration.people import DemoEnterprise, DemoProvider, people
from bot.places import NEIGHBOURS
from bot.settings import Settings
from bot.turn import CONSENT
from flows.understand.gazetteer import Gazetteer
from storage import consents, contacts, enterprises, needs, providers, roles, urns
from storage.database import Database

SEED = 1999
VIA = "phone"
STAFF = (
    ("phone:demo-2", "broker", "Alma Reyes"),
    ("phone:demo-3", "coordinator", "Inés Paz"),
)
"""Phones whose owners have a role from the beginning; demo-1 is anybody's."""

ANY_HOUR = "00-24"
CHECK_HOLDS = timedelta(days=365)


async def load(
    database: Database, settings: Settings, places: Callable[[str], tuple[Gazetteer, ...]]
) -> bool:
    """Load everybody unless they are there. Gives whether they were loaded.

    Raises ValueError outside the demonstration."""
    if not settings.demo:
        raise ValueError("invented people are loaded in the demonstration only")
    async with database.read() as db:
        if await contacts.known(db, STAFF[0][0]) is not None:
            return False
    try:
        async with database.begin() as db:
            if await contacts.known(db, STAFF[0][0]) is None:
                await _all(db, settings, places)
    except IntegrityError:  # another process loaded them in this moment
        return False
    return True


async def _all(
    db: AsyncConnection, settings: Settings, places: Callable[[str], tuple[Gazetteer, ...]]
) -> None:
    now = datetime.now(UTC)
    invented = people(Random(SEED), {country: places(country)[0] for country in NEIGHBOURS})  # noqa: S311
    coordinator = None
    for urn, role, name in STAFF:
        contact_id = await _person(db, urn, name, settings.country, None, now)
        await roles.grant(db, contact_id, role, now)
        coordinator = contact_id
    for enterprise in invented.enterprises:
        await _enterprise(db, enterprise, now)
    for provider in invented.providers:
        await _provider(db, provider, coordinator, now)


async def _person(
    db: AsyncConnection,
    urn: str,
    name: str,
    country: str,
    language: str | None,
    now: datetime,
) -> UUID:
    """Somebody who agreed, may be written to at any hour and has not written yet."""
    contact, address = await contacts.meet(
        db, urn, now, via=VIA, country=country, language=language
    )
    await contacts.change(db, contact.id, name=name, hours=ANY_HOUR, heard_at=None)
    await urns.change(db, address.id, heard_at=None)
    await consents.note(
        db,
        consents.Consent(
            contact_id=contact.id,
            channel=VIA,
            purpose=CONSENT,
            version="demonstration",
            how="imported",
            given=True,
            at=now,
        ),
    )
    return contact.id


async def _enterprise(db: AsyncConnection, invented: DemoEnterprise, now: datetime) -> None:
    contact_id = await _person(
        db, invented.urn, invented.called, invented.country, invented.language, now
    )
    made = await enterprises.register(
        db,
        contact_id,
        now,
        name=invented.called,
        craft=invented.craft,
        products=invented.products,
        country=invented.country,
        region=invented.region,
        place=invented.place,
        lat=invented.lat,
        lon=invented.lon,
        since=now.year - invented.years,
        workers=invented.workers,
        willing=invented.willing,
        languages=invented.languages,
        demo=True,
    )
    for need in invented.needs:
        await needs.add(db, made.id, need.category, now, words=need.words, topic=need.topic)


async def _provider(
    db: AsyncConnection, invented: DemoProvider, coordinator: UUID | None, now: datetime
) -> None:
    provider_id = await providers.add(
        db,
        invented.name,
        now,
        [
            providers.Service(
                category=service.category,
                topic=service.topic,
                crafts=service.crafts,
                price=service.price,
                currency=service.currency if service.price is not None else None,
                group_min=service.group_min,
                group_max=service.group_max,
            )
            for service in invented.services
        ],
        kind=invented.kind,
        agency=invented.agency,
        country=invented.country,
        region=invented.region,
        place=invented.place,
        lat=invented.lat,
        lon=invented.lon,
        radius_km=invented.radius_km,
        languages=invented.languages,
        month_capacity=invented.month_capacity,
        demo=True,
    )
    if invented.checked_how and coordinator is not None:
        until = now + CHECK_HOLDS
        await providers.check(db, provider_id, coordinator, invented.checked_how, now, until)
