"""Media: photos and voice notes that came with messages. The files lie elsewhere."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import ids, sealing
from storage.conflicts import insert_new
from storage.tables import media


@dataclass(frozen=True)
class Medium:
    """A stored file: `kind` photo, voice or document, `type` its media type, `size` bytes,
    `path` below the media folder."""

    id: UUID
    contact_id: UUID | None
    urn_digest: str | None
    kind: str
    type: str
    size: int
    path: str
    created_at: datetime
    erased_at: datetime | None


async def add(
    db: AsyncConnection,
    now: datetime,
    *,
    kind: str,
    type: str,
    size: int,
    path: str,
    urn: str | None = None,
    contact_id: UUID | None = None,
) -> Medium:
    """Write down where a file of somebody lies; by their address until it is known who it is."""
    digest = sealing.digest(db, urn) if urn else None
    medium = Medium(ids.new(now), contact_id, digest, kind, type, size, path, now, None)
    await db.execute(insert(media).values(**vars(medium)))
    return medium


async def put(
    db: AsyncConnection, medium_id: UUID, now: datetime, kind: str, type: str, size: int, path: str
) -> None:
    """Write down a file of ours, known by an id of its own; what is there already is left."""
    medium = Medium(medium_id, None, None, kind, type, size, path, now, None)
    await insert_new(db, media, [vars(medium)])


async def known(db: AsyncConnection, medium_ids: Collection[UUID]) -> set[UUID]:
    """Which of these media are written down."""
    query = select(media.c.id).where(media.c.id.in_(medium_ids))
    return set((await db.execute(query)).scalars().all())


async def by_id(db: AsyncConnection, medium_id: UUID) -> Medium | None:
    """The medium with this id, unless it was erased."""
    query = select(media).where(media.c.id == medium_id, media.c.erased_at.is_(None))
    row = (await db.execute(query)).first()
    return Medium(**row._mapping) if row else None


async def belongs(db: AsyncConnection, medium_ids: Collection[UUID], contact_id: UUID) -> None:
    """Note whose files these are."""
    await db.execute(update(media).where(media.c.id.in_(medium_ids)).values(contact_id=contact_id))


async def erase(db: AsyncConnection, now: datetime, *which: ColumnElement[bool]) -> list[str]:
    """Forget media; gives the paths of the files to delete once this is committed."""
    gone = update(media).where(media.c.erased_at.is_(None), *which).returning(media.c.path)
    forgotten = gone.values(erased_at=now, contact_id=None, urn_digest=None)
    return list((await db.execute(forgotten)).scalars().all())


async def erased_before(db: AsyncConnection, before: datetime) -> list[str]:
    """The paths of files whose deleting may have been cut short by a crash; named once."""
    old = (media.c.erased_at < before) & (media.c.path != "")
    query = select(media.c.path).where(old)
    paths = list((await db.execute(query)).scalars().all())
    await db.execute(update(media).where(old).values(path=""))
    return paths
