"""The far side of the simulated phones: what stands on their screens, and how they behave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import sealing
from storage.conflicts import insert_new, put_anew
from storage.tables import phone_messages, phones


@dataclass(frozen=True)
class Message:
    """Something on a screen. `mine` where the person wrote it; `seq` is what a screen has read
    up to."""

    seq: int
    external_id: str
    mine: bool
    body: dict[str, Any] = field(repr=False)
    at: datetime


@dataclass(frozen=True)
class Phone:
    """How a phone behaves: as telegram, whatsapp, sms or phone (`look`); whether unprompted
    messages get through now, and whether its owner blocked us."""

    look: str = "phone"
    window_open: bool = True
    blocked: bool = False
    heard_at: datetime | None = None


async def show(
    db: AsyncConnection,
    urn: str,
    external_id: str,
    body: Mapping[str, Any],
    now: datetime,
    *,
    mine: bool = False,
) -> bool:
    """Put something on a screen, once. False where it stood there."""
    row = {
        "urn_digest": sealing.digest(db, urn),
        "external_id": external_id,
        "mine": mine,
        "body": dict(body),
        "at": now,
    }
    return await insert_new(db, phone_messages, [row]) == 1


async def seq_of(db: AsyncConnection, urn: str, external_id: str) -> int | None:
    """Where something stands on a screen; None where it does not."""
    query = select(phone_messages.c.seq).where(
        phone_messages.c.urn_digest == sealing.digest(db, urn),
        phone_messages.c.external_id == external_id,
    )
    seq: int | None = (await db.execute(query)).scalar()
    return seq


async def after(db: AsyncConnection, urn: str, seq: int = 0, limit: int = 200) -> list[Message]:
    """What came on a screen after `seq`, in order."""
    mine = phone_messages.c.urn_digest == sealing.digest(db, urn)
    query = select(phone_messages).where(mine, phone_messages.c.seq > seq)
    rows = (await db.execute(query.order_by(phone_messages.c.seq).limit(limit))).all()
    return [Message(r.seq, r.external_id, r.mine, r.body, r.at) for r in rows]


async def last(db: AsyncConnection, urn: str, limit: int = 50) -> list[Message]:
    """The last of what stands on a screen, in order."""
    mine = phone_messages.c.urn_digest == sealing.digest(db, urn)
    query = select(phone_messages).where(mine).order_by(phone_messages.c.seq.desc()).limit(limit)
    rows = (await db.execute(query)).all()
    return [Message(r.seq, r.external_id, r.mine, r.body, r.at) for r in reversed(rows)]


async def cursor(db: AsyncConnection, urn: str | None = None) -> int:
    """The number of the last message on a screen, or on any."""
    query = select(func.max(phone_messages.c.seq))
    if urn is not None:
        query = query.where(phone_messages.c.urn_digest == sealing.digest(db, urn))
    return int((await db.execute(query)).scalar() or 0)


async def state(db: AsyncConnection, urn: str, lock: bool = False) -> Phone:
    """How a phone behaves. `lock` has others who do the same wait for this transaction, so that
    what comes on its screen is numbered in the order in which it is seen there."""
    query = select(phones).where(phones.c.urn_digest == sealing.digest(db, urn))
    row = (await db.execute(query.with_for_update() if lock else query)).first()
    return Phone(row.look, row.window_open, row.blocked, row.heard_at) if row else Phone()


async def change(db: AsyncConnection, urn: str, **columns: Any) -> None:
    """Change how a phone behaves."""
    kept = {**vars(await state(db, urn)), **columns}
    await put_anew(db, phones, [{"urn_digest": sealing.digest(db, urn), **kept}], ["urn_digest"])


async def clear(db: AsyncConnection, urn: str) -> None:
    """Empty a screen."""
    mine = phone_messages.c.urn_digest == sealing.digest(db, urn)
    await db.execute(delete(phone_messages).where(mine))
