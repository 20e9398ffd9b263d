"""The code by which people who know each other find each other here: given from hand to hand,
written by whoever got it. A firm has one, made when it is first asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import count
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import sealing
from storage.conflicts import insert_new
from storage.tables import handshakes

DIGITS = 8
LEAST, COUNT = 10_000_000, 90_000_000
"""No zero in front, so that every reader of numbers takes them."""


async def code_of(db: AsyncConnection, enterprise_id: UUID, now: datetime) -> int:
    """The code of an enterprise, always the same."""
    for code in _codes(db, enterprise_id):
        row = {"enterprise_id": enterprise_id, "code": code, "created_at": now}
        kept = await kept_of(db, enterprise_id)
        if kept is not None or await insert_new(db, handshakes, [row]):
            return kept or code
    raise AssertionError("endless")


async def kept_of(db: AsyncConnection, enterprise_id: UUID) -> int | None:
    """The code of an enterprise that was asked for before."""
    mine = select(handshakes.c.code).where(handshakes.c.enterprise_id == enterprise_id)
    return (await db.execute(mine)).scalar()


async def whose(db: AsyncConnection, code: int) -> UUID | None:
    """The enterprise that has a code."""
    theirs = select(handshakes.c.enterprise_id).where(handshakes.c.code == code)
    return (await db.execute(theirs)).scalar()


def _codes(db: AsyncConnection, enterprise_id: UUID) -> Iterator[int]:
    """Codes that nobody guesses, one after the other where another firm has the first."""
    for number in count():
        digest = sealing.digest(db, f"handshake:{enterprise_id}:{number}")
        yield LEAST + int(digest, 16) % COUNT
