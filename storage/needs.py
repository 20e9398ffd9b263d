"""Needs: what enterprises asked for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from flows.light import fields_of, light
from storage import ids
from storage.conflicts import inserting
from storage.direct import Write, write
from storage.tables import needs

UNSORTED = "unsorted"
"""The category of a need whose words say nothing we know: people read the words, matching not."""


@light(frozen=True)
class Need:
    """A need: `category` one of the seven BDS categories or `partners`, `words` the person's
    own, `state` open, met or withdrawn."""

    id: UUID
    enterprise_id: UUID
    category: str
    topic: str | None
    words: str | None = field(repr=False)
    state: str
    created_at: datetime
    changed_at: datetime


async def add(
    db: AsyncConnection,
    enterprise_id: UUID,
    category: str,
    now: datetime,
    *,
    words: str | None = None,
    topic: str | None = None,
) -> Need:
    """Write a need down."""
    need = said(enterprise_id, category, now, words=words, topic=topic)
    await write(db, [adding([need])])
    return need


def said(
    enterprise_id: UUID,
    category: str,
    now: datetime,
    *,
    words: str | None = None,
    topic: str | None = None,
) -> Need:
    """A need that was said now, not yet kept."""
    return Need(ids.new(now), enterprise_id, category, topic, words, "open", now, now)


def adding(new: Sequence[Need]) -> Write | None:
    """Write needs down."""
    return inserting(needs, [fields_of(need) for need in new])


async def open_of(db: AsyncConnection, enterprise_id: UUID) -> tuple[Need, ...]:
    """An enterprise's open needs, oldest first."""
    return (await open_of_many(db, [enterprise_id]))[enterprise_id]


async def open_of_many(
    db: AsyncConnection, enterprise_ids: Collection[UUID]
) -> dict[UUID, tuple[Need, ...]]:
    """`open_of` for many enterprises in one question."""
    query = (
        select(needs)
        .where(needs.c.enterprise_id.in_(enterprise_ids), needs.c.state == "open")
        .order_by(needs.c.created_at, needs.c.id)
    )
    found: dict[UUID, list[Need]] = {enterprise_id: [] for enterprise_id in enterprise_ids}
    for row in (await db.execute(query)).all():
        found[row.enterprise_id].append(Need(**row._mapping))
    return {enterprise_id: tuple(of) for enterprise_id, of in found.items()}


async def by_id(db: AsyncConnection, need_id: UUID) -> Need | None:
    """The need with this id."""
    row = (await db.execute(select(needs).where(needs.c.id == need_id))).first()
    return Need(**row._mapping) if row else None


async def tell_topic(
    db: AsyncConnection, need_id: UUID, words: str, topic: str | None, now: datetime
) -> None:
    """Keep what a need is about, in the person's words and as a thing."""
    told = update(needs).where(needs.c.id == need_id)
    await db.execute(told.values(words=words, topic=topic, changed_at=now))


async def change(db: AsyncConnection, need_id: UUID, state: str, now: datetime) -> None:
    """Set a need's state: open, met or withdrawn."""
    changed = update(needs).where(needs.c.id == need_id)
    await db.execute(changed.values(state=state, changed_at=now))
