"""Invitations: one-time codes that give a role. Only a keyed hash of a code is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import ids, roles, sealing
from storage.roles import Role
from storage.tables import guesses, invitations
from storage.tables import roles as role_rows

LASTS = timedelta(hours=48)
MOST_GUESSES = 5  # an hour, from one address
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Invitation:
    """An invitation to a role; `for_digest` is the keyed hash of the one address it is for."""

    id: UUID
    role: str
    agency: str | None
    area: tuple[str, ...]
    for_digest: str | None
    created_at: datetime
    expires_at: datetime
    redeemed_at: datetime | None
    revoked_at: datetime | None


async def make(
    db: AsyncConnection,
    code: str,
    role: str,
    now: datetime,
    *,
    agency: str | None = None,
    area: Sequence[str] = (),
    for_urn: str | None = None,
) -> Invitation:
    """Keep an invitation for a code that was made by chance; it ends in 48 hours."""
    made = Invitation(
        id=ids.new(now),
        role=role,
        agency=agency,
        area=tuple(area),
        for_digest=sealing.digest(db, for_urn) if for_urn else None,
        created_at=now,
        expires_at=now + LASTS,
        redeemed_at=None,
        revoked_at=None,
    )
    row = {**vars(made), "area": list(area), "digest": _hashed(db, code)}
    await db.execute(insert(invitations).values(**row))
    return made


async def redeem(
    db: AsyncConnection, code: str, contact_id: UUID, urn: str, now: datetime
) -> Role | None:
    """Give the contact the role a code stands for, once, and bind it to this address.

    None where the code is unknown, used, ended, revoked or for another address; each counts as
    a guess of this address, and after five in an hour none is looked at (`exhausted`)."""
    if await exhausted(db, urn, now):
        return None
    digest = sealing.digest(db, urn)
    used = (
        update(invitations)
        .where(
            invitations.c.digest == _hashed(db, code),
            invitations.c.redeemed_at.is_(None),
            invitations.c.revoked_at.is_(None),
            invitations.c.expires_at > now,
            func.coalesce(invitations.c.for_digest, digest) == digest,
        )
        .values(redeemed_at=now, for_digest=digest)
        .returning(invitations.c.id, invitations.c.role, invitations.c.agency, invitations.c.area)
    )
    found = (await db.execute(used)).first()
    if found is None:
        await guessed(db, urn, now)
        return None
    return await roles.grant(
        db,
        contact_id,
        found.role,
        now,
        agency=found.agency,
        area=found.area,
        invitation_id=found.id,
    )


async def guessed(db: AsyncConnection, urn: str, now: datetime) -> None:
    """Note that an address wrote a code, of whatever kind, that opens nothing."""
    digest = sealing.digest(db, urn)
    await db.execute(insert(guesses).values(id=ids.new(now), urn_digest=digest, at=now))


async def exhausted(db: AsyncConnection, urn: str, now: datetime) -> bool:
    """Whether an address has guessed wrong too often within the hour."""
    wrong = select(func.count()).where(
        guesses.c.urn_digest == sealing.digest(db, urn), guesses.c.at > now - _HOUR
    )
    return int((await db.execute(wrong)).scalar_one()) >= MOST_GUESSES


async def revoke(db: AsyncConnection, invitation_id: UUID, now: datetime) -> bool:
    """End an invitation and the role it gave, at once. False where it has ended before."""
    mine = update(invitations).where(
        invitations.c.id == invitation_id, invitations.c.revoked_at.is_(None)
    )
    ended = (await db.execute(mine.values(revoked_at=now))).rowcount == 1
    given = update(role_rows).where(
        role_rows.c.invitation_id == invitation_id, role_rows.c.revoked_at.is_(None)
    )
    await db.execute(given.values(revoked_at=now))
    return ended


async def revoke_code(db: AsyncConnection, code: str, now: datetime) -> bool:
    """`revoke` by the code. False where there is no such invitation, or it has ended before."""
    query = select(invitations.c.id).where(invitations.c.digest == _hashed(db, code))
    found = (await db.execute(query)).scalar()
    return found is not None and await revoke(db, found, now)


async def open_ones(db: AsyncConnection, now: datetime) -> list[Invitation]:
    """The invitations that may still be redeemed, oldest first."""
    query = (
        select(invitations)
        .where(invitations.c.redeemed_at.is_(None), invitations.c.revoked_at.is_(None))
        .where(invitations.c.expires_at > now)
        .order_by(invitations.c.id)
    )
    return [
        Invitation(
            id=row.id,
            role=row.role,
            agency=row.agency,
            area=tuple(row.area),
            for_digest=row.for_digest,
            created_at=row.created_at,
            expires_at=row.expires_at,
            redeemed_at=row.redeemed_at,
            revoked_at=row.revoked_at,
        )
        for row in (await db.execute(query)).all()
    ]


def _hashed(db: AsyncConnection, code: str) -> str:
    """However it is typed: letters of either case, with or without dashes and spaces."""
    letters = "".join(letter for letter in code.upper() if letter.isalnum())
    return sealing.digest(db, f"invitation:{letters}")
