"""Roles: who is a broker, a coordinator or a provider, of which agency and for which area."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import alerts, ids
from storage.among import among, is_sqlite
from storage.areas import Area, covers
from storage.tables import contacts, roles


@dataclass(frozen=True)
class Role:
    """A role somebody holds. `area` lists ISO 3166-2 regions or ISO 3166 countries; () is all."""

    id: UUID
    contact_id: UUID
    role: str
    agency: str | None
    area: tuple[str, ...]
    invitation_id: UUID | None
    granted_at: datetime


async def of(db: AsyncConnection, contact_id: UUID) -> tuple[Role, ...]:
    """The roles a contact holds now."""
    return (await of_many(db, [contact_id]))[contact_id]


async def of_many(
    db: AsyncConnection, contact_ids: Collection[UUID]
) -> dict[UUID, tuple[Role, ...]]:
    """`of` for many contacts in one question."""
    rows = await db.execute(_of_many(is_sqlite(db)), {"contact_ids": list(contact_ids)})
    found: dict[UUID, list[Role]] = {contact_id: [] for contact_id in contact_ids}
    for role in map(_role, rows.all()):
        found[role.contact_id].append(role)
    return {contact_id: tuple(those) for contact_id, those in found.items()}


async def holders(db: AsyncConnection, *names: str) -> tuple[Role, ...]:
    """Everybody who holds one of these roles, longest first."""
    return tuple(role for role in await _held(db) if role.role in names)


async def _held(db: AsyncConnection) -> Sequence[Role]:
    return [_role(row) for row in (await db.execute(_holding())).all()]


@lru_cache
def _of_many(sqlite: bool) -> Select[Any]:
    return _holding().where(among(roles.c.contact_id, "contact_ids", sqlite))


@lru_cache
def _holding() -> Select[Any]:
    return (
        select(roles)
        .join(contacts, contacts.c.id == roles.c.contact_id)
        .where(roles.c.revoked_at.is_(None), contacts.c.erased_at.is_(None))
        .order_by(roles.c.granted_at, roles.c.id)
    )


def _role(row: Any) -> Role:
    return Role(
        id=row.id,
        contact_id=row.contact_id,
        role=row.role,
        agency=row.agency,
        area=tuple(row.area),
        invitation_id=row.invitation_id,
        granted_at=row.granted_at,
    )


async def grant(
    db: AsyncConnection,
    contact_id: UUID,
    role: str,
    now: datetime,
    *,
    agency: str | None = None,
    area: Sequence[str] = (),
    invitation_id: UUID | None = None,
) -> Role:
    """Give a contact a role; the same role held before ends, its area with it."""
    await revoke(db, contact_id, role, now)
    granted = Role(ids.new(now), contact_id, role, agency, tuple(area), invitation_id, now)
    await db.execute(insert(roles).values(**{**vars(granted), "area": list(area)}))
    return granted


async def revoke(db: AsyncConnection, contact_id: UUID, role: str | None, now: datetime) -> int:
    """End a role of a contact, or all. Gives how many."""
    held = update(roles).where(roles.c.contact_id == contact_id, roles.c.revoked_at.is_(None))
    if role is not None:
        held = held.where(roles.c.role == role)
    return (await db.execute(held.values(revoked_at=now))).rowcount


async def responsible(
    db: AsyncConnection, country: str | None, region: str | None
) -> tuple[Role, ...]:
    """Who answers for a place: its brokers, those with the least to carry first; where it is
    nobody's, the coordinators."""
    brokers = [r for r in await holders(db, "broker") if covers(r.area, country, region)]
    if not brokers:
        every = await holders(db, "coordinator")
        return tuple(r for r in every if covers(r.area, country, region)) or every
    load = await alerts.loads(db, {role.contact_id for role in brokers})
    return tuple(sorted(brokers, key=lambda role: load[role.contact_id]))


async def area_of(db: AsyncConnection, role: Role) -> Area:
    """What a role's holder answers for: a broker for the area given, a coordinator for what is
    there left of it by the brokers."""
    if role.role != "coordinator":
        return Area(role.area)
    return Area(role.area, tuple(broker.area for broker in await holders(db, "broker")))
