"""Receipts: what channels say became of sent messages. They may come in any order, twice, or
before we know what we sent; a message's state only goes forward."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, case, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import ids
from storage.conflicts import insert_new
from storage.tables import outbox, receipts, sends

# Spelt as the partial index spells it.
_UNJOINED = text("receipts.joined IS FALSE")
_ORDER = ("queued", "retry", "uncertain", "sent", "failed", "delivered", "read")


@dataclass(frozen=True)
class Arrival:
    """A receipt by the far side's id. `outbox_id` where the channel gave ours back."""

    channel: str
    external_id: str
    state: str  # queued | sent | delivered | read | failed
    outbox_id: UUID | None = None
    error: str = ""


async def put(db: AsyncConnection, arrivals: Sequence[Arrival], now: datetime) -> int:
    """Keep receipts and move the messages they are about forward; those nobody knows yet are
    joined when the message's id becomes known. Gives how many were new."""
    rows = [
        {
            "id": ids.new(now),
            "channel": arrival.channel,
            "external_id": arrival.external_id,
            "outbox_id": arrival.outbox_id,
            "state": arrival.state,
            "error": arrival.error[:200] or None,
            "joined": False,
            "at": now,
        }
        for arrival in arrivals
    ]
    new = await insert_new(db, receipts, rows)
    # In one order for all, so that two who are told of the same never wait for each other.
    await join_each(db, sorted({(a.channel, a.external_id) for a in arrivals}))
    return new


async def said_of(db: AsyncConnection, named: Collection[tuple[str, str]]) -> list[tuple[str, str]]:
    """Of which of these (channel, far side's id) something has been said."""
    if not named:
        return []
    query = select(receipts.c.channel, receipts.c.external_id).where(
        receipts.c.channel.in_({channel for channel, _ in named}),
        receipts.c.external_id.in_({external_id for _, external_id in named}),
    )
    found = {(row.channel, row.external_id) for row in (await db.execute(query)).all()}
    return sorted(found & set(named))


async def join_late(db: AsyncConnection, channel: str, external_id: str) -> None:
    """Apply the receipts of a far side's id, if both they and the send it names are known."""
    query = select(receipts).where(
        receipts.c.channel == channel, receipts.c.external_id == external_id
    )
    said = (await db.execute(query)).all()
    if not said:
        return
    send = await _send(db, channel, external_id, said)
    if send is None:
        return
    latest = max(said, key=lambda receipt: _place(receipt.state))
    # Asked by the database as it writes: another process may just have been told more.
    forward = func.coalesce(sends.c.result, "").in_(_before(latest.state))
    columns: dict[str, Any] = {
        "external_id": external_id,
        "result": case((forward, latest.state), else_=sends.c.result),
    }
    if latest.error:
        columns["error"] = case((forward, latest.error), else_=sends.c.error)
    await db.execute(update(sends).where(sends.c.id == send.id).values(**columns))
    mine = receipts.c.id.in_([receipt.id for receipt in said])
    await db.execute(update(receipts).where(mine).values(joined=True, outbox_id=send.outbox_id))
    await roll_up(db, [send.outbox_id])


async def unjoined(db: AsyncConnection, since: datetime, limit: int = 200) -> list[tuple[str, str]]:
    """The (channel, far side's id) of receipts that came in the very moment in which what they are
    about was noted, so that neither saw the other."""
    known = (
        select(receipts.c.channel, receipts.c.external_id)
        .join(
            sends,
            (sends.c.channel == receipts.c.channel)
            & (sends.c.external_id == receipts.c.external_id),
        )
        .where(_UNJOINED, receipts.c.at >= since)
        .distinct()
        .limit(limit)
    )
    return [(row.channel, row.external_id) for row in (await db.execute(known)).all()]


async def join_each(db: AsyncConnection, named: Collection[tuple[str, str]]) -> None:
    """Apply the receipts of these ids of the far side."""
    for channel, external_id in named:
        await join_late(db, channel, external_id)


async def _send(
    db: AsyncConnection, channel: str, external_id: str, said: Sequence[Row[*tuple[object, ...]]]
) -> Row[*tuple[object, ...]] | None:
    """The send a receipt is about: by the far side's id, else the first of our message's that
    has none yet (the answer to the call was lost)."""
    query = select(sends).where(sends.c.channel == channel)
    named = (await db.execute(query.where(sends.c.external_id == external_id))).first()
    if named is not None:
        return named
    ours = {receipt._mapping["outbox_id"] for receipt in said} - {None}
    unnamed = query.where(sends.c.outbox_id.in_(ours), sends.c.external_id.is_(None))
    return (await db.execute(unnamed.order_by(sends.c.part, sends.c.id.desc()))).first()


async def roll_up(db: AsyncConnection, message_ids: Collection[UUID]) -> None:
    """Bring messages that were handed over to the state of their parts: failed if one failed,
    else as far as the last of them."""
    parts = await _parts(db, message_ids)
    if any(len(latest) > 1 for latest in parts.values()):  # others may be told of other parts
        mine = select(outbox.c.id).where(outbox.c.id.in_(message_ids)).order_by(outbox.c.id)
        await db.execute(mine.with_for_update())
        parts = await _parts(db, message_ids)
    for message_id, latest in parts.items():
        failed = [error for result, error in latest.values() if result == "failed"]
        state = "failed" if failed else min((r for r, _ in latest.values()), key=_place)
        if state not in ("sent", "delivered", "read", "failed"):
            continue
        handed_over = ("sent", "delivered", "read", "failed", "uncertain", "asking")
        moved = update(outbox).where(outbox.c.id == message_id, outbox.c.state.in_(handed_over))
        await db.execute(moved.values(state=state, error=failed[0] if failed else None))


async def _parts(
    db: AsyncConnection, message_ids: Collection[UUID]
) -> dict[UUID, dict[int, tuple[str | None, str | None]]]:
    """The result and error of the last attempt at each part of messages."""
    query = (
        select(sends.c.outbox_id, sends.c.part, sends.c.result, sends.c.error)
        .where(sends.c.outbox_id.in_(message_ids))
        .order_by(sends.c.id)
    )
    parts: dict[UUID, dict[int, tuple[str | None, str | None]]] = {}
    for row in (await db.execute(query)).all():
        parts.setdefault(row.outbox_id, {})[row.part] = (row.result, row.error)
    return parts


def _place(state: str | None) -> int:
    return _ORDER.index(state) if state in _ORDER else -1


def _before(state: str) -> Sequence[str]:
    """The results from which this state leads forward; "" while there is none."""
    return ("", *_ORDER[: max(0, _place(state))])


async def unknown(db: AsyncConnection, before: datetime) -> int:
    """How many receipts came before a moment for messages nobody knows."""
    query = select(receipts.c.id).where(~receipts.c.joined, receipts.c.at < before)
    return len((await db.execute(query)).all())
