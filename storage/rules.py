"""What a group has agreed on: rules in its own words, and what has been seen of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import ids
from storage.conflicts import insert_all, insert_new
from storage.tables import network_checks, network_rules


@dataclass(frozen=True)
class Rule:
    """A rule that holds since a day."""

    id: UUID
    words: str = field(repr=False)
    since: datetime


async def add(db: AsyncConnection, network_id: UUID, words: str, now: datetime) -> None:
    """Keep a rule of a network."""
    row = {
        "id": ids.new(now), "network_id": network_id, "words": words, "since": now,
        "ended_at": None,
    }  # fmt: skip
    await insert_all(db, network_rules, [row])


async def of(db: AsyncConnection, network_id: UUID) -> list[Rule]:
    """The rules that hold in a network, oldest first."""
    query = (
        select(network_rules.c.id, network_rules.c.words, network_rules.c.since)
        .where(network_rules.c.network_id == network_id, network_rules.c.ended_at.is_(None))
        .order_by(network_rules.c.since, network_rules.c.id)
    )
    return [Rule(**row._mapping) for row in (await db.execute(query)).all()]


async def end(db: AsyncConnection, rule_id: UUID, now: datetime) -> None:
    """A rule holds no longer."""
    ending = update(network_rules).where(network_rules.c.id == rule_id)
    await db.execute(ending.values(ended_at=now))


async def tick(db: AsyncConnection, network_id: UUID, name: str, by: UUID, now: datetime) -> bool:
    """Note that something of networks.stages.CHECKS has been seen; False where it was before."""
    row = {
        "id": ids.new(now), "network_id": network_id, "name": name, "words": None, "by": by,
        "at": now,
    }  # fmt: skip
    return bool(await insert_new(db, network_checks, [row]))


async def ticked(db: AsyncConnection, network_id: UUID) -> set[str]:
    """The names of what has been seen in a network."""
    query = select(network_checks.c.name).where(network_checks.c.network_id == network_id)
    return set((await db.execute(query)).scalars())
