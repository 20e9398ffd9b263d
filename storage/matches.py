"""Matches: what was suggested to whom, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import ids
from storage.tables import matches


@dataclass(frozen=True)
class Match:
    """A suggestion: `kind` partner or provider, `to_id` the other enterprise or the provider,
    `reasons` as matching gives them."""

    enterprise_id: UUID
    kind: str
    to_id: UUID
    rank: int
    score: float
    reasons: tuple[str, ...]
    service_id: UUID | None = None
    need_id: UUID | None = None


async def put(db: AsyncConnection, shown: Sequence[Match], now: datetime) -> None:
    """Note what was shown now."""
    if shown:
        rows = [
            {**vars(m), "reasons": list(m.reasons), "id": ids.new(now), "shown_at": now}
            for m in shown
        ]
        await db.execute(insert(matches), rows)


async def shown_since(
    db: AsyncConnection, enterprise_id: UUID, kind: str, since: datetime
) -> dict[UUID, float]:
    """Whom an enterprise was shown since a moment, and with what score at best."""
    query = select(matches.c.to_id, func.max(matches.c.score)).where(
        matches.c.enterprise_id == enterprise_id,
        matches.c.kind == kind,
        matches.c.shown_at >= since,
    )
    rows = (await db.execute(query.group_by(matches.c.to_id))).all()
    return {to_id: float(score) for to_id, score in rows}


async def ever_shown(db: AsyncConnection, enterprise_id: UUID, kind: str) -> list[UUID]:
    """Whom an enterprise was ever shown."""
    query = select(matches.c.to_id).where(matches.c.enterprise_id == enterprise_id)
    return list((await db.execute(query.where(matches.c.kind == kind).distinct())).scalars())


async def who_saw(db: AsyncConnection, provider_id: UUID) -> list[UUID]:
    """The enterprises that were ever shown a provider."""
    query = select(matches.c.enterprise_id).where(matches.c.to_id == provider_id)
    return list((await db.execute(query.where(matches.c.kind == "provider").distinct())).scalars())


async def latest(db: AsyncConnection, enterprise_id: UUID, kind: str) -> tuple[Match, ...]:
    """What was shown to an enterprise last, best first."""
    mine = (matches.c.enterprise_id == enterprise_id) & (matches.c.kind == kind)
    last = select(func.max(matches.c.shown_at)).where(mine).scalar_subquery()
    query = select(matches).where(mine, matches.c.shown_at == last).order_by(matches.c.rank)
    return tuple(
        Match(
            enterprise_id=row.enterprise_id,
            kind=row.kind,
            to_id=row.to_id,
            rank=row.rank,
            score=row.score,
            reasons=tuple(row.reasons),
            service_id=row.service_id,
            need_id=row.need_id,
        )
        for row in (await db.execute(query)).all()
    )
