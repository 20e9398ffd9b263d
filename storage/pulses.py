"""Answers to the trust pulse: by a keyed hash of the member, so that nobody reads who answered
what, and whoever was put together with others is counted once a quarter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from networks.pulses import Pulse, pulse
from storage import ids, sealing
from storage.conflicts import insert_new
from storage.tables import pulses


async def answer(
    db: AsyncConnection,
    network_id: UUID,
    enterprise_id: UUID,
    quarter: str,
    answers: Mapping[str, int],
    now: datetime,
) -> bool:
    """Keep an answer; False where this member has answered this quarter."""
    row = {
        "id": ids.new(now), "network_id": network_id, "quarter": quarter, "at": now,
        "member": _member(db, network_id, enterprise_id), "answers": dict(answers),
    }  # fmt: skip
    return bool(await insert_new(db, pulses, [row]))


async def has_answered(
    db: AsyncConnection, network_id: UUID, enterprise_id: UUID, quarter: str
) -> bool:
    mine = pulses.c.member == _member(db, network_id, enterprise_id)
    query = select(pulses.c.id).where(mine, pulses.c.quarter == quarter)
    return (await db.execute(query)).first() is not None


async def of(db: AsyncConnection, network_id: UUID, quarter: str) -> Pulse | None:
    """What may be shown of a quarter; None for too few answers."""
    query = select(pulses.c.answers)
    query = query.where(pulses.c.network_id == network_id, pulses.c.quarter == quarter)
    return pulse(quarter, list((await db.execute(query)).scalars()))


def _member(db: AsyncConnection, network_id: UUID, enterprise_id: UUID) -> str:
    return sealing.digest(db, f"pulse:{network_id}:{enterprise_id}")
