"""Audiences: whom an announcement reaches. Only who agreed, has not said STOP, switched off this
kind of message, is not frozen and not erased."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.consents import holds
from storage.tables import contact_enterprises, contact_urns, contacts, enterprises, roles, urns

ANNOUNCEMENTS = "announcements"
"""The kind of message that FEWER switches off."""


@dataclass(frozen=True)
class Audience:
    """Who fits all that is given: enterprises' `crafts` (option ids) and `regions` (ISO 3166-2
    or ISO 3166), contacts' `languages` and `roles` (artisan, broker, coordinator, provider).
    Empty is no restriction; all empty is everyone."""

    crafts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Audience:
        """From what `kept` gave."""
        return cls(**{name: tuple(kept.get(name, ())) for name in cls.__dataclass_fields__})

    def kept(self) -> dict[str, list[str]]:
        """For `broadcasts.audience`."""
        return {name: list(value) for name, value in vars(self).items() if value}


@dataclass(frozen=True)
class Recipient:
    """One person it reaches, and by which address."""

    contact_id: UUID
    urn_id: UUID
    channel: str
    language: str | None


async def reached(
    db: AsyncConnection, audience: Audience, purpose: str, now: datetime
) -> list[Recipient]:
    """Everybody an announcement would reach, once each, in the order of their ids. `purpose` is
    the consent it needs. Who is away until later is left out, and an address that several people
    share gets one copy."""
    rows = (await db.execute(_query(audience, purpose, now))).all()
    found: dict[UUID, Recipient] = {}
    for row in rows:
        if ANNOUNCEMENTS in row.wants:
            continue
        # Ordered so that the address last heard from comes last and stands.
        found[row.id] = Recipient(row.id, row.urn_id, row.via or row.scheme, row.language)
    return list(found.values())


async def languages_reached(
    db: AsyncConnection, audience: Audience, purpose: str, now: datetime
) -> Counter[str | None]:
    """How many it would reach, by language."""
    return Counter(one.language for one in await reached(db, audience, purpose, now))


def _query(audience: Audience, purpose: str, now: datetime) -> Select[Any]:
    return (
        select(
            contacts.c.id,
            contacts.c.language,
            contacts.c.wants,
            urns.c.id.label("urn_id"),
            urns.c.via,
            urns.c.scheme,
        )
        .join(contact_urns, contact_urns.c.contact_id == contacts.c.id)
        .join(urns, urns.c.id == contact_urns.c.urn_id)
        .where(contact_urns.c.current, urns.c.address.is_not(None))
        .where(urns.c.stopped_at.is_(None), urns.c.unreachable_at.is_(None))
        .where(contacts.c.frozen_at.is_(None), contacts.c.erased_at.is_(None))
        .where(or_(contacts.c.away_until.is_(None), contacts.c.away_until <= now))
        .where(holds(contacts.c.id, purpose), *_fitting(audience))
        .order_by(contacts.c.id, urns.c.heard_at.is_(None).desc(), urns.c.heard_at, urns.c.id)
    )


def _fitting(audience: Audience) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if audience.languages:
        conditions.append(contacts.c.language.in_(audience.languages))
    enterprise: list[ColumnElement[bool]] = []
    if audience.crafts:
        enterprise.append(enterprises.c.craft.in_(audience.crafts))
    if audience.regions:
        country = enterprises.c.country.in_(audience.regions)
        enterprise.append(or_(enterprises.c.region.in_(audience.regions), country))
    if enterprise:
        conditions.append(_has_enterprise(*enterprise))
    if audience.roles:
        held = roles.c.role.in_(audience.roles) & roles.c.revoked_at.is_(None)
        staff = select(roles.c.id).where(roles.c.contact_id == contacts.c.id, held).exists()
        artisans = [_has_enterprise()] if "artisan" in audience.roles else []
        conditions.append(or_(staff, *artisans))
    return conditions


def _has_enterprise(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return (
        select(enterprises.c.id)
        .join(contact_enterprises, contact_enterprises.c.enterprise_id == enterprises.c.id)
        .where(contact_enterprises.c.contact_id == contacts.c.id, contact_enterprises.c.current)
        .where(and_(enterprises.c.erased_at.is_(None), *conditions))
        .exists()
    )


async def crafts_with_people(db: AsyncConnection) -> list[str]:
    """The crafts that enterprises with somebody to write to have, most frequent first."""
    return await _frequent(db, enterprises.c.craft)


async def regions_with_people(db: AsyncConnection) -> list[str]:
    """The regions such enterprises are in, most frequent first."""
    return await _frequent(db, enterprises.c.region)


async def languages_with_people(db: AsyncConnection) -> list[str]:
    """The languages people speak, most frequent first."""
    query = select(contacts.c.language).where(
        contacts.c.erased_at.is_(None), contacts.c.language.is_not(None)
    )
    return _counted((await db.execute(query)).scalars().all())


async def _frequent(db: AsyncConnection, column: ColumnElement[Any]) -> list[str]:
    query = (
        select(column)
        .join(contact_enterprises, contact_enterprises.c.enterprise_id == enterprises.c.id)
        .where(contact_enterprises.c.current, enterprises.c.erased_at.is_(None))
        .where(column.is_not(None))
    )
    return _counted((await db.execute(query)).scalars().all())


def _counted(values: Sequence[Any]) -> list[str]:
    counts = Counter(str(value) for value in values)
    return sorted(counts, key=lambda value: (-counts[value], value))
