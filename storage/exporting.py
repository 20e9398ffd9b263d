"""Exporting: what is remembered, row by row, as `artisan match` reads it and people may.

Numbers and addresses are in no row. Names and people's own words are there only with `names`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from matching import records
from matching.crafts import isic
from storage import candidates, events, providers
from storage.tables import enterprises as enterprise_rows
from storage.tables import introductions as introduction_rows
from storage.tables import needs as need_rows

Row = dict[str, Any]
"""Texts, numbers, lists and dictionaries only; moments and days in ISO 8601."""


async def enterprises(db: AsyncConnection, today: date, names: bool) -> AsyncIterator[Row]:
    """Enterprises that are not erased, oldest first."""
    table = enterprise_rows
    query = select(
        table.c.id,
        table.c.craft,
        table.c.since,
        table.c.demo,
        table.c.name,
        table.c.products,
        table.c.craft_words,
        table.c.place_words,
        table.c.profile,
    ).where(table.c.erased_at.is_(None))
    more = {str(row.id): row for row in (await db.execute(query)).all()}
    for record in await candidates.everyone(db, today):
        row = more[record.id]
        exported: Row = {
            "type": "enterprise",
            **_enterprise(record),
            "craft": row.craft,
            "since": row.since,
            "demo": row.demo,
        }
        if names:
            exported |= {
                "name": row.name,
                "products": row.products,
                "craft_words": row.craft_words,
                "place_words": row.place_words,
                "profile": row.profile,
            }
        yield exported


def _enterprise(record: records.Enterprise) -> Row:
    return {
        "id": record.id,
        "crafts": list(record.crafts),
        **{name: sorted(getattr(record, name)) for name in ("sells", "buys", "has", "lacks")},
        "needs": [{"category": n.category, "topic": n.topic} for n in record.needs],
        "lat": record.lat,
        "lon": record.lon,
        "country": record.country,
        "region": record.region,
        "place": record.place,
        "workers": record.workers,
        "years": record.years,
        "languages": sorted(record.languages),
        "willing": record.willing,
        "knows": sorted(record.knows),
        "blocks": sorted(record.blocks),
        "joined": record.joined.isoformat() if record.joined else None,
    }


async def needs(db: AsyncConnection, today: date, names: bool) -> AsyncIterator[Row]:
    """Every need, oldest first."""
    for need in (await db.execute(select(need_rows).order_by(need_rows.c.id))).all():
        exported = {
            "type": "need",
            "id": str(need.id),
            "enterprise": str(need.enterprise_id),
            "category": need.category,
            "topic": need.topic,
            "state": need.state,
            "created": need.created_at.isoformat(),
            "changed": need.changed_at.isoformat(),
        }
        if names:
            exported["words"] = need.words
        yield exported


async def all_providers(db: AsyncConnection, today: date, names: bool) -> AsyncIterator[Row]:
    """Every provider, by name: organisations, so their names are always there."""
    for provider in await providers.listed(db):
        yield {
            "type": "provider",
            "id": str(provider.id),
            "name": provider.name,
            "kind": provider.kind,
            "agency": provider.agency,
            "country": provider.country,
            "region": provider.region,
            "place": provider.place,
            "lat": provider.lat,
            "lon": provider.lon,
            "radius_km": provider.radius_km,
            "languages": list(provider.languages),
            "month_capacity": provider.month_capacity,
            "checked": _day(provider.checked_at),
            "checked_until": _day(provider.checked_until),
            "checked_how": provider.checked_how,
            "hidden": _day(provider.hidden_at),
            "demo": provider.demo,
            "services": [_service(service) for service in provider.services],
        }


def _service(service: providers.Service) -> Row:
    return {
        "category": service.category,
        "topic": service.topic,
        "crafts": [isic(craft) for craft in service.crafts],
        "price": providers.in_whole(service.price, service.currency),
        "currency": service.currency,
        "group_min": service.group_min,
        "group_max": service.group_max,
    }


async def introductions(db: AsyncConnection, today: date, names: bool) -> AsyncIterator[Row]:
    """Every introduction, oldest first. Who said no stands in none."""
    table = introduction_rows
    named = await _names(db) if names else {}
    for row in (await db.execute(select(table).order_by(table.c.id))).all():
        exported = {
            "type": "introduction",
            "id": str(row.id),
            "from": str(row.from_id),
            "to": str(row.to_id),
            "state": row.state,
            "reasons": list(row.reasons),
            "score": row.score,
            "created": row.created_at.isoformat(),
            "changed": row.changed_at.isoformat(),
        }
        if names:
            exported |= {"from_name": named.get(row.from_id), "to_name": named.get(row.to_id)}
        yield exported


async def _names(db: AsyncConnection) -> dict[UUID, str | None]:
    query = select(enterprise_rows.c.id, enterprise_rows.c.name)
    return {row.id: row.name for row in (await db.execute(query)).all()}


async def all_events(db: AsyncConnection, today: date, names: bool) -> AsyncIterator[Row]:
    """What happened between enterprises, oldest first."""
    for event in await events.all_past(db):
        yield {
            "type": "event",
            "at": event.at.isoformat(),
            "kind": event.kind,
            "from": event.from_,
            "to": event.to,
            "position": event.position,
            "reason": event.reason,
        }


KINDS: Mapping[str, Callable[[AsyncConnection, date, bool], AsyncIterator[Row]]] = {
    "enterprises": enterprises,
    "needs": needs,
    "providers": all_providers,
    "introductions": introductions,
    "events": all_events,
}
"""What can be exported: `async for row in KINDS[kind](db, today, names)`."""


def _day(moment: Any) -> str | None:
    return moment.date().isoformat() if moment else None
