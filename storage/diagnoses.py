"""What firms say of themselves at joining, and again after 6 and 12 months."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import ids
from storage.conflicts import insert_new
from storage.tables import diagnoses


async def keep(
    db: AsyncConnection,
    enterprise_id: UUID,
    network_id: UUID,
    months: int,
    answers: Mapping[str, Any],
    now: datetime,
) -> bool:
    """Keep a diagnosis; False where there is one of that month already."""
    row = {
        "id": ids.new(now), "enterprise_id": enterprise_id, "network_id": network_id,
        "months": months, "answers": dict(answers), "at": now,
    }  # fmt: skip
    return bool(await insert_new(db, diagnoses, [row]))


async def is_there(db: AsyncConnection, enterprise_id: UUID, network_id: UUID, months: int) -> bool:
    mine = (diagnoses.c.enterprise_id == enterprise_id, diagnoses.c.network_id == network_id)
    query = select(diagnoses.c.id).where(*mine, diagnoses.c.months == months)
    return (await db.execute(query)).first() is not None


async def of_network(
    db: AsyncConnection, network_id: UUID, months: int
) -> dict[UUID, Mapping[str, Any]]:
    """The answers of a network's firms of a month, by enterprise."""
    query = select(diagnoses.c.enterprise_id, diagnoses.c.answers)
    query = query.where(diagnoses.c.network_id == network_id, diagnoses.c.months == months)
    return {row.enterprise_id: row.answers for row in (await db.execute(query)).all()}
